import { readFileSync, writeFileSync } from 'node:fs';
import { at } from '../project.mjs';

const page = at('docs', 'performance.md');

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

/** As prettier would write it: columns of equal width. */
function table(head, rows, isNumber) {
	const all = [head, ...rows];
	const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column].length)));
	const line = (row) =>
		`| ${row.map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join(' | ')} |`;
	const rule = `| ${widths.map((width, column) => (isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
	return [line(head), rule, ...rows.map(line)].join('\n');
}

const ms = (value) => (value === null ? '–' : value.toFixed(0));
const percent = (share) => (share === null ? 'unknown' : `${(100 * share).toFixed(0)} %`);

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

const reports = {
	join: ({ comparisons, beyond }) =>
		[
			...comparisons.map(comparison),
			beyond.length === 0 ? 'Everything is within its bounds.' : `Beyond their bounds: ${beyond.join('; ')}.`
		].join('\n\n'),
	server: serverReport,
	engine: ({ transitions, rosterDiff, joinStorm }) =>
		table(
			['What', 'engine', 'floor', 'ratio'],
			[
				[
					'mute changes of a call, each with a new snapshot, per second; floor: a machine of two states',
					String(transitions.peerCallPerSecond),
					String(transitions.smallestMachinePerSecond),
					String(transitions.costRatio)
				],
				[
					`comparing rosters of ${rosterDiff.members}, µs; floor: two sets`,
					String(rosterDiff.microseconds),
					String(rosterDiff.twoSetsMicroseconds),
					String(rosterDiff.costRatio)
				],
				[
					`joining a call of ${joinStorm.members} through a media server, ms of processor`,
					String(joinStorm.cpuMs),
					'–',
					'–'
				],
				['memory of that call, MB', String(joinStorm.heapMegabytes), '–', '–']
			],
			(column) => column > 0
		)
};

/** What the embedded signaling carries, beside the high-performance backend if that was there. */
function serverReport({ sessions, rooms, onTheirWay, perSecond, roost, hpb, noise, beyond }) {
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
		side?.load
			? `${side.load.clients} clients, ${figure(side.load.sentPerSecond)} messages a second sent and ${figure(side.load.receivedPerSecond)} received, ${side.load.late} of them later than a second`
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

/** Prints the tables of a run, and puts them where docs/performance.md has room for them. */
export function writeReport(part, result) {
	const report = reports[part];
	if (report === undefined) return;
	const { date, commit, machine, load } = result;
	const about = `${date}, commit ${commit}, ${machine.cores} × ${machine.cpu}, Node ${machine.node.replace(/^v/, '')}, load ${load}.`;
	const text = `${about}\n\n${report(result)}`;
	console.log(`\n${text}\n`);
	const [begin, end] = [`<!-- ${part}: written by npm run bench -->`, `<!-- end of ${part} -->`];
	const before = readFileSync(page, 'utf8');
	const [from, to] = [before.indexOf(begin), before.indexOf(end)];
	if (from < 0 || to < from) throw new Error(`docs/performance.md has no room for ${part}`);
	writeFileSync(page, `${before.slice(0, from + begin.length)}\n\n${text}\n\n${before.slice(to)}`);
}
