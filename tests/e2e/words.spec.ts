import { readFileSync } from 'node:fs';
import type { BrowserContextOptions, Page } from '@playwright/test';
import { call } from '../../src/lib/ui/messages/call.ts';
import { chat } from '../../src/lib/ui/messages/chat.ts';
import { common } from '../../src/lib/ui/messages/common.ts';
import { home } from '../../src/lib/ui/messages/home.ts';
import { prejoin } from '../../src/lib/ui/messages/prejoin.ts';
import { expect, test } from '../support/guest.ts';
import { flawsOf } from '../support/legible.ts';
import { pseudoLocale, type Catalogue } from '../support/pseudo-locale.ts';

const withoutDevices = 'Join without camera or mic';
const english = { call, chat, common, home, prejoin };
const read = (tag: string) =>
	JSON.parse(
		readFileSync(new URL(`../../src/lib/ui/messages/${tag}.json`, import.meta.url), 'utf8')
	) as Catalogue;

const phone = { width: 360, height: 740 };
const viewports = [
	phone,
	{ width: 390, height: 844 },
	{ width: 844, height: 390 },
	{ width: 1280, height: 800 }
];

/** The words of a catalogue by their path. */
const wordsOf = (catalogue: Catalogue) => (path: string) => {
	let found: Catalogue[string] | undefined = catalogue;
	for (const key of path.split('.')) found = typeof found === 'object' ? found[key] : undefined;
	if (typeof found !== 'string') throw new Error(`no words at ${path}`);
	return found;
};

/** A browser that asks for a language; the words may be others than those of the app. */
const speaking = (locale: string, words?: Catalogue) => ({
	profile: { locale, serviceWorkers: 'block', viewport: phone } satisfies BrowserContextOptions,
	prepare: async (page: Page) => {
		if (words) await page.route(/words-[a-z]+\.[^/]*\.json$/, (route) => route.fulfill({ json: words }));
	}
});

async function expectLegible(page: Page, what: string): Promise<void> {
	// what moves has arrived
	await page.evaluate(() =>
		Promise.allSettled(
			document
				.getAnimations()
				.flatMap((animation) =>
					animation.effect?.getComputedTiming().iterations === Infinity ? [] : [animation.finished]
				)
		)
	);
	const { width, height } = page.viewportSize() ?? { width: 0, height: 0 };
	// a page takes a moment to arrange itself anew
	await expect
		.configure({ soft: true })
		.poll(() => flawsOf(page), { message: `${what} at ${width} × ${height}`, timeout: 3_000 })
		.toEqual([]);
}

for (const { name, locale, words, direction } of [
	{
		name: 'words of 140 percent with accents',
		locale: 'de',
		words: pseudoLocale(read('de'), english, 'ltr'),
		direction: 'ltr'
	},
	{
		name: 'words of 140 percent from right to left',
		locale: 'ar',
		words: pseudoLocale(read('ar'), english, 'rtl'),
		direction: 'rtl'
	}
]) {
	const word = wordsOf(words);

	test(`given ${name}, when Home and Pre-join are shown, then all of it can be read`, async ({
		openGuest,
		roost
	}) => {
		const { page } = await openGuest('Ann', speaking(locale, words));
		await expect(page.locator('html')).toHaveAttribute('dir', direction);
		await expect(page.getByRole('button', { name: word('prejoin.cameraTurnOff') })).toBeVisible();
		for (const viewport of viewports) {
			await page.setViewportSize(viewport);
			await expectLegible(page, 'Pre-join');
		}

		await page.goto(roost.url);
		await expect(page.getByText(word('home.tagline'))).toBeVisible();
		for (const viewport of viewports) {
			await page.setViewportSize(viewport);
			await expectLegible(page, 'Home');
		}
	});

	test(`given ${name}, when people are in a call, then its controls, menus, dialogs and tiles can be read`, async ({
		openGuest
	}) => {
		test.setTimeout(240_000);
		const { page } = await openGuest('Ann', speaking(locale, words));
		await page.getByRole('textbox', { name: word('prejoin.name') }).fill('Ann');
		await page.getByRole('button', { name: word('prejoin.join'), exact: true }).click();
		const controls = page.getByRole('toolbar', { name: word('call.controls') });
		await expect(controls).toBeVisible();
		await expect(page.getByRole('heading', { name: word('call.alone') })).toBeVisible();
		for (const viewport of viewports) {
			await page.setViewportSize(viewport);
			await expectLegible(page, 'the call, alone');
		}

		const ben = await openGuest('Maximiliane-Alexandra von und zu Hohenzollern-Sigmaringen');
		await ben.join(withoutDevices);
		await ben.press('Raise hand');
		await ben.say('Hello');
		const tile = page.getByRole('listitem', { name: /^Maximiliane/ });
		await expect(tile).toBeVisible();

		for (const viewport of viewports) {
			await page.setViewportSize(viewport);
			await expectLegible(page, 'the call');

			const menus = controls.locator('button[aria-haspopup]:visible');
			for (let index = 0; index < (await menus.count()); index += 1) {
				await menus.nth(index).click();
				await expect(page.getByRole('menu').or(page.getByRole('dialog')).first()).toBeVisible();
				await expectLegible(page, `menu ${index + 1} of the call`);
				await page.keyboard.press('Escape');
			}
			for (const [panel, ready] of [
				[word('call.chat'), page.getByRole('log')],
				[word('call.people'), page.getByRole('complementary')]
			] as const) {
				const button = controls.getByRole('button', { name: panel }).first();
				if (!(await button.isVisible())) continue;
				await button.click();
				await expect(ready).toBeVisible();
				await expectLegible(page, `the panel ${panel}`);
				// the first Esc only leaves the field of a message
				await button.click();
				await expect(ready).toBeHidden();
			}
			for (const item of ['call.devices', 'call.people', 'call.keyboardShortcuts'].map(word)) {
				await controls.getByRole('button', { name: word('call.more'), exact: true }).click();
				const entry = page.getByRole('menuitem', { name: item });
				if (await entry.isVisible()) {
					await entry.click();
					const opened = page.getByRole('dialog').or(page.getByRole('complementary')).first();
					await expect(opened).toBeVisible();
					await expectLegible(page, `what ${item} opens`);
					await page.keyboard.press('Escape');
					await expect(opened).toBeHidden();
				} else {
					await page.keyboard.press('Escape');
				}
			}
			await page.goBack();
			await expect(page.getByRole('alertdialog', { name: word('call.leaveTitle') })).toBeVisible();
			await expectLegible(page, 'the question before leaving');
			await page.getByRole('button', { name: word('call.stay') }).click();
		}
	});
}

test('given Arabic with text of 200 percent on 320 pixels, when somebody joins, talks, writes and leaves, then all of it can be read', async ({
	openGuest
}) => {
	test.setTimeout(120_000);
	const word = wordsOf(read('ar'));
	const { page } = await openGuest('Ann', {
		...speaking('ar'),
		profile: {
			locale: 'ar',
			colorScheme: 'dark',
			serviceWorkers: 'block',
			viewport: { width: 320, height: 640 }
		},
		prepare: (page) => page.addInitScript(() => (document.documentElement.style.fontSize = '200%'))
	});
	await expect(page.locator('html')).toHaveAttribute('lang', 'ar');
	await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
	await expectLegible(page, 'Pre-join');

	// an empty field says nothing of where writing begins: the page does, and what is written
	const name = page.getByRole('textbox', { name: word('prejoin.name') });
	await expect(name).toHaveCSS('direction', 'rtl');
	await name.fill('Ali');
	await expect(name).toHaveCSS('direction', 'ltr');
	await name.fill('علي');
	await page.getByRole('button', { name: word('prejoin.join'), exact: true }).click();
	const controls = page.getByRole('toolbar', { name: word('call.controls') });
	await expect(controls).toBeVisible();
	await expectLegible(page, 'the call');

	await controls.getByRole('button', { name: word('call.muteMicrophone') }).click();
	await expect(controls.getByRole('button', { name: word('call.unmuteMicrophone') })).toBeVisible();
	await controls.getByRole('button', { name: word('call.chat') }).click();
	const message = page.getByRole('textbox', { name: word('chat.message'), exact: true });
	await expect(message).toHaveCSS('direction', 'rtl');
	await message.fill('مرحبا');
	await page.getByRole('button', { name: word('chat.send'), exact: true }).click();
	await expect(page.getByRole('log').getByText('مرحبا')).toBeVisible();
	await expectLegible(page, 'the chat');
	await page.keyboard.press('Escape');

	await controls.getByRole('button', { name: word('call.leave') }).click();
	await expect(page.getByRole('button', { name: word('ended.rejoin') })).toBeVisible();
	await expectLegible(page, 'the end');
});

test('given a browser in French, when a call is opened with another language in its address, then that one is spoken', async ({
	openGuest,
	roost
}) => {
	const { page } = await openGuest('Ann', speaking('fr-CA'));
	await expect(page.getByRole('button', { name: 'Rejoindre', exact: true })).toBeVisible();
	await expect(page.locator('html')).toHaveAttribute('lang', 'fr');

	await page.goto(`${roost.url}/call/demo?lang=es`);

	await expect(page.getByRole('button', { name: 'Unirse', exact: true })).toBeVisible();
	await expect(page.locator('html')).toHaveAttribute('lang', 'es');
});

test('given words that do not come, when a call is opened, then it is in English', async ({ openGuest }) => {
	const ann = await openGuest('Ann', {
		...speaking('de'),
		prepare: (page: Page) => page.route(/words-de\.[^/]*\.json$/, (route) => route.abort())
	});

	await ann.join(withoutDevices);

	await expect(ann.page.getByRole('heading', { name: 'You are the only one here' })).toBeVisible();
	await expect(ann.page.locator('html')).toHaveAttribute('lang', 'en');
});
