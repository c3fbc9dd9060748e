/**
 * What was measured beside its floor in the same run, so that a busy machine slows both. `npm run test:speed` fails where
 * it is worse than here by more than 15 %, three times in a row (scripts/speed.mjs).
 */
export interface HeldRatio {
	about: string;
	found: number;
	/** The ratio may be so much at most. */
	most: number;
}
