import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeTone } from '../tests/support/tone.ts';
import { writeCamera } from './join/camera.ts';
import { median, quantile } from './join/figures.ts';
import { openCast, type Kind, type Sample } from './join/guests.ts';
import { openSfu } from './join/places.ts';
import { sequentialTrips } from './join/round-trips.ts';
import { phases, type Phase } from './join/trace.ts';
import { environment } from './support/environment.ts';
import type { HeldRatio } from './support/held.ts';
import { openMesh, type Place } from './support/roost.ts';

/**
 * From the press of Join to the first picture and the first sound of somebody who is in the call already: Roost, and
 * beside it, turn by turn, a page with the least code that does the same at the same server. Once as fast as the machine
 * is, and once with every answer of the servers held up, so that each round trip shows.
 */

/** Of the medians beside the floor, of the 90th percentile beside the own median, and round trips before the offer. */
const bounds = { frame: 1.25, sound: 1.3, spread: 1.6, trips: 3 };
/** What is beyond its bound by now, and may not become worse: the first picture where nothing is held up. */
const reached = { ...bounds, frame: 1.5 };
/** By how much a ratio may be beyond its bound before the run counts as failed: machines are not quiet. */
const tolerance = 1.15;
const heldUpMs = 50;
const picturesPerSecond = 20;
/** Joins that come to nothing, of all of one comparison. */
const failuresMax = 2;

const kinds = ['roost', 'floor'] as const;
type Way = 'mesh' | 'sfu';

interface Side {
	joined: number;
	phases: Record<Phase, { median: number; p90: number }>;
	/** The longest line of requests between the press and the offer, where answers are held up. */
	trips: string[];
	/** How many of the joins began the connection themselves. */
	offered: number;
	/** Medians. */
	load: number;
	othersShare: number | null;
}
interface Comparison {
	way: Way;
	heldUpMs: number;
	failed: number;
	roost: Side;
	floor: Side;
	ratios: { frame: number; sound: number; spread: number };
}

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		samples: { type: 'string', default: '15' },
		'held-up-samples': { type: 'string', default: '7' },
		ways: { type: 'string', default: 'mesh' },
		'signaling-server': { type: 'string', default: '' }
	}
});
const [target] = positionals;
const root = environment('ROOST_ROOT');
const program = environment('ROOST_CHROMIUM');
const files = {
	'index.html': join(root, 'bench/floor/index.html'),
	'floor.js': join(root, 'bench/floor/floor.js')
};

const rounded = (value: number) => Number(value.toFixed(1));
const ratio = (one: number, other: number) => Number((one / other).toFixed(2));

function sideOf(samples: readonly Sample[]): Side {
	const of = (phase: Phase) => samples.map((sample) => sample.phases[phase]);
	const lines = samples.map(({ trips, phases: { offer } }) => sequentialTrips(trips, offer));
	lines.sort((one, other) => one.length - other.length);
	const shares = samples.flatMap(({ noise: { othersShare } }) => (othersShare === null ? [] : [othersShare]));
	return {
		joined: samples.length,
		phases: Object.fromEntries(
			phases.map((phase) => [
				phase,
				{ median: rounded(median(of(phase))), p90: rounded(quantile(of(phase), 0.9)) }
			])
		) as Side['phases'],
		trips: (lines[Math.floor(lines.length / 2)] ?? []).map(({ what }) => what),
		offered: samples.filter(({ offeredBy }) => offeredBy === 'us').length,
		load: rounded(median(samples.map(({ noise: { load } }) => load))),
		othersShare: shares.length === 0 ? null : Number(median(shares).toFixed(2))
	};
}

async function compare(
	way: Way,
	place: Place,
	tone: string,
	turns: { count: number; heldUpMs: number }[]
): Promise<Comparison[]> {
	const cast = await openCast({ place, program, camera, tone, isSfu: way === 'sfu' });
	try {
		for (const kind of kinds) await cast.joinOnce(kind, 0); // warm
		const found: Comparison[] = [];
		for (const { count, heldUpMs } of turns) {
			const samples: Record<Kind, Sample[]> = { roost: [], floor: [] };
			let failed = 0;
			for (let nth = 0; nth < count; nth += 1) {
				// whoever comes second finds another machine than whoever came first: each is the first in turn
				for (const kind of nth % 2 === 0 ? kinds : [...kinds].reverse()) {
					try {
						const sample = await cast.joinOnce(kind, heldUpMs);
						samples[kind].push(sample);
						const { frame, sound } = sample.phases;
						process.stderr.write(
							`${way} ${heldUpMs} ms ${nth + 1}/${count} ${kind}: picture ${frame.toFixed(0)}, sound ${sound.toFixed(0)} ms\n`
						);
					} catch (error) {
						failed += 1;
						console.error(`${kind}: ${error instanceof Error ? error.message : String(error)}`);
						if (failed > failuresMax) throw new Error('too many joins came to nothing', { cause: error });
					}
				}
			}
			const [roost, floor] = [sideOf(samples.roost), sideOf(samples.floor)];
			const ratios = {
				frame: ratio(roost.phases.frame.median, floor.phases.frame.median),
				sound: ratio(roost.phases.sound.median, floor.phases.sound.median),
				spread: ratio(roost.phases.frame.p90, roost.phases.frame.median)
			};
			found.push({ way, heldUpMs, failed, roost, floor, ratios });
		}
		return found;
	} finally {
		await cast.close();
	}
}

const directory = mkdtempSync(join(tmpdir(), 'roost-bench-'));
const tone = join(directory, 'tone.wav');
writeTone(tone);
const camera = join(directory, 'camera.y4m');
writeCamera(join(root, 'tests/fixtures/camera.y4m'), camera, picturesPerSecond);
const comparisons: Comparison[] = [];
const turns = [
	{ count: Number(options.samples), heldUpMs: 0 },
	{ count: Number(options['held-up-samples']), heldUpMs }
].filter(({ count }) => count > 0);
try {
	for (const way of options.ways.split(',') as Way[]) {
		const place = way === 'mesh' ? await openMesh(files) : await openSfu(files, options['signaling-server']);
		try {
			comparisons.push(...(await compare(way, place, tone, turns)));
		} finally {
			await place.close();
		}
	}
} finally {
	rmSync(directory, { recursive: true, force: true });
}

/** What is beyond its bound; with `factor`, beyond it by more than that. */
const beyond = ({ way, heldUpMs, ratios, roost }: Comparison, factor: number): string[] => {
	const about = `${way}, ${heldUpMs} ms`;
	// held up, a join is mostly the waiting that the round trips count
	const isRatioBound = heldUpMs === 0;
	const over = (name: keyof typeof ratios) =>
		isRatioBound && ratios[name] > bounds[name] * factor
			? [`${about}: ${name} ${ratios[name]} beyond ${bounds[name]}`]
			: [];
	const trips = roost.trips.length;
	return [
		...over('frame'),
		...over('sound'),
		...over('spread'),
		...(heldUpMs > 0 && trips > bounds.trips ? [`${about}: ${trips} round trips beyond ${bounds.trips}`] : [])
	];
};

const held = comparisons.flatMap(({ way, heldUpMs, ratios, roost }): HeldRatio[] => {
	const about = (what: string) => `${way}, ${heldUpMs} ms: ${what}`;
	const { frame, sound } = heldUpMs === 0 ? reached : bounds;
	return [
		{ about: about('first picture'), found: ratios.frame, most: frame },
		{ about: about('first sound'), found: ratios.sound, most: sound },
		...(heldUpMs === 0
			? [{ about: about('90th percentile'), found: ratios.spread, most: bounds.spread }]
			: [{ about: about('round trips'), found: roost.trips.length, most: bounds.trips }])
	];
});
const result = {
	load: rounded(loadavg()[0] ?? 0),
	comparisons,
	bounds,
	held,
	beyond: comparisons.flatMap((comparison) => beyond(comparison, 1))
};
if (target !== undefined) writeFileSync(target, JSON.stringify(result));
const failures = comparisons.flatMap((comparison) => beyond(comparison, tolerance));
for (const failure of failures) console.error(failure);
process.exit(failures.length > 0 ? 1 : 0);
