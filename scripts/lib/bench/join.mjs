import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run as runTool } from '../project.mjs';
import { openNamespace } from '../stack/namespace.mjs';
import { ensurePackages, ensureSignalingServers } from '../stack/packages.mjs';
import { prepareApp } from './app.mjs';
import { ms, percent, table } from './report.mjs';

export const help = `
For join, which takes about ten minutes; the part over a media server needs Debian and root:
  --samples 15             joins of each page
  --held-up-samples 7      joins of each page with every answer of the servers held up by 50 ms
  --ways mesh,sfu          or one of them`;

const phaseNames = {
	room: 'answer to joining the room',
	signaling: 'in the room at the signaling server',
	call: 'answer to joining the call',
	offer: 'first offer, sent or received',
	ice: 'ICE connected',
	dtls: 'DTLS connected',
	packet: 'last packet of the first picture',
	frame: 'first picture shown',
	sound: 'first sound heard'
};
const wayNames = { mesh: 'Mesh', sfu: 'High-performance backend and Janus' };

const isStackPossible = () => process.getuid?.() === 0 && existsSync('/etc/debian_version');

/**
 * Measures joining: in a mesh anywhere, and with the real high-performance backend, Janus and NATS where these can be
 * installed and given a network of their own.
 * @param bundle the benchmark as one file
 * @param target where it writes its result
 * @param words options as they were typed, handed on
 * @returns the exit status
 */
export async function run(bundle, target, words) {
	const { status, env } = await prepareApp();
	if (status !== 0) return status;
	const wantsSfu = !words.includes('--ways') || words[words.indexOf('--ways') + 1]?.includes('sfu');
	if (!isStackPossible()) {
		if (wantsSfu) {
			console.error('join: without the part over a media server, which needs Debian and root');
		}
		const rest = words.filter((word, index) => word !== '--ways' && words[index - 1] !== '--ways');
		return runTool('node', [bundle, target, ...rest, '--ways', 'mesh'], { env });
	}
	await ensurePackages();
	const [server] = await ensureSignalingServers('2');
	const directory = mkdtempSync(join(tmpdir(), 'roost-bench-'));
	const namespace = openNamespace(`roost-bench-${process.pid}`);
	const interrupt = () => namespace.endAll('SIGTERM');
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, interrupt);
	try {
		const ways = words.includes('--ways') ? [] : ['--ways', 'mesh,sfu'];
		return await namespace.run(
			[process.execPath, bundle, target, ...words, ...ways, '--signaling-server', server.binary],
			// all that anything inside leaves behind goes with it
			{ ...process.env, ...env, TMPDIR: directory }
		);
	} finally {
		await namespace.close();
		rmSync(directory, { recursive: true, force: true });
	}
}

function comparison({ way, heldUpMs, roost, floor, ratios, failed }) {
	const rows = Object.entries(phaseNames).map(([phase, name]) => {
		const [ours, least] = [roost.phases[phase], floor.phases[phase]];
		const ratio =
			ours.median === null || least.median === null ? '–' : (ours.median / least.median).toFixed(2);
		return [name, ms(ours.median), ms(ours.p90), ms(least.median), ms(least.p90), ratio];
	});
	const head = ['Since the press of Join, ms', 'Roost', 'p90', 'floor', 'p90', 'ratio'];
	const noise = (side) => `load ${side.load}, others used ${percent(side.othersShare)}`;
	const trips = (side) => `${side.trips.length} (${side.trips.join(' → ')})`;
	return [
		`**${wayNames[way]}${heldUpMs > 0 ? `, every answer held up by ${heldUpMs} ms` : ''}**`,
		'',
		table(head, rows, (column) => column > 0),
		'',
		`${roost.joined} and ${floor.joined} joins, ${failed} came to nothing. 90th percentile beside the median of Roost's first picture: ${ratios.spread}.`,
		`Noise: Roost ${noise(roost)}; floor ${noise(floor)}.`,
		`Offers of the one who comes: Roost ${roost.offered}, floor ${floor.offered}.`,
		...(heldUpMs > 0
			? [
					'',
					`Round trips one after the other, before the offer: Roost ${trips(roost)}; floor ${trips(floor)}.`
				]
			: [])
	].join('\n');
}

export const report = ({ comparisons, beyond }) =>
	[
		...comparisons.map(comparison),
		beyond.length === 0 ? 'Everything is within its bounds.' : `Beyond their bounds: ${beyond.join('; ')}.`
	].join('\n\n');
