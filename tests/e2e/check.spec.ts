import { check } from '../../src/lib/ui/messages/check.ts';
import { expectAccessible, installAxe } from '../support/axe.ts';
import { startFakeTurnServer } from '../support/fake-turn-server.ts';
import { expect, test } from '../support/guest.ts';
import { startRoost } from '../support/roost-server.ts';
import { createTestClient } from '../support/test-client.ts';

async function withTurn(secret: string, use: (url: string) => Promise<void>): Promise<void> {
	await using turn = await startFakeTurnServer();
	const roost = await startRoost({
		ROOST_STUN_URLS: turn.stunUrl,
		ROOST_TURN_URLS: `${turn.udpUrl},${turn.tcpUrl}`,
		ROOST_TURN_SECRET: secret === '' ? turn.secret : secret
	});
	try {
		await use(roost.url);
	} finally {
		await roost.stop();
	}
}

test('given a server where all is well, when the connection is checked, then every row says so and nobody stays in the room', async ({
	page
}) => {
	await withTurn('', async (url) => {
		await page.goto(`${url}/check?call=demo`);

		await page.getByRole('button', { name: 'Check', exact: true }).click();

		await expect(page.getByRole('button', { name: 'Copy report' })).toBeVisible({ timeout: 20_000 });
		const table = page.getByRole('table', { name: 'Results' });
		await expect(table.getByRole('row', { name: /^TURN turn:.*udp OK/ })).toBeVisible();
		await expect(table.getByRole('row', { name: /^TURN turn:.*tcp OK/ })).toBeVisible();
		await expect(table.getByRole('row', { name: /^Signaling: room OK/ })).toBeVisible();
		await expect(table.getByRole('row', { name: /^Server to signaling OK/ })).toBeVisible();
		await expect(table.getByRole('row', { name: /Failed/ })).toHaveCount(0);
		await using guest = createTestClient(url);
		await guest.joinRoom('demo', 'Ann');
		const { data } = await guest.talk('GET', 'v4/room/demo/participants');
		expect(JSON.stringify(data)).not.toContain(check.guestName);
	});
});

test('given a wrong TURN secret, when the connection is checked, then the row says what to change, to everybody', async ({
	page
}) => {
	await installAxe(page);
	await withTurn('a wrong secret', async (url) => {
		await page.goto(`${url}/check?call=demo`);

		await page.getByRole('button', { name: 'Check', exact: true }).click();

		const row = page.getByRole('row', { name: /^TURN turn:.*udp Failed/ });
		await expect(row).toContainText(check.hints['turn-secret'], { timeout: 20_000 });
		await expect(
			page.getByRole('heading', { level: 2, name: 'Something is in the way of calls' })
		).toBeVisible({ timeout: 20_000 });
		for (const width of [320, 1280]) {
			await page.setViewportSize({ width, height: 800 });
			await expectAccessible(page, `check, ${width} px wide`);
			const overflow = () => {
				const { scrollWidth, clientWidth } = document.documentElement;
				return scrollWidth - clientWidth;
			};
			expect(await page.evaluate(overflow)).toBeLessThanOrEqual(0);
		}
	});
});

test('given a server that fails, when its page offers the check, then it is for the same room', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', {
		prepare: (page) => page.route('**/v4/room/demo', (route) => route.fulfill({ status: 502 }))
	});

	await ann.page.getByRole('button', { name: 'Check connection' }).click();

	await expect(ann.page.getByRole('heading', { level: 1, name: 'Check connection' })).toBeVisible();
	await expect(ann.page.getByRole('textbox', { name: 'Call link or code' })).toHaveValue('demo');
});
