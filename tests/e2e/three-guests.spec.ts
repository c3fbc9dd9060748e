import { expect, test } from '../support/guest.ts';

test('given a call of three, of whom one came late, when one leaves and comes back, then all see and hear all', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join();
	await ben.join();
	await ann.expectMedia();
	const cem = await openGuest('Cem');
	await cem.join();
	for (const guest of [ann, ben, cem]) await guest.expectMedia(2);

	await ben.leave();
	await expect(ann.tile('Ben')).toHaveCount(0);
	await expect(cem.tile('Ben')).toHaveCount(0);
	await ann.expectMedia(1);
	await ben.page.getByRole('button', { name: 'Rejoin' }).click();

	for (const guest of [ann, ben, cem]) await guest.expectMedia(2);
	await expect(ann.tile('Ben')).toBeVisible();
	await expect(ben.tile('Cem')).toBeVisible();
});
