import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canPan, fitted, levelOf, panned, scaleOf, zoomedTo, zoomStep, type Zoom } from './zoom.ts';

const picture = { width: 1_920, height: 1_080 };
const tile = { width: 960, height: 600 };
const middle = { x: 0, y: 0 };

describe('a shared screen', () => {
	it('given it fits, when it is shown at 100 %, then one pixel of it is one of the layout', () => {
		expect(levelOf(fitted, picture, tile)).toBe(0.5);
		const full = zoomedTo(fitted, 1, middle, picture, tile);
		expect(full).toEqual({ level: 1, x: 0, y: 0 });
		expect(scaleOf(full, picture, tile)).toBe(2);
		expect(scaleOf(fitted, picture, tile)).toBe(1);
	});

	it('given it fits, then there is nothing to move; larger than its tile, it moves up to its edges', () => {
		expect(canPan(fitted, picture, tile)).toBe(false);
		const full = zoomedTo(fitted, 1, middle, picture, tile);
		expect(canPan(full, picture, tile)).toBe(true);
		expect(panned(full, 9_999, -9_999, picture, tile)).toEqual({ level: 1, x: 480, y: -240 });
		expect(panned(fitted, 50, 50, picture, tile)).toEqual(fitted);
	});

	it('given steps up and down, then they go over round levels and end at 400 % and 50 %', () => {
		const levels = (by: -1 | 1, from: Zoom) => {
			let zoom = from;
			return Array.from({ length: 8 }, () => (zoom = zoomStep(zoom, by, picture, tile)).level);
		};
		const up = levels(1, fitted);
		expect(up).toEqual([0.75, 1, 1.5, 2, 3, 4, 4, 4]);
		expect(levels(-1, { level: 4, x: 0, y: 0 })).toEqual([3, 2, 1.5, 1, 0.75, 0.5, 0.5, 0.5]);
	});

	it('given a small tile, when one zooms out of what fits, then 50 % is the least', () => {
		const phone = { width: 390, height: 300 };
		expect(levelOf(fitted, picture, phone)).toBeCloseTo(0.203);
		expect(zoomStep(fitted, -1, picture, phone)).toEqual(fitted);
		expect(zoomedTo(fitted, 0.1, middle, picture, phone).level).toBe(0.5);
	});
});

it('given any zoom around a point, when no edge is in the way, then what is under the point stays there', () => {
	const point = fc.record({ x: fc.integer({ min: -200, max: 200 }), y: fc.integer({ min: -150, max: 150 }) });
	const level = fc.double({ min: 0.5, max: 4, noNaN: true });
	fc.assert(
		fc.property(point, level, level, (at, first, second) => {
			const from = zoomedTo(fitted, first, middle, picture, tile);
			const to = zoomedTo(from, second, at, picture, tile);
			const under = (zoom: Zoom, axis: 'x' | 'y') => (at[axis] - zoom[axis]) / levelOf(zoom, picture, tile);
			for (const [axis, side] of [
				['x', 'width'],
				['y', 'height']
			] as const) {
				const room = Math.max(0, (picture[side] * levelOf(to, picture, tile) - tile[side]) / 2);
				expect(Math.abs(to[axis])).toBeLessThanOrEqual(room + 1e-9);
				if (Math.abs(to[axis]) < room - 1e-6) expect(under(to, axis)).toBeCloseTo(under(from, axis), 6);
			}
		}),
		{ seed: 20_264, numRuns: 300 }
	);
});
