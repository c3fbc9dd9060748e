import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Browser } from '@playwright/test';
import { startRoost, type RoostServer } from '../tests/support/roost-server.ts';
import { median, quantile } from './join/figures.ts';
import { isBeyond, isFailure, kinds, type Judged, type Kind } from './load/cost.ts';
import { openFront, publicKeyHash, type Front } from './load/front.ts';
import { installWorker, visit, type Slowness, type Visit } from './load/visit.ts';
import { startBrowser } from './support/browser.ts';
import { environment } from './support/environment.ts';
import type { HeldRatio } from './support/held.ts';
import { freePort, makeRoom } from './support/roost.ts';

/**
 * What it costs to be able to press Join: Roost, and beside it, turn by turn, an empty page of the same framework and the
 * same libraries, as it is built by default and as one file, which nothing loads faster.
 */

const sides = ['roost', 'split', 'single'] as const;
type Side = (typeof sides)[number];

const slow4g = { latencyMs: 150, kbitPerSecond: 1_600 };
type Situation = Slowness & { name: string; isAllowed: boolean; isWarmToo: boolean };
const cold = { network: null, isAllowed: false, isWarmToo: false };
const situations: readonly Situation[] = [
	{ ...cold, name: '1x', cpu: 1 },
	{ ...cold, name: '4x', cpu: 4 },
	{ ...cold, name: '6x', cpu: 6 },
	{ ...cold, name: 'allowed', cpu: 4, isAllowed: true },
	{ ...cold, name: 'slow4g', cpu: 1, network: slow4g, isWarmToo: true }
];
/** The second visit, with the service worker installed; on the same network as the first. */
const warm = 'warm';

interface Row {
	name: string;
	median: Record<Exclude<keyof Visit, 'kb' | 'foreign' | 'noise'>, number>;
	p90: { joinMs: number; firstPaintMs: number; scriptMs: number };
	kb: Record<Kind, number>;
	foreign: string[];
	visits: number;
	load: number;
	othersShare: number | null;
}

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		samples: { type: 'string', default: '7' },
		situations: { type: 'string', default: [...situations.map(({ name }) => name), warm].join(',') }
	}
});
const wanted = options.situations.split(',');
const chosen = situations
	.filter(({ name }) => wanted.includes(name))
	.map((situation) => ({ ...situation, isWarmToo: situation.isWarmToo && wanted.includes(warm) }));
const names = chosen.flatMap(({ name, isWarmToo }) => (isWarmToo ? [name, warm] : [name]));
if (!wanted.every((name) => names.includes(name)))
	throw new Error(`--situations: of ${options.situations} only ${names.join()} can be measured`);
const [target] = positionals;
const root = environment('ROOST_ROOT');
const browserPath = environment('ROOST_CHROMIUM');
const floors = environment('ROOST_FLOORS');

const rounded = (value: number, digits = 1) => Number(value.toFixed(digits));
const ratio = (one: number, other: number) => rounded(one / other, 2);

function rowOf(name: string, visits: readonly Visit[]): Row {
	const middle = (read: (one: Visit) => number) => rounded(median(visits.map(read)), 2);
	const high = (read: (one: Visit) => number) => rounded(quantile(visits.map(read), 0.9), 1);
	const shares = visits.flatMap(({ noise: { othersShare } }) => (othersShare === null ? [] : [othersShare]));
	return {
		name,
		median: {
			joinMs: middle(({ joinMs }) => joinMs),
			appMs: middle(({ appMs }) => appMs),
			firstPaintMs: middle(({ firstPaintMs }) => firstPaintMs),
			scriptMs: middle(({ scriptMs }) => scriptMs),
			blockedMs: middle(({ blockedMs }) => blockedMs),
			longestTaskMs: middle(({ longestTaskMs }) => longestTaskMs),
			heapMegabytes: middle(({ heapMegabytes }) => heapMegabytes),
			requests: middle(({ requests }) => requests),
			transferredKb: middle(({ transferredKb }) => transferredKb)
		},
		p90: {
			joinMs: high(({ joinMs }) => joinMs),
			firstPaintMs: high(({ firstPaintMs }) => firstPaintMs),
			scriptMs: high(({ scriptMs }) => scriptMs)
		},
		kb: Object.fromEntries(kinds.map((kind) => [kind, middle(({ kb }) => kb[kind])])) as Row['kb'],
		foreign: [...new Set(visits.flatMap(({ foreign }) => foreign))],
		visits: visits.length,
		load: rounded(median(visits.map(({ noise: { load } }) => load))),
		othersShare: shares.length === 0 ? null : rounded(median(shares), 2)
	};
}

/** Each page at a front of its own, so that none finds what another has stored. */
interface Place {
	front: Front;
	path: string;
}

/** One visit, and a second one where that is asked for, in a profile that has never seen the page. */
async function once(
	browser: Browser,
	side: Side,
	{ front, path }: Place,
	situation: Situation,
	found: (name: string, visit: Visit) => void
): Promise<void> {
	const context = await browser.newContext({ locale: 'en-US' });
	try {
		if (situation.isAllowed) await context.grantPermissions(['camera', 'microphone'], { origin: front.url });
		const first = await visit(context, front, path, situation);
		found(situation.name, first);
		if (!situation.isWarmToo) return;
		if (side === 'roost') await installWorker(context, front, path);
		found(warm, await visit(context, front, path, situation));
	} finally {
		await context.close();
	}
}

const closing: (() => Promise<unknown>)[] = [];
const visits = new Map<string, Record<Side, Visit[]>>(
	names.map((name) => [name, { roost: [], split: [], single: [] }])
);
try {
	const port = await freePort();
	let server: RoostServer | undefined;
	const roost = await openFront(async (url) => {
		server = await startRoost({ PORT: String(port), ROOST_PUBLIC_URL: url });
		closing.push(() => server?.stop() ?? Promise.resolve());
		return { files: join(root, 'build/web'), behind: port };
	});
	closing.push(() => roost.close());
	const floorAt = async (name: string): Promise<Place> => {
		const front = await openFront(() => ({ files: join(floors, name), page: 'app.html' }));
		closing.push(() => front.close());
		return { front, path: '/' };
	};
	const room = await makeRoom(`http://localhost:${port}`);
	const places: Record<Side, Place> = {
		roost: { front: roost, path: `/call/${room}` },
		split: await floorAt('split'),
		single: await floorAt('single')
	};
	const browser = await startBrowser(browserPath, [
		'--use-fake-device-for-media-stream',
		`--ignore-certificate-errors-spki-list=${publicKeyHash}`,
		'--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost'
	]);
	closing.push(() => browser.close());

	const [plain] = chosen;
	// the browser's own parts start with the first page
	if (plain) for (const side of sides) await once(browser, side, places[side], plain, () => undefined);
	const count = Number(options.samples);
	for (let nth = 0; nth < count; nth += 1) {
		// whoever comes first finds another machine than whoever comes last: each is the first in turn
		const turn = [...sides.slice(nth % sides.length), ...sides.slice(0, nth % sides.length)];
		for (const situation of chosen) {
			for (const side of turn) {
				await once(browser, side, places[side], situation, (name, sample) => {
					visits.get(name)?.[side].push(sample);
					process.stderr.write(
						`${name} ${nth + 1}/${count} ${side}: Join works after ${sample.joinMs.toFixed(0)} ms\n`
					);
				});
			}
		}
	}
} finally {
	for (const end of closing.reverse()) await end();
}

const rows = Object.fromEntries(
	sides.map((side) => [side, [...visits].map(([name, of]) => rowOf(name, of[side]))])
) as Record<Side, Row[]>;
const at = (side: Side, name: string): Row => {
	const row = rows[side].find((one) => one.name === name);
	if (row === undefined) throw new Error(`${name} was not measured`);
	return row;
};
const codeKb = (side: Side) => {
	const { js, css } = at(side, '1x').kb;
	return rounded(js + css);
};
const joinMs = (side: Side, name: string) => at(side, name).median.joinMs;

/** What may be how much, and the situations that show it: with some of them only, the rest is not judged. */
const bounds: (Omit<Judged, 'found'> & { shownBy: string[]; find: () => number })[] = [
	{
		about: 'scripts and styles before Join, kB',
		most: 62,
		of: 'size',
		shownBy: ['1x'],
		find: () => codeKb('roost')
	},
	{
		about: 'the same, beside the empty page',
		most: 1.5,
		of: 'size',
		shownBy: ['1x'],
		find: () => ratio(codeKb('roost'), codeKb('split'))
	},
	{
		about: 'requests to others',
		most: 0,
		of: 'size',
		shownBy: [],
		find: () => rows.roost.reduce((sum, { foreign }) => sum + foreign.length, 0)
	},
	{
		about: 'Join works, processor 4 times slower, beside one file',
		most: 1.3,
		of: 'times',
		shownBy: ['4x'],
		find: () => ratio(joinMs('roost', '4x'), joinMs('single', '4x'))
	},
	{
		about: 'Join works, slow 4G, beside one file',
		most: 1.4,
		of: 'times',
		shownBy: ['slow4g'],
		find: () => ratio(joinMs('roost', 'slow4g'), joinMs('single', 'slow4g'))
	},
	{
		about: 'Join works the second time, beside the first, slow 4G',
		most: 0.5,
		of: 'times',
		shownBy: ['slow4g', warm],
		find: () => ratio(joinMs('roost', warm), joinMs('roost', 'slow4g'))
	},
	{
		about: 'scripts until Join works, ms',
		most: 60,
		of: 'time',
		shownBy: ['1x'],
		find: () => at('roost', '1x').median.scriptMs
	},
	{
		about: 'longest task, processor 6 times slower, ms',
		most: 200,
		of: 'time',
		shownBy: ['6x'],
		find: () => at('roost', '6x').median.longestTaskMs
	},
	{
		about: 'memory, MB',
		most: 3,
		of: 'size',
		shownBy: ['1x'],
		find: () => at('roost', '1x').median.heapMegabytes
	}
];
const judged = bounds
	.filter(({ shownBy }) => shownBy.every((name) => names.includes(name)))
	.map(({ about, most, of, find }): Judged => ({ about, most, of, found: find() }));
const held: HeldRatio[] = judged
	.filter(({ of }) => of === 'times')
	.map(({ about, found, most }) => ({ about, found, most }));

const said = ({ about, found, most }: Judged) => `${about}: ${found} beyond ${most}`;
const result = {
	load: rounded(loadavg()[0] ?? 0),
	rows,
	judged,
	held,
	beyond: judged.filter(isBeyond).map(said)
};
if (target !== undefined) writeFileSync(target, JSON.stringify(result));
const failures = judged.filter(isFailure).map(said);
for (const failure of failures) console.error(failure);
process.exit(failures.length > 0 ? 1 : 0);
