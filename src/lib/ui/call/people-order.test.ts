import { expect, it } from 'vitest';
import { windowOf } from './people-order.ts';

const view = { height: 560, rowHeight: 56 };

it('given sixty rows or fewer, when they are shown, then all of them are', () => {
	expect(windowOf(60, 60, { ...view, top: 5_000 })).toEqual({ from: 0, to: 60 });
});

it('given more, when the list is scrolled, then the rows that are seen are there, with some around them', () => {
	const shown = windowOf(300, 300, { ...view, top: 100 * 56 });

	expect(shown.from).toBeLessThan(100);
	expect(shown.to).toBeGreaterThanOrEqual(110);
	expect(shown.to - shown.from).toBeLessThan(40);
});

it('given a group above or below what is seen, when it is shown, then nothing of it is, or as much as is near', () => {
	expect(windowOf(100, 300, { ...view, top: 200 * 56 })).toEqual({ from: 100, to: 100 });
	expect(windowOf(100, 300, { ...view, top: -200 * 56 })).toEqual({ from: 0, to: 0 });
});
