import type { Page } from '@playwright/test';
import type { OngoingCall } from '../../src/lib/domain/store/ongoing-call.ts';
import { createGuest, expect, test, type Guest } from '../support/guest.ts';
import { liveLocalTracks } from '../support/media-probe.ts';

const withoutDevices = 'Join without camera or mic';
const api = (path: string) => `**/ocs/v2.php/apps/spreed/api/${path}`;

/** What the browser remembers of the call in `demo`. */
const storedCall = (page: Page): Promise<OngoingCall | undefined> =>
	page.evaluate(
		() =>
			new Promise<OngoingCall | undefined>((settle, reject) => {
				const opening = indexedDB.open('roost');
				opening.onerror = () => reject(new Error('the database could not be opened'));
				opening.onsuccess = () => {
					const database = opening.result;
					const reading = database
						.transaction('ongoingCalls')
						.objectStore('ongoingCalls')
						.get([location.origin, 'demo']);
					reading.onerror = () => reject(new Error('the row could not be read'));
					reading.onsuccess = () => {
						database.close();
						settle(reading.result as OngoingCall | undefined);
					};
				};
			})
	);

/** Lets requests of the page leave only once `release` was called. */
async function hold(page: Page, url: string, method: string) {
	let release = () => undefined as void;
	const released = new Promise<void>((settle) => (release = settle));
	await page.route(url, async (route) => {
		if (route.request().method() === method) await released;
		await route.continue();
	});
	const asked = page.waitForRequest(
		(request) => request.method() === method && request.url().endsWith(url.slice(2))
	);
	return { asked, release };
}

declare global {
	/** Titles that a page had since it was loaded. */
	var roostTitles: string[] | undefined;
}

/** Every title a page has, from its very start: each screen sets its own. */
const recordTitles = (page: Page) =>
	page.addInitScript(() => {
		const titles: string[] = [];
		globalThis.roostTitles = titles;
		new MutationObserver(() => {
			if (titles.at(-1) !== document.title) titles.push(document.title);
		}).observe(document, { subtree: true, childList: true, characterData: true });
	});

async function expectStraightBack(guest: Guest): Promise<void> {
	await guest.page.reload();
	await expect(guest.controls).toBeVisible();
	expect(await guest.page.evaluate(() => globalThis.roostTitles)).not.toContainEqual(
		expect.stringMatching(/^Join/)
	);
}

for (const choice of [
	{
		press: 'Mute microphone',
		undo: 'Unmute microphone',
		seen: 'Ann, microphone off',
		video: 1
	},
	{ press: 'Turn camera off', undo: 'Turn camera on', seen: 'Ann, camera off', video: 0 }
]) {
	test(`given a guest who pressed ${choice.press}, when the page is reloaded, then the call goes on as chosen`, async ({
		openGuest
	}) => {
		const ann = await openGuest('Ann', { prepare: recordTitles });
		const ben = await openGuest('Ben');
		await ann.join();
		await ben.join();
		await ben.expectMedia();
		await ann.press(choice.press);
		await expect(ben.tile(choice.seen)).toBeVisible();

		await expectStraightBack(ann);

		await expect(ann.controls.getByRole('button', { name: choice.undo })).toBeVisible();
		await expect(ben.tile('Ann')).toHaveCount(1);
		await expect(ben.tile(choice.seen)).toBeVisible();
		await expect.poll(async () => (await liveLocalTracks(ann.page)).video).toBe(choice.video);
		await ann.expectMedia();
		await ann.press(choice.undo);
		await ben.expectMedia();
	});
}

test('given a layout that was chosen in a call, when the page is reloaded, then it is still chosen', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { prepare: recordTitles });
	await ann.join();
	const grid = ann.page.getByRole('menuitemradio', { name: 'Grid' });
	await ann.press('More');
	await expect(grid).not.toBeChecked();
	await grid.click();

	await expectStraightBack(ann);

	await ann.press('More');
	await expect(grid).toBeChecked();
});

test('given a call, when a guest comes and goes, then the browser remembers each step as it happens', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await expect(ann.page.getByRole('heading', { name: 'Demo' })).toBeVisible();
	expect(await storedCall(ann.page)).toBeUndefined();

	const entering = await hold(ann.page, api('v4/room/demo/participants/active'), 'POST');
	await ann.page.getByRole('textbox', { name: 'Your name' }).fill('Ann');
	await ann.page.getByRole('button', { name: withoutDevices }).click();
	await entering.asked;
	const tabId = await ann.page.evaluate(() => sessionStorage.getItem('roost.tab'));
	expect(await storedCall(ann.page)).toMatchObject({
		v: 1,
		own: 'joining',
		ownSessionId: null,
		roomName: 'Demo',
		tabLease: { tabId }
	});

	entering.release();
	await expect(ann.controls).toBeVisible();
	await expect.poll(async () => (await storedCall(ann.page))?.own).toBe('joined');
	const joined = await storedCall(ann.page);
	expect(joined).toMatchObject({
		server: 'active',
		joinFlags: { inCall: true, audio: false, video: false },
		media: { microphone: 'off', camera: 'off' },
		tabLease: { tabId }
	});
	expect(joined?.ownSessionId).toMatch(/./);
	expect(joined?.tabLease?.until).toBeGreaterThan(Date.now() + 60_000);
	expect(JSON.stringify(joined)).not.toMatch(/candidate|v=0|credential|password/i);

	const leaving = await hold(ann.page, api('v4/call/demo'), 'DELETE');
	await ann.press('Leave');
	await leaving.asked;
	expect(await storedCall(ann.page)).toMatchObject({ own: 'leaving' });

	leaving.release();
	await expect(ann.page.getByRole('heading', { name: /^You left/ })).toBeVisible();
	expect(await storedCall(ann.page)).toMatchObject({ own: 'left', ownSessionId: null, tabLease: null });

	await ann.page.getByRole('button', { name: 'Home' }).click();
	await expect.poll(() => storedCall(ann.page), 'the server says that no call runs').toBeUndefined();
});

test('given a call that was left, when the page is reloaded, then the person is asked before joining', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await ann.join(withoutDevices);
	await ann.leave();

	await ann.page.reload();

	await expect(ann.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
	await expect(ann.page.getByRole('textbox', { name: 'Your name' })).toHaveValue('Ann');
	await expect(ann.page).toHaveTitle('Join: Demo');
});

test('given two tabs of one browser, when a person wants to be in both, then each is a guest of its own', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await ann.join(withoutDevices);
	const tab = await ann.page.context().newPage();
	await tab.goto(ann.page.url());
	const ann2 = createGuest(tab, 'Ann again');
	await tab.getByRole('button', { name: 'Join as another guest' }).click();

	await ann2.join(withoutDevices);

	await expect(ann.tile('Ann again')).toBeVisible();
	await expect(ann2.tile('Ann')).toBeVisible();
	await expect(ann.participants.getByRole('listitem')).toHaveCount(2);
});

test('given two tabs before Join, when a person joins in one, then the other asks, until that one has left', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const tab = await ann.page.context().newPage();
	await tab.goto(ann.page.url());
	const ann2 = createGuest(tab, 'Ann');
	const elsewhere = tab.getByRole('heading', { name: 'You are in this call in another tab' });
	await expect(tab.getByRole('textbox', { name: 'Your name' })).toBeVisible();
	await ann.join(withoutDevices);

	await expect(elsewhere).toBeVisible();
	await expect(ann.participants.getByRole('listitem')).toHaveCount(1);

	await ann.leave();
	await expect(elsewhere).toHaveCount(0);
	await ann2.join(withoutDevices);
	await expect(ann2.participants.getByRole('listitem')).toHaveCount(1);
});

test('given a tab in the call, when it is duplicated, then the new one asks, and takes over only when told', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join(withoutDevices);
	await ben.join(withoutDevices);
	await expect(ben.tile('Ann')).toBeVisible();
	const elsewhere = { name: 'You are in this call in another tab' };

	const [copy] = await Promise.all([
		ann.page.context().waitForEvent('page'),
		ann.page.evaluate(() => void open(location.href))
	]);

	await expect(copy.getByRole('heading', elsewhere)).toBeVisible();
	await expect(copy.getByText('R-DUPLICATE').first()).toBeVisible();
	await expect(ann.controls).toBeVisible();
	await expect(ben.tile('Ann')).toHaveCount(1);

	await copy.getByRole('button', { name: 'Use here' }).click();

	await expect(createGuest(copy, 'Ann').tile('Ben')).toBeVisible();
	await expect(ann.page.getByRole('heading', elsewhere)).toBeVisible();
	await expect(ben.tile('Ann')).toHaveCount(1);
});

test('given a call in one tab, when its link is opened in another, then it can be taken over there and back', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join();
	await ben.join(withoutDevices);
	await ann.press('Mute microphone');
	await expect(ben.tile('Ann, microphone off')).toBeVisible();
	const elsewhere = { name: 'You are in this call in another tab' };
	const tab = await ann.page.context().newPage();

	await tab.goto(ann.page.url());

	await expect(tab.getByRole('heading', elsewhere)).toBeVisible();
	expect((await liveLocalTracks(tab)).video).toBe(0);
	await tab.getByRole('button', { name: 'Use here' }).click();

	const there = createGuest(tab, 'Ann');
	await expect(there.tile('Ben')).toBeVisible();
	await expect(there.controls.getByRole('button', { name: 'Unmute microphone' })).toBeVisible();
	await expect(ann.page.getByRole('heading', elsewhere)).toBeVisible();
	await expect(ben.tile('Ann, microphone off')).toHaveCount(1);
	await expect.poll(async () => (await storedCall(tab))?.own).toBe('joined');

	await ann.page.getByRole('button', { name: 'Use here' }).click();

	await expect(ann.tile('Ben')).toBeVisible();
	await expect(tab.getByRole('heading', elsewhere)).toBeVisible();
	await expect(ben.tile('Ann')).toHaveCount(1);
});

test('given a tab that crashed in the call, when Home is opened, then a press goes back in, and nobody stays behind', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join(withoutDevices);
	await ben.join(withoutDevices);
	await expect(ben.tile('Ann')).toBeVisible();
	const context = ann.page.context();
	const debug = await context.newCDPSession(ann.page);
	const crashed = ann.page.waitForEvent('crash');
	void debug.send('Page.crash').catch(() => undefined); // nobody is left to answer
	await crashed;

	const home = await context.newPage();
	await home.goto(new URL('/', ben.page.url()).href);
	await home.getByRole('button', { name: /^Rejoin .*Demo/ }).click();

	await expect(createGuest(home, 'Ann').tile('Ben')).toBeVisible();
	await expect(ben.tile('Ann')).toHaveCount(1);
});
