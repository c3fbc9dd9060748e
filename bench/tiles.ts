import type { Browser } from '@playwright/test';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './join/figures.ts';
import { watchNoise } from './join/noise.ts';
import { meeting, startBrowser } from './support/browser.ts';
import { environment } from './support/environment.ts';
import type { HeldRatio } from './support/held.ts';
import { openMesh } from './support/roost.ts';
import { watchBrowser } from './tiles/processes.ts';
import { openReceiver, type Cost, type Kind } from './tiles/receiver.ts';
import { openSender, type Sender } from './tiles/sender.ts';
import { beyond, bounds, cells, compare, verdicts, type Cell } from './tiles/summary.ts';

/**
 * What it costs to show many people: Roost's page in a call at the embedded server, and beside it, turn by turn, a page
 * with the least code that decodes, shows and plays the same streams of the same sender.
 */

/** By how much a figure may be beyond its bound before the run counts as failed: machines are not quiet. */
const tolerance = 1.15;
/** Turns that come to nothing, of all. */
const failuresMax = 3;

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		samples: { type: 'string', default: '2' },
		seconds: { type: 'string', default: '4' },
		cells: { type: 'string', default: cells.map(({ name }) => name).join(',') }
	}
});
const [target] = positionals;
const root = environment('ROOST_ROOT');
const chosen = cells.filter(({ name }) => options.cells.split(',').includes(name));
if (chosen.length === 0) throw new Error(`there are ${cells.map(({ name }) => name).join(', ')}`);

const pages = ['tiles.html', 'tiles.js', 'tiles-sender.html', 'tiles-sender.js', 'tiles-sender-worker.js'];
const files = Object.fromEntries(pages.map((name) => [name, join(root, 'bench/floor', name)]));

/** Without devices: nobody here sends what a camera or a microphone gives. */
const launch = () =>
	startBrowser(environment('ROOST_CHROMIUM'), [
		...meeting,
		// nobody here answers for the names that hide addresses
		'--disable-features=WebRtcHideLocalIpsWithMdns',
		'--disable-background-timer-throttling'
	]);

interface Turn {
	cost: Cost;
	senderCpu: number;
	othersShare: number | null;
}

const place = await openMesh(files);
const browsers: Browser[] = [];
const noCosts = (): Record<Kind, Cost[]> => ({ roost: [], floor: [] });
const costs = new Map(chosen.map(({ name }) => [name, noCosts()]));
const senderCpu = new Map<string, number[]>();
const shares: number[] = [];
let recording = { frames: 0, bytes: 0 };
let failed = 0;
try {
	const [sending, receiving] = [await launch(), await launch()];
	browsers.push(sending, receiving);
	const count = Math.max(...chosen.map(({ members }) => members));
	const sender = await openSender({ browser: sending, url: place.url, room: place.room, count });
	recording = sender.recording;
	const senderSession = await sending.newBrowserCDPSession();

	const measure = async (kind: Kind, { members, media }: Cell): Promise<Turn> => {
		const receiver = await openReceiver(receiving, kind, place.url, place.room);
		try {
			await (kind === 'roost'
				? sender.joinCall(members, media)
				: sender.sendTo(receiver.page, members, media));
			const isSettled = await receiver.settle(members, media);
			const [noise, ofSender] = [watchNoise(), await watchBrowser(senderSession)];
			const cost = await receiver.measure(Number(options.seconds), isSettled);
			return { cost, senderCpu: ofSender(), othersShare: noise().othersShare };
		} finally {
			await endOf(kind, sender);
			await receiver.close();
		}
	};
	const endOf = (kind: Kind, from: Sender) => (kind === 'roost' ? from.leaveCall() : from.silence());

	for (let nth = 0; nth < Number(options.samples); nth += 1) {
		for (const cell of chosen) {
			if (nth > 0 && !cell.isJudged) continue;
			// whoever comes second finds another machine than whoever came first: each is the first in turn
			for (const kind of nth % 2 === 0 ? cell.kinds : [...cell.kinds].reverse()) {
				try {
					const turn = await measure(kind, cell);
					costs.get(cell.name)?.[kind].push(turn.cost);
					senderCpu.set(cell.name, [...(senderCpu.get(cell.name) ?? []), turn.senderCpu]);
					if (turn.othersShare !== null) shares.push(turn.othersShare);
					const { cpu, decodedStreams, decodedFps } = turn.cost;
					process.stderr.write(
						`${cell.name} ${nth + 1}/${options.samples} ${kind}: ${(cpu / 10).toFixed(0)} % of a core, ${decodedStreams} streams, ${decodedFps.toFixed(0)} pictures a second\n`
					);
				} catch (error) {
					failed += 1;
					console.error(`${cell.name} ${kind}: ${error instanceof Error ? error.message : String(error)}`);
					if (failed > failuresMax) throw new Error('too many turns came to nothing', { cause: error });
				}
			}
		}
	}
	await sender.close();
} finally {
	for (const browser of browsers) await browser.close();
	await place.close();
}

const comparisons = chosen.map((cell) => ({
	...compare(cell, costs.get(cell.name) ?? noCosts()),
	senderCpu: Math.round(median(senderCpu.get(cell.name) ?? []))
}));
const judged = verdicts(comparisons);
const held = judged
	.filter(({ of }) => of === 'ratio')
	.map(({ what, value, bound }): HeldRatio => ({ about: what, found: value, most: bound }));
const result = {
	load: Number((loadavg()[0] ?? 0).toFixed(1)),
	othersShare: shares.length === 0 ? null : Number(median(shares).toFixed(2)),
	seconds: Number(options.seconds),
	recording,
	failed,
	comparisons,
	bounds,
	verdicts: judged,
	held,
	beyond: beyond(judged, 1)
};
if (target !== undefined) writeFileSync(target, JSON.stringify(result));
const failures = beyond(judged, tolerance);
for (const failure of failures) console.error(failure);
process.exit(failures.length > 0 ? 1 : 0);
