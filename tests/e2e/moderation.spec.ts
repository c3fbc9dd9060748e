import type { Page } from '@playwright/test';
import { createGuest, expect, test, type Guest } from '../support/guest.ts';
import { installMediaProbe } from '../support/media-probe.ts';
import { startRoost, type RoostServer } from '../support/roost-server.ts';

/** A person who makes a call on the home page, copies its link and goes in. */
async function openHost(page: Page, roost: RoostServer): Promise<{ host: Guest; token: string }> {
	await page.goto(roost.url);
	await page.getByRole('button', { name: 'New call' }).click();
	const dialog = page.getByRole('dialog', { name: 'Your new call is ready' });
	await expect(dialog.getByRole('img', { name: /^QR code with the link of/ })).toBeVisible();
	await dialog.getByRole('button', { name: 'Copy link' }).click();
	await expect(dialog.getByRole('button', { name: 'Link copied' })).toBeVisible();
	const link = await page.evaluate(() => navigator.clipboard.readText());
	const token = link.split('/call/')[1] ?? '';
	expect(link).toBe(`${roost.url}/call/${token}`);
	await dialog.getByRole('button', { name: 'Go to the call' }).click();
	const host = createGuest(page, 'Hanna');
	await host.join();
	return { host, token };
}

type Setting = [what: string, data: object];

/** What the page has no switch for. */
async function change(page: Page, roost: RoostServer, token: string, [what, data]: Setting) {
	const set = await page.request.put(`${roost.url}/ocs/v2.php/apps/spreed/api/v4/room/${token}/${what}`, {
		headers: { 'OCS-APIRequest': 'true', Accept: 'application/json' },
		data
	});
	expect(set.status()).toBe(200);
}

/** A new call whose host is in front of it, with something set that the page has no switch for. @returns its token */
async function openRoom(page: Page, roost: RoostServer, setting: Setting): Promise<string> {
	await page.goto(roost.url);
	await page.getByRole('button', { name: 'New call' }).click();
	await page.getByRole('button', { name: 'Go to the call' }).click();
	await page.waitForURL(/\/call\//);
	const token = page.url().split('/call/')[1] ?? '';
	await change(page, roost, token, setting);
	return token;
}

const panel = ({ page }: Guest) => page.getByRole('complementary', { name: /^People/ });
const row = (guest: Guest, name: string) => panel(guest).getByRole('listitem').filter({ hasText: name });
async function choose(guest: Guest, name: string, item: string) {
	const { page } = guest;
	await panel(guest)
		.getByRole('button', { name: new RegExp(`^Options for .?${name}`) })
		.click();
	await page.getByRole('menuitem', { name: item, exact: true }).click();
}
async function chooseForAll(guest: Guest, item: string) {
	await panel(guest).getByRole('button', { name: 'Moderator controls' }).click();
	await guest.page.getByRole('menuitem', { name: item, exact: true }).click();
}
const title = (guest: Guest, name: string | RegExp) => guest.page.getByRole('heading', { level: 1, name });

test.beforeEach(async ({ context }) => {
	await context.grantPermissions(['clipboard-read', 'clipboard-write', 'camera', 'microphone']);
	await installMediaProbe(context);
});

test('given a new call from the home page, when its host mutes, lowers a hand, removes and bans, then the guest sees each', async ({
	roost,
	page,
	openGuest
}) => {
	const { host, token } = await openHost(page, roost);
	const guest = await openGuest('Gustav', { room: token });
	await guest.join();
	for (const party of [host, guest]) await party.expectMedia();
	await host.press('People');
	await expect(row(host, 'Gustav')).toContainText('Guest');
	await expect(row(host, 'Hanna')).toContainText('Moderator');

	await choose(host, 'Gustav', 'Mute');
	await expect(guest.controls.getByRole('button', { name: 'Unmute microphone' })).toBeVisible();
	await expect(guest.page.getByText('⁨Hanna⁩ muted you').first()).toBeVisible();
	await expect(host.tile('Gustav')).toHaveAccessibleName(/microphone off/);

	await guest.press('Raise hand');
	await expect(panel(host).getByRole('heading', { name: 'Raised hands' })).toBeVisible();
	await choose(host, 'Gustav', 'Lower hand');
	await expect(guest.controls.getByRole('button', { name: 'Raise hand' })).toBeVisible();
	await expect(panel(host).getByRole('heading', { name: 'Raised hands' })).toBeHidden();

	await choose(host, 'Gustav', 'Make moderator');
	await expect(row(host, 'Gustav')).toContainText('Moderator');
	await guest.press('People');
	await expect(panel(guest).getByRole('button', { name: 'Moderator controls' })).toBeVisible();
	await choose(host, 'Gustav', 'Take moderator rights away');
	await expect(panel(guest).getByRole('button', { name: 'Moderator controls' })).toBeHidden();

	await choose(host, 'Gustav', 'Remove');
	await page.getByRole('switch', { name: 'Also block from coming back' }).check();
	await page.getByRole('alertdialog').getByRole('button', { name: 'Remove', exact: true }).click();
	await expect(title(guest, 'You were removed from this call')).toBeVisible();
	await expect(host.tile('Gustav')).toHaveCount(0);

	await guest.page.goto(`${roost.url}/call/${token}`);
	await guest.page.getByRole('textbox', { name: 'Your name' }).fill('Gustav');
	await guest.page.getByRole('button', { name: 'Join', exact: true }).click();
	await expect(title(guest, 'You cannot join this call')).toBeVisible();
	await expect(guest.page.getByRole('code')).toHaveText('R-BANNED');
});

test('given a lobby that the host turns on, when one is admitted and it is turned off, then guests come in by themselves, and all go when it is ended', async ({
	roost,
	page,
	openGuest
}) => {
	const { host, token } = await openHost(page, roost);
	await host.press('People');
	await chooseForAll(host, 'Turn lobby on');
	await expect(panel(host).getByText(/^The lobby is on/)).toBeVisible();
	const guests = [];
	for (const name of ['Gustav', 'Greta']) {
		const guest = await openGuest(name, { room: token });
		await guest.page.getByRole('textbox', { name: 'Your name' }).fill(name);
		await guest.page.getByRole('button', { name: 'Join', exact: true }).click();
		await expect(guest.page.getByRole('heading', { name: 'Waiting to be let in' })).toBeVisible();
		guests.push(guest);
	}
	const [gustav, greta] = guests;
	if (!gustav || !greta) throw new Error('nobody is there');
	await expect(panel(host).getByRole('list', { name: 'Waiting in lobby' }).getByRole('listitem')).toHaveCount(
		2
	);

	await panel(host)
		.getByRole('button', { name: /^Admit .?Gustav/ })
		.click();
	await expect(gustav.controls).toBeVisible();
	await expect(host.tile('Gustav')).toBeVisible();
	await expect(greta.page.getByRole('heading', { name: 'Waiting to be let in' })).toBeVisible();

	await panel(host).getByRole('button', { name: 'Turn lobby off' }).click();
	await expect(greta.controls).toBeVisible();
	await expect(host.tile('Greta')).toBeVisible();

	await host.press('Leave');
	await page.getByRole('alertdialog').getByRole('button', { name: 'End for everyone' }).click();
	await page
		.getByRole('alertdialog', { name: 'End the call for everyone?' })
		.getByRole('button', { name: 'End for everyone' })
		.click();
	for (const guest of guests) await expect(title(guest, 'The call has ended')).toBeVisible();
});

test('given a call that guests may not start, when they join early, then they wait, and are in when the host starts it', async ({
	roost,
	page,
	openGuest
}) => {
	const everythingButStarting = 1 | 4 | 16 | 32 | 64 | 128;
	const token = await openRoom(page, roost, ['permissions/default', { permissions: everythingButStarting }]);
	const guest = await openGuest('Gustav', { room: token });
	await guest.page.getByRole('textbox', { name: 'Your name' }).fill('Gustav');
	await guest.page.getByRole('button', { name: 'Join', exact: true }).click();
	await expect(guest.page.getByRole('heading', { name: 'The call has not started' })).toBeVisible();
	await expect(guest.page.getByText('R-NOTSTARTED')).toBeVisible();

	const host = createGuest(page, 'Hanna');
	await host.join();

	await expect(guest.controls).toBeVisible({ timeout: 20_000 });
	for (const party of [host, guest]) await party.expectMedia();
});

for (const signaling of ['socket', 'internal']) {
	const over = test.extend({
		roost: async ({}, use) => {
			const server = await startRoost({ ROOST_SIGNALING: signaling });
			await use(server);
			await server.stop();
		}
	});
	over(
		`given a call that guests may only speak in, over signaling by ${signaling}, when that right is taken as well and all are given, then they hear and see the host throughout, and send what they may, but nothing without a press`,
		async ({ roost, page, openGuest }) => {
			over.setTimeout(180_000);
			const joining = 1 | 4 | 128;
			const speaking = 16;
			const token = await openRoom(page, roost, ['permissions/default', { permissions: joining | speaking }]);
			const host = createGuest(page, 'Hanna');
			await host.join();
			const gustav = await openGuest('Gustav', { room: token });
			await gustav.join();
			await gustav.expectMedia();
			await host.expectMedia(0);

			await change(page, roost, token, ['permissions/default', { permissions: joining }]);
			const greta = await openGuest('Greta', { room: token });
			await greta.join();
			for (const guest of [gustav, greta]) {
				await guest.expectMedia();
				await expect(
					guest.controls.getByRole('button', { name: 'Unmute microphone' })
				).toHaveAccessibleDescription('Only listening is allowed in this call');
			}
			await host.expectMedia(0, false);

			const everything = joining | speaking | 2 | 32 | 64;
			await change(page, roost, token, [
				'attendees/permissions/all',
				{ method: 'set', permissions: everything }
			]);
			for (const guest of [gustav, greta]) {
				await guest.expectMedia();
				await expect(host.tile(guest.name)).toHaveAccessibleName(/microphone off/);
			}
			await host.expectMedia(0, false);

			for (const guest of [gustav, greta]) {
				await guest.press('Unmute microphone');
				await guest.press('Turn camera on');
			}
			await host.expectMedia(2);
			for (const guest of [gustav, greta]) await guest.expectMedia(2);
		}
	);
}

test('given a locked room, when a guest comes, then the page says so, and lets them on when it is unlocked', async ({
	roost,
	page,
	openGuest
}) => {
	const { host, token } = await openHost(page, roost);
	await host.press('People');
	await chooseForAll(host, 'Lock room');
	await expect(panel(host).getByText(/^The room is locked/)).toBeVisible();

	const guest = await openGuest('Gustav', { room: token });
	await expect(guest.page.getByRole('textbox', { name: 'Your name' })).toBeVisible();
	await guest.page.getByRole('textbox', { name: 'Your name' }).fill('Gustav');
	await guest.page.getByRole('button', { name: 'Join', exact: true }).click();
	await expect(title(guest, 'Calls are turned off in this room')).toBeVisible();

	await panel(host).getByRole('button', { name: 'Unlock room' }).click();
	await expect(guest.page.getByRole('button', { name: 'Join', exact: true })).toBeVisible({
		timeout: 20_000
	});
	await guest.join();
	await expect(host.tile('Gustav')).toBeVisible();
});

test('given a call that needs consent to be recorded, when a guest has not agreed, then Join says why it waits; when they have, they are in', async ({
	roost,
	page,
	openGuest
}) => {
	const token = await openRoom(page, roost, ['recording-consent', { recordingConsent: 1 }]);
	const guest = await openGuest('Gustav', { room: token });
	const join = guest.page.getByRole('button', { name: 'Join', exact: true });
	await guest.page.getByRole('textbox', { name: 'Your name' }).fill('Gustav');
	const consent = guest.page.getByRole('checkbox', { name: /may be recorded/ });
	await expect(consent).toBeVisible();
	await expect(join).toHaveAccessibleDescription('Agree to the recording to join');
	await guest.page.getByRole('textbox', { name: 'Your name' }).press('Enter');
	await expect(guest.controls).toBeHidden();

	await consent.check();
	await join.click();

	await expect(guest.controls).toBeVisible();
});
