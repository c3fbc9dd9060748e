import type { Page } from '@playwright/test';
import { expect, test, type Guest } from '../support/guest.ts';
import { liveLocalTracks } from '../support/media-probe.ts';

/* The browser of these tests counts permission as given, unless it says otherwise: devices are opened by themselves. */

const turnOn = (guest: Guest) =>
	guest.page.getByRole('button', { name: 'Turn on camera and microphone' }).click();
const hint = (guest: Guest, words: string) =>
	guest.page.getByRole('main').getByRole('listitem').filter({ hasText: words });

/** Fails as the browser does where a device is taken, refused or missing. */
const refuseDevices = (page: Page, refusal: { error: string; of: 'audio' | 'video' | 'both' }) =>
	page.addInitScript(({ error, of }) => {
		const devices = navigator.mediaDevices;
		const getUserMedia = devices.getUserMedia.bind(devices);
		devices.getUserMedia = async (constraints) => {
			const wants = (kind: 'audio' | 'video') =>
				constraints?.[kind] !== undefined && constraints[kind] !== false;
			if (of === 'both' || wants(of)) throw new DOMException('as the test wants it', error);
			return getUserMedia(constraints);
		};
	}, refusal);

/** A listener is one of the participants, and sees and hears the others. */
async function expectListener(listener: Guest, speaker: Guest): Promise<void> {
	await expect(speaker.tile(listener.name)).toHaveAccessibleName(/microphone off/);
	await listener.expectMedia();
	expect(await liveLocalTracks(listener.page)).toEqual({ audio: 0, video: 0 });
}

test('given no camera and no microphone, when a guest joins, then a hint says so and the call is seen and heard', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await ann.join();
	const ben = await openGuest('Ben', { without: ['--use-fake-device-for-media-stream'] });

	await turnOn(ben);

	await expect(hint(ben, 'No camera or microphone found. You can join and listen.')).toBeVisible();
	await ben.join();
	await expectListener(ben, ann);
});

test('given permission that is refused, when a guest joins, then a hint says so and the call is seen and heard', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await ann.join();
	const ben = await openGuest('Ben', { without: ['--use-fake-ui-for-media-stream'] });

	await turnOn(ben);

	await expect(hint(ben, 'Camera and microphone are blocked.')).toBeVisible();
	await ben.join();
	await expectListener(ben, ann);
	await expect(ben.controls.getByRole('button', { name: 'Unmute microphone' })).toHaveAccessibleDescription(
		'The browser blocks the microphone. Allow it in the address bar'
	);
});

test('given a camera in use by another app, when permission was given, then a hint says so and the microphone works', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await ann.join();
	const ben = await openGuest('Ben', {
		prepare: (page) => refuseDevices(page, { error: 'NotReadableError', of: 'video' })
	});

	await expect(hint(ben, 'Another app is using the camera. Close it there, then try again.')).toBeVisible();
	await expect(ben.page.getByRole('button', { name: 'Mute microphone' })).toBeVisible();
	await ben.join();
	await expect(ben.controls.getByRole('button', { name: 'Turn camera on' })).toHaveAccessibleDescription(
		'Another app is using the camera'
	);
	await expect(ann.tile('Ben')).not.toHaveAccessibleName(/microphone off/);
	await ben.expectMedia();
	expect((await liveLocalTracks(ben.page)).video).toBe(0);
});

test('given no microphone, when permission was given, then a hint says so and the camera works', async ({
	openGuest
}) => {
	const ben = await openGuest('Ben', {
		prepare: (page) => refuseDevices(page, { error: 'NotFoundError', of: 'audio' })
	});

	await expect(hint(ben, 'No microphone found.')).toBeVisible();
	await ben.join();
	await expect(ben.controls.getByRole('button', { name: 'Unmute microphone' })).toBeVisible();
	await expect(ben.controls.getByRole('button', { name: 'Turn camera off' })).toBeVisible();
	await expect.poll(() => liveLocalTracks(ben.page)).toEqual({ audio: 0, video: 1 });
});

test('given devices that would work, when a guest joins without them, then none is ever opened', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await ann.join();
	const ben = await openGuest('Ben', { prepare: countOpenings });

	await ben.join('Join without camera or mic');

	await expectListener(ben, ann);
	expect(await openings(ben.page)).toBe(0);

	await ben.press('Unmute microphone');
	await expect(ann.tile('Ben')).not.toHaveAccessibleName(/microphone off/);
	expect(await openings(ben.page)).toBe(1);
});

declare global {
	/** How often a page asked for a device. */
	var roostOpenings: number | undefined;
}

const countOpenings = (page: Page) =>
	page.addInitScript(() => {
		globalThis.roostOpenings = 0;
		const devices = navigator.mediaDevices;
		const getUserMedia = devices.getUserMedia.bind(devices);
		devices.getUserMedia = (constraints) => {
			globalThis.roostOpenings = (globalThis.roostOpenings ?? 0) + 1;
			return getUserMedia(constraints);
		};
	});
const openings = (page: Page) => page.evaluate(() => globalThis.roostOpenings);
