import { runWithApp } from './app.mjs';
import { ms, percent, table } from './report.mjs';

export const help = `
For chat, which takes about two minutes:
  --first-opens 7          of a page that has just been opened, each
  --opens 9                with everything in the page
  --scrolls 1              from end to end and back
  --bursts 3               of messages at once`;

/** Measures the chat of a room with a long history. */
export const run = runWithApp;

const opens = {
	first: 'first press, the newest 50 messages in the page',
	again: 'second press',
	held: 'all messages in the page'
};
const moves = {
	loading: 'up, while older ones are loaded',
	up: 'up',
	down: 'down again',
	burst: 'messages that come at once'
};

export function report({ messages, burst, roost, floor, noise, beyond }) {
	const openRows = Object.entries(opens).map(([deed, name]) => {
		const [ours, least] = [roost[deed], floor[deed]];
		return [name, ...[ours.ms, ours.p90, least.ms, least.p90].map(ms), (ours.ms / least.ms).toFixed(2)];
	});
	const late = (side) => `${side.late} of ${side.frames}`;
	const moveRows = Object.entries(moves).map(([deed, name]) => {
		const [ours, least] = [roost[deed], floor[deed]];
		return [
			deed === 'burst' ? `${burst} ${name}` : name,
			...[ours.ms, ours.worstFrame].map(ms),
			late(ours),
			ours.longestTask > 0 ? ms(ours.longestTask) : '< 50',
			...[least.ms, least.worstFrame].map(ms),
			late(least)
		];
	});
	return [
		table(
			[`Opening a chat of ${messages} messages, ms`, 'Roost', 'p90', 'floor', 'p90', 'ratio'],
			openRows,
			(column) => column > 0
		),
		'',
		table(
			[
				'Its whole length with the wheel, ms',
				'Roost',
				'worst picture',
				'over 32',
				'longest task',
				'floor',
				'worst picture',
				'over 32'
			],
			moveRows,
			(column) => column > 0
		),
		'',
		`${roost.first.count} first presses of each, ${roost.held.count} with everything in the page, ${roost.up.count} ways up and down, ${roost.burst.count} bursts.`,
		`Noise: load ${noise.load.toFixed(1)}, others used ${percent(noise.othersShare)}.`,
		'',
		beyond.length === 0 ? 'Everything is within its bounds.' : `Beyond their bounds: ${beyond.join('; ')}.`
	].join('\n');
}
