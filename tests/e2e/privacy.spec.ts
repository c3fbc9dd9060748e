import { gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { expect, test } from '../support/guest.ts';
import { liveLocalTracks, receivedMedia } from '../support/media-probe.ts';

declare global {
	/** What the page's policy refused since it was loaded. */
	var roostViolations: string[] | undefined;
}

const recordViolations = (page: Page) =>
	page.addInitScript(() => {
		const found: string[] = [];
		globalThis.roostViolations = found;
		addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) =>
			found.push(`${violatedDirective} ${blockedURI} ${sourceFile}`)
		);
	});

/** Everything a page asks for and says, from before it is opened. */
async function listen(page: Page) {
	const heard = {
		urls: [] as string[],
		frames: [] as string[],
		console: [] as string[],
		problems: [] as string[]
	};
	page.on('request', (request) => heard.urls.push(request.url()));
	page.on('websocket', (socket) => {
		heard.urls.push(socket.url());
		socket.on('framesent', ({ payload }) => heard.frames.push(String(payload)));
	});
	page.on('console', (message) => {
		heard.console.push(message.text());
		if (['error', 'warning'].includes(message.type())) heard.problems.push(message.text());
	});
	page.on('pageerror', (error) => heard.problems.push(error.message));
	await recordViolations(page);
	return heard;
}

test('given a whole call, when it is over, then nobody but the server was asked, and nothing secret was said aloud', async ({
	openGuest,
	roost
}) => {
	let heard: Awaited<ReturnType<typeof listen>> | undefined;
	const ben = await openGuest('Ben');
	await ben.join();
	const ann = await openGuest('Ann', { prepare: async (page) => (heard = await listen(page)) });
	await ann.join();
	await ann.expectMedia();
	await ann.say('Hello Ben');
	await ann.press('People');
	await ann.press('Mute microphone');
	await expect(ben.tile('Ann, microphone off')).toBeVisible();
	await ann.leave();
	await ann.page.getByRole('button', { name: 'Home' }).click();
	await expect(ann.page.getByRole('link', { name: /^Demo/ }).first()).toBeVisible();

	const { host } = new URL(roost.url);
	const foreign = heard?.urls.filter((url) => !/^(data|blob):/.test(url) && new URL(url).host !== host);
	expect(foreign).toEqual([]);
	expect(heard?.urls.some((url) => url.startsWith('ws'))).toBe(true);
	expect(await ann.page.evaluate(() => globalThis.roostViolations)).toEqual([]);
	expect(heard?.problems).toEqual([]);
	const tabId = await ann.page.evaluate(() => sessionStorage.getItem('roost.tab'));
	expect(tabId).toMatch(/^\w{64}$/);
	expect(heard?.console.join('\n')).not.toMatch(new RegExp(`demo|candidate:|a=fingerprint|${tabId ?? ''}`));
});

test('given devices that are on, when the person has not joined, then no other hears of it and nothing is sent', async ({
	openGuest
}) => {
	let heard: Awaited<ReturnType<typeof listen>> | undefined;
	const ben = await openGuest('Ben');
	await ben.join();
	const ann = await openGuest('Ann', { prepare: async (page) => (heard = await listen(page)) });
	await expect(ann.page.getByText('You look and sound like this to others')).toBeVisible();
	await ann.page.getByRole('textbox', { name: 'Your name' }).fill('Ann');

	expect(await receivedMedia(ann.page)).toMatchObject({ bytes: 0, connections: { open: 0, closed: 0 } });
	expect(heard?.frames).toEqual([]);
	expect(heard?.urls.filter((url) => url.startsWith('ws'))).toEqual([]);
	await expect(ben.participants.getByRole('listitem')).toHaveCount(1);

	await ann.page.getByRole('button', { name: 'Join', exact: true }).click();
	await expect(ben.tile('Ann')).toBeVisible();
	await ann.leave();
	expect(await liveLocalTracks(ann.page)).toEqual({ audio: 0, video: 0 });
	expect((await receivedMedia(ann.page)).connections.open).toBe(0);
});

test('given a cold browser, when Pre-join can be used, then at most 70 kB of script came, and no worker yet', async ({
	browser,
	roost
}) => {
	const page = await (await browser.newContext()).newPage();
	const scripts: Promise<number>[] = [];
	const weigh = async (body: Promise<Buffer>) => gzipSync(await body, { level: 9 }).length / 1_000;
	page.on('response', (response) => {
		if (response.url().endsWith('.js')) scripts.push(weigh(response.body()));
	});

	await page.goto(`${roost.url}/call/demo`);
	await expect(page.getByRole('heading', { level: 1, name: 'Demo' })).toBeVisible();
	await expect(page.getByRole('textbox', { name: 'Your name' })).toBeEditable();
	await expect(page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();

	const sizes = await Promise.all(scripts);
	const total = sizes.reduce((sum, size) => sum + size, 0);
	test
		.info()
		.annotations.push({ type: 'size', description: `${total.toFixed(1)} kB in ${sizes.length} files` });
	expect(sizes.length).toBeGreaterThan(3);
	expect(total).toBeLessThanOrEqual(70);
	expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
	await page.context().close();
});
