import { expect, type Guest } from './guest.ts';
import { silentEnergy, watchReceived } from './media-probe.ts';

const silentAfterMs = 500;

/** Chooses another device in the dialog of the call. */
export async function chooseDevice(
	guest: Guest,
	device: 'Microphone' | 'Camera',
	label: string
): Promise<void> {
	await guest.press('More');
	await guest.page.getByRole('menuitem', { name: 'Devices' }).click();
	const devices = guest.page.getByRole('dialog', { name: 'Devices' });
	await devices.getByRole('combobox', { name: device }).selectOption({ label });
	await devices.getByRole('button', { name: 'Close' }).click();
}

/** The only one whom `listener` hears mutes the microphone: silence at once and a mark, until it is unmuted. */
export async function expectSilenceWhileMuted(speaker: Guest, listener: Guest): Promise<void> {
	const watching = watchReceived(listener.page, 100, 5_000);
	await speaker.press('Mute microphone');
	const mutedAt = Date.now();
	const looks = await watching;

	const late = looks.filter(({ at }) => at > mutedAt + silentAfterMs).map(({ audioEnergy }) => audioEnergy);
	expect(late.length).toBeGreaterThan(10);
	expect(Math.max(...late) - Math.min(...late)).toBeLessThan(silentEnergy);
	await expect(listener.tile(speaker.name)).toHaveAccessibleName(/microphone off/);

	await speaker.press('Unmute microphone');

	await expect(listener.tile(speaker.name)).not.toHaveAccessibleName(/microphone off/);
	await listener.expectMedia();
}
