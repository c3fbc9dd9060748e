import { expect, it } from 'vitest';
import { median, quantile } from './figures.ts';

it('given values in any order, when their middle is asked for, then it is the middle one, or lies between two', () => {
	expect(median([9, 1, 5])).toBe(5);
	expect(median([4, 1, 2, 3])).toBe(2.5);
});

it('given phases that some joins did not have, when a share is asked for, then those joins do not count', () => {
	expect(quantile([Number.NaN, 10, 0], 0.9)).toBe(9);
	expect(quantile([Number.NaN], 0.5)).toBeNaN();
});
