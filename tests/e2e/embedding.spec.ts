import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { certificates } from '../../server/testing/certificates.ts';
import { expect, test as base, type Guest } from '../support/guest.ts';
import { startRoost, type RoostServer } from '../support/roost-server.ts';

declare global {
	/** What the frame has said to the page around it. */
	var heard: { origin: string; data: Record<string, unknown> }[];
	var tell: (message: object) => void;
}

/** The page of another site: it holds the call of its address's `call` in a frame, and listens. */
const hostPage = `<!doctype html><title>Another site</title>
<style>body{margin:0;padding:16px}iframe{inline-size:100%;block-size:90vh;border:0}</style>
<iframe title="Call" allow="camera; microphone; display-capture; autoplay; fullscreen"></iframe>
<script>
	const frame = document.querySelector('iframe');
	globalThis.heard = [];
	const call = new URL(location.href).searchParams.get('call');
	globalThis.tell = (message) => frame.contentWindow.postMessage(message, new URL(call).origin);
	addEventListener('message', ({ source, origin, data }) => {
		if (source !== frame.contentWindow) return;
		heard.push({ origin, data });
		if (data.type === 'roost:ready') tell({ type: 'roost:hello' });
	});
	frame.src = call;
</script>`;

const profile = { ignoreHTTPSErrors: true };
const callIn = (site: string, at: string) =>
	`${site}/?${new URLSearchParams({ call: `${at}/call/demo?embed=1` }).toString()}`;

interface Fixtures {
	/** The address of another site with the page above; each is one of its own. */
	openSite: () => Promise<string>;
	/** Roost over https, which some sites may hold in a frame. */
	openFor: (embedder: string) => Promise<RoostServer>;
	/** Ben in a call, and a page of another site that holds the same call in a frame, for Ann. */
	openFrame: (
		press?: Parameters<Guest['join']>[0]
	) => Promise<{ roost: RoostServer; ben: Guest; page: Page }>;
}

const test = base.extend<Fixtures>({
	openSite: async ({}, use) => {
		const closing: (() => void)[] = [];
		await use(async () => {
			const site = createServer((_request, response) => {
				response.writeHead(200, { 'Content-Type': 'text/html' }).end(hostPage);
			});
			await new Promise<void>((settle) => site.listen(0, '127.0.0.1', settle));
			closing.push(() => site.close().closeAllConnections());
			const address = site.address();
			if (address === null || typeof address === 'string') throw new Error('the site has no port');
			return `http://127.0.0.1:${address.port}`;
		});
		for (const close of closing) close();
	},
	openFor: async ({}, use) => {
		const directory = mkdtempSync(join(tmpdir(), 'roost-embedding-'));
		const [cert, key] = [join(directory, 'cert.pem'), join(directory, 'key.pem')];
		writeFileSync(cert, certificates.a.cert);
		writeFileSync(key, certificates.a.key);
		const servers: RoostServer[] = [];
		await use(async (embedder) => {
			const environment = { ROOST_EMBEDDERS: embedder, ROOST_TLS_CERT: cert, ROOST_TLS_KEY: key };
			const server = await startRoost(environment);
			servers.push(server);
			return server;
		});
		for (const server of servers) await server.stop();
		rmSync(directory, { recursive: true, force: true });
	},
	openFrame: async ({ openSite, openFor, openGuest }, use) => {
		await use(async (press) => {
			const site = await openSite();
			const roost = await openFor(site);
			const ben = await openGuest('Ben', { at: roost.url, profile });
			await ben.join(press);
			// a guest of our own, whose page is then the other site's
			const { page } = await openGuest('Ann', { at: roost.url, profile });
			await page.goto(callIn(site, roost.url));
			return { roost, ben, page };
		});
	}
});

const tell = (page: Page, message: object) => page.evaluate((said) => globalThis.tell(said), message);
/** The last word of the frame about itself. */
const stateOf = (page: Page) =>
	page.evaluate(() => {
		const last = globalThis.heard.findLast(({ data }) => data['type'] === 'roost:state');
		return { from: last?.origin, ...last?.data };
	});
const refusals = (page: Page) =>
	page.evaluate(() =>
		globalThis.heard.flatMap(({ data }) => (data['type'] === 'roost:refused' ? [data] : []))
	);

test('given a page of another site that may, when it holds a call in a frame, then people talk there, and it hears and says what it may', async ({
	openFrame
}) => {
	const { roost, ben, page } = await openFrame();
	const frame = page.frameLocator('iframe');
	const inside = () => page.frames().find((known) => known.url().startsWith(roost.url));

	await expect(frame.getByRole('textbox', { name: 'Your name' })).toBeVisible();
	await expect(frame.getByRole('link', { name: 'Home' })).toHaveCount(0);
	await expect.poll(() => stateOf(page)).toMatchObject({ from: roost.url, page: 'prejoin', others: 0 });

	await frame.getByRole('textbox', { name: 'Your name' }).fill('Ann');
	await frame.getByRole('button', { name: 'Join', exact: true }).click();
	await expect
		.poll(() => stateOf(page), { timeout: 20_000 })
		.toMatchObject({ page: 'call', isJoining: false, microphone: 'on', camera: 'on', others: 1 });
	await ben.expectMedia();
	const pictures = async () => {
		const flows = (await inside()?.evaluate(() => globalThis.roostProbe?.flows())) ?? [];
		return Math.max(0, ...flows.map(({ framesDecoded }) => framesDecoded));
	};
	await expect.poll(pictures, { timeout: 20_000 }).toBeGreaterThan(30);

	await tell(page, { type: 'roost:mute' });
	await expect(ben.tile('Ann, microphone off')).toBeVisible();
	await tell(page, { type: 'roost:camera-off' });
	await expect.poll(() => stateOf(page)).toMatchObject({ microphone: 'off', camera: 'off' });
	// what would open a device is nobody's wish but that of the person
	await tell(page, { type: 'roost:unmute' });
	await tell(page, { type: 'roost:join' });
	await expect
		.poll(() => refusals(page))
		.toEqual([
			{ type: 'roost:refused', command: 'roost:unmute', reason: 'unknown' },
			{ type: 'roost:refused', command: 'roost:join', reason: 'not-now' }
		]);
	await expect(frame.getByRole('button', { name: 'Unmute microphone' })).toBeVisible();

	await tell(page, { type: 'roost:leave' });
	await expect(frame.getByRole('heading', { name: /^You left/ })).toBeVisible();
	await expect(frame.getByRole('button', { name: 'Home' })).toHaveCount(0);
	await expect(ben.tile('Ann')).toHaveCount(0);
	expect(await stateOf(page)).toMatchObject({ page: 'ended', others: 0 });
});

test('given a call in a frame, when the page around it lets somebody in by name, then they are in and no device is open', async ({
	openFrame
}) => {
	const { ben, page } = await openFrame('Join without camera or mic');
	// permission was given before, so that the preview is open; nobody has pressed anything
	await expect.poll(() => stateOf(page)).toMatchObject({ page: 'prejoin', microphone: 'on', camera: 'on' });

	await tell(page, { type: 'roost:join' });
	await expect
		.poll(() => refusals(page))
		.toEqual([{ type: 'roost:refused', command: 'roost:join', reason: 'not-now' }]);
	await tell(page, { type: 'roost:join', name: 'Ann of the other site' });

	await expect(ben.tile('Ann of the other site')).toBeVisible();
	await expect
		.poll(() => stateOf(page))
		.toMatchObject({ page: 'call', microphone: 'off', camera: 'off', others: 1 });
});

test('given a page of a site that may not, when it holds a call in a frame, then the browser shows nothing of it', async ({
	openSite,
	openFor,
	openGuest
}) => {
	const [site, stranger] = [await openSite(), await openSite()];
	const roost = await openFor(site);
	const { page } = await openGuest('Ann', { at: roost.url, profile });
	const refused = page.waitForEvent('console', (message) => message.text().includes('frame-ancestors'));
	await page.goto(callIn(stranger, roost.url));

	await refused;
	await expect(page.frameLocator('iframe').getByRole('textbox', { name: 'Your name' })).toHaveCount(0);
	expect(await page.evaluate(() => globalThis.heard)).toEqual([]);
});
