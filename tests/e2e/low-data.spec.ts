import type { Page } from '@playwright/test';
import { expect, test, type Guest } from '../support/guest.ts';

/** What arrives in the page's connections, of each kind, summed. */
const received = (page: Page) =>
	page.evaluate(async () => {
		const sum = { audioBytes: 0, videoBytes: 0, frames: 0 };
		for (const connection of globalThis.roostProbe?.open ?? []) {
			(await connection.getStats()).forEach((entry: Partial<RTCInboundRtpStreamStats>) => {
				if (entry.type !== 'inbound-rtp') return;
				if (entry.kind === 'audio') sum.audioBytes += entry.bytesReceived ?? 0;
				else {
					sum.videoBytes += entry.bytesReceived ?? 0;
					sum.frames += entry.framesDecoded ?? 0;
				}
			});
		}
		return sum;
	});

/** What grew while the sound of two seconds came: the sound itself is the clock. */
async function growth(page: Page) {
	const before = await received(page);
	await expect
		.poll(async () => (await received(page)).audioBytes - before.audioBytes, { timeout: 20_000 })
		.toBeGreaterThan(4_000);
	const after = await received(page);
	return {
		audioBytes: after.audioBytes - before.audioBytes,
		videoBytes: after.videoBytes - before.videoBytes,
		frames: after.frames - before.frames
	};
}

const openMore = async (guest: Guest, item: string) => {
	await guest.press('More');
	await guest.page.getByRole('menuitem', { name: item }).click();
};

test('given two in a call, when one wants low data, then no picture is decoded there, bytes fall and sound goes on, until it ends', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	await ann.join();
	const ben = await openGuest('Ben');
	await ben.join();
	await ann.expectMedia();
	const usual = await growth(ann.page);
	expect(usual.frames).toBeGreaterThan(0);

	await ann.page.keyboard.press('l');

	await expect(ann.page.getByRole('main').getByText('Low-data mode is on. Cameras are off')).toBeVisible();
	await expect(ann.tile('Ben').getByText('Video is paused to save data')).toBeVisible();
	await expect.poll(async () => (await growth(ann.page)).frames, { timeout: 30_000 }).toBe(0);
	const slim = await growth(ann.page);
	expect(slim.videoBytes).toBeLessThan(usual.videoBytes / 10);
	expect(slim.audioBytes).toBeGreaterThan(4_000);
	await expect(ann.controls.getByRole('button', { name: 'Turn camera on' })).toBeVisible();
	await expect(ben.tile('Ann').locator('video')).toHaveCount(0);

	await openMore(ann, 'End low-data mode');

	await ann.expectMedia();
	await expect(ann.tile('Ben').getByText('Video is paused to save data')).toHaveCount(0);
});

test('given a call, when its connection is looked at, then it is said in words, with figures behind them, and as a report', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { profile: { permissions: ['clipboard-read', 'clipboard-write'] } });
	await ann.join();
	const ben = await openGuest('Ben');
	await ben.join();
	await ann.expectMedia();

	await ann.page.keyboard.press('t');

	const dialog = ann.page.getByRole('dialog', { name: 'Connection' });
	await expect(dialog.getByText('The connection is good.')).toBeVisible();
	await expect(dialog.getByText('Encrypted between participants')).toBeVisible();
	await expect(dialog.getByText('Straight to the other side, without a detour.')).toBeVisible();
	await dialog.getByText('Details').click();
	await expect(dialog.getByRole('table', { name: 'Ben · Camera and microphone' })).toBeVisible();
	await expect(dialog.getByRole('row', { name: /Round trip \d+ ms/ })).toBeVisible();
	await expect(
		dialog.getByRole('row', { name: /Picture, Received (VP8|VP9|H264|AV1), \d+ × \d+/ })
	).toBeVisible();
	await dialog.getByRole('button', { name: 'Copy report' }).click();
	await expect(dialog.getByRole('button', { name: 'Report copied' })).toBeVisible();
	const report = await ann.page.evaluate(() => navigator.clipboard.readText());
	expect(report).toContain('Round trip');
	expect(report).not.toContain('Ben');
});
