import { runWithApp } from './app.mjs';
import { percent, table } from './report.mjs';

export const help = `
For tiles, which takes about five minutes and needs Linux:
  --samples 2              of what has a bound, turn by turn; the rest is measured once
  --seconds 4              of each measurement
  --cells video-16,…       some of video-1, video-4, video-9, video-16, video-25, audio-50, crowd-50`;

/** Measures what it costs to show many people, in a browser. @returns the exit status */
export async function run(bundle, target, words) {
	if (process.platform !== 'linux') {
		console.error('tiles: reads what a process costs from /proc, so it needs Linux');
		return 1;
	}
	return runWithApp(bundle, target, words);
}

const nameOf = ({ name, members, media }) =>
	name.startsWith('crowd')
		? `${members} with video`
		: `${members} with ${media === 'video' ? 'video' : 'sound'}`;
const cores = (ms) => `${(ms / 10).toFixed(0)} %`;

function rows(comparison) {
	const { roost, floor, ratios, senderCpu } = comparison;
	const row = (who, side, ratio) => [
		nameOf(comparison),
		who,
		String(side.decodedStreams),
		comparison.media === 'video' ? side.decodedFps.toFixed(0) : '–',
		comparison.media === 'video' ? side.shownFps.toFixed(0) : '–',
		cores(side.cpu),
		`${(100 * side.mainThread).toFixed(1)} %`,
		cores(side.besideCpu),
		side.privateMB.toFixed(0),
		side.heapMB.toFixed(1),
		cores(senderCpu),
		ratio
	];
	return [
		...(roost ? [row('Roost', roost, ratios ? ratios.cpu.toFixed(2) : '–')] : []),
		...(floor ? [row('bare', floor, '')] : [])
	];
}

export function report({ comparisons, verdicts, beyond, failed, othersShare, seconds, recording }) {
	const head = [
		'Members',
		'page',
		'decoded',
		'pictures/s',
		'shown/s',
		'processor',
		'main thread',
		'rest of browser',
		'memory, MB',
		'heap, MB',
		'sender',
		'ratio'
	];
	const notDriven = comparisons.filter(
		({ roost, floor }) => roost?.isDriven === false || floor?.isDriven === false
	);
	return [
		table(head, comparisons.flatMap(rows), (column) => column > 1),
		table(
			['Bound', 'measured', 'bound'],
			verdicts.map(({ what, value, bound }) => [what, String(value), String(bound)]),
			(column) => column > 0
		),
		`Medians of ${seconds} s each; ${failed} turns came to nothing. The recording: ${recording.frames} pictures, ${(recording.bytes / 1_024).toFixed(0)} kB. Others used ${percent(othersShare)} of the machine.`,
		...(notDriven.length > 0
			? [
					`This machine did not carry everything that was sent at ${notDriven.map(({ name }) => name).join(', ')}: nothing of that is judged.`
				]
			: []),
		beyond.length === 0
			? 'Everything that was judged is within its bounds.'
			: `Beyond their bounds: ${beyond.join('; ')}.`
	].join('\n\n');
}
