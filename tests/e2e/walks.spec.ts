import { expect, test } from '../support/guest.ts';

declare global {
	/** From now on the browser opens devices. */
	var allowDevices: () => void;
	/** Each title that the page has had. */
	var seenTitles: string[];
}

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

test('given a phone that was never here, when its link is opened, then a guest is in, heard and seen after six taps at most', async ({
	openGuest
}) => {
	const ben = await openGuest('Ben');
	await ben.join();
	// the prompt of the browser is answered by itself, which on a phone is one tap
	const ann = await openGuest('Ann', { profile: { ...phone, permissions: [] } });
	let taps = 1;
	const { page } = ann;
	const turnOn = page.getByRole('button', { name: 'Turn on camera and microphone' });
	const join = page.getByRole('button', { name: 'Join', exact: true });
	await expect(join).toBeVisible();

	await page.getByRole('textbox', { name: 'Your name' }).tap();
	taps++;
	await page.keyboard.type('Ann');
	if (await turnOn.isVisible()) {
		await turnOn.tap();
		taps += 2;
	}
	await join.tap();
	taps++;

	await expect(ann.controls).toBeVisible();
	expect(taps).toBeLessThanOrEqual(6);
	for (const guest of [ann, ben]) await guest.expectMedia();
});

test('given a guest whom the browser refuses the microphone, when they join, then they listen and write, and turn it on later without a reload', async ({
	openGuest
}) => {
	const ben = await openGuest('Ben');
	await ben.join();
	const ann = await openGuest('Ann', {
		prepare: (page) =>
			page.addInitScript(() => {
				const devices = navigator.mediaDevices;
				const open = devices.getUserMedia.bind(devices);
				const refusal = { isOver: false };
				Object.defineProperty(window, 'allowDevices', { value: () => (refusal.isOver = true) });
				devices.getUserMedia = (constraints) =>
					refusal.isOver
						? open(constraints)
						: Promise.reject(new DOMException('as the test wants it', 'NotAllowedError'));
			})
	});
	await ann.join();
	await expect(ben.tile('Ann')).toHaveAccessibleName(/microphone off/);
	await ann.say('I can only write');
	await expect(ben.controls.getByRole('button', { name: 'Chat' })).toHaveAccessibleDescription(/1/);
	await ann.page.evaluate(() => Object.assign(window, { isSamePage: true }));

	await ann.page.evaluate(() => globalThis.allowDevices());
	await ann.press('Unmute microphone');

	await expect(ben.tile('Ann')).not.toHaveAccessibleName(/microphone off/);
	expect(await ann.page.evaluate(() => 'isSamePage' in window)).toBe(true);
});

test('given a call of two, when the server is away for a minute, then both are back by themselves and saw nothing but the call', async ({
	openGuest,
	roost
}) => {
	test.setTimeout(180_000);
	const guests = [await openGuest('Ann'), await openGuest('Ben')] as const;
	for (const guest of guests) await guest.join();
	for (const guest of guests) await guest.expectMedia();
	for (const { page } of guests) {
		await page.evaluate(() => {
			const seen = [document.title];
			Object.defineProperty(window, 'seenTitles', { value: seen });
			const note = () => {
				if (seen.at(-1) !== document.title) seen.push(document.title);
			};
			new MutationObserver(note).observe(document.head, {
				childList: true,
				characterData: true,
				subtree: true
			});
		});
	}

	await roost.terminate();
	// the length of the outage is what this is about
	const until = Date.now() + 60_000;
	for (const { page } of guests) {
		// media goes on without the server, so the call is not called lost
		await expect(page.getByText(/catching up/).first()).toBeVisible({ timeout: 40_000 });
	}
	await expect.poll(() => Date.now(), { timeout: 70_000 }).toBeGreaterThanOrEqual(until);
	await roost.start();

	for (const guest of guests) {
		await expect(guest.page.getByText(/catching up/)).toHaveCount(0, { timeout: 40_000 });
		await expect(guest.page.getByText('Connection lost')).toHaveCount(0);
		await guest.expectMedia();
		expect(await guest.page.evaluate(() => globalThis.seenTitles)).toEqual(['Demo']);
	}
});
