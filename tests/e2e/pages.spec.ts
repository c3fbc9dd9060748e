import type { Page } from '@playwright/test';
import { expect, test, type Guest } from '../support/guest.ts';

const roomRequest = '**/ocs/v2.php/apps/spreed/api/v4/room/*';

async function expectProblem({ page }: Pick<Guest, 'page'>, code: string, title: string): Promise<void> {
	await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
	await expect(page.getByRole('main')).toContainText(code);
	await expect(page).toHaveTitle(title);
}

const expectPreJoin = ({ page }: Pick<Guest, 'page'>) =>
	expect(page.getByRole('heading', { level: 1, name: 'Demo' })).toBeVisible({ timeout: 30_000 });

test('given a token that no room has, when it is opened, then the page says so after the second look', async ({
	openGuest
}) => {
	const answers: number[] = [];
	const ann = await openGuest('Ann', {
		room: 'nosuchroom',
		prepare: async (page) =>
			page.on('response', (response) => {
				if (response.url().endsWith('/room/nosuchroom')) answers.push(Date.now());
			})
	});

	await expectProblem(ann, 'R-ROOM-404', 'This call was not found');

	const [first = 0, second = 0, ...more] = answers;
	expect(second - first).toBeGreaterThan(4_800);
	expect(more).toEqual([]);
	await ann.page.getByRole('button', { name: 'Enter another link' }).click();
	await expect(ann.page.getByRole('textbox', { name: 'Call link or code' })).toBeVisible();
});

test('given what can be no token, when it is opened, then nobody is asked and the page says so', async ({
	openGuest
}) => {
	const asked: string[] = [];
	const ann = await openGuest('Ann', {
		room: 'not a token!',
		prepare: async (page) => page.on('request', (request) => asked.push(request.url()))
	});

	await expectProblem(ann, 'R-ROOM-404', 'This call was not found');
	expect(asked.filter((url) => url.includes('/v4/room/'))).toEqual([]);
});

interface Answer {
	what: string;
	status: number;
	headers?: Record<string, string>;
	code: string;
	title: string;
}

const answers: Answer[] = [
	{ what: 'fails', status: 502, code: 'R-SERVER', title: 'The server is not answering' },
	{
		what: 'is in maintenance',
		status: 503,
		headers: { 'X-Nextcloud-Maintenance-Mode': '1' },
		code: 'R-MAINT',
		title: 'The server is being updated'
	},
	{
		what: 'is asked too often',
		status: 429,
		headers: { 'Retry-After': '2' },
		code: 'R-THROTTLE',
		title: 'Too many tries'
	}
];

for (const { what, status, headers = {}, code, title } of answers) {
	test(`given a server that ${what}, when a call is opened, then the page says so and goes on by itself later`, async ({
		openGuest
	}) => {
		const refuse = (page: Page) =>
			page.route(roomRequest, (route) => route.fulfill({ status, headers, body: '' }));
		const ann = await openGuest('Ann', { prepare: refuse });
		await expectProblem(ann, code, title);

		await ann.page.unroute(roomRequest);

		// in maintenance the next attempt is half a minute away
		if (status === 503) await ann.page.getByRole('button', { name: 'Try now' }).click();
		await expectPreJoin(ann);
		await expect(ann.page).toHaveTitle('Join: Demo');
	});
}

test('given a server that was away for a while, when Try now is pressed as it is back, then nobody waits longer', async ({
	openGuest
}) => {
	let attempts = 0;
	const ann = await openGuest('Ann', {
		prepare: (page) =>
			page.route(roomRequest, (route) => {
				attempts++;
				return route.abort('connectionrefused');
			})
	});
	await expectProblem(ann, 'R-SERVER', 'The server is not answering');
	// by now the next attempt is some seconds away
	await expect.poll(() => attempts, { timeout: 30_000 }).toBeGreaterThan(3);
	await ann.page.unroute(roomRequest);

	await ann.page.getByRole('button', { name: 'Try now' }).click();

	await expect(ann.page.getByRole('heading', { level: 1, name: 'Demo' })).toBeVisible({ timeout: 2_000 });
	await ann.join('Join without camera or mic');
});

test('given a server that failed, when it is asked again, then its page stays until the answer is there', async ({
	openGuest
}) => {
	const fail = (page: Page) => page.route(roomRequest, (route) => route.fulfill({ status: 502, body: '' }));
	const ann = await openGuest('Ann', { prepare: fail });
	await expectProblem(ann, 'R-SERVER', 'The server is not answering');
	let release = (): void => undefined;
	const isBack = new Promise<void>((resolve) => (release = resolve));
	await ann.page.route(roomRequest, async (route) => {
		await isBack;
		await route.continue();
	});

	await expect(ann.page.getByRole('button', { name: 'Trying again…' })).toBeVisible({ timeout: 30_000 });
	await expectProblem(ann, 'R-SERVER', 'The server is not answering');
	release();

	await expectPreJoin(ann);
});

test('given an address that no page has, when it is opened, then the page says so and leads Home', async ({
	openGuest,
	roost
}) => {
	const ann = await openGuest('Ann');
	await ann.page.goto(`${roost.url}/nothing/here?a=b`);

	await expectProblem(ann, 'R-ROOM-404', 'This call was not found');
	await ann.page.getByRole('button', { name: 'Enter another link' }).click();
	await expect(ann.page.getByRole('textbox', { name: 'Call link or code' })).toBeVisible();
	await expect(ann.page).toHaveURL(`${roost.url}/`);
});

test('given pages one after the other, when Back, Forward and links are pressed, then each is there, nothing is fetched anew and a reader hears its title', async ({
	openGuest,
	roost
}) => {
	const documents: string[] = [];
	const ann = await openGuest('Ann', {
		prepare: async (page) =>
			page.on('request', (request) => {
				if (request.isNavigationRequest()) documents.push(new URL(request.url()).pathname);
			})
	});
	const { page } = ann;
	const field = page.getByRole('textbox', { name: 'Call link or code' });
	const said = page.locator('#page-title');

	await expectPreJoin(ann);
	await page.getByRole('link', { name: 'Roost, home' }).click();
	await expect(field).toBeVisible();
	await expect(said).toHaveText('Roost');
	await page.goBack();
	await expectPreJoin(ann);
	await expect(said).toHaveText(/^Join: /);
	await page.goForward();
	await expect(field).toBeVisible();
	await field.fill(`${roost.url}/call/demo`);
	await field.press('Enter');
	await expectPreJoin(ann);
	// a place on the page is an entry of the history, and no other page
	await page.getByRole('link', { name: 'Skip to content' }).press('Enter');
	await expect(page).toHaveURL(/#content$/);
	await page.goBack();
	await expect(page).not.toHaveURL(/#/);
	await expectPreJoin(ann);
	expect(documents).toHaveLength(1);
});

test('given each screen, when it is shown, then the window has its title', async ({ openGuest, roost }) => {
	const ann = await openGuest('Ann');
	await expect(ann.page).toHaveTitle('Join: Demo');
	await ann.join();
	await expect(ann.page).toHaveTitle('Demo');
	await ann.press('Mute microphone');
	await expect(ann.page).toHaveTitle('(muted) Demo');
	await ann.leave();
	await expect(ann.page).toHaveTitle('Left: Demo');
	await ann.page.goto(roost.url);
	await expect(ann.page).toHaveTitle('Roost');
});

test('given the page before Join, when that of the call lies beneath it, then nobody sees, presses or reads anything of it', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const { page } = ann;
	// the first sign of a person has it built
	await page.getByRole('textbox', { name: 'Your name' }).pressSequentially('Ann');
	const beneath = page.locator('[inert] [data-region="header"]');
	await expect(beneath).toHaveCount(1);

	await expect(ann.controls).toHaveCount(0);
	const met = await page.evaluate(() => {
		const places = [0.02, 0.25, 0.5, 0.75, 0.98];
		const points = places.flatMap((x) => places.map((y) => [x * innerWidth, y * innerHeight] as const));
		return points.filter(([x, y]) => document.elementFromPoint(x, y)?.closest('[inert]') !== null);
	});
	expect(met).toEqual([]);
	for (let times = 0; times < 20; times += 1) {
		await page.keyboard.press('Tab');
		expect(await page.evaluate(() => document.activeElement?.closest('[inert]') ?? null)).toBeNull();
	}

	await ann.join();
	await expect(page.getByRole('heading', { level: 1, name: 'Demo' })).toBeFocused();
	await expect(page.locator('[inert]')).toHaveCount(0);
	await expect(page.getByRole('textbox', { name: 'Your name' })).toHaveCount(0);
});

test('given somebody who cannot be reached, when one joins them, then the page of the call is there for good after a moment', async ({
	openGuest
}) => {
	const ben = await openGuest('Ben');
	await ben.join('Join without camera or mic');
	const ann = await openGuest('Ann', {
		prepare: (page) =>
			page.addInitScript(() => {
				const never = () => new Promise<void>(() => undefined);
				Object.defineProperty(RTCPeerConnection.prototype, 'setRemoteDescription', { value: never });
			})
	});
	await ann.page.getByRole('textbox', { name: 'Your name' }).pressSequentially('Ann');
	const callPage = ann.page.locator('[inert]', { has: ann.page.locator('[data-region="header"]') });
	await expect(callPage).toHaveCount(1);
	const changes = await callPage.evaluateHandle((element) => {
		const seen: boolean[] = [];
		const look = () => seen.push(element.hasAttribute('inert'));
		new MutationObserver(look).observe(element, { attributeFilter: ['inert'] });
		return seen;
	});

	await ann.join('Join without camera or mic');
	await expect(ann.participants.getByText('Ben')).toBeVisible();
	// until nobody waits for him any more, and what stood before the call has gone
	await expect(ann.page.getByLabel('Your name')).toHaveCount(0);

	expect(await changes.jsonValue()).toEqual([false]);
});

test('given a call with others, when Back is pressed, then the person is asked once and stays or leaves', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await ann.join('Join without camera or mic');
	const dialog = ann.page.getByRole('alertdialog', { name: 'Leave this call?' });

	await ann.page.goBack();
	await dialog.getByRole('button', { name: 'Stay' }).click();
	await expect(dialog).toHaveCount(0);
	await expect(ann.controls).toBeVisible();
	await ann.page.goBack();
	await dialog.getByRole('button', { name: 'Leave' }).click();

	await expect(ann.page.getByRole('heading', { name: /^You left/ })).toBeVisible();
});
