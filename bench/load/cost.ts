import type { LongTask } from './watch.ts';

export const kinds = ['js', 'css', 'html', 'words', 'images', 'fonts', 'other'] as const;
export type Kind = (typeof kinds)[number];

/** What was fetched, in the words of the bound. @param type the content type of the answer */
export function kindOf(path: string, type: string): Kind {
	if (/\/words-[^/]+\.json$/.test(path)) return 'words';
	if (/javascript/.test(type)) return 'js';
	if (type.startsWith('text/css')) return 'css';
	if (type.startsWith('text/html')) return 'html';
	if (type.startsWith('image/')) return 'images';
	return /^(?:font\/|application\/font)/.test(type) ? 'fonts' : 'other';
}

/** What a task of 50 ms takes is not felt. */
const unfeltMs = 50;

/** The time in which a press would have had to wait for more than 50 ms. */
export const blockedMs = (tasks: readonly LongTask[]): number =>
	tasks.reduce((sum, { durationMs }) => sum + Math.max(0, durationMs - unfeltMs), 0);

/** @returns 0 if none was long */
export const longestMs = (tasks: readonly LongTask[]): number =>
	Math.max(0, ...tasks.map(({ durationMs }) => durationMs));

/**
 * What one figure may be. A size is what it is; a time is allowed more on a machine that is not quiet, and so is the ratio
 * of two of them.
 */
interface Bound {
	about: string;
	most: number;
	of: 'size' | 'time' | 'times';
}
export interface Judged extends Bound {
	found: number;
}

/** By how much a time may be beyond its bound before the run counts as failed. */
const tolerance = 1.15;

export const isBeyond = ({ found, most }: Judged): boolean => !(found <= most);
export const isFailure = (judged: Judged): boolean =>
	judged.of === 'size' ? isBeyond(judged) : !(judged.found <= judged.most * tolerance);
