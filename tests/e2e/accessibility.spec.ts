import type { Page } from '@playwright/test';
import { expectAccessible, expectAccessibleInForcedColours, installAxe } from '../support/axe.ts';
import { expect, test, type Guest } from '../support/guest.ts';
import { createTestClient } from '../support/test-client.ts';

const withoutDevices = 'Join without camera or mic';
const phone = { width: 390, height: 844 };
const desktop = { width: 1280, height: 800 };
const axe = { prepare: installAxe };

async function onBothSizes(page: Page, screen: string): Promise<void> {
	for (const [size, viewport] of Object.entries({ phone, desktop })) {
		await page.setViewportSize(viewport);
		await expectAccessible(page, `${screen}, ${size}`);
	}
}

/** The same from right to left, which few languages are: on a phone, whatever they are about. */
async function onBothSides(page: Page, screen: string): Promise<void> {
	await onBothSizes(page, screen);
	await page.setViewportSize(phone);
	const turn = (direction: string) =>
		page.evaluate((side) => {
			const before = document.documentElement.dir;
			document.documentElement.dir = side;
			return before;
		}, direction);
	const before = await turn('rtl');
	await expectAccessible(page, `${screen}, from right to left`);
	await turn(before);
}

test('given Home, when it is empty and when it has calls, then everybody can use it', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann', axe);
	await ann.page.goto(roost.url);
	await expect(ann.page.getByText('No calls yet.')).toBeVisible();
	await onBothSizes(ann.page, 'Home, empty');

	await ann.page.goto(`${roost.url}/call/demo`);
	await ann.join(withoutDevices);
	await ann.leave();
	await onBothSizes(ann.page, 'Ended');
	await ann.page.getByRole('button', { name: 'Home' }).click();
	await expect(ann.page.getByRole('link', { name: /^Demo now/ })).toBeVisible();

	await onBothSizes(ann.page, 'Home, with calls');
});

test('given Pre-join, when permission is missing and when it was given, then everybody can use it', async ({
	openGuest
}) => {
	const before = await openGuest('Ann', { ...axe, without: ['--use-fake-ui-for-media-stream'] });
	await expect(before.page.getByRole('button', { name: 'Turn on camera and microphone' })).toBeVisible();
	await onBothSizes(before.page, 'Pre-join, before permission');
	await before.page.getByRole('button', { name: 'Turn on camera and microphone' }).click();
	await expect(before.page.getByText('Camera and microphone are blocked.').first()).toBeVisible();
	await onBothSizes(before.page, 'Pre-join, refused');

	const after = await openGuest('Ben', axe);
	await expect(after.page.getByText('You look and sound like this to others')).toBeVisible();
	await onBothSizes(after.page, 'Pre-join, with permission');
});

test('given a call, when one is alone, when two talk, and with each panel, then everybody can use it', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', axe);
	await ann.join();
	await expect(ann.page.getByRole('heading', { name: 'You are the only one here' })).toBeVisible();
	await onBothSizes(ann.page, 'Call, alone');

	const ben = await openGuest('Ben');
	await ben.join(withoutDevices);
	await expect(ann.tile('Ben')).toBeVisible();
	await onBothSizes(ann.page, 'Call of two');

	await ann.page.setViewportSize(desktop);
	await ben.say('Hello, see https://example.org/plan');
	await ann.say('Thanks');
	await expect(ann.messages.getByText('Thanks')).toBeVisible();
	await onBothSizes(ann.page, 'Chat');

	await ann.page.setViewportSize(desktop);
	await ann.press('People');
	await expect(ann.page.getByRole('complementary', { name: /^People/ })).toBeVisible();
	await onBothSizes(ann.page, 'People');
});

test('given the light and the high-contrast theme, when a call and its panels are shown in them, then everybody can use it', async ({
	openGuest
}) => {
	test.setTimeout(180_000);
	const ann = await openGuest('Ann', axe);
	await ann.join();
	const inThemes = async (screen: string) => {
		for (const theme of ['light', 'contrast']) {
			await ann.page.evaluate((chosen) => (document.documentElement.dataset['theme'] = chosen), theme);
			await onBothSides(ann.page, `${screen}, ${theme}`);
		}
		await ann.page.setViewportSize(desktop);
	};
	await expect(ann.page.getByRole('heading', { name: 'You are the only one here' })).toBeVisible();
	await inThemes('Call, alone');
	const ben = await openGuest('Ben');
	await ben.join(withoutDevices);
	await expect(ann.tile('Ben')).toBeVisible();
	await inThemes('Call of two');
	await ben.say('Hello');
	await ann.say('Thanks');
	await expect(ann.messages.getByText('Thanks')).toBeVisible();
	await inThemes('Chat');
	await ann.press('People');
	await expect(ann.page.getByRole('complementary', { name: /^People/ })).toBeVisible();
	await inThemes('People');
});

/** What the server says when it is asked for the room, by the page that this leads to. */
const refusals: Record<string, { status: number; headers?: Record<string, string>; error?: string }> = {
	'R-SERVER': { status: 500 },
	'R-MAINT': { status: 503, headers: { 'X-Nextcloud-Maintenance-Mode': '1' } },
	'R-THROTTLE': { status: 429, headers: { 'Retry-After': '600' } },
	'R-AUTH': { status: 400 },
	'R-CERT': { status: 502, error: 'upstream-certificate' }
};

test('given a server that gives a room to nobody, when the page that says why is shown, then everybody can use it', async ({
	openGuest,
	roost
}) => {
	test.setTimeout(180_000);
	const { page } = await openGuest('Ann', { ...axe, room: 'not a token' });
	const expectPage = async (code: string) => {
		await expect(page.getByRole('main')).toContainText(code);
		await onBothSides(page, code);
	};
	await expectPage('R-ROOM-404');
	for (const [code, { status, headers = {}, error }] of Object.entries(refusals)) {
		const data = error === undefined ? [] : { error };
		const body = JSON.stringify({ ocs: { meta: { status: 'failure', statuscode: status }, data } });
		await page.route('**/ocs/v2.php/apps/spreed/api/v4/room/*', (route) =>
			route.fulfill({ status, headers, contentType: 'application/json', body })
		);
		await page.goto(`${roost.url}/call/demo`);
		await expectPage(code);
		if (code !== 'R-CERT') await page.unroute('**/ocs/v2.php/apps/spreed/api/v4/room/*');
	}
	await page.context().setOffline(true);
	await expectPage('R-OFFLINE');
});

/** Asks for what a moderator may, as the browser of this page. */
const asModerator = ({ page }: Pick<Guest, 'page'>, at: string) => {
	const headers = { 'OCS-APIRequest': 'true', Accept: 'application/json' };
	return async (method: string, path: string, data: object = {}): Promise<unknown> => {
		const url = `${at}/ocs/v2.php/apps/spreed/api/v4/room${path}`;
		const answered = await page.request.fetch(url, { method, headers, data });
		expect(answered.ok(), `${method} ${path}`).toBe(true);
		return ((await answered.json()) as { ocs: { data: unknown } }).ocs.data;
	};
};

test('given what a room asks of its guests, when each page of it is shown, then everybody can use it', async ({
	openGuest,
	roost
}) => {
	test.setTimeout(240_000);
	const host = await openGuest('Hanna');
	await expect(host.page.getByRole('heading', { level: 1, name: 'Demo' })).toBeVisible();
	const ask = asModerator(host, roost.url);
	const { token } = (await ask('POST', '', { roomType: 3, roomName: 'Board meeting' })) as { token: string };
	await host.page.goto(`${roost.url}/call/${token}`);
	await host.join(withoutDevices);
	await ask('PUT', `/${token}/password`, { password: 'open sesame' });
	await ask('PUT', `/${token}/webinar/lobby`, { state: 1 });

	const guest = await openGuest('Gustav', { ...axe, room: token });
	const { page } = guest;
	const main = page.getByRole('main');
	const join = page.getByRole('button', { name: withoutDevices, exact: true });
	await page.getByRole('textbox', { name: 'Your name' }).fill('Gustav');
	const password = page.getByLabel('Password', { exact: true });
	await password.fill('open says me');
	await onBothSides(page, 'Password');
	await password.press('Enter');
	await expect(password).toHaveAccessibleDescription(/^That password did not work\./);
	await onBothSides(page, 'Password, a wrong one');
	await password.fill('open sesame');
	await join.click();
	await expect(page.getByRole('heading', { name: 'Waiting to be let in' })).toBeVisible();
	await onBothSides(page, 'Lobby');

	await ask('PUT', `/${token}/webinar/lobby`, { state: 0 });
	await expect(guest.controls).toBeVisible();
	const again = await page.context().newPage();
	await installAxe(again);
	await again.goto(`${roost.url}/call/${token}`);
	await expect(again.getByRole('main')).toContainText('R-DUPLICATE');
	await onBothSides(again, 'R-DUPLICATE');
	await again.close();

	await ask('PUT', `/${token}/password`, { password: '' });
	await guest.leave();
	await expect(main.getByRole('heading', { name: /^You left/ })).toBeVisible();
	await onBothSides(page, 'Ended, while others go on');
	await main.getByRole('button', { name: 'Rejoin' }).click();
	await expect(guest.controls).toBeVisible();
	await host.press('Leave');
	await host.page.getByRole('alertdialog').getByRole('button', { name: 'End for everyone' }).click();
	await host.page
		.getByRole('alertdialog', { name: 'End the call for everyone?' })
		.getByRole('button', { name: 'End for everyone' })
		.click();
	await expect(main.getByRole('heading', { name: 'The call has ended' })).toBeVisible();
	await onBothSides(page, 'Ended for everyone');

	// everything but starting a call
	await ask('PUT', `/${token}/permissions/default`, { permissions: 1 | 4 | 16 | 32 | 64 | 128 });
	await page.goto(`${roost.url}/call/${token}`);
	await join.click();
	await expect(main).toContainText('R-NOTSTARTED');
	await onBothSides(page, 'R-NOTSTARTED');
	await ask('PUT', `/${token}/read-only`, { state: 1 });
	// who waited goes straight back after a reload
	await page.goto(`${roost.url}/call/${token}`);
	await expect(main).toContainText('R-LOCKED');
	await onBothSides(page, 'R-LOCKED');
});

test('given what others decide, when it happens to somebody, then a screen reader hears of it at once', async ({
	openGuest,
	roost
}) => {
	test.setTimeout(180_000);
	const host = await openGuest('Hanna');
	await expect(host.page.getByRole('heading', { level: 1, name: 'Demo' })).toBeVisible();
	const ask = asModerator(host, roost.url);
	const { token } = (await ask('POST', '', { roomType: 3, roomName: 'Board meeting' })) as { token: string };
	await host.page.goto(`${roost.url}/call/${token}`);
	await host.join(withoutDevices);
	// no server here records: its word for that is put between the others
	let tell: (frame: object) => void = () => undefined;
	const guest = await openGuest('Gustav', {
		room: token,
		prepare: async (page) => {
			await installAxe(page);
			await page.routeWebSocket(/\/signaling\//, (socket) => {
				socket.connectToServer();
				tell = (frame) => socket.send(JSON.stringify(frame));
			});
		}
	});
	await guest.join();
	await expect(host.tile('Gustav')).toBeVisible();
	// the framework has one more, for navigations
	const said = guest.page.locator('[aria-live="assertive"]:not(#page-title)');
	const header = guest.page.getByRole('banner');

	const record = (status: number) =>
		tell({
			type: 'event',
			event: {
				target: 'room',
				type: 'message',
				message: { roomid: token, data: { type: 'recording', recording: { status } } }
			}
		});
	record(1);
	await expect(said).toHaveText('Recording started');
	await expect(header).toContainText('Recording');
	record(0);
	await expect(said).toHaveText('Recording stopped');
	await expect(header).not.toContainText('Recording');

	await host.press('People');
	const choose = async (item: string) => {
		const panel = host.page.getByRole('complementary', { name: /^People/ });
		await panel.getByRole('button', { name: /^Options for .?Gustav/ }).click();
		await host.page.getByRole('menuitem', { name: item, exact: true }).click();
	};
	await choose('Mute');
	await expect(said).toHaveText('⁨Hanna⁩ muted you');

	await ask('PUT', `/${token}/webinar/lobby`, { state: 1 });
	await expect(said).toHaveText('The moderator moved everyone to the lobby');
	await ask('PUT', `/${token}/webinar/lobby`, { state: 0 });
	await expect(guest.controls).toBeVisible();
	await expect(host.tile('Gustav')).toBeVisible();

	await choose('Remove');
	await host.page.getByRole('alertdialog').getByRole('button', { name: 'Remove', exact: true }).click();
	await expect(said).toHaveText('You were removed from this call');
	await expect(guest.page.getByRole('main')).toContainText('R-REMOVED');
	await onBothSides(guest.page, 'R-REMOVED');
});

test('given an open dialog, when something is said, then it is said inside of it, where readers are', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const { page } = ann;
	await ann.join(withoutDevices);
	await ann.press('Raise hand');
	await expect(page.locator('[aria-live="polite"]').first()).toHaveText('Hand raised');

	await page.keyboard.press('Control+,');
	const settings = page.getByRole('dialog', { name: 'Settings' });
	const said = settings.locator('[aria-live]');
	// the regions are there before there are words for them, and nothing is said again
	await expect(said).toHaveText(['', '']);
	await settings.getByRole('tab', { name: 'Keyboard', exact: true }).click();
	await settings
		.getByRole('button', { name: /^Change/ })
		.first()
		.click();
	await expect(said).toHaveText(['', 'Press a key']);
	await page.keyboard.press('x');
	await expect(said.first()).toHaveText('Changed');

	await page.keyboard.press('Escape');
	await expect(settings).toHaveCount(0);
	await ann.press('Lower hand');
	await expect(page.locator('[aria-live="polite"]').first()).toHaveText('Hand lowered');
});

/** What the browser is told of a person's needs. */
async function emulate(page: Page, features: Record<string, string>): Promise<void> {
	const cdp = await page.context().newCDPSession(page);
	await cdp.send('Emulation.setEmulatedMedia', {
		features: Object.entries(features).map(([name, value]) => ({ name, value }))
	});
}

test('given somebody who has joined, when a while has passed, then nothing on the page says any more that they are joining', async ({
	openGuest
}) => {
	const { page, controls } = await openGuest('Ann');
	await page.getByRole('textbox', { name: 'Your name' }).fill('Ann');
	const said = page.locator('[aria-live="polite"]').first();
	await page.getByRole('button', { name: withoutDevices }).click();
	await expect(said).toHaveText('Joining…');
	await expect(controls).toBeVisible();

	await expect(said).toHaveText('');
});

test('given forced colours, when people are in a call, then what is told by a background has a border or a word as well', async ({
	openGuest
}) => {
	const profile = { viewport: desktop, forcedColors: 'active', colorScheme: 'light' } as const;
	const ann = await openGuest('Ann', { ...axe, profile });
	await ann.join();
	const ben = await openGuest('Ben');
	await ben.join(withoutDevices);
	await expect(ann.tile('Ben')).toBeVisible();

	const borderless = await ann.controls.getByRole('button').evaluateAll((buttons) =>
		buttons
			.filter((button) => {
				const { borderTopWidth, borderTopStyle, outlineStyle } = getComputedStyle(button);
				return (borderTopWidth === '0px' || borderTopStyle === 'none') && outlineStyle === 'none';
			})
			.map((button) => button.getAttribute('aria-label') ?? button.textContent)
	);
	// which colours they are is the system's business
	expect(borderless).toEqual([]);
	// who speaks is told by bars, which are nothing but their fill
	const fills = () =>
		ann
			.tile('You')
			.locator('i')
			.evaluateAll((bars) => [...new Set(bars.map((bar) => getComputedStyle(bar).backgroundColor))]);
	await expect.poll(fills).toEqual(['rgb(0, 0, 0)']);
});

test('given forced colours, when each screen is shown, then everybody can use it', async ({
	openGuest,
	roost
}) => {
	test.setTimeout(180_000);
	const ann = await openGuest('Ann', { ...axe, profile: { viewport: desktop, forcedColors: 'active' } });
	await expect(ann.page.getByRole('heading', { level: 1, name: 'Demo' })).toBeVisible();
	await expectAccessibleInForcedColours(ann.page, 'Pre-join');
	await ann.join();
	await expect(ann.page.getByRole('heading', { name: 'You are the only one here' })).toBeVisible();
	await expectAccessibleInForcedColours(ann.page, 'Call, alone');
	await ann.say('Hello');
	await expect(ann.messages.getByText('Hello')).toBeVisible();
	await expectAccessibleInForcedColours(ann.page, 'Chat');
	await ann.press('People');
	await expect(ann.page.getByRole('complementary', { name: /^People/ })).toBeVisible();
	await expectAccessibleInForcedColours(ann.page, 'People');
	await ann.press('More');
	await expect(ann.page.getByRole('menu')).toBeVisible();
	await expectAccessibleInForcedColours(ann.page, 'More');
	await ann.page.keyboard.press('Escape');
	await ann.leave();
	await expectAccessibleInForcedColours(ann.page, 'Ended');
	await ann.page.getByRole('button', { name: 'Home' }).click();
	await expect(ann.page.getByRole('link', { name: /^Demo now/ })).toBeVisible();
	await expectAccessibleInForcedColours(ann.page, 'Home');
	await ann.page.goto(`${roost.url}/check?call=demo`);
	await expect(ann.page.getByRole('heading', { level: 1 })).toBeVisible();
	await expectAccessibleInForcedColours(ann.page, 'Check');
	await ann.page.goto(`${roost.url}/call/no call`);
	await expect(ann.page.getByText('R-ROOM-404').first()).toBeVisible();
	await expectAccessibleInForcedColours(ann.page, 'Error');
});

test('given a wish for more contrast and less motion, when people are in a call, then scrims are solid and nothing moves', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { ...axe, profile: { viewport: desktop } });
	await ann.join();
	const ben = await openGuest('Ben');
	await ben.join();
	await expect(ann.tile('Ben')).toBeVisible();
	await emulate(ann.page, { 'prefers-contrast': 'more', 'prefers-reduced-motion': 'reduce' });

	const moving = await ann.page.evaluate(() =>
		document
			.getAnimations()
			.filter((animation) => animation.playState === 'running')
			.filter((animation) => {
				const frames = animation.effect instanceof KeyframeEffect ? animation.effect.getKeyframes() : [];
				return frames.some((frame) => 'transform' in frame || 'translate' in frame || 'scale' in frame);
			})
			.map((animation) => (animation.effect as KeyframeEffect).target?.className ?? '')
	);
	expect(moving).toEqual([]);
	const label = ann.tile('Ben').getByText('Ben', { exact: true }).first();
	const alpha = await label.evaluate((element) => {
		for (let each: Element | null = element; each; each = each.parentElement) {
			const [, rgb = ''] = /^rgba?\((.*)\)$/.exec(getComputedStyle(each).backgroundColor) ?? [];
			const opacity = Number(rgb.split(',')[3] ?? 1);
			if (rgb !== '' && opacity > 0) return opacity;
		}
		return 0;
	});
	expect(alpha).toBe(1);
});

/** What a finger is meant to hit: what of it is smaller than that, or out of reach. */
const targetsOf = (page: Page) =>
	page.evaluate(() => {
		const targets = [...document.querySelectorAll('button, a[href], input, select, summary')]
			.filter(
				(element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest('[inert]')
			)
			.map((element) => {
				const box = element.getBoundingClientRect();
				// words that lie around or over it are pressed with it
				const [label] = element instanceof HTMLInputElement ? (element.labels ?? []) : [];
				const around = label?.getBoundingClientRect() ?? box;
				const isAround = around.left <= box.left && around.top <= box.top && around.bottom >= box.bottom;
				return { element, box: isAround ? around : box };
			})
			.filter(({ box }) => box.width > 1);
		const nameOf = (element: Element) =>
			`${element.tagName} ${element.getAttribute('aria-label') ?? element.textContent.trim()}`.slice(0, 60);
		return {
			width: document.documentElement.scrollWidth,
			small: targets
				.filter(({ box }) => Math.min(box.width, box.height) < 44)
				.map(({ element }) => nameOf(element)),
			outside: targets
				.filter(({ box }) => box.left < -1 || box.right > innerWidth + 1)
				.map(({ element }) => nameOf(element))
		};
	});

test('given a narrow screen with text of 200 percent, when each screen is shown, then nothing scrolls sideways and targets are large', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann', {
		...axe,
		profile: { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true },
		prepare: async (page) => {
			await installAxe(page);
			await page.addInitScript(() => {
				const grow = () => (document.documentElement.style.fontSize = '200%');
				document.addEventListener('DOMContentLoaded', grow);
			});
		}
	});
	const expectFits = async (screen: string) => {
		await ann.page.evaluate(() => (document.documentElement.style.fontSize = '200%'));
		expect.soft(await targetsOf(ann.page), screen).toEqual({ width: 320, small: [], outside: [] });
	};
	await expectFits('Pre-join');
	await ann.join(withoutDevices);
	await expectFits('Call');
	await ann.press('More');
	await expect(ann.page.getByRole('menu', { name: 'More' })).toBeVisible();
	await expectFits('More');
	await ann.page.keyboard.press('Escape');
	await ann.press('Chat');
	await expect(ann.messages).toBeVisible();
	await expectFits('Chat');
	await ann.page.keyboard.press('Escape');
	await ann.page.keyboard.press('Escape');
	await ann.leave();
	await expectFits('Ended');
	await ann.page.goto(roost.url);
	await expect(ann.page.getByRole('textbox', { name: 'Call link or code' })).toBeVisible();
	await expectFits('Home');
	await ann.page.goto(`${roost.url}/call/no call`);
	await expect(ann.page.getByText('R-ROOM-404').first()).toBeVisible();
	await expectFits('Error');
});

test('given a tablet, when a call, its chat with a poll and its settings are shown, then targets are as large as a finger', async ({
	openGuest,
	roost
}) => {
	await using client = createTestClient(roost.url);
	await client.joinRoom('demo', 'Cleo');
	const poll = { question: 'Where to?', options: ['Sea', 'Hills'], resultMode: 0, maxVotes: 1 };
	await client.talk('POST', 'v1/poll/demo', poll);
	const ann = await openGuest('Ann', {
		profile: { viewport: { width: 768, height: 1024 }, hasTouch: true, isMobile: true }
	});
	const expectLarge = async (screen: string) =>
		expect.soft(await targetsOf(ann.page), screen).toEqual({ width: 768, small: [], outside: [] });
	await ann.join();
	await expect(ann.controls.getByRole('button', { name: 'Camera options' })).toBeVisible();
	await expectLarge('Call');
	const carets = await ann.controls
		.getByRole('button', { name: /microphone|Microphone/ })
		.evaluateAll((buttons) => buttons.map((button) => button.getBoundingClientRect()));
	expect.soft(carets[1]?.left).toBeGreaterThanOrEqual((carets[0]?.right ?? 0) + 8);

	await ann.press('Chat');
	await expect(ann.page.getByRole('radio', { name: 'Sea' })).toBeVisible();
	await expectLarge('Chat');
	await ann.page.keyboard.press('Escape');
	await ann.page.keyboard.press('Control+,');
	await expect(ann.page.getByRole('tab').first()).toBeVisible();
	for (const tab of await ann.page.getByRole('tab').all()) {
		await tab.click();
		await expectLarge(`Settings, ${(await tab.textContent()) ?? ''}`);
	}
});

test('given words from right to left, when each screen is shown, then everybody can use it', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann', { ...axe, room: 'demo?lang=ar' });
	await expect(ann.page.locator('html[dir=rtl][lang=ar]')).toBeAttached();
	await onBothSizes(ann.page, 'Pre-join in Arabic');
	await ann.page.locator('form input').first().fill('Ann');
	await ann.page.locator('form button[type=submit]').first().click();
	await expect(ann.page.getByRole('toolbar')).toBeVisible();
	await onBothSizes(ann.page, 'Call in Arabic');
	await ann.page.goto(`${roost.url}/?lang=ar`);
	await expect(ann.page.locator('html[dir=rtl]')).toBeAttached();
	await onBothSizes(ann.page, 'Home in Arabic');
});

test('given the menus and dialogs of a call, the password and the check, when each is shown, then everybody can use it', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann', axe);
	await ann.join();
	await ann.page.setViewportSize(desktop);
	await ann.press('More');
	await expect(ann.page.getByRole('menu')).toBeVisible();
	await onBothSizes(ann.page, 'More');
	await ann.page.keyboard.press('Escape');
	await ann.page.setViewportSize(desktop);
	for (const [key, name] of [
		['?', 'Keyboard shortcuts'],
		['Control+,', 'Settings']
	] as const) {
		await ann.page.keyboard.press(key);
		const dialog = ann.page.getByRole('dialog', { name });
		await expect(dialog).toBeVisible();
		await onBothSizes(ann.page, name);
		await ann.page.setViewportSize(desktop);
		await ann.page.keyboard.press('Escape');
		await expect(dialog).toHaveCount(0);
	}
	await ann.leave();
	await ann.page.goto(`${roost.url}/check?call=demo`);
	await expect(ann.page.getByRole('heading', { level: 1 })).toBeVisible();
	await onBothSizes(ann.page, 'Check');
});
