import type { Browser, Page } from '@playwright/test';
import { openMember, type Member, type Signal } from './members.ts';

export type Media = 'video' | 'audio';

/** Pictures a second of each member, as bench/floor/tiles-sender.js sends them. */
export const sentFps = 15;

type Description = { type: 'offer' | 'answer'; sdp: string };

declare global {
	/** Only in the page that sends: bench/floor/tiles-sender.js. */
	var tilesSender:
		| {
				offer(key: number, media: Media): Promise<Description>;
				hear(key: number, signal: { type: string; payload: unknown }): Promise<Description | undefined>;
				close(): void;
				isConnected(): boolean;
		  }
		| undefined;
	var tilesRecorded: Promise<{ frames: number; bytes: number }> | undefined;
	/** Only in the page with the least code: bench/floor/tiles.js. */
	var tilesFloor: { receive(told: { offer: Description; media: Media }): Promise<Description> } | undefined;
}

/** Many members of a call, whose media come from one page in a browser of its own. */
export interface Sender {
	readonly page: Page;
	readonly recording: { frames: number; bytes: number };
	/** So many of them join the call; each offers to whoever else is there, once and for all. */
	joinCall(count: number, media: Media): Promise<void>;
	leaveCall(): Promise<void>;
	/** Without a server: so many connections straight to a page with the least code. */
	sendTo(page: Page, count: number, media: Media): Promise<void>;
	/** Ends the connections. */
	silence(): Promise<void>;
	close(): Promise<void>;
}

interface SenderOptions {
	browser: Browser;
	url: string;
	room: string;
	/** How many members there are at most. */
	count: number;
}

const flagsOf = { audio: 1 | 2, video: 1 | 4 } as const;
/** At the same time, of what costs the server a write. */
const atOnce = 10;

async function inTurns<Item>(items: readonly Item[], deed: (item: Item) => Promise<unknown>): Promise<void> {
	for (let from = 0; from < items.length; from += atOnce) {
		await Promise.all(items.slice(from, from + atOnce).map(deed));
	}
}

export async function openSender({ browser, url, room, count }: SenderOptions): Promise<Sender> {
	const page = await browser.newPage();
	await page.goto(`${url}/floor/tiles-sender.html`);
	await page.waitForFunction(() => globalThis.tilesRecorded !== undefined);
	const recording = await page.evaluate(() => globalThis.tilesRecorded);
	if (recording === undefined) throw new Error('nothing was recorded');

	const own = new Set<string>();
	const inCall = new Set<string>();
	const members: Member[] = [];
	const joined = new Map<number, Media>();
	const offered = new Set<string>();
	let failure: unknown;
	const fail = (cause: unknown) => {
		failure ??= cause;
	};

	const sidOf = (key: number, to: string) => `${key}-${to.slice(0, 24)}`;
	const offerTo = async (key: number, to: string) => {
		const media = joined.get(key);
		const sid = sidOf(key, to);
		if (media === undefined || own.has(to) || offered.has(sid)) return;
		offered.add(sid);
		const payload = await page.evaluate(([nth, kind]) => globalThis.tilesSender?.offer(nth, kind), [
			key,
			media
		] as const);
		members[key]?.tell(to, { to, sid, roomType: 'video', type: 'offer', payload });
	};
	const answer = async (key: number, from: string, { type, sid, payload }: Signal) => {
		if (sid !== sidOf(key, from) || !['offer', 'answer', 'candidate'].includes(type)) return;
		const reply = await page.evaluate(([nth, signal]) => globalThis.tilesSender?.hear(nth, signal), [
			key,
			{ type, payload }
		] as const);
		if (reply)
			members[key]?.tell(from, { to: from, sid, roomType: 'video', type: reply.type, payload: reply });
	};

	await inTurns([...Array(count).keys()], async (key) => {
		const member = await openMember({
			url,
			room,
			name: `Member ${key + 1}`,
			onsignal: (from, signal) => void answer(key, from, signal).catch(fail),
			onpresence: (sessionId, isIn) => {
				if (isIn) inCall.add(sessionId);
				else inCall.delete(sessionId);
				if (isIn) void offerTo(key, sessionId).catch(fail);
			}
		});
		members[key] = member;
		own.add(member.sessionId);
	});

	const silence = async () => {
		await page.evaluate(() => globalThis.tilesSender?.close());
	};
	return {
		page,
		recording,
		joinCall: async (count, media) => {
			await inTurns([...members.slice(0, count).entries()], async ([key, member]) => {
				joined.set(key, media);
				await member.join(flagsOf[media]);
				for (const id of inCall) await offerTo(key, id);
			});
			if (failure !== undefined) throw new Error('a member failed', { cause: failure });
		},
		leaveCall: async () => {
			const keys = [...joined.keys()];
			joined.clear();
			offered.clear();
			await inTurns(keys, async (key) => members[key]?.leave());
			await silence();
			if (failure !== undefined) throw new Error('a member failed', { cause: failure });
		},
		sendTo: async (receiver, count, media) => {
			await inTurns([...Array(count).keys()], async (key) => {
				const offer = await page.evaluate(([nth, kind]) => globalThis.tilesSender?.offer(nth, kind), [
					key,
					media
				] as const);
				if (offer === undefined) throw new Error('the page that sends has gone');
				const payload = await receiver.evaluate((told) => globalThis.tilesFloor?.receive(told), {
					offer,
					media
				});
				await page.evaluate(([nth, signal]) => globalThis.tilesSender?.hear(nth, signal), [
					key,
					{ type: 'answer', payload }
				] as const);
			});
		},
		silence,
		close: async () => {
			for (const member of members) member.close();
			await page.close();
		}
	};
}
