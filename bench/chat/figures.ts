import { median, quantile } from '../join/figures.ts';
import type { Smoothness } from './trace.ts';

/** A picture later than this is one that was missed. */
export const frameMs = 32;

export interface Figure {
	count: number;
	ms: number;
	p90: number;
	/** Of the usual run; the worst run had `worstEver`. */
	worstFrame: number;
	worstEver: number;
	/** How many pictures of all of a run came late: usually, and of how many. */
	late: number;
	frames: number;
	/** Milliseconds; 0: none of more than 50. */
	longestTask: number;
}

const rounded = (value: number) => Number(value.toFixed(1));
const most = (values: readonly number[]) => values.reduce((one, other) => Math.max(one, other), 0);

export function figureOf(runs: readonly Smoothness[]): Figure {
	const of = (read: (run: Smoothness) => number) => runs.map(read);
	return {
		count: runs.length,
		ms: rounded(median(of(({ ms }) => ms))),
		p90: rounded(
			quantile(
				of(({ ms }) => ms),
				0.9
			)
		),
		worstFrame: rounded(median(of(({ frames }) => most(frames)))),
		worstEver: rounded(most(of(({ frames }) => most(frames)))),
		late: median(of(({ frames }) => frames.filter((frame) => frame > frameMs).length)),
		frames: median(of(({ frames }) => frames.length)),
		longestTask: rounded(most(of(({ longTasks }) => most(longTasks))))
	};
}
