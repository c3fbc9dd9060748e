import { curveOf, growthOf, surely, type Growth, type Point } from './growth.ts';
import type { OpenCounts } from './ledger.ts';
import type { PageLook } from './page-look.ts';
import type { ServerLook } from './server-look.ts';

/** What was seen at a moment at which the one who stays was alone. */
export interface Look {
	/** Seconds since the start. */
	at: number;
	page: PageLook;
	server: ServerLook;
}

interface Row {
	name: string;
	start: number;
	end: number;
	perHour: number;
	/** What is allowed: of growth an hour, or of more at the end than at the start. */
	bound: number | null;
	curve: string;
}
interface GrowthRow extends Row, Growth {}

/** Megabytes an hour. */
const growthBounds = { heap: 3, serverHeap: 3, serverMemory: 30 };
/** By how much a growth may be beyond its bound before the run counts as failed: machines are not quiet. */
const tolerance = 1.15;
const curveWidth = 24;

const growing: { name: string; bound: number | null; read: (look: Look) => number | null }[] = [
	{ name: 'JavaScript of the page', bound: growthBounds.heap, read: ({ page }) => page.heap },
	{ name: 'nodes and the like of the page', bound: null, read: ({ page }) => page.nodesHeap },
	{ name: 'process of the page', bound: null, read: ({ page }) => page.memory },
	{ name: 'JavaScript of the server', bound: growthBounds.serverHeap, read: ({ server }) => server.heap },
	{ name: 'process of the server', bound: growthBounds.serverMemory, read: ({ server }) => server.memory }
];

/** What may be more at the end without being a leak; all else may not. */
const slack: Readonly<Record<string, number>> = {
	// a notice more or less on its way out
	timers: 3,
	nodes: 60,
	listeners: 20
};

/** What only others bring: with nobody else there is none of it, whatever was there at the first look. */
const ofOthers: ReadonlySet<string> = new Set([
	'open connections',
	'open receivedTracks',
	'alive RTCPeerConnection',
	'alive RTCDataChannel',
	'native connections'
]);

/**
 * Objects and nodes live until they are collected, and some are still on their way out when they are counted. What leaks
 * becomes more: the fewest of the last looks are then more than the most of the first.
 */
const mayBeOnItsWayOut = (name: string) =>
	(name.startsWith('alive ') && !ofOthers.has(name)) || name === 'nodes' || name === 'native audio nodes';

const named = (prefix: string, counts: object): Record<string, number> =>
	Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${prefix}${name}`, count as number]));

export function sessionsOf({ signalingSessions, sockets, roomSessions, callSessions }: ServerLook) {
	return named('server ', { signalingSessions, sockets, roomSessions, callSessions });
}

/** Everything that is counted, by name. */
export function countsOf({ page, server }: Look): Record<string, number> {
	const { timers, ...opened } = page.open;
	return {
		nodes: page.nodes,
		listeners: page.listeners,
		timers,
		...named('open ', opened),
		...named('alive ', page.alive),
		'native connections': page.nativeConnections,
		'native audio nodes': page.nativeAudioNodes,
		'actors running': page.actors,
		'actors stopped': page.stoppedActors,
		...sessionsOf(server)
	};
}

interface CountRow {
	name: string;
	/** At the first look, or what it had to be then; of objects and nodes the most in the first third of the looks. */
	start: number;
	/** At the last look; of objects and nodes the fewest in the last third. */
	end: number;
	most: number;
	slack: number;
}

interface Verdict {
	growth: GrowthRow[];
	counts: CountRow[];
	/** What is beyond its bound, and what of that is so much beyond it that the run failed. */
	beyond: string[];
	failed: string[];
}

/** What nobody who has left the call may have open. */
const ofTheCall = ['connections', 'ownTracks', 'receivedTracks', 'sockets', 'audioContexts'] as const;

/**
 * @param looks at the one who stays alone, after warming up: two at least; at the last one nobody else has a session any more
 * @param left what the one who stayed has open after leaving, too
 */
export function judge(looks: readonly Look[], left: OpenCounts): Verdict {
	const [first, last] = [looks[0], looks.at(-1)];
	if (!first || !last || first === last) throw new Error('fewer than two looks say nothing');
	const beyond: string[] = [];
	const failed: string[] = [];

	const growth = growing.flatMap(({ name, bound, read }) => {
		const points = looks.flatMap((look): Point[] => {
			const value = read(look);
			return value === null ? [] : [{ at: look.at, value }];
		});
		const [start, end] = [points[0], points.at(-1)];
		if (!start || !end) return [];
		const found = growthOf(points);
		if (bound !== null) {
			const least = surely(found, bound);
			const words = `${name}: grows by ${least.toFixed(1)} MB an hour, beyond ${bound}`;
			if (least > bound) beyond.push(words);
			if (least > bound * tolerance) failed.push(words);
		}
		return [
			{
				name,
				start: start.value,
				end: end.value,
				...found,
				bound,
				curve: curveOf(
					points.map(({ value }) => value),
					curveWidth
				)
			}
		];
	});

	const all = looks.map(countsOf);
	const third = Math.ceil(all.length / 3);
	const counts = Object.entries(countsOf(first)).map(([name, found]): CountRow => {
		const [before, end] = mayBeOnItsWayOut(name)
			? [
					Math.max(...all.slice(0, third).map((counted) => counted[name] ?? 0)),
					Math.min(...all.slice(-third).map((counted) => counted[name] ?? Number.NaN))
				]
			: [found, countsOf(last)[name] ?? Number.NaN];
		const start = ofOthers.has(name) ? 0 : before;
		const most = Math.max(...all.map((counted) => counted[name] ?? 0));
		const row = { name, start, end, most, slack: slack[name] ?? 0 };
		if (!(end - start <= row.slack)) {
			const words = `${name}: ${end} at the end, ${start} at the start`;
			beyond.push(words);
			failed.push(words);
		}
		return row;
	});
	for (const name of ofTheCall) {
		if (left[name] === 0) continue;
		const words = `open ${name}: ${left[name]} after leaving`;
		beyond.push(words);
		failed.push(words);
	}
	return { growth, counts, beyond, failed };
}
