import { at, ensureBrowser, run as runTool } from '../project.mjs';
import { percent, table } from './report.mjs';

export const help = `
For store, which takes less than a minute:
  --turns 150              with the database open
  --starts 15              with a page that has just been opened`;

/**
 * Measures the store of ongoing calls in a browser.
 * @param bundle the benchmark as one file
 * @param target where it writes its result
 * @param words options as they were typed, handed on
 * @returns the exit status
 */
export const run = async (bundle, target, words) =>
	runTool('node', [bundle, target, ...words], {
		env: { ROOST_CHROMIUM: await ensureBrowser(), ROOST_ROOT: at() }
	});

export function report({ sizes, turns, starts, known, noted, started, sweepMs, noise, beyond }) {
	const row = (name, { median, p90, bareMedian, bareP90, ratio }) => [
		name,
		...[median, p90, bareMedian, bareP90, ratio].map((value) => value.toFixed(2))
	];
	return [
		table(
			[
				`ms, with ${sizes.past} past calls and ${sizes.ongoing} ongoing`,
				'Roost',
				'p90',
				'bare',
				'p90',
				'ratio'
			],
			[
				row('which calls are going on', known),
				row('the same from nothing, the database opened for it', started),
				row('a call that is being joined is written down', noted)
			],
			(column) => column > 0
		),
		'',
		`${turns} turns, ${starts} of pages just opened. All that is past forgotten at once: ${sweepMs} ms, not in one piece.`,
		`Noise: load ${noise.load.toFixed(1)}, others used ${percent(noise.othersShare)}.`,
		'',
		beyond.length === 0 ? 'Everything is within its bounds.' : `Beyond their bounds: ${beyond.join('; ')}.`
	].join('\n');
}
