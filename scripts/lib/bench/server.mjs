import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run as runTool } from '../project.mjs';
import { openNamespace } from '../stack/namespace.mjs';
import { ensureLoadClient, ensurePackages, ensureSignalingServers } from '../stack/packages.mjs';
import { percent, table } from './report.mjs';

export const help = `
For server, which takes about five minutes; what it is compared with needs Debian and root:
  --rounds 7               of each server, turn by turn, after one that does not count
  --seconds 5              of each measurement
  --per-second 2000        messages of the steady rate
  --load-seconds 21        of the other server's own load client; it reports every ten seconds; 0: without it`;

const isStackPossible = () => process.getuid?.() === 0 && existsSync('/etc/debian_version');

/**
 * Measures the embedded signaling: beside the high-performance backend where that can be had, and in a network of its own.
 * @param bundle the benchmark as one file
 * @param target where it writes its result
 * @param words options as they were typed, handed on
 * @returns the exit status
 */
export async function run(bundle, target, words) {
	if (process.platform !== 'linux') {
		console.error('server: reads memory from /proc and uses many addresses of loopback, so it needs Linux');
		return 1;
	}
	if (!isStackPossible()) {
		console.error('server: without the high-performance backend, which needs Debian and root');
		return runTool('node', [bundle, target, ...words]);
	}
	await ensurePackages();
	const [server] = await ensureSignalingServers('2');
	const client = await ensureLoadClient();
	const directory = mkdtempSync(join(tmpdir(), 'roost-bench-'));
	const namespace = openNamespace(`roost-bench-${process.pid}`);
	const interrupt = () => namespace.endAll('SIGTERM');
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, interrupt);
	try {
		return await namespace.run(
			[
				process.execPath,
				bundle,
				target,
				...words,
				...['--signaling-server', server.binary, '--load-client', client]
			],
			// all that anything inside leaves behind goes with it
			{ ...process.env, TMPDIR: directory }
		);
	} finally {
		await namespace.close();
		rmSync(directory, { recursive: true, force: true });
	}
}

/** What the embedded signaling carries, beside the high-performance backend if that was there. */
export function report({ sessions, rooms, onTheirWay, perSecond, roost, hpb, noise, beyond }) {
	const figure = (value) =>
		value === null || value === undefined || Number.isNaN(value) ? '–' : String(value);
	const row = (name, read) => {
		const [ours, theirs] = [read(roost), hpb ? read(hpb) : undefined];
		const ratio = theirs ? (ours / theirs).toFixed(2) : '–';
		return [name, figure(ours), figure(theirs), ratio];
	};
	const rows = [
		row(`messages a second, ${onTheirWay} of each session on their way`, (side) => side.flood.perSecond),
		row('50th percentile of them, ms', (side) => side.flood.p50Ms),
		row('99th percentile of them, ms', (side) => side.flood.p99Ms),
		row(`50th percentile at ${perSecond} a second, ms`, (side) => side.trickle.p50Ms),
		row(`99th percentile at ${perSecond} a second, ms`, (side) => side.trickle.p99Ms),
		row(`memory with ${sessions} sessions, MB`, (side) => side.memory.now),
		row('memory at most, MB', (side) => side.memory.most),
		row(`all into ${rooms} rooms at once, sockets, ms`, (side) => side.storms.socketsMs),
		row(`all into ${rooms} rooms at once, with http, ms`, (side) => side.storms.allMs),
		row('all into one room at once, sockets, ms', (side) => side.stormsIntoOne.socketsMs),
		row('all into one room at once, with http, ms', (side) => side.stormsIntoOne.allMs)
	];
	const load = (side) =>
		side?.load.length > 0
			? side.load
					.map(
						({ clients, sentPerSecond, receivedPerSecond, late }) =>
							`${clients} clients, ${figure(sentPerSecond)} messages a second sent and ${figure(receivedPerSecond)} received, ${late} of them later than a second`
					)
					.join('; ')
			: 'not run';
	return [
		table(['What', 'Roost', 'other', 'ratio'], rows, (column) => column > 0),
		'',
		`Lost messages: Roost ${roost.flood.lost + roost.trickle.lost}, other ${hpb ? hpb.flood.lost + hpb.trickle.lost : '–'}. The generator took ${roost.flood.generatorShare} and ${figure(hpb?.flood.generatorShare)} of a processor.`,
		`Noise: load ${noise.load.toFixed(1)}, others used ${percent(noise.othersShare)}.`,
		'',
		`Load client of the other server. With Roost: ${load(roost)}. With its own: ${load(hpb)}.`,
		'',
		beyond.length === 0 ? 'Everything is within its bounds.' : `Beyond their bounds: ${beyond.join('; ')}.`
	].join('\n');
}
