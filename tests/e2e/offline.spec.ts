import type { Page } from '@playwright/test';
import { expect, test } from '../support/guest.ts';

const withoutDevices = 'Join without camera or mic';

/** Everything of the app is stored, and its worker answers for this page. */
const expectKept = (page: Page) =>
	expect
		.poll(() => page.evaluate(() => navigator.serviceWorker.controller?.state), { timeout: 20_000 })
		.toBe('activated');

interface Manifest {
	name: string;
	short_name: string;
	id: string;
	start_url: string;
	scope: string;
	display: string;
	icons: { src: string; sizes: string; type: string; purpose: string }[];
	screenshots: { src: string; type: string; sizes: string; form_factor: string; label: string }[];
	shortcuts: { url: string }[];
}

test('given the manifest, when a browser reads it, then the app can be installed and every picture is there', async ({
	request,
	roost
}) => {
	const answer = await request.get(`${roost.url}/manifest.webmanifest`);
	const manifest = (await answer.json()) as Manifest;

	expect(answer.headers()['content-type']).toContain('application/manifest+json');
	expect(manifest).toMatchObject({
		name: 'Roost',
		short_name: 'Roost',
		id: '/',
		start_url: './?source=app',
		scope: './',
		display: 'standalone'
	});
	const sizesFor = (purpose: string) =>
		manifest.icons.filter((icon) => icon.purpose === purpose).map(({ sizes }) => sizes);
	expect(sizesFor('any')).toEqual(expect.arrayContaining(['192x192', '512x512']));
	expect(sizesFor('maskable')).toEqual(expect.arrayContaining(['192x192', '512x512']));
	expect(sizesFor('monochrome')).toHaveLength(1);
	expect(manifest.screenshots.map(({ form_factor }) => form_factor)).toEqual(['wide', 'narrow']);
	for (const { label } of manifest.screenshots) expect(label).not.toBe('');
	for (const { src, type } of [...manifest.icons, ...manifest.screenshots]) {
		const icon = await request.get(new URL(src, `${roost.url}/`).href);
		expect(icon.status(), src).toBe(200);
		expect(icon.headers()['content-type'], src).toContain(type);
	}
	for (const { url } of manifest.shortcuts) expect(url).toMatch(/^\.\/\?source=app/);
});

test('given an app that was opened once, when there is no network, then Home shows its calls and says so', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann');
	await ann.join(withoutDevices);
	await expectKept(ann.page);
	await ann.leave();

	await ann.page.context().setOffline(true);
	await ann.page.goto(roost.url);

	await expect(ann.page.getByText('You are offline. Recent calls are kept here.')).toBeVisible();
	const recent = ann.page.getByRole('region', { name: 'Recent' });
	await expect(recent.getByRole('link', { name: /^Demo/ })).toBeVisible();
	// whether the call went on without us could not be asked
	await expect(ann.page.getByRole('link', { name: /^Demo/ })).toHaveCount(1);
	await expect(ann.page.getByRole('button', { name: 'Join' })).toHaveAccessibleDescription(
		'You are offline. Joining needs a connection.'
	);
	const asksServer = () => fetch('/ocs/v2.php/cloud/capabilities').then(({ status }) => status);
	await expect(ann.page.evaluate(asksServer)).rejects.toThrow('Failed to fetch');
});

test('given no network, when a call is opened, then the page says so and lets in when it is back', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann');
	await expectKept(ann.page);
	await ann.page.context().setOffline(true);

	await ann.page.goto(`${roost.url}/call/demo`);

	await expect(ann.page.getByRole('heading', { level: 1, name: 'You are offline' })).toBeVisible();
	await expect(ann.page.getByRole('main')).toContainText('R-OFFLINE');
	await ann.page.context().setOffline(false);
	await expect(ann.page.getByRole('heading', { level: 1, name: 'Demo' })).toBeVisible();
	await ann.join(withoutDevices);
});

test('given a server that is down, when a call is opened, then the kept page waits and lets in when it is up', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann');
	await expectKept(ann.page);
	await roost.kill9();

	await ann.page.goto(`${roost.url}/call/demo`);

	await expect(
		ann.page.getByRole('heading', { level: 1, name: 'The server is not answering' })
	).toBeVisible();
	await expect(ann.page.getByRole('main')).toContainText('R-SERVER');
	await roost.start();
	await expect(ann.page.getByRole('heading', { level: 1, name: 'Demo' })).toBeVisible({ timeout: 40_000 });
	await ann.join(withoutDevices);
});
