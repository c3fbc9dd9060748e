import type { Page } from '@playwright/test';
import { expect, test, type Guest } from '../support/guest.ts';
import { holdApp, type HeldApp } from '../support/hold-app.ts';
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
	let app: HeldApp = { letGo: () => undefined };
	const ben = await openGuest('Ben', {
		prepare: async (page) => {
			await countOpenings(page);
			app = await holdApp(page);
		}
	});

	// where permission was given, devices are opened soon after the app is there: who says no has to be quicker
	await ben.page.getByRole('textbox', { name: 'Your name' }).fill('Ben');
	await ben.page.getByRole('button', { name: 'Join without camera or mic' }).click();
	app.letGo();

	await expectListener(ben, ann);
	expect(await openings(ben.page)).toBe(0);

	await ben.press('Unmute microphone');
	await expect(ann.tile('Ben')).not.toHaveAccessibleName(/microphone off/);
	expect(await openings(ben.page)).toBe(1);
});

interface Played {
	/** Label of the output; empty: the one of the system. */
	output: string;
	/** The strongest tone while it was loudest. */
	hertz: number;
	/** Of full scale, 1. */
	loudest: number;
	isOver: boolean;
}

declare global {
	/** How often a page asked for a device. */
	var roostOpenings: number | undefined;
	/** What the audio elements of a page have played. */
	var roostPlayed: Played[] | undefined;
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

/** Measures whatever sound an element plays, as long as it does. */
const listenToElements = (page: Page) =>
	page.addInitScript(() => {
		const all: Played[] = [];
		globalThis.roostPlayed = all;
		const listen = async (element: HTMLMediaElement, stream: MediaStream) => {
			const outputs = await navigator.mediaDevices.enumerateDevices();
			const output = outputs.find(
				({ deviceId, kind }) => kind === 'audiooutput' && deviceId === element.sinkId
			);
			const played: Played = {
				output: element.sinkId === '' ? '' : (output?.label ?? 'unknown'),
				hertz: 0,
				loudest: 0,
				isOver: false
			};
			all.push(played);
			const context = new AudioContext();
			const analyser = context.createAnalyser();
			analyser.fftSize = 8_192;
			context.createMediaStreamSource(stream).connect(analyser);
			const [wave, tones] = [new Float32Array(analyser.fftSize), new Float32Array(analyser.fftSize / 2)];
			const measuring = setInterval(() => {
				if (element.srcObject !== stream) {
					clearInterval(measuring);
					void context.close();
					played.isOver = true;
					return;
				}
				if (element.paused || element.muted) return;
				analyser.getFloatTimeDomainData(wave);
				const level = element.volume * Math.max(...wave.map(Math.abs));
				if (level <= played.loudest) return;
				played.loudest = level;
				analyser.getFloatFrequencyData(tones);
				played.hertz = (tones.indexOf(Math.max(...tones)) * context.sampleRate) / analyser.fftSize;
			}, 20);
		};
		HTMLMediaElement.prototype.play = new Proxy(Reflect.get(HTMLMediaElement.prototype, 'play'), {
			apply: (play, element: HTMLMediaElement) => {
				const { srcObject: stream } = element;
				if (element instanceof HTMLAudioElement && stream instanceof MediaStream)
					void listen(element, stream);
				return Reflect.apply(play, element, []);
			}
		});
	});
const lastPlayed = (page: Page) => page.evaluate(() => globalThis.roostPlayed?.at(-1));

test('given a choice of speakers, when the speaker is tested before and in the call, then its tone comes out of the chosen one', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { prepare: listenToElements });
	const { page } = ann;
	const expectTone = async (output: string, press: () => Promise<void>) => {
		const countPlayed = () => page.evaluate(() => globalThis.roostPlayed?.length ?? 0);
		const before = await countPlayed();
		await press();
		// the tone before may have come out of the same one
		await expect.poll(countPlayed).toBe(before + 1);
		await expect.poll(() => lastPlayed(page)).toMatchObject({ output, isOver: true });
		const played = await lastPlayed(page);
		// soft: a fifth of full scale
		expect(played?.loudest).toBeGreaterThan(0.15);
		expect(played?.loudest).toBeLessThan(0.25);
		expect(Math.abs((played?.hertz ?? 0) - 440)).toBeLessThan(10);
	};
	const button = page.getByRole('button', { name: 'Test speaker' });
	await expect(page.getByRole('button', { name: 'Mute microphone' })).toBeVisible();
	await expectTone('', () => button.click());

	await page.getByRole('combobox', { name: 'Speaker' }).selectOption({ label: 'Fake Audio Output 2' });
	await expectTone('Fake Audio Output 2', () => button.click());

	await ann.join();
	await page.keyboard.press('Control+,');
	const settings = page.getByRole('dialog', { name: 'Settings' });
	const speaker = settings.getByRole('combobox', { name: 'Speaker' });
	await expect(speaker.locator('option:checked')).toHaveText('Fake Audio Output 2');
	const testAgain = settings.getByRole('button', { name: 'Test speaker' });
	await expectTone('Fake Audio Output 2', () => testAgain.click());
	await expect(testAgain).not.toHaveAttribute('aria-busy');

	await speaker.selectOption({ label: 'Fake Audio Output 1' });
	await expectTone('Fake Audio Output 1', () => testAgain.click());
});
