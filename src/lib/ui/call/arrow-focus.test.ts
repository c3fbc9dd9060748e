import { expect, it } from 'vitest';
import { arrowTarget } from './arrow-focus.ts';

it('given a toolbar, when arrows are pressed, then the focus goes round; Home and End lead to its ends', () => {
	const toolbar = { axis: 'horizontal', isRing: true, isRtl: false } as const;
	expect(arrowTarget('ArrowRight', 4, 5, toolbar)).toBe(0);
	expect(arrowTarget('ArrowLeft', 0, 5, toolbar)).toBe(4);
	expect(arrowTarget('Home', 3, 5, toolbar)).toBe(0);
	expect(arrowTarget('End', 1, 5, toolbar)).toBe(4);
	expect(arrowTarget('ArrowDown', 1, 5, toolbar)).toBeNull();
	expect(arrowTarget('x', 1, 5, toolbar)).toBeNull();
});

it('given text from right to left, when arrows are pressed, then they keep their direction on screen', () => {
	const toolbar = { axis: 'horizontal', isRing: true, isRtl: true } as const;
	expect(arrowTarget('ArrowLeft', 0, 5, toolbar)).toBe(1);
	expect(arrowTarget('ArrowRight', 1, 5, toolbar)).toBe(0);
});

it('given a grid of tiles, when arrows are pressed, then rows and ends are kept', () => {
	const grid = { axis: 'both', columns: 3, isRtl: false } as const;
	expect(arrowTarget('ArrowDown', 1, 6, grid)).toBe(4);
	expect(arrowTarget('ArrowUp', 4, 6, grid)).toBe(1);
	expect(arrowTarget('ArrowUp', 1, 6, grid)).toBe(1);
	expect(arrowTarget('ArrowRight', 5, 6, grid)).toBe(5);
	expect(arrowTarget('ArrowRight', 0, 0, grid)).toBeNull();
});
