import { expect, test } from './support/stack.ts';

test('given a guest who closes the tab, when the signaling server notices, then the tile goes', async ({
	pair: [ann, ben]
}) => {
	await ben.closeTab();

	await expect(ann.tile('Ben')).toHaveCount(0, { timeout: 5_000 });
});

test('given a guest without devices, when they turn them on in the call, then they are seen and heard', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join();
	await ben.join('Join without camera or mic');
	await ben.expectMedia();

	await ben.press('Unmute microphone');
	await ben.press('Turn camera on');

	await ann.expectMedia();
});
