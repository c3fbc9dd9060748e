import fc from 'fast-check';
import { expect, it } from 'vitest';
import { reconnectDelay } from './backoff.ts';

it('given any number of failures and any chance, when the wait is asked for, then it is within its bounds', () => {
	fc.assert(
		fc.property(
			fc.nat(),
			fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
			(failures, random) => {
				const delay = reconnectDelay(failures, random);
				expect(delay).toBeGreaterThanOrEqual(350);
				expect(delay).toBeLessThanOrEqual(19_500);
			}
		),
		{ seed: 15 }
	);
});

it('given the same chance, when failures add up, then the wait never becomes shorter', () => {
	const waits = [0, 1, 2, 3, 4, 5, 6, 100].map((failures) => reconnectDelay(failures, 0.5));
	expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

it.each([-1, 0.5, Number.NaN])(
	'given %s failures, when the wait is asked for, then it is refused as a bug',
	(failures) => {
		expect(() => reconnectDelay(failures, 0)).toThrow(RangeError);
	}
);
