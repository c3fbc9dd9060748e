import { expect, test } from '../support/guest.ts';

test('given a call of three, when one shares a screen, then the others and a newcomer see it until it ends', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	const cem = await openGuest('Cem');
	for (const guest of [ann, ben, cem]) await guest.join();
	for (const guest of [ann, ben, cem]) await guest.expectMedia(2);

	await ann.press('Share screen');

	for (const guest of [ben, cem]) {
		await expect(guest.screenOf('Ann')).toBeVisible();
		await guest.expectMedia(3);
	}

	await cem.leave();
	await cem.page.getByRole('button', { name: 'Rejoin' }).click();

	await expect(cem.screenOf('Ann')).toBeVisible();
	await cem.expectMedia(3);

	await ann.press('Stop sharing');

	for (const guest of [ben, cem]) {
		await expect(guest.screenOf('Ann')).toHaveCount(0);
		await guest.expectMedia(2);
	}
});
