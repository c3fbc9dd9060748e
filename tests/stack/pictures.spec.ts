import type { Page } from '@playwright/test';
import { expect, test } from './support/stack.ts';

/** Height of the pictures that arrive, and how many were decoded. */
const arriving = (page: Page) =>
	page.evaluate(async () => {
		const pictures = { lines: 0, frames: 0 };
		for (const connection of globalThis.roostProbe?.open ?? []) {
			const stats = await connection.getStats();
			stats.forEach((entry: Partial<RTCInboundRtpStreamStats>) => {
				if (entry.type !== 'inbound-rtp' || entry.kind !== 'video') return;
				pictures.lines = Math.max(pictures.lines, entry.frameHeight ?? 0);
				pictures.frames += entry.framesDecoded ?? 0;
			});
		}
		return pictures;
	});

/** What each size of the own picture is sent as, by its name. */
const sending = (page: Page) =>
	page.evaluate(async () => {
		const sizes: Record<string, number> = {};
		for (const connection of globalThis.roostProbe?.open ?? []) {
			const stats = await connection.getStats();
			stats.forEach((entry: Partial<RTCOutboundRtpStreamStats>) => {
				if (entry.type === 'outbound-rtp' && entry.rid !== undefined)
					sizes[entry.rid] = entry.frameHeight ?? 0;
			});
		}
		return sizes;
	});

test('given a camera in full, when its tile is small and then large, then so are the pictures that arrive, and they go on meanwhile', async ({
	openGuest
}) => {
	// a picture that is worth being sent in several sizes
	const without = ['--use-file-for-fake-video-capture'];
	const ann = await openGuest('Ann', { without });
	const ben = await openGuest('Ben');
	await ann.join();
	await ben.join();
	await ann.expectMedia();
	await ben.expectMedia();
	await ben.page.setViewportSize({ width: 320, height: 220 });

	await expect.poll(async () => Object.keys(await sending(ann.page)).sort()).toEqual(['h', 'l', 'm']);
	// the largest comes last, once there is known to be room for it
	await expect
		.poll(async () => {
			const { h = 0, l = 0 } = await sending(ann.page);
			return l > 0 && h > 2 * l;
		})
		.toBe(true);
	const { h = 0 } = await sending(ann.page);
	await expect.poll(async () => (await arriving(ben.page)).lines).toBeLessThanOrEqual(h / 4 + 2);

	const before = await arriving(ben.page);
	await ben.page.setViewportSize({ width: 1_280, height: 900 });

	await expect.poll(async () => (await arriving(ben.page)).lines).toBeGreaterThan(2 * before.lines);
	expect((await arriving(ben.page)).frames).toBeGreaterThan(before.frames);
});
