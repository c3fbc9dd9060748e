import type { Page } from '@playwright/test';
import { expect, test, type Guest } from '../support/guest.ts';

/* What a call asks of the browser around its page: a screen that stays on, the keys of the system, a window of its own. */

interface Beside {
	locks: WakeLockSentinel[];
	/** What the keys of the system do now. */
	deeds: Map<string, () => void>;
	/** What the system was told of microphone and camera. */
	active: { microphone?: boolean | undefined; camera?: boolean | undefined };
	/** Whether to keep back what may wait until the page of the call is shown. */
	isBusy: boolean;
	/** What was kept back. */
	waiting: IdleRequestCallback[];
}
declare global {
	/** Only in pages that are watched here. */
	var roostBeside: Beside | undefined;
}

/** Before the page is opened. */
const watchBeside = (page: Page) =>
	page.addInitScript(() => {
		// `about:blank` has none of it
		if (!('wakeLock' in navigator)) return;
		const beside: Beside = { locks: [], deeds: new Map(), active: {}, isBusy: false, waiting: [] };
		globalThis.roostBeside = beside;
		const { wakeLock, mediaSession: session } = navigator;
		const request = wakeLock.request.bind(wakeLock);
		wakeLock.request = async (type) => {
			const lock = await request(type);
			beside.locks.push(lock);
			return lock;
		};
		const setActionHandler = session.setActionHandler.bind(session);
		session.setActionHandler = (action, handler) => {
			setActionHandler(action, handler);
			if (handler === null) beside.deeds.delete(action);
			else beside.deeds.set(action, () => handler({ action }));
		};
		const setMicrophoneActive = session.setMicrophoneActive.bind(session);
		session.setMicrophoneActive = (isActive) => {
			beside.active.microphone = isActive;
			return setMicrophoneActive(isActive);
		};
		const setCameraActive = session.setCameraActive.bind(session);
		session.setCameraActive = (isActive) => {
			beside.active.camera = isActive;
			return setCameraActive(isActive);
		};
		const whenIdle = globalThis.requestIdleCallback.bind(globalThis);
		globalThis.requestIdleCallback = (deed, options) => {
			// it lies beneath the page before Join, and is seen when that is hidden
			const isCallShown = document.querySelector('.shell')?.checkVisibility() !== true;
			return beside.isBusy && isCallShown ? -beside.waiting.push(deed) : whenIdle(deed, options);
		};
	});

const heldLocks = (page: Page) =>
	page.evaluate(() => (globalThis.roostBeside?.locks ?? []).filter(({ released }) => !released).length);
/** As the browser does when a person looks at another tab, and when they come back. */
const lookAway = (page: Page) =>
	page.evaluate(async () => {
		Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
		for (const lock of globalThis.roostBeside?.locks ?? []) await lock.release();
		document.dispatchEvent(new Event('visibilitychange'));
	});
const lookAgain = (page: Page) =>
	page.evaluate(() => {
		Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true });
		document.dispatchEvent(new Event('visibilitychange'));
	});

/** What the system knows of the call. */
const knownOutside = (page: Page) =>
	page.evaluate(() => {
		const { deeds, active } = globalThis.roostBeside ?? {};
		return {
			title: navigator.mediaSession.metadata?.title ?? null,
			deeds: [...(deeds?.keys() ?? [])].sort(),
			...active
		};
	});
/** As a key on the keyboard or a button on a locked screen does. */
const pressOutside = (page: Page, action: string) =>
	page.evaluate((name) => {
		const deed = globalThis.roostBeside?.deeds.get(name);
		if (deed === undefined) throw new Error(`the system has no ${name}`);
		deed();
	}, action);

test('given a call of sound alone, when one looks away and back, then the screen stays on again; not against the setting, nor after the call', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { prepare: watchBeside });
	const { page } = ann;
	await page.getByRole('button', { name: 'Turn camera off' }).click();
	expect(await heldLocks(page)).toBe(0);
	await ann.join();
	await expect.poll(() => heldLocks(page)).toBe(1);

	await lookAway(page);
	expect(await heldLocks(page)).toBe(0);
	await lookAgain(page);
	await expect.poll(() => heldLocks(page)).toBe(1);

	await page.keyboard.press('Control+,');
	const settings = page.getByRole('dialog', { name: 'Settings' });
	await settings.getByRole('tab', { name: 'Sounds and notifications' }).click();
	const keepsScreenOn = settings.getByRole('switch', { name: 'Keep the screen on in a call' });
	await keepsScreenOn.click();
	await expect.poll(() => heldLocks(page)).toBe(0);
	await lookAgain(page);
	expect(await heldLocks(page)).toBe(0);
	await keepsScreenOn.click();
	await expect.poll(() => heldLocks(page)).toBe(1);
	await page.keyboard.press('Escape');

	await ann.leave();
	expect(await heldLocks(page)).toBe(0);
});

test('given a call, when keys of the system are pressed, then they mute, turn the camera off and hang up, and the system knows how things are', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { prepare: watchBeside });
	const { page } = ann;
	expect(await knownOutside(page)).toEqual({ title: null, deeds: [] });
	await ann.join();
	const ben = await openGuest('Ben');
	await ben.join('Join without camera or mic');
	const known = (change: object) => ({
		title: 'Demo',
		deeds: ['enterpictureinpicture', 'hangup', 'togglecamera', 'togglemicrophone'],
		microphone: true,
		camera: true,
		...change
	});
	await expect.poll(() => knownOutside(page)).toEqual(known({}));
	await expect(ben.tile('Ann')).not.toHaveAccessibleName(/microphone off/);

	await pressOutside(page, 'togglemicrophone');
	await expect(ann.controls.getByRole('button', { name: 'Unmute microphone' })).toBeVisible();
	await expect(ben.tile('Ann')).toHaveAccessibleName(/microphone off/);
	await pressOutside(page, 'togglecamera');
	await expect(ann.controls.getByRole('button', { name: 'Turn camera on' })).toBeVisible();
	await expect.poll(() => knownOutside(page)).toEqual(known({ microphone: false, camera: false }));
	await ann.press('Unmute microphone');
	await expect.poll(() => knownOutside(page)).toEqual(known({ camera: false }));

	await pressOutside(page, 'hangup');
	await expect(page.getByRole('heading', { name: /^You left/ })).toBeVisible();
	await expect(ben.tile('Ann')).toHaveCount(0);
	expect(await knownOutside(page)).toMatchObject({ title: null, deeds: [] });
});

/** Not in the DOM's own types. */
type WithSmallWindow = Window & { documentPictureInPicture?: { window: Window | null } };
const isSmallWindowOpen = (page: Page) =>
	page.evaluate(() => (window as WithSmallWindow).documentPictureInPicture?.window != null);
/** The small window, which is no page of its own to the test. */
const inSmallWindow = (page: Page) =>
	page.evaluate(() => {
		const inside = (window as WithSmallWindow).documentPictureInPicture?.window?.document;
		const main = inside?.querySelector('main');
		if (inside === undefined || main == null) return null;
		return {
			// as the stylesheets of the page say
			isStyled: getComputedStyle(main).position === 'fixed',
			text: main.querySelector('p')?.textContent,
			buttons: [...inside.querySelectorAll('button')].map((button) => button.getAttribute('aria-label')),
			pictures: [...inside.querySelectorAll('video')].filter(({ videoWidth }) => videoWidth > 0).length
		};
	});
const pressInSmallWindow = (page: Page, name: string) =>
	page.evaluate((label) => {
		const inside = (window as WithSmallWindow).documentPictureInPicture?.window?.document;
		const button = inside?.querySelector<HTMLElement>(`button[aria-label="${label}"]`);
		if (button == null) throw new Error(`the small window has no ${label}`);
		button.click();
	}, name);
const openSmallWindow = async (guest: Guest) => {
	await guest.press('More');
	await guest.page.getByRole('menuitem', { name: 'Picture in picture' }).click();
};

test('given a call of two, when one opens the small window, then the other is seen in it, its buttons act, and Back closes it', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join();
	await ben.join();
	await ann.expectMedia();
	const { page } = ann;

	await openSmallWindow(ann);
	await expect
		.poll(() => inSmallWindow(page))
		.toEqual({
			isStyled: true,
			text: 'Ben',
			buttons: ['Mute microphone', 'Turn camera off', 'Raise hand', 'Back to call', 'Leave'],
			pictures: 2
		});

	await pressInSmallWindow(page, 'Mute microphone');
	await expect(ben.tile('Ann')).toHaveAccessibleName(/microphone off/);
	await pressInSmallWindow(page, 'Raise hand');
	await expect(ben.tile('Ann')).toHaveAccessibleName(/hand raised/);
	await expect
		.poll(async () => (await inSmallWindow(page))?.buttons)
		.toEqual(['Unmute microphone', 'Turn camera off', 'Lower hand', 'Back to call', 'Leave']);

	await pressInSmallWindow(page, 'Back to call');
	await expect.poll(() => isSmallWindowOpen(page)).toBe(false);
	await expect(ann.controls).toBeVisible();
	await ann.expectMedia(1, true);

	// it goes with the call
	await openSmallWindow(ann);
	await expect.poll(async () => (await inSmallWindow(page))?.text).toBe('Ben');
	await pressInSmallWindow(page, 'Leave');
	await expect(page.getByRole('heading', { name: /^You left/ })).toBeVisible();
	expect(await isSmallWindowOpen(page)).toBe(false);
});

test('given a browser that is busy showing the call, when one has joined, then what nobody waits for comes only after that', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann', { prepare: watchBeside });
	const { page } = ann;
	await page.goto(roost.url);
	await page.getByRole('button', { name: 'New call' }).click();
	await page.getByRole('button', { name: 'Go to the call' }).click();
	await page.waitForURL(/\/call\//);
	await page.evaluate(() => globalThis.roostBeside && (globalThis.roostBeside.isBusy = true));

	await ann.join('Join without camera or mic');
	await ann.press('People');
	const moderation = page.getByRole('button', { name: 'Moderator controls' });
	const look = async () => ({
		waiting: await page.evaluate(() => globalThis.roostBeside?.waiting.length),
		locks: await heldLocks(page),
		title: (await knownOutside(page)).title,
		moderation: await moderation.count()
	});
	await expect(page.getByRole('complementary', { name: /^People/ })).toBeVisible();
	const shown = await look();
	expect(shown).toEqual({ waiting: shown.waiting, locks: 0, title: null, moderation: 0 });
	expect(shown.waiting).toBeGreaterThan(0);

	await page.evaluate(() => {
		const beside = globalThis.roostBeside;
		if (beside === undefined) return;
		beside.isBusy = false;
		for (const deed of beside.waiting) deed({ didTimeout: true, timeRemaining: () => 0 });
	});
	await expect
		.poll(async () => ({ ...(await look()), waiting: null }))
		.toEqual({
			waiting: null,
			locks: 1,
			title: 'New call',
			moderation: 1
		});
});
