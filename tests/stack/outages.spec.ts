import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import type { Guest } from '../support/guest.ts';
import { receivedMedia, watchReceived } from '../support/media-probe.ts';
import { expect, test } from './support/stack.ts';

/** Whether pictures and sound arrive right now. */
async function isReceiving({ page }: Guest): Promise<boolean> {
	const looks = await watchReceived(page, 250, 750);
	const [first, last] = [looks[0], looks.at(-1)];
	const growth = (pick: 'framesDecoded' | 'audioEnergy') => (last?.[pick] ?? 0) - (first?.[pick] ?? 0);
	return (
		first?.connections.closed === last?.connections.closed &&
		growth('framesDecoded') > 0 &&
		growth('audioEnergy') > 0
	);
}

/** @returns how long it took until all of them see and hear again */
async function mediaBackMs(guests: Guest[], since: number): Promise<number> {
	const back = guests.map((guest) =>
		expect.poll(() => isReceiving(guest), { message: `${guest.name} receives`, timeout: 40_000 }).toBe(true)
	);
	await Promise.all(back);
	return Date.now() - since;
}

test('given a call, when the media server crashes and comes back, then media is back within 20 s', async ({
	openGuest,
	room,
	stack
}) => {
	const guests = [await openGuest('Ann', { room }), await openGuest('Ben', { room })];
	for (const guest of guests) await guest.join();
	await mediaBackMs(guests, Date.now());

	const killedAt = Date.now();
	await stack.janus.kill();
	await stack.janus.start();
	const backAt = Date.now();
	for (const guest of guests) await expect.poll(() => isReceiving(guest)).toBe(false);

	const tookMs = await mediaBackMs(guests, backAt);
	console.log(
		`media is back ${tookMs} ms after the media server, ${Date.now() - killedAt} ms after its crash`
	);
	expect(tookMs).toBeLessThan(20_000);
});

for (const end of ['stop', 'kill'] as const) {
	test(`given a call, when the signaling server ends (${end}) and comes back, then everybody is back within 15 s`, async ({
		openGuest,
		room,
		stack
	}) => {
		const ann = await openGuest('Ann', { room });
		const ben = await openGuest('Ben', { room });
		const guests = [ann, ben];
		for (const guest of guests) await guest.join();
		await mediaBackMs(guests, Date.now());

		const closed = async ({ page }: Guest) => (await receivedMedia(page)).connections.closed;
		const before = await Promise.all(guests.map(closed));

		await stack.signaling[end]();
		await stack.signaling.start();
		const backAt = Date.now();
		// media may go on meanwhile; everybody has another session now, and other connections with it
		for (const [index, guest] of guests.entries()) {
			await expect.poll(() => closed(guest)).toBeGreaterThanOrEqual((before[index] ?? 0) + 2);
		}

		const tookMs = await mediaBackMs(guests, backAt);
		console.log(`everybody is back ${tookMs} ms after the signaling server`);
		expect(tookMs).toBeLessThan(15_000);
		await ann.press('Mute microphone');
		await expect(ben.tile('Ann')).toHaveAccessibleName(/microphone off/);
	});
}

/** Between a page and the signaling server: can be cut, and then nothing gets through. */
async function putCut(page: Page) {
	const open = new Set<{ close: () => Promise<void> }>();
	let isCut = false;
	await page.routeWebSocket(/\/spreed$/, (near) => {
		if (isCut) {
			void near.close({ code: 3001 });
			return;
		}
		const far = near.connectToServer();
		open.add({
			close: async () => {
				await far.close({ code: 3001 });
				await near.close({ code: 3001 });
			}
		});
	});
	return {
		cut: async () => {
			isCut = true;
			for (const one of open) await one.close();
			open.clear();
		},
		restore: () => {
			isCut = false;
		}
	};
}

test('given a call, when one signaling socket is cut for 5 s, then media goes on over the same connections, and signaling is back', async ({
	openGuest,
	room
}) => {
	let wire: Awaited<ReturnType<typeof putCut>> | undefined;
	const ann = await openGuest('Ann', {
		room,
		prepare: async (page) => {
			wire = await putCut(page);
		}
	});
	const ben = await openGuest('Ben', { room });
	for (const guest of [ann, ben]) await guest.join();
	await mediaBackMs([ann, ben], Date.now());
	const connections = () =>
		Promise.all([ann, ben].map(async ({ page }) => (await receivedMedia(page)).connections));
	const before = await connections();

	await wire?.cut();
	const cutAt = Date.now();
	await ben.press('Mute microphone');
	await delay(Math.max(0, cutAt + 5_000 - Date.now()));
	wire?.restore();

	await expect(ann.tile('Ben')).toHaveAccessibleName(/microphone off/);
	await ben.press('Unmute microphone');
	await expect(ann.tile('Ben')).not.toHaveAccessibleName(/microphone off/);
	await mediaBackMs([ann, ben], Date.now());
	await ann.press('Mute microphone');
	await expect(ben.tile('Ann')).toHaveAccessibleName(/microphone off/);
	expect(await connections()).toEqual(before);
});
