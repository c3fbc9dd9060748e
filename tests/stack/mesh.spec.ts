import { expect, test } from './support/stack.ts';

test.use({ media: 'mesh' });

test('given a signaling server without a media server, when two guests join, then each sees and hears the other directly', async ({
	openGuest,
	room
}) => {
	const ann = await openGuest('Ann', { room });
	const ben = await openGuest('Ben', { room });
	await ann.join();

	await ben.join();

	await expect(ann.tile('Ben')).toBeVisible();
	await expect(ben.tile('Ann')).toBeVisible();
	await ann.expectMedia();
	await ben.expectMedia();
});
