import { chooseDevice } from '../../support/call-steps.ts';
import { expect, type Guest } from '../../support/guest.ts';
import { liveLocalTracks, openDevices, receivedMedia } from '../../support/media-probe.ts';
import { expectAllToMeet } from './everybody.ts';

const connectionsOf = async ({ page }: Guest) => (await receivedMedia(page)).connections;

/**
 * A call from its first guest to its last: a screen that is shared and seen by a newcomer, muting, another microphone,
 * somebody who leaves and comes back. The same whatever carries it.
 */
export async function wholeCall(openGuest: (name: string) => Promise<Guest>): Promise<void> {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	const cem = await openGuest('Cem');
	const guests = [ann, ben, cem];

	await ann.join();
	await ben.join();
	await expectAllToMeet([ann, ben]);

	await ann.press('Share screen');
	await expect(ben.screenOf('Ann')).toBeVisible();
	await ben.expectMedia(2);

	// late, and sees what began before
	await cem.join();
	await expect(cem.screenOf('Ann')).toBeVisible();
	await cem.expectMedia(3);
	await expectAllToMeet(guests);
	await ann.press('Stop sharing');
	for (const guest of [ben, cem]) await expect(guest.screenOf('Ann')).toHaveCount(0);
	await ann.press('Share screen');
	for (const guest of [ben, cem]) {
		await expect(guest.screenOf('Ann')).toBeVisible();
		await guest.expectMedia(3);
	}
	await ann.press('Stop sharing');
	for (const guest of [ben, cem]) await expect(guest.screenOf('Ann')).toHaveCount(0);
	await expectAllToMeet(guests);

	await ben.press('Mute microphone');
	for (const guest of [ann, cem]) await expect(guest.tile('Ben')).toHaveAccessibleName(/microphone off/);
	await ben.press('Unmute microphone');
	for (const guest of [ann, cem]) await expect(guest.tile('Ben')).not.toHaveAccessibleName(/microphone off/);

	await expectOtherMicrophone(ann, [ben, cem]);

	await ben.leave();
	for (const guest of [ann, cem]) await expect(guest.tile('Ben')).toHaveCount(0);
	await expect.poll(async () => (await connectionsOf(ben)).open).toBe(0);
	await expect.poll(() => liveLocalTracks(ben.page)).toEqual({ audio: 0, video: 0 });
	await expectAllToMeet([ann, cem]);
	await ben.page.getByRole('button', { name: 'Rejoin' }).click();
	await expectAllToMeet(guests);

	for (const guest of guests) await guest.leave();
	for (const guest of guests) {
		await expect.poll(async () => (await connectionsOf(guest)).open).toBe(0);
		await expect.poll(() => liveLocalTracks(guest.page)).toEqual({ audio: 0, video: 0 });
	}
}

/** Another microphone is heard by all over the connections that there are. */
async function expectOtherMicrophone(speaker: Guest, listeners: readonly Guest[]): Promise<void> {
	const connections = () => Promise.all([speaker, ...listeners].map(connectionsOf));
	const before = await connections();

	await chooseDevice(speaker, 'Microphone', 'Fake Audio Input 2');

	// the old one lives on until every connection has taken the new one
	await expect
		.poll(async () => (await openDevices(speaker.page)).labels.filter((label) => label.includes('Audio')))
		.toEqual(['Fake Audio Input 2']);
	await expectAllToMeet([speaker, ...listeners]);
	expect(await connections()).toEqual(before);
}
