import type { Page } from '@playwright/test';
import * as v from 'valibot';
import type { Guest } from '../support/guest.ts';
import { receivedMedia, watchReceived } from '../support/media-probe.ts';
import { expect, test } from './support/stack.ts';

/** Pictures that come more slowly than this stand still. */
const stillMs = 1_000;

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
async function mediaBackMs(guests: readonly Guest[], since: number): Promise<number> {
	const back = guests.map((guest) =>
		expect.poll(() => isReceiving(guest), { message: `${guest.name} receives`, timeout: 40_000 }).toBe(true)
	);
	await Promise.all(back);
	return Date.now() - since;
}

test('given a call, when the media server crashes and comes back, then media is back within 20 s', async ({
	pair: guests,
	stack
}) => {
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
		pair: guests,
		stack
	}) => {
		const [ann, ben] = guests;
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

/** What begins a session, sent or answered. */
const Hello = v.object({
	type: v.literal('hello'),
	hello: v.object({ resumeid: v.optional(v.string()), sessionid: v.optional(v.string()) })
});

/** Between a page and the signaling server: can be cut, and then nothing gets through. */
async function putCut(page: Page) {
	const open = new Set<{ close: () => Promise<void> }>();
	const sessions = new Set<string>();
	let resumptions = 0;
	let isCut = false;
	const look = (text: string | Buffer) => {
		const { success, output } = v.safeParse(Hello, JSON.parse(text.toString()));
		if (!success) return;
		const { resumeid, sessionid } = output.hello;
		// the one who asks names what it resumes, the answer also which session it is
		if (sessionid !== undefined) sessions.add(sessionid);
		else if (resumeid !== undefined) resumptions++;
	};
	await page.routeWebSocket(/\/spreed$/, (near) => {
		if (isCut) {
			void near.close({ code: 3001 });
			return;
		}
		const far = near.connectToServer();
		near.onMessage((message) => {
			look(message);
			far.send(message);
		});
		far.onMessage((message) => {
			look(message);
			near.send(message);
		});
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
		},
		resumptions: () => resumptions,
		sessions: () => sessions.size
	};
}

test('given a call, when one signaling socket is cut for 5 s, then media never stops, and the session is resumed', async ({
	openGuest
}) => {
	let wire: Awaited<ReturnType<typeof putCut>> | undefined;
	const ann = await openGuest('Ann', {
		prepare: async (page) => {
			wire = await putCut(page);
		}
	});
	const ben = await openGuest('Ben');
	const guests = [ann, ben];
	for (const guest of guests) await guest.join();
	await mediaBackMs(guests, Date.now());
	const connections = () =>
		Promise.all(guests.map(async ({ page }) => (await receivedMedia(page)).connections));
	const before = await connections();

	await wire?.cut();
	// signaling alone tells of a hand
	await ben.press('Raise hand');
	const looks = await Promise.all(guests.map(({ page }) => watchReceived(page, stillMs, 5_000)));
	await expect(ann.tile('Ben')).not.toHaveAccessibleName(/hand raised/);
	wire?.restore();

	for (const during of looks) {
		const frames = during.map(({ framesDecoded }) => framesDecoded);
		expect(frames.length).toBeGreaterThan(2);
		expect(frames, 'more pictures with each look').toEqual([...new Set(frames)]);
	}
	await expect.poll(() => wire?.resumptions()).toBeGreaterThan(0);
	// said while nobody could hear it
	await expect(ann.tile('Ben')).toHaveAccessibleName(/hand raised/);
	await ann.press('Raise hand');
	await expect(ben.tile('Ann')).toHaveAccessibleName(/hand raised/);
	await mediaBackMs(guests, Date.now());
	expect(wire?.sessions()).toBe(1);
	expect(await connections()).toEqual(before);
});
