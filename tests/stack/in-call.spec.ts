import { expect, test } from './support/stack.ts';
import { openDevices, receivedFlows, receivedMedia, watchReceived } from '../support/media-probe.ts';
import type { Guest } from '../support/guest.ts';

const silentAfterMs = 500;
/** A thousandth of one beep of the fake microphone, as statistics count it. */
const silence = 1e-4;

test('given a shared screen, when somebody joins, then they see it until it ends', async ({
	openGuest,
	room
}) => {
	const ann = await openGuest('Ann', { room });
	const ben = await openGuest('Ben', { room });
	await ann.join();
	await ann.press('Share screen');
	await expect(ann.controls.getByRole('button', { name: 'Stop sharing' })).toBeVisible();

	await ben.join();

	await expect(ben.screenOf('Ann')).toBeVisible();
	await ben.expectMedia(2);
	await ann.press('Stop sharing');
	await expect(ben.screenOf('Ann')).toHaveCount(0);
	await ben.expectMedia(1);
});

test('given two guests, when one shares a screen, then the other sees it, and again after it was stopped', async ({
	openGuest,
	room
}) => {
	const ann = await openGuest('Ann', { room });
	const ben = await openGuest('Ben', { room });
	await ann.join();
	await ben.join();
	await ben.expectMedia();

	for (let time = 1; time <= 2; time++) {
		await ann.press('Share screen');
		await expect(ben.screenOf('Ann')).toBeVisible();
		await ben.expectMedia(2);

		await ann.press('Stop sharing');
		await expect(ben.screenOf('Ann')).toHaveCount(0);
		await ben.expectMedia(1);
	}
});

test('given a guest who is heard, when the microphone is muted, then it is silent at once until it is unmuted', async ({
	openGuest,
	room
}) => {
	const ann = await openGuest('Ann', { room });
	const ben = await openGuest('Ben', { room });
	await ann.join();
	await ben.join();
	await ben.expectMedia();

	const watching = watchReceived(ben.page, 100, 5_000);
	await ann.press('Mute microphone');
	const mutedAt = Date.now();
	const looks = await watching;

	const late = looks.filter(({ at }) => at > mutedAt + silentAfterMs).map(({ audioEnergy }) => audioEnergy);
	expect(late.length).toBeGreaterThan(10);
	expect(Math.max(...late) - Math.min(...late)).toBeLessThan(silence);
	await expect(ben.tile('Ann')).toHaveAccessibleName(/microphone off/);
	await ann.press('Unmute microphone');
	await expect(ben.tile('Ann')).not.toHaveAccessibleName(/microphone off/);
	await ben.expectMedia();
});

async function chooseMicrophone(guest: Guest, label: string): Promise<void> {
	const { page } = guest;
	await guest.press('More');
	await page.getByRole('menuitem', { name: 'Devices' }).click();
	const devices = page.getByRole('dialog', { name: 'Devices' });
	await devices.getByRole('combobox', { name: 'Microphone' }).selectOption({ label });
	await devices.getByRole('button', { name: 'Close' }).click();
}

test('given a guest who is heard, when the microphone is changed, then the new one is heard over the same connections', async ({
	openGuest,
	room
}) => {
	const ann = await openGuest('Ann', { room });
	const ben = await openGuest('Ben', { room });
	await ann.join();
	await ben.join();
	await ben.expectMedia();
	const connections = () =>
		Promise.all([ann, ben].map(async ({ page }) => (await receivedMedia(page)).connections));
	const before = await connections();

	await chooseMicrophone(ann, 'Fake Audio Input 2');

	await expect.poll(async () => (await openDevices(ann.page)).labels).toContain('Fake Audio Input 2');
	const energy = async () =>
		(await receivedFlows(ben.page)).reduce((sum, { audioEnergy }) => sum + audioEnergy, 0);
	const atChange = await energy();
	await expect.poll(energy).toBeGreaterThan(atChange + 0.01);
	expect(await connections()).toEqual(before);
});
