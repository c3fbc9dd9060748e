import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { defaultBounds } from '../server/bounds.ts';
import { median } from './join/figures.ts';
import { watchNoise } from './join/noise.ts';
import { runLoadClient, type Load } from './server/load-client.ts';
import { openHpb, openHpbForLoad, openRoost, openRoostForLoad, type Place } from './server/places.ts';
import { flood, trickle, type Relayed } from './server/relay.ts';
import { storm } from './server/storm.ts';
import type { HeldRatio } from './support/held.ts';
import { serve, unlimited } from './support/serve.ts';

/**
 * What the embedded signaling carries, beside the high-performance backend with the same rooms, the same sessions and the
 * same messages, turn by turn: how many get through, how long one takes at a steady rate, what two hundred who come at
 * once take, and what all this costs in memory. And whether the load client of that backend gets through with Roost.
 */

/** Of Roost; ratios are beside the high-performance backend. The memory is what it had at most, under any of the loads. */
const bounds = { perSecond: 0.7, p99: 2, memoryMb: 150, stormMs: 3_000 };
/** By how much a ratio may be beyond its bound before the run counts as failed: machines are not quiet. */
const tolerance = 1.15;
const sessions = 200;
const rooms = 20;
/** messages of each session at the same time */
const onTheirWay = 4;

interface Side {
	flood: Relayed;
	trickle: Relayed;
	memory: { now: number; most: number };
	storms: { socketsMs: number; allMs: number };
	stormsIntoOne: { socketsMs: number; allMs: number };
	/** of each number of clients */
	load: Load[];
}

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		rounds: { type: 'string', default: '7' },
		seconds: { type: 'string', default: '5' },
		'per-second': { type: 'string', default: '2000' },
		'load-seconds': { type: 'string', default: '21' },
		'signaling-server': { type: 'string', default: '' },
		'load-client': { type: 'string', default: '' }
	}
});
const [target] = positionals;
const seconds = Number(options.seconds);
const loadSeconds = Number(options['load-seconds']);
const runsLoad = options['load-client'] !== '' && options['signaling-server'] !== '' && loadSeconds > 0;

const middle = <Key extends string>(all: readonly Record<Key, number>[], key: Key) =>
	Number(median(all.map((one) => one[key])).toFixed(2));
const middleOf = (all: readonly Relayed[]): Relayed => ({
	perSecond: middle(all, 'perSecond'),
	p50Ms: middle(all, 'p50Ms'),
	p99Ms: middle(all, 'p99Ms'),
	lost: all.reduce((sum, { lost }) => sum + lost, 0),
	generatorShare: middle(all, 'generatorShare')
});

/** One place with everybody in it, and what it has shown so far. */
async function openSide(place: Place) {
	const floods: Relayed[] = [];
	const trickles: Relayed[] = [];
	const storms: { socketsMs: number; allMs: number }[] = [];
	const intoOne: { socketsMs: number; allMs: number }[] = [];
	let firstIndex = 0;
	let present: Awaited<ReturnType<typeof storm>> | undefined;
	let memory = { now: NaN, most: NaN };

	async function leave() {
		for (const visitor of present?.rooms.flat() ?? []) visitor.close();
		present = undefined;
		await delay(500); // their sockets close, and theirs is the noise of it
	}
	async function come(count: number) {
		await leave();
		present = await storm(place, { sessions, rooms: count, firstIndex });
		firstIndex += sessions;
		const { socketsMs, allMs } = present;
		(count === 1 ? intoOne : storms).push({ socketsMs, allMs });
		return present.rooms;
	}
	return {
		async round(nth: number): Promise<void> {
			await come(1);
			const plan = { rooms: await come(rooms), seconds };
			const steady = await trickle(plan, Number(options['per-second']));
			memory = place.memory();
			const most = await flood(plan, onTheirWay);
			memory.most = place.memory().most;
			if (nth === 0) return; // warm
			trickles.push(steady);
			floods.push(most);
			process.stderr.write(
				`${nth} ${place.kind}: ${most.perSecond}/s; p99 ${steady.p99Ms} ms; ${memory.now} MB; storms ${storms.at(-1)?.socketsMs ?? 0}, ${intoOne.at(-1)?.socketsMs ?? 0} ms; generator ${most.generatorShare}\n`
			);
		},
		result(load: Load[]): Side {
			const times = (all: typeof storms) => ({
				socketsMs: middle(all.slice(1), 'socketsMs'),
				allMs: middle(all.slice(1), 'allMs')
			});
			return {
				flood: middleOf(floods),
				trickle: middleOf(trickles),
				memory,
				storms: times(storms),
				stormsIntoOne: times(intoOne),
				load
			};
		},
		leave,
		place
	};
}

/** Each sends a thousand messages a second and waits for nobody, as far as the machine lets it. */
const loadClients = [10, 200];

/** The load client of the high-performance backend, at Roost and at the server that it is for, turn by turn. */
async function loadAll(): Promise<Record<Place['kind'], Load[]>> {
	const client = options['load-client'];
	const loads: Record<Place['kind'], Load[]> = { roost: [], hpb: [] };
	if (!runsLoad) return loads;
	for (const clients of loadClients) {
		const plan = { clients, seconds: loadSeconds };
		for (const [kind, open] of [
			['hpb', () => openHpbForLoad(options['signaling-server'])],
			['roost', openRoostForLoad]
		] as const) {
			const place = await open();
			try {
				loads[kind].push(await runLoadClient(client, { ...plan, ...place }));
			} finally {
				await place.stop();
			}
		}
	}
	return loads;
}

async function measure() {
	const noise = watchNoise();
	const sides = [await openSide(await openRoost())];
	if (options['signaling-server'] !== '')
		sides.push(await openSide(await openHpb(options['signaling-server'])));
	try {
		for (let nth = 0; nth <= Number(options.rounds); nth += 1) {
			// whoever comes second finds another machine than whoever came first: each is the first in turn
			for (const side of nth % 2 === 0 ? sides : [...sides].reverse()) {
				await side.round(nth);
				await side.leave();
			}
		}
		const seen = noise();
		for (const { place } of sides) await place.stop();
		const load = await loadAll().catch((error: unknown) => {
			console.error(error instanceof Error ? error.message : String(error));
			return { roost: [], hpb: [] };
		});
		const [roost, hpb = null] = sides.map((side) => side.result(load[side.place.kind]));
		if (!roost) throw new Error('nothing was measured');
		return { roost, hpb, noise: seen };
	} finally {
		for (const { place } of sides) await place.stop();
	}
}

const ratio = (one: number, other: number) => Number((one / other).toFixed(2));

async function run(): Promise<void> {
	const { roost, hpb, noise } = await measure();
	const ratios = hpb && {
		perSecond: ratio(roost.flood.perSecond, hpb.flood.perSecond),
		p99: ratio(roost.trickle.p99Ms, hpb.trickle.p99Ms)
	};
	const beyond = (factor: number) => [
		...(ratios && ratios.perSecond * factor < bounds.perSecond
			? [`messages a second ${ratios.perSecond} below ${bounds.perSecond}`]
			: []),
		...(ratios && ratios.p99 > bounds.p99 * factor ? [`p99 ${ratios.p99} beyond ${bounds.p99}`] : []),
		...(roost.memory.most > bounds.memoryMb ? [`${roost.memory.most} MB beyond ${bounds.memoryMb}`] : []),
		...[roost.storms, roost.stormsIntoOne]
			.filter(({ allMs }) => allMs > bounds.stormMs)
			.map(({ allMs }) => `a storm of ${allMs} ms beyond ${bounds.stormMs}`),
		...(runsLoad && roost.load.length < loadClients.length
			? ['the load client did not come to its end']
			: []),
		...(roost.flood.lost + roost.trickle.lost > 0 ? ['messages were lost'] : [])
	];
	const held: HeldRatio[] =
		hpb === null
			? []
			: [
					{
						about: 'messages a second, the other server beside Roost',
						found: ratio(hpb.flood.perSecond, roost.flood.perSecond),
						most: ratio(1, bounds.perSecond)
					},
					{
						about: '99th percentile at a steady rate',
						found: ratio(roost.trickle.p99Ms, hpb.trickle.p99Ms),
						most: bounds.p99
					}
				];
	const result = {
		load: Number((loadavg()[0] ?? 0).toFixed(1)),
		sessions,
		rooms,
		onTheirWay,
		perSecond: Number(options['per-second']),
		noise,
		roost,
		hpb,
		ratios,
		bounds,
		held,
		beyond: beyond(1)
	};
	if (target !== undefined) writeFileSync(target, JSON.stringify(result));
	const failures = beyond(tolerance);
	for (const failure of failures) console.error(failure);
	process.exit(failures.length > 0 ? 1 : 0);
}

if (target === 'serve') {
	await serve({
		// nobody in a call comes near these
		frameBurst: unlimited,
		framesPerSecond: unlimited,
		saidCharacters: unlimited,
		requestsPerMinute: unlimited,
		roomsPerMinute: unlimited,
		// the load client comes from one address
		helloBurst: defaultBounds.sessions,
		socketsPerAddress: defaultBounds.sessions,
		connectionsPerAddress: defaultBounds.connections
	});
} else await run();
