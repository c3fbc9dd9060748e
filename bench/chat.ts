import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import type { Browser } from '@playwright/test';
import { createTestClient, type TestClient } from '../tests/support/test-client.ts';
import { figureOf, frameMs, type Figure } from './chat/figures.ts';
import { openPlace, type Place } from './chat/place.ts';
import { openReader, type Kind, type Reader } from './chat/readers.ts';
import { firstText, textOf } from './chat/texts.ts';
import type { Smoothness } from './chat/trace.ts';
import { watchNoise } from './join/noise.ts';
import { pretendedDevices, startBrowser } from './support/browser.ts';
import { environment } from './support/environment.ts';
import { serve, unlimited } from './support/serve.ts';

/**
 * The chat of a room in which ten thousand messages were said: how long it takes to open, with the newest of them and with
 * all of them in the page, whether it scrolls smoothly from end to end, and what two hundred at once do to it. Beside it,
 * turn by turn, a page with the least code that shows the same messages of the same server.
 */

const messages = 10_000;
/** The usual page that Roost begins with. */
const firstPage = 50;
const burst = 200;
const writers = 8;
/** Milliseconds: from the press to the newest message; between two pictures, or as many as the bare page needed. */
const bounds = { open: 100, frame: frameMs };
/** By how much a figure may be beyond its bound before the run counts as failed: machines are not quiet. */
const tolerance = 1.15;

const kinds = ['roost', 'floor'] as const;
/** Each page has a room of its own: what is written for one is no work for the other. */
const roomOf: Record<Kind, string> = { roost: 'benchone', floor: 'benchtwo' };
const deeds = ['first', 'again', 'loading', 'held', 'up', 'down', 'burst'] as const;
type Deed = (typeof deeds)[number];

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		'first-opens': { type: 'string', default: '7' },
		opens: { type: 'string', default: '9' },
		scrolls: { type: 'string', default: '1' },
		bursts: { type: 'string', default: '3' }
	}
});
const times = (count: string | undefined) => Array.from({ length: Number(count) }, (_, nth) => nth);
/** Whoever comes second finds another machine than whoever came first: each is the first in turn. */
const inTurn = (nth: number) => (nth % 2 === 0 ? kinds : [...kinds].reverse());

type Found = Record<Kind, Record<Deed, Smoothness[]>>;
const nothing = (): Record<Deed, Smoothness[]> => ({
	first: [],
	again: [],
	loading: [],
	held: [],
	up: [],
	down: [],
	burst: []
});

const ends = {
	oldest: { text: firstText, isNewest: false },
	newest: { text: String(messages - 1), isNewest: true }
};

const note = (kind: Kind, deed: Deed, { ms, frames }: Smoothness) =>
	process.stderr.write(
		`${kind} ${deed}: ${ms.toFixed(0)} ms, ${frames.filter((frame) => frame > frameMs).length} late pictures\n`
	);

async function measure(browser: Browser, place: Place): Promise<Found> {
	const found: Found = { roost: nothing(), floor: nothing() };
	const keep = (kind: Kind, deed: Deed, seen: Smoothness) => {
		found[kind][deed].push(seen);
		note(kind, deed, seen);
	};
	const newest = { roost: ends.newest.text, floor: ends.newest.text };
	for (const nth of times(options['first-opens'])) {
		for (const kind of inTurn(nth)) {
			const reader = await openReader(browser, place, { kind, room: roomOf[kind], held: firstPage });
			keep(kind, 'first', await reader.open(newest[kind]));
			await reader.close();
			keep(kind, 'again', await reader.open(newest[kind]));
			await reader.leave();
		}
	}
	const readers = {} as Record<Kind, Reader>;
	for (const kind of kinds) {
		readers[kind] = await openReader(browser, place, { kind, room: roomOf[kind], held: messages });
		await readers[kind].open(newest[kind]);
		// Roost loads what is older as somebody scrolls there
		keep(kind, 'loading', await readers[kind].scrollTo(ends.oldest));
		await readers[kind].close();
	}
	for (const nth of times(options.opens)) {
		for (const kind of inTurn(nth)) {
			keep(kind, 'held', await readers[kind].open(newest[kind]));
			await readers[kind].close();
		}
	}
	for (const nth of times(options.scrolls)) {
		for (const kind of inTurn(nth)) {
			await readers[kind].open(newest[kind]);
			keep(kind, 'up', await readers[kind].scrollTo(ends.oldest));
			keep(kind, 'down', await readers[kind].scrollTo(ends.newest));
			await readers[kind].close();
		}
	}
	for (const nth of times(options.bursts)) {
		for (const kind of inTurn(nth)) {
			await readers[kind].open(newest[kind]);
			const writing = await openWriters(place, roomOf[kind]);
			newest[kind] = `the end of burst ${nth}`;
			keep(
				kind,
				'burst',
				await readers[kind].see(newest[kind], () => write(writing, roomOf[kind], nth, newest[kind]))
			);
			for (const writer of writing) await writer[Symbol.asyncDispose]();
			await readers[kind].close();
		}
	}
	for (const kind of kinds) await readers[kind].leave();
	return found;
}

async function openWriters({ url }: Place, room: string): Promise<TestClient[]> {
	const clients = times(String(writers)).map(() => createTestClient(url.replace('localhost', '127.0.0.1')));
	for (const [nth, client] of clients.entries()) await client.joinRoom(room, `Writer ${nth}`);
	return clients;
}

/** Everybody at once, and then one more. */
async function write(clients: TestClient[], room: string, nth: number, last: string): Promise<void> {
	const say = (client: TestClient | undefined, message: string) =>
		client?.talk('POST', `v1/chat/${room}`, { message });
	await Promise.all(
		clients.map(async (client, index) => {
			for (let count = index; count < burst - 1; count += clients.length) {
				await say(client, `burst ${nth}: ${textOf(count)}`);
			}
		})
	);
	await say(clients[0], last);
}

async function main() {
	const place = await openPlace(environment('ROOST_ROOT'), Object.values(roomOf), messages);
	try {
		const browser = await startBrowser(environment('ROOST_CHROMIUM'), pretendedDevices());
		try {
			const noise = watchNoise();
			const found = await measure(browser, place);
			return { found, noise: noise() };
		} finally {
			await browser.close();
		}
	} finally {
		await place.close();
	}
}

if (positionals[0] === 'serve') await serve({ chatBurst: unlimited, requestsPerMinute: unlimited });
else {
	const { found, noise } = await main();
	const figuresOf = (kind: Kind) =>
		Object.fromEntries(deeds.map((deed) => [deed, figureOf(found[kind][deed])])) as Record<Deed, Figure>;
	const [roost, floor] = [figuresOf('roost'), figuresOf('floor')];
	const beyond = (factor: number) => [
		...(['first', 'again', 'held'] as const)
			.filter((deed) => roost[deed].ms > bounds.open * factor)
			.map((deed) => `${deed}: ${roost[deed].ms} ms beyond ${bounds.open}`),
		...(['up', 'down'] as const)
			.filter((deed) => roost[deed].worstFrame > Math.max(bounds.frame, floor[deed].worstFrame) * factor)
			.map((deed) => `${deed}: a picture after ${roost[deed].worstFrame} ms, beyond ${bounds.frame}`)
	];
	const result = {
		load: Number((loadavg()[0] ?? 0).toFixed(2)),
		messages,
		burst,
		roost,
		floor,
		noise,
		bounds,
		beyond: beyond(1)
	};
	const [target] = positionals;
	if (target !== undefined) writeFileSync(target, JSON.stringify(result));
	const failures = beyond(tolerance);
	for (const failure of failures) console.error(failure);
	process.exit(failures.length > 0 ? 1 : 0);
}
