import type { Page } from '@playwright/test';
import { expectAccessible, installAxe } from '../support/axe.ts';
import { startTestServer } from '../../server/testing/test-server.ts';
import { expect, test, type Guest } from '../support/guest.ts';
import { startRoost } from '../support/roost-server.ts';

/* What cannot be provoked without a browser and a server: each row of the error pages that no other file has. */

const withoutDevices = 'Join without camera or mic';
const roomRequest = '**/ocs/v2.php/apps/spreed/api/v4/room/*';

async function expectProblem({ page }: Pick<Guest, 'page'>, code: string, title: string): Promise<void> {
	await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
	await expect(page.getByRole('main')).toContainText(code);
	await expect(page).toHaveTitle(title);
	// every one of them keeps the way out
	await expect(page.getByRole('link', { name: /Roost/ })).toBeVisible();
}

test('given a server that asks for a pause, when a call is opened, then the seconds run down and it goes on by itself', async ({
	openGuest
}) => {
	const refuse = (page: Page) =>
		page.route(roomRequest, (route) =>
			route.fulfill({ status: 429, headers: { 'Retry-After': '4' }, body: '' })
		);
	const ann = await openGuest('Ann', { prepare: refuse });
	await expectProblem(ann, 'R-THROTTLE', 'Too many tries');

	await expect(ann.page.getByRole('main').getByText(/^Wait [1-4] seconds?\.$/)).toBeVisible();
	await ann.page.unroute(roomRequest);

	await expect(ann.page).toHaveTitle('Join: Demo');
});

/** A signaling server that takes nobody until it does. */
function refusingSignaling() {
	const signaling = {
		refused: 0,
		isRefusing: true,
		prepare: (page: Page) =>
			page.routeWebSocket(/\/signaling\//, (socket) => {
				if (!signaling.isRefusing) {
					socket.connectToServer();
					return;
				}
				const welcome = { version: 'another', features: ['hello-v2'] };
				socket.send(JSON.stringify({ type: 'welcome', welcome }));
				socket.onMessage((frame) => {
					const { id } = JSON.parse(frame.toString()) as { id: string };
					const error = { code: 'invalid_backend', message: 'The backend URL is not supported.' };
					socket.send(JSON.stringify({ id, type: 'error', error }));
					signaling.refused++;
				});
			})
	};
	return signaling;
}

test('given a signaling server that takes nobody, when a guest joins, then the page says so beside Join, tries again, and is in when it does', async ({
	openGuest
}) => {
	const signaling = refusingSignaling();
	const ann = await openGuest('Ann', { prepare: signaling.prepare });

	await ann.page.getByRole('textbox', { name: 'Your name' }).fill('Ann');
	await ann.page.getByRole('button', { name: withoutDevices, exact: true }).click();
	await expect(
		ann.page.getByRole('main').getByText('Calls are not available right now. We keep trying.')
	).toBeVisible();
	await expect(ann.page.getByRole('button', { name: 'Cancel' })).toBeVisible();
	await expect.poll(() => signaling.refused).toBeGreaterThan(1);
	signaling.isRefusing = false;

	await expect(ann.controls).toBeVisible({ timeout: 30_000 });
});

test('given a signaling server that takes nobody, when a guest opens the chat only, then they write and read, and all of it goes along into the call', async ({
	openGuest
}) => {
	const signaling = refusingSignaling();
	const ben = await openGuest('Ben');
	await ben.join(withoutDevices);
	await ben.say('Is anybody there?');
	const ann = await openGuest('Ann', {
		prepare: async (page) => {
			await installAxe(page);
			await signaling.prepare(page);
		}
	});
	await ann.page.getByRole('textbox', { name: 'Your name' }).fill('Ann');
	await ann.page.getByRole('button', { name: withoutDevices, exact: true }).click();
	await ann.page.getByRole('button', { name: 'Open chat only' }).click();

	await expect(ann.messages.getByText('Is anybody there?')).toBeVisible();
	await ann.say('I am, but my calls are not');
	await expect(ben.messages.getByText('I am, but my calls are not')).toBeVisible();
	await ben.say('We wait for you');
	await expect(ann.messages.getByText('We wait for you')).toBeVisible();
	await expect(ann.messages.getByText('New', { exact: true })).toHaveCount(0);
	await expectAccessible(ann.page, 'the chat alone');
	// back and forth: the way in goes on meanwhile
	await ann.page.getByRole('button', { name: 'Close' }).click();
	await expect(ann.page.getByRole('button', { name: 'Cancel' })).toBeVisible();
	await ann.page.getByRole('button', { name: 'Open chat only' }).click();
	await ann.page.getByRole('textbox', { name: 'Message' }).fill('Half a sent');
	signaling.isRefusing = false;

	await expect(ann.controls).toBeVisible({ timeout: 30_000 });
	await expect(ann.page.getByRole('textbox', { name: 'Message' })).toHaveValue('Half a sent');
	await expect(ann.messages.getByText('We wait for you')).toHaveCount(1);
	await ben.say('There you are');
	await expect(ann.messages.getByText('There you are')).toBeVisible();
	await expect(ben.messages.getByText('I am, but my calls are not')).toHaveCount(1);

	// what went along is not there again in the next call
	await ann.say('Sent in the call');
	await expect(ben.messages.getByText('Sent in the call')).toBeVisible();
	await ann.leave();
	await ann.page.getByRole('button', { name: 'Rejoin' }).click();
	await ann.press('Chat');
	await expect(ann.page.getByRole('textbox', { name: 'Message' })).toHaveValue('');
});

declare global {
	/** Whether the system keeps camera and microphone from the browser. */
	var isSystemBlocking: boolean | undefined;
}

/** A system that blocks what the browser allows; Chromium says so in the words of its refusal alone. */
const blockBySystem = (page: Page) =>
	page.addInitScript(() => {
		globalThis.isSystemBlocking = true;
		const devices = navigator.mediaDevices;
		const getUserMedia = devices.getUserMedia.bind(devices);
		devices.getUserMedia = async (constraints) => {
			if (globalThis.isSystemBlocking === true) {
				throw new DOMException('Permission denied by system', 'NotAllowedError');
			}
			return getUserMedia(constraints);
		};
	});
const allowBySystem = (page: Page) => page.evaluate(() => (globalThis.isSystemBlocking = false));

test('given a system that blocks camera and microphone, when it allows them, then Try again or coming back turns both on, and one can join without', async ({
	openGuest
}) => {
	const main = ({ page }: Guest) => page.getByRole('main');
	const blocked = 'Your system blocks camera and microphone. Allow this browser in its privacy settings.';
	const expectBlocked = async (guest: Guest) => {
		const hint = main(guest).getByRole('listitem').filter({ hasText: blocked });
		await expect(hint).toContainText('R-OS-DENIED');
		await expect(main(guest).getByRole('heading', { level: 1, name: 'Demo' })).toBeVisible();
		return hint.getByRole('button', { name: 'Try again' });
	};
	const expectOn = async (guest: Guest) => {
		await expect(main(guest)).not.toContainText('R-OS-DENIED');
		await expect(guest.page.getByRole('button', { name: 'Mute microphone' })).toBeVisible();
		await expect(guest.page.getByRole('button', { name: 'Turn camera off' })).toBeVisible();
	};

	const ann = await openGuest('Ann', {
		prepare: async (page) => {
			await installAxe(page);
			await blockBySystem(page);
		}
	});
	const tryAgain = await expectBlocked(ann);
	await expectAccessible(ann.page, 'R-OS-DENIED');
	await tryAgain.click();
	// it was tried, and nothing has changed
	await expectBlocked(ann);
	await allowBySystem(ann.page);
	await tryAgain.click();
	await expectOn(ann);

	const ben = await openGuest('Ben', { prepare: blockBySystem });
	await expectBlocked(ben);
	await allowBySystem(ben.page);
	// back from the settings of the system
	await ben.page.evaluate(() => window.dispatchEvent(new Event('focus')));
	await expectOn(ben);

	const cem = await openGuest('Cem', { prepare: blockBySystem });
	await expectBlocked(cem);
	await cem.join(withoutDevices);
	await expect(cem.tile('You')).toHaveAccessibleName(/microphone off/);
});

test('given a server with as many people as it takes, when a guest joins, then the page says so, and is in when somebody has gone', async ({
	openGuest
}) => {
	await using full = await startTestServer({ bounds: { sessions: 1 } });
	const gateway = await startRoost({ ROOST_UPSTREAM: full.origin });
	const ann = await openGuest('Ann', { at: gateway.url });
	await ann.join(withoutDevices);
	const ben = await openGuest('Ben', { at: gateway.url });
	const main = ben.page.getByRole('main');
	const expectFull = async () => {
		await expect(main.getByRole('heading', { name: 'This call is full' })).toBeVisible();
		await expect(main).toContainText('R-FULL');
	};

	await ben.page.getByRole('textbox', { name: 'Your name' }).fill('Ben');
	await ben.page.getByRole('button', { name: withoutDevices, exact: true }).click();
	await expectFull();
	await main.getByRole('button', { name: 'Leave' }).click();
	await expect(main.getByRole('heading', { level: 1, name: /^You left/ })).toBeVisible();

	await main.getByRole('button', { name: 'Rejoin' }).click();
	await expectFull();
	await ann.leave();
	await main.getByRole('button', { name: 'Try now' }).click();

	await expect(ben.controls).toBeVisible();
	// and by itself, within 15 seconds
	await ann.page.getByRole('button', { name: 'Rejoin' }).click();
	await expect(ann.page.getByRole('main')).toContainText('R-FULL');
	await ben.leave();
	await expect(ann.controls).toBeVisible({ timeout: 25_000 });
	await gateway.stop();
});

test('given a browser without WebRTC, when a call is opened, then the page says which browsers can, and copies the link', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann', {
		profile: { permissions: ['clipboard-read', 'clipboard-write'] },
		prepare: async (page) => {
			await installAxe(page);
			await page.addInitScript(() => Reflect.deleteProperty(window, 'RTCPeerConnection'));
		}
	});

	await expectProblem(ann, 'R-BROWSER', 'This browser cannot make calls');
	await expectAccessible(ann.page, 'R-BROWSER');
	await ann.page.getByRole('button', { name: 'Copy link' }).click();

	await expect
		.poll(() => ann.page.evaluate(() => navigator.clipboard.readText()))
		.toBe(`${roost.url}/call/demo`);
	await expect(ann.page.getByRole('button', { name: 'Link copied' })).toBeVisible();

	await ann.page.evaluate(() => (navigator.clipboard.writeText = () => Promise.reject(new Error('refused'))));
	await ann.page.getByRole('button', { name: 'Link copied' }).click();
	const field = ann.page.getByRole('textbox', { name: 'The link could not be copied' });
	await expect(field).toBeFocused();
	await expect(field).toHaveValue(`${roost.url}/call/demo`);
	await expectAccessible(ann.page, 'R-BROWSER');
});

test('given a page that is not secure, when a call is opened, then it says so, and goes to the secure one where that answers', async ({
	openGuest,
	roost
}) => {
	// a name that is not this machine's own, or the browser would trust it
	const at = `http://roost.test:${roost.port}`;
	const args = ['--host-resolver-rules=MAP roost.test 127.0.0.1'];
	const ann = await openGuest('Ann', { at, args, prepare: installAxe });
	await expectProblem(ann, 'R-INSECURE', 'This page is not secure');
	await expectAccessible(ann.page, 'R-INSECURE');
	await expect(ann.page.getByRole('button', { name: 'Open secure version' })).toBeVisible();

	await ann.page.route(`https://roost.test:${roost.port}/**`, (route) =>
		route.fulfill({ contentType: 'text/html', body: '<title>secure</title>' })
	);
	await ann.page.reload();

	await expect(ann.page).toHaveURL(`https://roost.test:${roost.port}/call/demo`);
});

test('given a part that does not come, when a guest joins, then the page says so, and a reload with the part there gets in', async ({
	openGuest
}) => {
	let isMissing = true;
	let attempts = 0;
	const ann = await openGuest('Ann', {
		prepare: async (page) => {
			await installAxe(page);
			await page.route('**/_app/immutable/**/*.js', async (route) => {
				const answer = await route.fetch();
				// the page of the call, and its words
				const isCallPage = (await answer.text()).includes('pageTitleMuted');
				if (!isCallPage || !isMissing) return route.fulfill({ response: answer });
				attempts++;
				return route.abort('failed');
			});
		}
	});
	await ann.page.getByRole('textbox', { name: 'Your name' }).fill('Ann');
	await ann.page.getByRole('button', { name: withoutDevices, exact: true }).click();
	await expectProblem(ann, 'R-CHUNK', 'A part of the app did not load');
	await expectAccessible(ann.page, 'R-CHUNK');
	expect(attempts).toBeGreaterThan(0);
	isMissing = false;

	await ann.page.getByRole('button', { name: 'Reload' }).click();

	// Join was pressed, and is not asked for again
	await expect(ann.controls).toBeVisible();
});

test('given a fault in the page, when it is met in a call, then the call goes on, its report names nobody, and a reload leads back in', async ({
	openGuest
}) => {
	const ben = await openGuest('Ben');
	await ben.join();
	const ann = await openGuest('Ann', {
		profile: { permissions: ['clipboard-read', 'clipboard-write', 'camera', 'microphone'] },
		prepare: installAxe
	});
	await ann.join();
	await ben.expectMedia();
	await ann.press('Mute microphone');
	await expect(ben.tile('Ann')).toHaveAccessibleName(/microphone off/);

	// the next thing that is shown cannot be made
	await ann.page.evaluate(() => {
		const whole = Object.getOwnPropertyDescriptor(Node.prototype, 'cloneNode') ?? {};
		Node.prototype.cloneNode = () => {
			Object.defineProperty(Node.prototype, 'cloneNode', whole);
			throw new Error('Ann could not be shown at http://192.0.2.1/call/demo');
		};
	});
	await ann.press('People');

	await expectProblem(ann, 'R-CRASH', 'Something went wrong');
	await expectAccessible(ann.page, 'R-CRASH');
	await expect(ben.tile('Ann')).toBeVisible();
	await expect(ben.tile('Ann')).not.toHaveAccessibleName(/connecting/);
	await ann.page.getByRole('button', { name: 'Copy report' }).click();
	await expect(ann.page.getByRole('button', { name: 'Report copied' })).toBeVisible();
	const report = await ann.page.evaluate(() => navigator.clipboard.readText());
	expect(report).toContain('could not be shown');
	expect(report).not.toMatch(/Ann\b|demo|192\.0\.2\.1/);

	await ann.page.getByRole('button', { name: 'Reload and rejoin' }).click();

	await expect(ann.controls.getByRole('button', { name: 'Unmute microphone' })).toBeVisible();
	await expect(ann.tile('Ben')).toBeVisible();
	await ben.expectMedia(1, false);
});
