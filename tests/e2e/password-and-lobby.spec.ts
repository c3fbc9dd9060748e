import type { Page } from '@playwright/test';
import { expect, test as base, type Guest } from '../support/guest.ts';
import { startRoost, type RoostServer } from '../support/roost-server.ts';

interface Fixtures {
	/** Roost in front of something. */
	openGateway: (upstream: string) => Promise<RoostServer>;
}

const test = base.extend<Fixtures>({
	openGateway: async ({}, use) => {
		const gateways: RoostServer[] = [];
		await use(async (upstream) => {
			const gateway = await startRoost({ ROOST_UPSTREAM: upstream });
			gateways.push(gateway);
			return gateway;
		});
		for (const gateway of gateways) await gateway.stop();
	}
});

/** A room that this browser has made, and moderates; its page is opened in it. */
async function makeRoom({ page }: Guest, at: string) {
	// by now the browser has been given its cookie, and no answer under way brings another one
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Demo');
	const rooms = `${at}/ocs/v2.php/apps/spreed/api/v4/room`;
	const headers = { 'OCS-APIRequest': 'true', Accept: 'application/json' };
	const data = { roomType: 3, roomName: 'Board meeting' };
	const made = await page.request.post(rooms, { headers, data });
	expect(made.status()).toBe(201);
	const answer = (await made.json()) as { ocs: { data: { token: string } } };
	const { token } = answer.ocs.data;
	const put = async (path: string, body: object) => {
		const answered = await page.request.put(`${rooms}/${token}/${path}`, { headers, data: body });
		expect(answered.status()).toBe(200);
	};
	await page.goto(`${at}/call/${token}`);
	return {
		token,
		setPassword: (password: string) => put('password', { password }),
		closeLobby: () => put('webinar/lobby', { state: 1 }),
		openLobby: () => put('webinar/lobby', { state: 0 })
	};
}

const nameOf = (page: Page) => page.getByRole('textbox', { name: 'Your name' });
const passwordOf = (page: Page) => page.getByLabel('Password', { exact: true });
const waiting = (page: Page) => page.getByRole('heading', { name: 'Waiting to be let in' });

/** Everything that this browser keeps for the page. */
const stored = (page: Page): Promise<string> =>
	page.evaluate(async () => {
		const texts = [JSON.stringify(localStorage), JSON.stringify(sessionStorage)];
		for (const { name } of await indexedDB.databases()) {
			const database = await new Promise<IDBDatabase>((resolve, reject) => {
				const request = indexedDB.open(name ?? '');
				request.onsuccess = () => resolve(request.result);
				request.onerror = () => reject(new Error(request.error?.message));
			});
			for (const store of database.objectStoreNames) {
				const rows = await new Promise<unknown[]>((resolve, reject) => {
					const request = database.transaction(store).objectStore(store).getAll();
					request.onsuccess = () => resolve(request.result);
					request.onerror = () => reject(new Error(request.error?.message));
				});
				texts.push(JSON.stringify(rows));
			}
			database.close();
		}
		return texts.join('\n');
	});

/** A wrong password first, then the right one, by keyboard alone. */
async function passDoor(guest: Guest, password: string) {
	const { page, name } = guest;
	await nameOf(page).fill(name);
	const field = passwordOf(page);
	await field.fill('open says me');
	await field.press('Enter');
	await expect(field).toHaveAccessibleDescription(/^That password did not work\./);
	await expect(field).toBeFocused();
	await expect(field).toHaveValue('open says me');
	// selected: typing replaces it
	await page.keyboard.type(password);
	await page.keyboard.press('Enter');
	await expect(guest.controls).toBeVisible();
}

test('given a room with a password, when a guest gives a wrong one and then the right one, then both see and hear each other, and nobody keeps it', async ({
	roost,
	openGuest
}) => {
	const host = await openGuest('Hanna');
	const room = await makeRoom(host, roost.url);
	await room.setPassword('open sesame');
	await host.join();
	const guest = await openGuest('Gustav', { room: room.token });
	await expect(guest.page.getByRole('heading', { level: 1 })).toHaveText('Call');

	await passDoor(guest, 'open sesame');

	for (const party of [host, guest]) await party.expectMedia();
	expect(await stored(guest.page)).toContain('Gustav');
	expect(await stored(guest.page)).not.toMatch(/sesame|says me/);
	expect(roost.log()).not.toMatch(/sesame|says me/);
});

test('given a closed lobby, when it opens, closes during the call and opens again, then the guest is in by itself each time', async ({
	roost,
	openGuest
}) => {
	const host = await openGuest('Hanna');
	const room = await makeRoom(host, roost.url);
	await room.closeLobby();
	await host.join();
	const guest = await openGuest('Gustav', { room: room.token });
	await nameOf(guest.page).fill('Gustav');
	await guest.page.getByRole('button', { name: 'Join', exact: true }).click();
	await expect(waiting(guest.page)).toBeVisible();
	await expect(guest.page.getByRole('region', { name: 'Your preview' })).toBeVisible();
	await expect(guest.controls).toBeHidden();
	expect(await host.participants.getByRole('listitem').count()).toBe(1);

	await room.openLobby();
	await expect(guest.controls).toBeVisible({ timeout: 20_000 });
	for (const party of [host, guest]) await party.expectMedia();

	await room.closeLobby();
	await expect(
		guest.page.getByRole('heading', { name: 'The moderator moved everyone to the lobby' })
	).toBeVisible();
	await expect(host.tile('Gustav')).toHaveCount(0);
	await expect(host.controls).toBeVisible();

	await room.openLobby();
	await expect(guest.controls).toBeVisible({ timeout: 20_000 });
	await expect(host.tile('Gustav')).toBeVisible();
	for (const party of [host, guest]) await party.expectMedia();
});

declare global {
	/** What a page asked and told beside itself. */
	var roostNotices: { asked: number; told: string[] } | undefined;
	/** What a person does who is asked. */
	var roostAllow: (() => Promise<void>) | undefined;
}

/** Before the page is opened: nobody was asked for notices yet, and whoever is asked allows them. */
async function watchNotices(page: Page) {
	const session = await page.context().newCDPSession(page);
	const { targetInfo } = await session.send('Target.getTargetInfo');
	const { browserContextId } = targetInfo;
	const answer = (setting: 'prompt' | 'granted') =>
		session.send('Browser.setPermission', {
			permission: { name: 'notifications' },
			setting,
			...(browserContextId !== undefined && { browserContextId })
		});
	await answer('prompt');
	await page.exposeFunction('roostAllow', () => answer('granted'));
	await page.addInitScript(() => {
		const notices: NonNullable<typeof globalThis.roostNotices> = { asked: 0, told: [] };
		globalThis.roostNotices = notices;
		const ask = Notification.requestPermission.bind(Notification);
		Notification.requestPermission = async () => {
			notices.asked++;
			await globalThis.roostAllow?.();
			return ask();
		};
		globalThis.Notification = new Proxy(Notification, {
			construct: (target, [title, options]: [string, NotificationOptions]) => {
				notices.told.push(title);
				return new target(title, options);
			}
		});
	});
}
const notices = ({ page }: Guest) =>
	page.evaluate(() => ({ ...globalThis.roostNotices, permission: Notification.permission }));
/** As if another window were in front of this one. */
const look = ({ page }: Guest, state: 'hidden' | 'visible') =>
	page.evaluate((value) => {
		Object.defineProperty(document, 'visibilityState', { value, configurable: true });
		document.dispatchEvent(new Event('visibilitychange'));
	}, state);

test('given guests who wait and look elsewhere, when the call opens, then it is told outside the page to who pressed Notify me alone', async ({
	roost,
	openGuest
}) => {
	const host = await openGuest('Hanna');
	const room = await makeRoom(host, roost.url);
	await room.closeLobby();
	const guests = [];
	for (const name of ['Gustav', 'Greta']) {
		const guest = await openGuest(name, { room: room.token, prepare: watchNotices });
		await nameOf(guest.page).fill(name);
		await guest.page.getByRole('button', { name: 'Join without camera or mic' }).click();
		await expect(waiting(guest.page)).toBeVisible();
		await expect(guest.page.getByRole('button', { name: 'Notify me' })).toBeVisible();
		expect(await notices(guest)).toEqual({ asked: 0, told: [], permission: 'default' });
		guests.push(guest);
	}
	const [gustav, greta] = guests;
	if (!gustav || !greta) throw new Error('nobody is there');

	await gustav.page.getByRole('button', { name: 'Notify me' }).click();
	await expect(gustav.page.getByRole('main').getByText('You are told when the call is open.')).toBeVisible();
	expect(await notices(gustav)).toEqual({ asked: 1, told: [], permission: 'granted' });
	for (const guest of guests) await look(guest, 'hidden');
	await room.openLobby();
	for (const guest of guests) await expect(guest.controls).toBeVisible({ timeout: 30_000 });
	await expect
		.poll(() => notices(gustav))
		.toEqual({ asked: 1, told: ['\u2068Board meeting\u2069 is open'], permission: 'granted' });

	// who looks at the page sees it
	await look(gustav, 'visible');
	await room.closeLobby();
	for (const { page } of guests)
		await expect(page.getByRole('heading', { name: /^The moderator moved everyone/ })).toBeVisible();
	const entries = () => gustav.page.evaluate(() => history.length);
	const before = await entries();
	await room.openLobby();
	for (const guest of guests) await expect(guest.controls).toBeVisible({ timeout: 30_000 });
	// what is told would have been told by now
	await expect.poll(entries).toBe(before + 1);
	expect(await notices(gustav)).toMatchObject({ asked: 1, told: [expect.any(String)] });
	expect(await notices(greta)).toEqual({ asked: 0, told: [], permission: 'default' });
});

test('given a closed lobby, when the page of those who wait does not come, then a reload with the page there leads on', async ({
	roost,
	openGuest
}) => {
	const host = await openGuest('Hanna');
	const room = await makeRoom(host, roost.url);
	await room.closeLobby();
	let isMissing = true;
	const guest = await openGuest('Gustav', {
		room: room.token,
		prepare: (page) =>
			page.route('**/_app/immutable/**/*.js', async (route) => {
				const answer = await route.fetch();
				// what only they are offered
				const isTheirs = (await answer.text()).includes('call.ics');
				return isTheirs && isMissing ? route.abort('failed') : route.fulfill({ response: answer });
			})
	});
	await nameOf(guest.page).fill('Gustav');
	await guest.page.getByRole('button', { name: 'Join', exact: true }).click();
	await expect(guest.page.getByText('This page could not be loaded')).toBeVisible();
	isMissing = false;

	await guest.page.getByRole('button', { name: 'Reload' }).click();

	await expect(waiting(guest.page)).toBeVisible();
});

test('given a guest who waits in the lobby, when they leave and come back, then they wait again', async ({
	roost,
	openGuest
}) => {
	const host = await openGuest('Hanna');
	const room = await makeRoom(host, roost.url);
	await room.closeLobby();
	const guest = await openGuest('Gustav', { room: room.token });
	await nameOf(guest.page).fill('Gustav');
	await guest.page.getByRole('button', { name: 'Join', exact: true }).click();
	await expect(waiting(guest.page)).toBeVisible();

	await guest.page.getByRole('button', { name: 'Leave', exact: true }).click();

	await expect(guest.page.getByRole('heading', { name: /^You left/ })).toBeVisible();
	await guest.page.getByRole('button', { name: 'Rejoin' }).click();
	await expect(waiting(guest.page)).toBeVisible();
});

test('given the gateway before a room with a password and a lobby, when the guest has passed both, then both see and hear each other', async ({
	roost,
	openGateway,
	openGuest
}) => {
	const { url } = await openGateway(roost.url);
	const host = await openGuest('Hanna', { at: url });
	const room = await makeRoom(host, url);
	await room.setPassword('open sesame');
	await host.join();
	await room.closeLobby();
	const guest = await openGuest('Gustav', { at: url, room: room.token });
	const { page } = guest;
	await nameOf(page).fill('Gustav');
	await passwordOf(page).fill('open says me');
	await page.keyboard.press('Enter');
	await expect(passwordOf(page)).toHaveAccessibleDescription(/^That password did not work\./);
	await page.keyboard.type('open sesame');
	await page.keyboard.press('Enter');
	await expect(waiting(page)).toBeVisible();

	await room.openLobby();

	await expect(guest.controls).toBeVisible({ timeout: 20_000 });
	for (const party of [host, guest]) await party.expectMedia();
});
