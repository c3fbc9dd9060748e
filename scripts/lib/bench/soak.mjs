import { runWithApp } from './app.mjs';
import { percent, table } from './report.mjs';

export const isOnItsOwn = true;

export const help = `
For soak, which runs only by its name:
  --minutes 60             how long people come and go, 3 at least; little can be said of growth below 20
  --leak                   the page that is measured keeps every connection, to see that this is found: it has to fail`;

/** Measures whether a page and the server stay as they are while people come and go. */
export const run = runWithApp;

/** What is infinite is null in a file of results. */
const mb = (value) => (value === null ? '–' : value.toFixed(1));

export const report = ({ minutes, isLeaking, rounds, looks, failures, noise, growth, counts, beyond }) => {
	const grown = growth.map(({ name, start, end, perHour, low, high, bound, curve }) => [
		name,
		mb(start),
		mb(end),
		mb(perHour),
		low === null ? 'too few looks' : `${mb(low)} to ${mb(high)}`,
		bound === null ? '–' : mb(bound),
		curve
	]);
	const changed = counts.filter(({ start, end, most }) => start !== end || most !== start || start > 0);
	const nothing = counts.length - changed.length;
	return [
		`${minutes} minutes, ${rounds} rounds, ${failures} of them came to nothing; ${looks} looks after warming up, each while whoever stays was alone.${isLeaking ? ' The page leaked on purpose.' : ''}`,
		`Noise: load ${noise.load.toFixed(1)}, others used ${percent(noise.othersShare)}.`,
		'',
		table(
			['MB', 'start', 'end', 'an hour', 'nine times of ten', 'bound', 'curve'],
			grown,
			(column) => column > 0 && column < 6
		),
		'',
		table(
			['How many', 'start', 'end', 'most', 'may grow by'],
			changed.map(({ name, start, end, most, slack }) => [name, start, end, most, slack].map(String)),
			(column) => column > 0
		),
		'',
		`Of ${nothing} more kinds there was nothing at any look.`,
		'',
		beyond.length === 0 ? 'Everything is within its bounds.' : `Beyond their bounds: ${beyond.join('; ')}.`
	].join('\n');
};
