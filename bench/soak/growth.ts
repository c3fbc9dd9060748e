import { median } from '../join/figures.ts';

/** Something that was looked at again and again. */
export interface Point {
	/** Seconds since the start. */
	at: number;
	value: number;
}

/** How much a value grows in an hour. */
export interface Growth {
	perHour: number;
	/** Nine times of ten the true growth is between these two; infinite if there are too few points to say so. */
	low: number;
	high: number;
}

const hour = 3_600;
/** Of the normal distribution, for nine of ten. */
const spread = 1.645;
/** With fewer points even an order without exception comes by chance more often than once in ten times. */
const fewest = 4;

/**
 * Fits a line through points as Theil and Sen do: the middle one of the slopes between any two points, so that single
 * points that lie far off do not matter; the interval is the one of Sen, from the variance of Kendall's statistic.
 * @returns NaN of fewer than two points
 */
export function growthOf(points: readonly Point[]): Growth {
	const slopes = points
		.flatMap((one, index) =>
			points.slice(index + 1).map((other) => ((other.value - one.value) / (other.at - one.at)) * hour)
		)
		.sort((one, other) => one - other);
	const count = points.length;
	const width = spread * Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18);
	const place = (rank: number) => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))];
	if (count < fewest) return { perHour: median(slopes), low: -Infinity, high: Infinity };
	return {
		perHour: median(slopes),
		low: place((slopes.length - width) / 2 - 1) ?? Number.NaN,
		high: place((slopes.length + width) / 2) ?? Number.NaN
	};
}

/**
 * What can be said against a bound: the growth itself if the run was long enough to know it to within the bound, and
 * otherwise only what it is at least.
 */
export function surely({ perHour, low, high }: Growth, bound: number): number {
	return high - low <= 2 * bound ? perHour : low;
}

const bars = '▁▂▃▄▅▆▇█';

/** A curve of so many characters, each for the middle of what falls to it; the lowest is the least value. */
export function curveOf(values: readonly number[], width: number): string {
	const [least, most] = [Math.min(...values), Math.max(...values)];
	const columns = Math.min(width, values.length);
	return Array.from({ length: columns }, (_, column) => {
		const from = Math.floor((column * values.length) / columns);
		const to = Math.floor(((column + 1) * values.length) / columns);
		const share = most === least ? 0 : (median(values.slice(from, to)) - least) / (most - least);
		return bars[Math.round(share * (bars.length - 1))] ?? '';
	}).join('');
}
