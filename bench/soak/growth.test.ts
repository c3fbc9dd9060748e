import { expect, it } from 'vitest';
import { curveOf, growthOf, surely } from './growth.ts';

/** A value looked at each minute. */
const points = (minutes: number, value: (minute: number) => number) =>
	Array.from({ length: minutes }, (_, minute) => ({ at: minute * 60, value: value(minute) }));
/** Up and down without an order that a line could follow, repeatable. */
const wobble = (minute: number) => Math.sin(minute * 12.9898) * 0.5;

it('given a value that grows by a tenth each minute, when a line is fitted, then it grows by six an hour', () => {
	const { perHour, low, high } = growthOf(points(30, (minute) => 10 + minute / 10));

	expect(perHour).toBeCloseTo(6);
	expect(low).toBeCloseTo(6);
	expect(high).toBeCloseTo(6);
});

it('given a steady value with single looks far off, when a line is fitted, then they do not matter', () => {
	const { perHour } = growthOf(points(30, (minute) => (minute % 10 === 9 ? 100 : 10)));

	expect(perHour).toBeCloseTo(0);
});

it('given an hour of a value that wobbles while it grows, when a line is fitted, then the truth lies in its interval', () => {
	const { perHour, low, high } = growthOf(points(60, (minute) => 10 + (4 * minute) / 60 + wobble(minute)));

	expect(low).toBeLessThan(4);
	expect(high).toBeGreaterThan(4);
	expect(Math.abs(perHour - 4)).toBeLessThan(0.5);
});

it('given an interval wider than the bound can tell, when it is held against it, then only what it is at least counts', () => {
	expect(surely({ perHour: 9, low: -4, high: 20 }, 3)).toBe(-4);
	expect(surely({ perHour: 4, low: 2, high: 6 }, 3)).toBe(4);
});

it('given too few looks, when a line is fitted, then nothing is sure of its slope', () => {
	const growth = growthOf(points(3, (minute) => minute));

	expect(growth.perHour).toBe(60);
	expect(surely(growth, 3)).toBe(-Infinity);
	expect(growthOf(points(1, () => 1)).perHour).toBeNaN();
});

it('given values, when they are drawn, then least and most are the ends of the scale, and the width is kept', () => {
	expect(curveOf([1, 2, 3], 10)).toBe('▁▅█');
	expect(curveOf([5, 5], 10)).toBe('▁▁');
	expect(
		curveOf(
			points(100, (minute) => minute).map(({ value }) => value),
			8
		)
	).toBe('▁▂▃▄▅▆▇█');
});
