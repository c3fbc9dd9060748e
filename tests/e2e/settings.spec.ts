import type { Locator, Page } from '@playwright/test';
import { expectAccessible, installAxe } from '../support/axe.ts';
import { expect, test } from '../support/guest.ts';

declare global {
	/** Every microphone that a page opened. */
	var roostMicrophones: MediaStreamTrack[] | undefined;
	/** Tones that a page let sound. */
	var roostTones: number | undefined;
}

/** Before the page is opened: keeps what it opens, and counts what it lets sound. */
const watchSound = (page: Page) =>
	page.addInitScript(() => {
		globalThis.roostMicrophones = [];
		globalThis.roostTones = 0;
		const devices = navigator.mediaDevices;
		const getUserMedia = devices.getUserMedia.bind(devices);
		devices.getUserMedia = async (constraints) => {
			const stream = await getUserMedia(constraints);
			globalThis.roostMicrophones?.push(...stream.getAudioTracks());
			return stream;
		};
		globalThis.OscillatorNode.prototype.start = new Proxy(Reflect.get(OscillatorNode.prototype, 'start'), {
			apply: (start, tone: OscillatorNode, values: [number]) => {
				globalThis.roostTones = (globalThis.roostTones ?? 0) + 1;
				Reflect.apply(start, tone, values);
			}
		});
	});
const tones = (page: Page) => page.evaluate(() => globalThis.roostTones ?? 0);
/** What is done to the sound of the microphone that is open now. */
const processing = (page: Page) =>
	page.evaluate(() => {
		const live = globalThis.roostMicrophones?.findLast(({ readyState }) => readyState === 'live');
		const { echoCancellation, noiseSuppression, autoGainControl } = live?.getSettings() ?? {};
		return { echoCancellation, noiseSuppression, autoGainControl };
	});

const settingsOf = (page: Page) => page.getByRole('dialog', { name: 'Settings' });
const tab = (settings: Locator, name: string) => settings.getByRole('tab', { name, exact: true });
const root = (page: Page) => page.locator('html');

test('given Home and a keyboard, when settings change, then each counts at once, and the focus comes back', async ({
	openGuest,
	roost
}) => {
	const { page } = await openGuest('Ann', {
		profile: { colorScheme: 'light', reducedMotion: 'no-preference' }
	});
	await page.goto(roost.url);
	const opener = page.getByRole('button', { name: 'Settings' });
	await opener.focus();
	await page.keyboard.press('Enter');
	const settings = settingsOf(page);
	await expect(tab(settings, 'Audio')).toBeFocused();

	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowDown');
	await expect(tab(settings, 'Appearance')).toBeFocused();
	await settings.getByRole('combobox', { name: 'Theme' }).selectOption('High contrast');
	await expect(page.locator('body')).toHaveCSS('background-color', 'rgb(0, 0, 0)');
	await settings.getByRole('slider', { name: 'Text size' }).fill('200');
	await expect(root(page)).toHaveCSS('font-size', '32px');
	await tab(settings, 'Accessibility').click();
	await settings.getByRole('switch', { name: 'Reduce motion' }).click();
	await expect
		.poll(() =>
			page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--motion-hover'))
		)
		.toMatch(/^0m?s$/);

	// the focus stays inside
	for (let presses = 0; presses < 12; presses++) {
		await page.keyboard.press('Tab');
		const isOutside = await page.evaluate(
			() => document.activeElement !== document.body && document.activeElement?.closest('dialog') === null
		);
		expect(isOutside).toBe(false);
	}
	await page.keyboard.press('Escape');
	await expect(settings).toHaveCount(0);
	await expect(opener).toBeFocused();

	await page.reload();
	await expect(root(page)).toHaveCSS('font-size', '32px');
	await expect(root(page)).toHaveAttribute('data-theme', 'contrast');
	await opener.click();
	await tab(settings, 'Appearance').click();
	await settings.getByRole('button', { name: 'Reset this page' }).click();
	await expect(root(page)).toHaveCSS('font-size', '16px');
	await expect(root(page)).not.toHaveAttribute('data-theme');
});

test('given a call of two, when one opens the settings and changes the microphone, then the call goes on', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { prepare: watchSound });
	await ann.join();
	const ben = await openGuest('Ben', { prepare: watchSound });
	await ben.join();
	await ben.expectMedia();
	await expect
		.poll(() => processing(ann.page))
		.toMatchObject({ echoCancellation: true, noiseSuppression: true });

	await ann.page.keyboard.press('Control+,');
	const settings = settingsOf(ann.page);
	await settings.getByRole('switch', { name: 'Noise suppression' }).click();
	await expect
		.poll(() => processing(ann.page))
		.toMatchObject({ echoCancellation: true, noiseSuppression: false });
	await settings.getByRole('switch', { name: 'Music' }).click();
	await expect
		.poll(() => processing(ann.page))
		.toEqual({ echoCancellation: false, noiseSuppression: false, autoGainControl: false });
	await ben.expectMedia();

	await settings.getByRole('button', { name: 'Record 5 seconds' }).click();
	// beside what the dialog says to the ear
	const check = settings.getByRole('group', { name: 'How you sound' });
	await expect(check.getByText('Recording. Say something')).toBeVisible();
	await expect(check.getByText('Playing what you said')).toBeVisible();
	await expect(settings.getByRole('button', { name: 'Record 5 seconds' })).toBeVisible();
	await ann.page.keyboard.press('Escape');
	await expect(settings).toHaveCount(0);
	await expect(ann.tile('Ben')).toBeVisible();
});

test('given a call, when people come and chat, then each is heard unless its sound is off, and keys can be chosen', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { prepare: watchSound });
	await ann.join('Join without camera or mic');
	expect(await tones(ann.page)).toBe(0);
	const ben = await openGuest('Ben');
	await ben.join('Join without camera or mic');
	await expect.poll(() => tones(ann.page), 'two notes for somebody who joins').toBe(2);

	await ann.page.keyboard.press('Control+,');
	const settings = settingsOf(ann.page);
	await tab(settings, 'Sounds and notifications').click();
	await settings.getByRole('switch', { name: 'A message, while the chat is closed' }).click();
	await tab(settings, 'Keyboard').click();
	const change = settings.getByRole('button', { name: 'Change the key for: Raise or lower hand' });
	await change.click();
	await ann.page.keyboard.press('h');
	await expect(change).toHaveText('Change');
	await ann.page.keyboard.press('Escape');

	await ben.say('quiet as a mouse');
	await expect(ann.page.getByText(/quiet as a mouse/).first()).toBeVisible();
	await ann.page.keyboard.press('h');
	await expect(ann.controls.getByRole('button', { name: 'Lower hand' })).toBeVisible();
	await ben.press('Raise hand');
	await expect.poll(() => tones(ann.page), 'two notes for a hand, none for the message').toBe(4);
});

test('given a call, when its report is read, then it tells what happened, and no name, address, token or message', async ({
	openGuest
}) => {
	const ann = await openGuest('Annabella');
	await ann.join();
	const ben = await openGuest('Benedikt');
	await ben.join();
	await ann.expectMedia();
	await ben.say('The harbour at nine');
	await expect(ann.page.getByText(/The harbour at nine/).first()).toBeVisible();
	await ann.page.keyboard.press('Control+,');
	const settings = settingsOf(ann.page);
	await tab(settings, 'Diagnostics').click();
	const report = settings.getByRole('textbox', { name: 'Report' });
	await expect(report).toHaveValue(/## Connections\n1: .*bytesReceived [1-9]/);

	const text = await report.inputValue();
	for (const part of [
		/^version: \d/m,
		/^browser: .*Chrom/m,
		/^devices: \d+ microphone/m,
		/^permissions: microphone granted/m,
		/call \d+: .*joined/,
		/signaling \d+: /,
		/own candidate: host udp/,
		/their candidate: host/
	]) {
		expect(text).toMatch(part);
	}
	for (const secret of [
		/annabella/i,
		/benedikt/i,
		/harbour/i,
		/\bdemo\b/,
		/localhost/,
		/\d+\.\d+\.\d+\.\d+(?!.*Safari)/,
		/\.local\b/
	]) {
		expect(text).not.toMatch(secret);
	}
	await expect(settings.getByText('Nothing is sent', { exact: false })).toBeVisible();
});

test('given a browser that was in a call, when all is deleted, then nothing of it is left', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann');
	await ann.join('Join without camera or mic');
	await ann.leave();
	const { page } = ann;
	await page.getByRole('button', { name: 'Home' }).click();
	await expect(page.getByRole('link', { name: /^Demo now/ })).toBeVisible();
	await page.getByRole('button', { name: 'Settings' }).click();
	const settings = settingsOf(page);
	await tab(settings, 'Privacy').click();
	await settings.getByRole('button', { name: 'Delete all' }).click();
	await page.getByRole('alertdialog').getByRole('button', { name: 'Delete all' }).click();
	await expect(settings.getByRole('tabpanel').getByText('Everything was deleted')).toBeVisible();

	const left = await page.evaluate(async () => {
		const database = await new Promise<IDBDatabase>((settle, reject) => {
			const opening = indexedDB.open('roost');
			opening.onsuccess = () => settle(opening.result);
			opening.onerror = () => reject(new Error('no database'));
		});
		const names = [...database.objectStoreNames];
		const counts = names.map(
			(name) =>
				new Promise<number>((settle) => {
					const counting = database.transaction(name).objectStore(name).count();
					counting.onsuccess = () => settle(counting.result);
				})
		);
		const kept = sessionStorage.length + localStorage.length;
		return { rows: await Promise.all(counts), kept, stores: names.length };
	});
	expect(left).toEqual({
		rows: Array.from({ length: left.stores }, () => 0),
		kept: 0,
		stores: left.stores
	});
	await page.goto(`${roost.url}/call/demo`);
	await expect(page.getByRole('textbox', { name: 'Your name' })).toHaveValue('');
});

interface Stored {
	/** Rooms in the list of calls. */
	recent: string[];
	/** Rooms that a call may be running in. */
	ongoing: string[];
	/** Whether one call was ever joined: stored at the same moment as the room is. */
	hasJoined: boolean;
}
const stored = (page: Page): Promise<Stored> =>
	page.evaluate(async () => {
		const database = await new Promise<IDBDatabase>((settle, reject) => {
			const opening = indexedDB.open('roost');
			opening.onsuccess = () => settle(opening.result);
			opening.onerror = () => reject(new Error('no database'));
		});
		const rows = (name: string) =>
			new Promise<Record<string, unknown>[]>((settle) => {
				const reading = database.transaction(name).objectStore(name).getAll();
				reading.onsuccess = () => settle(reading.result);
			});
		const [recent, ongoing, preferences] = await Promise.all(
			['recentRooms', 'ongoingCalls', 'preferences'].map(rows)
		);
		database.close();
		const tokens = (found: typeof recent) => (found ?? []).map(({ token }) => String(token));
		return {
			recent: tokens(recent),
			ongoing: tokens(ongoing),
			hasJoined: preferences?.some(({ hasJoinedOnce }) => hasJoinedOnce === true) ?? false
		};
	});

test('given a person who wants no list of calls, when they were in one, then Home has none, also after a reload; when they want it again, it has', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann');
	const { page } = ann;
	await page.goto(roost.url);
	const remember = page.getByRole('switch', { name: 'Remember my calls in this browser' });
	await expect(remember).toBeChecked();
	await remember.click();
	await expect(remember).not.toBeChecked();

	await page.getByRole('textbox', { name: 'Call link or code' }).fill('demo');
	await page.getByRole('button', { name: 'Join', exact: true }).click();
	await ann.join('Join without camera or mic');
	await expect.poll(async () => (await stored(page)).hasJoined).toBe(true);
	await ann.leave();
	await page.getByRole('button', { name: 'Home' }).click();
	const listed = page.getByRole('link', { name: /^Demo/ });
	const nothing = page.getByText('No calls yet.', { exact: false });
	await expect(nothing).toBeVisible();
	await expect(listed).toHaveCount(0);
	await page.reload();
	await expect(nothing).toBeVisible();
	await expect(remember).not.toBeChecked();
	// a reload may come before the call has ended in the store: then the server is asked, and says that it is over
	await expect.poll(() => stored(page)).toEqual({ recent: [], ongoing: [], hasJoined: true });

	await page.getByRole('button', { name: 'Settings' }).click();
	const settings = settingsOf(page);
	await tab(settings, 'Privacy').click();
	await settings.getByRole('switch', { name: 'Remember my calls' }).click();
	await page.keyboard.press('Escape');
	await expect(remember).toBeChecked();
	await page.goto(`${roost.url}/call/demo`);
	await ann.join('Join without camera or mic');
	await expect.poll(async () => (await stored(page)).recent).toEqual(['demo']);
	await ann.leave();
	await page.getByRole('button', { name: 'Home' }).click();
	await expect(listed).toBeVisible();
	await page.reload();
	await expect(listed).toBeVisible();
	// the server is asked about what is in the list, and says that the call is over
	await expect.poll(() => stored(page)).toEqual({ recent: ['demo'], ongoing: [], hasJoined: true });
});

test('given Pre-join, when keys are pressed, then they toggle devices and open the list of keys', async ({
	openGuest
}) => {
	const { page } = await openGuest('Ann');
	await expect(page.getByRole('button', { name: 'Mute microphone' })).toBeVisible();
	await page.getByRole('heading', { level: 1 }).click();
	// the first key brings the code for keys, the next one uses it
	await expect(async () => {
		await page.keyboard.press('Control+d');
		await expect(page.getByRole('button', { name: 'Unmute microphone' })).toBeVisible({ timeout: 500 });
	}).toPass();
	// the app may have come only after the first click, and then it is the name that is typed into
	await page.getByRole('heading', { level: 1 }).click();
	await page.keyboard.press('?');
	await expect(tab(settingsOf(page), 'Keyboard')).toHaveAttribute('aria-selected', 'true');
});

test('given the settings, when each tab is looked at on a phone and a desk, then everybody can use it', async ({
	openGuest,
	roost
}) => {
	test.setTimeout(180_000);
	const { page } = await openGuest('Ann', { prepare: installAxe });
	await page.goto(roost.url);
	await page.getByRole('button', { name: 'Settings' }).click();
	const settings = settingsOf(page);
	for (const viewport of [
		{ width: 390, height: 844 },
		{ width: 1280, height: 800 }
	]) {
		await page.setViewportSize(viewport);
		for (const name of await settings.getByRole('tab').allTextContents()) {
			await tab(settings, name).click();
			await expect(settings.getByRole('tabpanel', { name })).toBeVisible();
			await expectAccessible(page, `${name}, ${viewport.width}`);
		}
	}
});

test('given a system in light colours, when settings are opened in a call, then they are as dark as the call', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { profile: { colorScheme: 'light' } });
	await ann.join('Join without camera or mic');
	const ground = (part: Locator) => part.evaluate((element) => getComputedStyle(element).backgroundColor);
	const call = ann.page.locator('.call');
	const dark = await call.evaluate((element) => {
		const sample = document.createElement('i');
		sample.style.background = 'var(--surface-1)';
		element.append(sample);
		const { backgroundColor } = getComputedStyle(sample);
		sample.remove();
		return backgroundColor;
	});

	await ann.page.keyboard.press('Control+,');

	expect(await ground(settingsOf(ann.page))).toBe(dark);
});
