import { expectAccessible, installAxe } from '../support/axe.ts';
import { expect, test, type Guest } from '../support/guest.ts';
import { holdApp, type HeldApp } from '../support/hold-app.ts';

/* What stands in the page that the server sends, and works before the app has come. */

const early = ({ page }: Guest) => page.locator('#early');
const nameOf = ({ page }: Guest) => page.getByRole('textbox', { name: 'Your name' });
const joinOf = ({ page }: Guest) => page.getByRole('button', { name: 'Join', exact: true });

test('given an app that has not come yet, when somebody types a name and presses Join, then they are in the call once it has', async ({
	openGuest
}) => {
	const ben = await openGuest('Ben');
	await ben.join();
	let app: HeldApp = { letGo: () => undefined };
	const ann = await openGuest('Ann', { prepare: async (page) => void (app = await holdApp(page)) });

	await expect(early(ann)).toBeVisible();
	await expect(joinOf(ann)).toHaveAttribute('aria-disabled', 'true');
	await joinOf(ann).click({ force: true });
	await expect(nameOf(ann)).toHaveAttribute('aria-invalid', 'true');
	await expect(nameOf(ann)).toHaveAccessibleDescription('Enter your name to join');
	await ann.page.getByRole('button', { name: 'Turn camera off' }).click();
	await nameOf(ann).fill('Ann');
	await expect(nameOf(ann)).not.toHaveAttribute('aria-invalid', 'true');
	await joinOf(ann).click();
	await expect(ann.page.getByRole('button', { name: 'Joining…' })).toHaveAttribute('aria-busy', 'true');
	app.letGo();

	await expect(ann.controls).toBeVisible();
	await expect(early(ann)).toHaveCount(0);
	await expect(ben.tile('Ann')).toHaveAccessibleName(/camera off/);
	await ann.expectMedia();
	await ann.press('Turn camera on');
	await ben.expectMedia();
});

test('given somebody who is typing a name, when the app comes, then what was typed stays and typing goes on', async ({
	openGuest
}) => {
	let app: HeldApp = { letGo: () => undefined };
	const ann = await openGuest('Ann', { prepare: async (page) => void (app = await holdApp(page)) });
	await nameOf(ann).click();
	await ann.page.keyboard.type('Anna');
	await ann.page.keyboard.press('ArrowLeft');
	app.letGo();
	await expect(early(ann)).toHaveCount(0);

	await expect(nameOf(ann)).toBeFocused();
	await ann.page.keyboard.type('-Lis');

	await expect(nameOf(ann)).toHaveValue('Ann-Lisa');
});

test('given a name typed before the app came, when it comes, then all that a call needs comes too, and the press fetches no code', async ({
	openGuest
}) => {
	let app: HeldApp = { letGo: () => undefined };
	const ann = await openGuest('Ann', { prepare: async (page) => void (app = await holdApp(page)) });
	await nameOf(ann).click();
	await ann.page.keyboard.type('Ann');
	await nameOf(ann).blur();
	app.letGo();
	await expect(early(ann)).toHaveCount(0);
	await expect(nameOf(ann)).toHaveValue('Ann');

	// built before anybody sees it: the whole of the call has come
	await expect(ann.page.getByRole('button', { name: 'Leave', includeHidden: true })).toHaveCount(1);
	const fetched: string[] = [];
	ann.page.on('request', (request) => {
		if (['script', 'stylesheet'].includes(request.resourceType())) fetched.push(request.url());
	});
	await joinOf(ann).click();
	await expect(ann.controls).toBeVisible();

	expect(fetched).toEqual([]);
});

test('given somebody who left the empty field before the app came, when it comes, then the focus is not given back', async ({
	openGuest
}) => {
	let app: HeldApp = { letGo: () => undefined };
	const ann = await openGuest('Ann', { prepare: async (page) => void (app = await holdApp(page)) });
	await expect(nameOf(ann)).toBeFocused();
	await ann.page.getByRole('heading').first().click();
	await expect(nameOf(ann)).not.toBeFocused();
	app.letGo();
	await expect(early(ann)).toHaveCount(0);

	await expect(nameOf(ann)).not.toBeFocused();
});

test('given somebody who has tabbed to a button before the app came, when it comes, then the focus is still there', async ({
	openGuest
}) => {
	let app: HeldApp = { letGo: () => undefined };
	const ann = await openGuest('Ann', { prepare: async (page) => void (app = await holdApp(page)) });
	const camera = ann.page.getByRole('button', { name: /^Turn camera o/ });
	await expect(nameOf(ann)).toBeFocused();
	for (let tabs = 0; tabs < 10 && !(await camera.evaluate((it) => it === document.activeElement)); tabs += 1)
		await ann.page.keyboard.press('Shift+Tab');
	await expect(camera).toBeFocused();
	app.letGo();
	await expect(early(ann)).toHaveCount(0);

	await expect(camera).toBeFocused();
});

test('given a finger that is on Join, when the app comes, then the press still counts', async ({
	openGuest
}) => {
	let app: HeldApp = { letGo: () => undefined };
	const ann = await openGuest('Ann', { prepare: async (page) => void (app = await holdApp(page)) });
	await nameOf(ann).fill('Ann');
	await joinOf(ann).hover();
	await ann.page.mouse.down();
	app.letGo();
	// everything that the app begins with is there
	await ann.page.waitForFunction(() => sessionStorage.getItem('roost.tab') !== null);
	await expect(early(ann)).toBeVisible();
	// the page that takes over waits beneath
	await expect(ann.page.locator('body > .shell')).toHaveCount(1);
	await expect(ann.page.locator('body > .shell')).toBeHidden();

	await ann.page.mouse.up();

	await expect(early(ann)).toHaveCount(0);
	await expect(ann.controls).toBeVisible();
});

test('given a program that found Join before the app came, when it presses it after that, then the press still counts', async ({
	openGuest
}) => {
	let app: HeldApp = { letGo: () => undefined };
	const ann = await openGuest('Ann', { prepare: async (page) => void (app = await holdApp(page)) });
	await nameOf(ann).fill('Ann');
	const found = await joinOf(ann).elementHandle();
	app.letGo();
	await expect(early(ann)).toHaveCount(0);
	await expect(nameOf(ann)).toHaveValue('Ann');

	await found.evaluate((button: HTMLElement) => button.click());

	await expect(ann.controls).toBeVisible();
});

/** Somebody closes the tab of their call without a goodbye, and is in front of the early page in another. */
async function comeBack(ann: Guest) {
	await ann.join();
	const page = await ann.page.context().newPage();
	// may be running by the service worker, which no route reaches
	await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, 'serviceWorker'));
	const app = await holdApp(page);
	await page.goto(ann.page.url());
	await ann.page.close();
	return {
		page,
		app,
		join: page.getByRole('button', { name: 'Join', exact: true }),
		controls: page.getByRole('toolbar', { name: 'Call controls' })
	};
}

test('given a tab that was closed in the call, when somebody presses Join in another before the app came, then the press still counts', async ({
	openGuest
}) => {
	const { page, app, join, controls } = await comeBack(await openGuest('Ann'));

	await join.click();
	await expect(page.getByRole('button', { name: 'Joining…' })).toBeVisible();
	app.letGo();

	await expect(controls).toBeVisible();
});

test('given a tab that was closed in the call, when a program presses what it found before the app came in another, then the press waits for the answer', async ({
	openGuest
}) => {
	const { app, join, controls } = await comeBack(await openGuest('Ann'));

	await join.evaluate((button: HTMLElement) => {
		new MutationObserver((_, observer) => {
			if (button.isConnected) return;
			observer.disconnect();
			// the tab that was closed is being asked, and there is no Join
			setTimeout(() => button.click());
		}).observe(document.body, { childList: true });
	});
	app.letGo();

	await expect(controls).toBeVisible();
});

test('given a keyboard and no name yet, when the page before Join is there, then typing may start at once', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await expect(early(ann)).toHaveCount(0);

	await expect(nameOf(ann)).toBeFocused();
	await ann.page.keyboard.type('Ann');

	await expect(nameOf(ann)).toHaveValue('Ann');
});

test('given a person with a language, a theme and a name, when they come back, then the first thing they see has them', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann');
	await ann.join('Join without camera or mic');
	await ann.leave();
	await ann.page.evaluate(() => sessionStorage.clear());
	const app = await holdApp(ann.page);
	await ann.page.goto(`${roost.url}/call/demo`);
	await expect(early(ann)).toBeVisible();
	await expect(nameOf(ann)).toHaveValue('Ann');
	app.letGo();
	await expect(early(ann)).toHaveCount(0);
	await ann.page.getByRole('button', { name: 'Settings' }).click();
	await ann.page.getByRole('tab', { name: 'Appearance' }).click();
	await ann.page.getByRole('combobox', { name: 'Language' }).selectOption('ar');
	await expect(ann.page.locator('html')).toHaveAttribute('dir', 'rtl');

	await ann.page.evaluate(() => sessionStorage.clear());
	const later = await holdApp(ann.page);
	await ann.page.goto(`${roost.url}/call/demo`);

	await expect(early(ann)).toBeVisible();
	await expect(ann.page.locator('html')).toHaveAttribute('lang', 'ar');
	await expect(ann.page.locator('html')).toHaveAttribute('dir', 'rtl');
	await expect(early(ann).getByRole('textbox')).toHaveValue('Ann');
	later.letGo();
	await expect(early(ann)).toHaveCount(0);
	await expect(ann.page.locator('html')).toHaveAttribute('lang', 'ar');
});

test('given an app of which a part does not come, when somebody waits for it, then the page says so, and a reload brings it', async ({
	openGuest
}) => {
	const start = '**/_app/immutable/entry/start.*.js';
	let fail = (): void => undefined;
	const isFailing = new Promise<void>((resolve) => (fail = resolve));
	const ann = await openGuest('Ann', {
		prepare: (page) =>
			page.route(start, async (route) => {
				await isFailing;
				await route.abort();
			})
	});
	await early(ann).getByRole('textbox').fill('Ann Early');
	// what is not about the app's parts changes nothing
	await ann.page.evaluate(() => void Promise.reject(new Error('of an extension')));
	await expect(early(ann).getByRole('button', { name: 'Join', exact: true })).toBeVisible();
	fail();

	await expect(early(ann).getByRole('alert')).toHaveText('This page could not be loaded');
	await ann.page.unroute(start);
	await early(ann).getByRole('button', { name: 'Reload' }).click();

	await expect(early(ann)).toHaveCount(0);
	await expect(ann.page.getByLabel('Your name')).toHaveValue('Ann Early');
	await ann.join('Join without camera or mic');
});

test('given a tab that was in the call, when it is reloaded, then nobody is asked to join', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await ann.join();
	const app = await holdApp(ann.page);
	ann.page.on('dialog', (dialog) => void dialog.accept());

	await ann.page.reload({ waitUntil: 'commit' });

	await expect(ann.page.locator('template[data-early]').first()).toBeAttached();
	await expect(early(ann)).toHaveCount(0);
	app.letGo();
	await expect(ann.controls).toBeVisible();
});

test('given the page before the app, when it is looked at in both themes and sizes, then everybody can use it and nothing jumps', async ({
	openGuest
}) => {
	let app: HeldApp = { letGo: () => undefined };
	const ann = await openGuest('Ann', {
		prepare: async (page) => {
			await installAxe(page);
			app = await holdApp(page);
		}
	});
	await expect(early(ann)).toBeVisible();
	for (const size of [
		{ width: 1280, height: 800 },
		{ width: 390, height: 844 }
	]) {
		await ann.page.setViewportSize(size);
		await expectAccessible(ann.page, `before the app, ${size.width} px`);
	}
	const places = () =>
		Promise.all([nameOf(ann), joinOf(ann)].map(async (element) => (await element.boundingBox())?.y));
	const before = await places();
	app.letGo();
	await expect(early(ann)).toHaveCount(0);

	expect(await places()).toEqual(before);
});
