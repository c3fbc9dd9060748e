import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from '@playwright/test';
import { createGuest, expect, test as base, type Guest } from '../support/guest.ts';
import { startRoost, type RoostServer } from '../support/roost-server.ts';

declare global {
	/** As when the system opens a link with the app that is open already. */
	var openAgain: (url: string) => void;
}

const build = fileURLToPath(new URL('../../build', import.meta.url));
const withoutDevices = 'Join without camera or mic';

interface Installed {
	server: RoostServer;
	/** Puts the next version of the client where the server has it, and starts the server again. */
	update: () => Promise<void>;
}

interface Fixtures {
	/** A profile as a person has it: what is private cannot be installed. */
	profile: BrowserContext;
	/** A server with a copy of the build for itself, so that it can get another one. */
	installed: Installed;
}

const test = base.extend<Fixtures>({
	profile: async ({ playwright, launchOptions }, use) => {
		const folder = mkdtempSync(join(tmpdir(), 'roost-profile-'));
		const context = await playwright.chromium.launchPersistentContext(folder, launchOptions);
		await use(context);
		await context.close();
		rmSync(folder, { recursive: true, force: true });
	},
	installed: async ({}, use, testInfo) => {
		// below the project, where the server finds its packages
		const folder = testInfo.outputPath('build');
		cpSync(build, folder, { recursive: true });
		const server = await startRoost({}, join(folder, 'server', 'main.js'));
		await use({
			server,
			update: async () => {
				const worker = join(folder, 'web', 'service-worker.js');
				// another version of everything, as far as the browser can tell: its worker keeps its own store
				const next = readFileSync(worker, 'utf8').replace(/(["'`])(\d{13})\1/, '$1next-$2$1');
				expect(next).toContain('next-');
				writeFileSync(worker, next);
				for (const copy of ['.br', '.gz']) rmSync(worker + copy, { force: true });
				await server.terminate();
				await server.start();
			}
		});
		await server.stop();
		rmSync(folder, { recursive: true, force: true });
	}
});

const open = async (profile: BrowserContext, url: string): Promise<Page> => {
	const page = await profile.newPage();
	await page.goto(url);
	return page;
};
const workerOf = (page: Page) =>
	expect
		.poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state), { timeout: 20_000 })
		.toBe('activated');
const storesOf = (page: Page) => page.evaluate(() => caches.keys());
/** Asks the browser for a newer worker now, as it does by itself with each page that is opened. */
const lookForUpdate = (page: Page) =>
	page.evaluate(async () => {
		const registration = await navigator.serviceWorker.getRegistration();
		await registration?.update();
	});

test('given the app, when Chromium looks whether it can be installed, then nothing is in the way and its manifest has no fault', async ({
	profile,
	roost
}) => {
	const page = await open(profile, roost.url);
	await workerOf(page);
	const cdp = await profile.newCDPSession(page);

	// the same checks as those of the button in the address bar
	const { installabilityErrors } = await cdp.send('Page.getInstallabilityErrors');
	const manifest = await cdp.send('Page.getAppManifest');

	expect(installabilityErrors).toEqual([]);
	expect(manifest.errors).toEqual([]);
	expect(manifest.url).toBe(`${roost.url}/manifest.webmanifest`);
});

test('given a link of our own kind or a shared text, when the system opens the app with it, then its call is found', async ({
	openGuest,
	roost
}) => {
	const { page } = await openGuest('Ann');
	const { host } = new URL(roost.url);
	const field = page.getByRole('textbox', { name: 'Call link or code' });

	await page.goto(
		`${roost.url}/?title=Plan&text=${encodeURIComponent(`Come to ${roost.url}/call/demo at 3`)}`
	);
	await expect(field).toHaveValue(new RegExp(`${host}/call/demo`));
	await page.getByRole('button', { name: 'Join', exact: true }).click();
	await expect(page).toHaveURL(`${roost.url}/call/demo`);

	await page.goto(`${roost.url}/?source=app&link=${encodeURIComponent(`web+roost://${host}/call/demo`)}`);
	await expect(page).toHaveTitle('Join: Demo');
	await expect(page).toHaveURL(`${roost.url}/call/demo`);

	await page.goto(
		`${roost.url}/?source=app&link=${encodeURIComponent('web+roost://talk.example/call/abcd')}`
	);
	await expect(page.getByRole('link', { name: /talk\.example/ })).toHaveAttribute(
		'href',
		'https://talk.example/call/abcd'
	);
	await page.goto(`${roost.url}/?source=app&action=join`);
	await expect(field).toBeFocused();
	await page.goto(`${roost.url}/?source=app&action=new`);
	await expect(page.getByRole('button', { name: 'Join', exact: true })).toBeVisible();
	// in a tab that is not the installed app no link makes a room
	await expect(page).toHaveURL(/action=new$/);
});

/** A browser whose system can open the app again; a test has no such system. */
async function giveLaunches(page: Page): Promise<void> {
	await page.addInitScript(() => {
		type Consumer = (launch: { targetURL: string }) => void;
		const launches = { consumer: undefined as Consumer | undefined };
		Object.defineProperty(window, 'launchQueue', {
			value: { setConsumer: (consumer: Consumer) => (launches.consumer = consumer) }
		});
		Object.defineProperty(window, 'openAgain', {
			value: (targetURL: string) => launches.consumer?.({ targetURL })
		});
	});
}
const openAgain = ({ page }: Guest, url: string) =>
	page.evaluate((target) => globalThis.openAgain(target), url);

test('given a call in the installed app, when the system opens another link, then the call goes on until the person says otherwise', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann', { prepare: giveLaunches });
	await ann.join(withoutDevices);
	const dialog = ann.page.getByRole('alertdialog', { name: 'Leave this call and open the other one?' });

	// the icon, and the call that is open already, only bring the window to the front
	await openAgain(ann, `${roost.url}/?source=app`);
	await openAgain(ann, `${roost.url}/call/demo`);
	await openAgain(ann, `${roost.url}/call/nosuchroom`);
	await expect(dialog).toBeVisible();
	await dialog.getByRole('button', { name: 'Stay' }).click();
	await expect(dialog).toHaveCount(0);
	await expect(ann.controls).toBeVisible();
	await expect(ann.page).toHaveURL(`${roost.url}/call/demo`);

	await openAgain(ann, `${roost.url}/call/nosuchroom`);
	await dialog.getByRole('button', { name: 'Leave' }).click();

	await expect(ann.page).toHaveURL(`${roost.url}/call/nosuchroom`);
	await expect(ann.page.getByRole('heading', { name: 'This call was not found' })).toBeVisible();
	// and outside of a call it is simply opened
	await openAgain(ann, `${roost.url}/call/demo`);
	await expect(ann.page).toHaveTitle('Join: Demo');
});

test('given a call, when a newer version comes, then it waits until the call is over, and the page is never reloaded before', async ({
	profile,
	installed: { server, update }
}) => {
	const page = await open(profile, `${server.url}/call/demo`);
	await workerOf(page);
	const [before] = await storesOf(page);
	const ann = createGuest(page, 'Ann');
	await ann.join(withoutDevices);
	await page.evaluate(() => Object.assign(window, { isSamePage: true }));
	const isSamePage = () => page.evaluate(() => 'isSamePage' in window);

	await update();
	await expect(page.getByText('Back in the call').or(ann.controls).first()).toBeVisible();
	await lookForUpdate(page);
	const waiting = () =>
		page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.waiting?.state);
	await expect.poll(waiting, { timeout: 20_000 }).toBe('installed');

	// another page that is opened meanwhile asks for it as well, in vain
	const other = await open(profile, server.url);
	await expect(other.getByRole('textbox', { name: 'Call link or code' })).toBeVisible();
	await other.close();
	expect(await waiting()).toBe('installed');
	expect(await storesOf(page)).toContain(before);
	expect(await isSamePage()).toBe(true);
	await expect(page.getByRole('button', { name: 'Update' })).toHaveCount(0);

	await ann.leave();
	expect(await isSamePage()).toBe(true);
	const reloaded = page.waitForEvent('load');
	await page.getByRole('button', { name: 'Update' }).click();
	await reloaded;

	expect(await isSamePage()).toBe(false);
	expect(await waiting()).toBeUndefined();
	await expect.poll(() => storesOf(page)).toEqual([expect.stringContaining('next-')]);
});

test('given a call in another tab, when Update is pressed, then the page is a new one, and the call keeps its files', async ({
	profile,
	installed: { server, update }
}) => {
	const call = await open(profile, `${server.url}/call/demo`);
	await workerOf(call);
	const [before] = await storesOf(call);
	const ann = createGuest(call, 'Ann');
	await ann.join(withoutDevices);
	await call.evaluate(() => Object.assign(window, { isSamePage: true }));
	await update();
	await lookForUpdate(call);
	const home = await open(profile, server.url);
	const reloaded = home.waitForEvent('load');

	await home.getByRole('button', { name: 'Update' }).click();
	await reloaded;

	await expect(home.getByRole('textbox', { name: 'Call link or code' })).toBeVisible();
	expect(await storesOf(call)).toContain(before);
	expect(await call.evaluate(() => 'isSamePage' in window)).toBe(true);
	await expect(ann.controls).toBeVisible();
});
