import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createCut } from '../tests/support/roost-server.ts';
import { watchNoise } from './join/noise.ts';
import { judge, type Look } from './soak/judge.ts';
import type { OpenCounts } from './soak/ledger.ts';
import { openPageMeter } from './soak/page-look.ts';
import { openCast } from './soak/people.ts';
import { clearAway, playRound } from './soak/round.ts';
import { seriesOf, type Moment } from './soak/series.ts';
import { inspectable, openServerMeter } from './soak/server-look.ts';
import { environment } from './support/environment.ts';
import { startRoost } from './support/roost.ts';

/**
 * Steadiness over time: one person stays in a call that others come to and leave again, over and over, and is looked at
 * each time when everybody else is gone. What was opened for the others has to be gone with them.
 */

const shortest = 3;
const fewestRounds = 2;
/** Of the time, before anything counts: until then code is compiled and what is needed once is loaded. */
const warmUpShare = 1 / 6;
/** Rounds that something of did not happen in time, as machines are busy; of all rounds at most. */
const failuresShare = 0.1;

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		minutes: { type: 'string', default: '60' },
		leak: { type: 'boolean', default: false }
	}
});
const [target] = positionals;
const minutes = Number(options.minutes);
if (!(minutes >= shortest)) {
	console.error(`--minutes ${options.minutes}: ${shortest} at least`);
	process.exit(2);
}
const startedAt = performance.now();
const seconds = () => (performance.now() - startedAt) / 1_000;
const end = minutes * 60;

const noise = watchNoise();
const roost = await startRoost(inspectable);
const wires = { stayer: await createCut(roost.port), others: await createCut(roost.port) };
const closing: (() => Promise<void>)[] = [
	() => roost.stop(),
	() => wires.stayer.close(),
	() => wires.others.close()
];
const moments: Moment[] = [];
const alone: Look[] = [];
let rounds = 0;
let failures = 0;
let left: OpenCounts;
try {
	const meter = await openServerMeter(roost);
	closing.push(async () => meter.close());
	const { browser, stayer, others, close } = await openCast({
		program: environment('ROOST_CHROMIUM'),
		camera: join(environment('ROOST_ROOT'), 'tests/fixtures/camera-small.y4m'),
		room: 'demo',
		stayerUrl: wires.stayer.url,
		othersUrl: wires.others.url,
		isLeaking: options.leak
	});
	closing.push(() => close());
	const page = await openPageMeter(browser, stayer.page);
	const tell = (who: string, { at, page: { heap, nodes, nativeConnections }, server }: Moment) =>
		process.stderr.write(
			`${at.toFixed(0).padStart(5)} s, round ${rounds}, ${who}: ${heap.toFixed(2)} MB, ${nodes} nodes, ${nativeConnections} connections; server ${server.heap.toFixed(1)} MB\n`
		);
	const lookInCompany = async () => {
		await stayer.untilCalm();
		const moment = { at: seconds(), round: rounds, page: await page.glance(), server: await meter.look() };
		moments.push(moment);
		tell('all', moment);
	};
	const lookAlone = async () => {
		await stayer.untilCalm();
		const moment = { at: seconds(), round: rounds, page: await page.look(), server: await meter.look() };
		moments.push(moment);
		alone.push(moment);
		tell('alone', moment);
	};

	let longest = 0;
	// the first round does everything, and is longer than any other; without a second there is nothing to compare it with
	while (rounds < fewestRounds || seconds() + longest < end) {
		const begun = seconds();
		try {
			await playRound(rounds, { stayer, others, wires, lookInCompany });
			await lookAlone();
		} catch (error) {
			failures += 1;
			console.error(`round ${rounds}: ${error instanceof Error ? error.message : String(error)}`);
			if (failures > Math.max(1, failuresShare * rounds))
				throw new Error('too many rounds failed', { cause: error });
			await clearAway(stayer, others, wires);
		}
		rounds += 1;
		if (rounds > 1) longest = Math.max(longest, seconds() - begun);
	}
	await meter.untilSessions(1);
	await lookAlone();
	await stayer.leave();
	await meter.untilSessions(0);
	left = await page.open();
} finally {
	for (const one of closing.reverse()) await one();
}

const warm = alone.filter(({ at }) => at >= warmUpShare * end);
const verdict = judge(warm, left);
for (const words of verdict.failed) console.error(words);
const result = {
	load: Number((loadavg()[0] ?? 0).toFixed(1)),
	minutes,
	isLeaking: options.leak,
	rounds,
	looks: warm.length,
	failures,
	noise: noise(),
	...verdict,
	series: seriesOf(moments)
};
if (target !== undefined) writeFileSync(target, JSON.stringify(result));
process.exit(verdict.failed.length > 0 ? 1 : 0);
