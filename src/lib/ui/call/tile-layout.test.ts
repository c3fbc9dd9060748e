import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bestGrid, fitOf, gridRules, pagesOf, positions, tilesPerPage } from './tile-layout.ts';

const rules = (minRatio: number) => ({ gap: 8, minRatio, maxRatio: 16 / 9 });
const counts = [2, 3, 4, 5, 6, 9, 12, 16];
const vectors: [stage: string, minRatio: number, grids: string][] = [
	[
		'1264×640',
		4 / 3,
		'2×1 628×471, 2×2 561×316, 2×2 561×316, 3×2 416×312, 3×2 416×312, 3×3 369×208, 4×3 310×208, 4×4 273×154'
	],
	[
		'900×640',
		4 / 3,
		'1×2 561×316, 2×2 446×316, 2×2 446×316, 2×3 369×208, 2×3 369×208, 3×3 294×208, 3×4 273×154, 4×4 219×154'
	],
	[
		'344×560',
		3 / 4,
		'1×2 344×276, 1×3 322×181, 2×2 168×224, 2×3 168×181, 2×3 168×181, 2×5 168×105, 3×4 109×134, 3×6 109×86'
	],
	[
		'780×300',
		4 / 3,
		'2×1 386×289, 3×1 254×191, 2×2 259×146, 3×2 254×146, 3×2 254×146, 5×2 149×112, 4×3 168×94, 6×3 123×92'
	]
];

const sizeOf = (text: string) => {
	const [width = 0, height = 0] = text.split('×').map(Number);
	return { width, height };
};

describe('grid', () => {
	const cases = vectors.flatMap(([stage, minRatio, grids]) =>
		grids.split(', ').map((grid, index) => ({ stage, minRatio, count: counts[index] ?? 0, grid }))
	);
	it.each(cases)('given a stage of $stage, when $count tiles are shown, then they form $grid', (vector) => {
		const { columns, rows, tile } = bestGrid(vector.count, sizeOf(vector.stage), rules(vector.minRatio));

		expect(`${columns}×${rows} ${Math.floor(tile.width)}×${Math.floor(tile.height)}`).toBe(vector.grid);
	});

	it('given any stage, when tiles are laid out, then no other grid has larger ones', () => {
		const stage = fc.record({
			width: fc.integer({ min: 200, max: 3_000 }),
			height: fc.integer({ min: 150, max: 2_000 })
		});
		fc.assert(
			fc.property(
				stage,
				fc.integer({ min: 2, max: 20 }),
				fc.constantFrom(3 / 4, 4 / 3),
				(size, count, minRatio) => {
					const { tile } = bestGrid(count, size, rules(minRatio));
					let largest = 0;
					for (let columns = 1; columns <= count; columns += 1) {
						for (let step = 0; step <= 2_000; step += 1) {
							const ratio = minRatio + ((16 / 9 - minRatio) * step) / 2_000;
							const cellWidth = (size.width - 8 * (columns - 1)) / columns;
							const rows = Math.ceil(count / columns);
							const cellHeight = (size.height - 8 * (rows - 1)) / rows;
							const width = Math.min(cellWidth, cellHeight * ratio);
							if (width > 0) largest = Math.max(largest, (width * width) / ratio);
						}
					}
					expect((tile.width * tile.height) / largest).toBeGreaterThan(0.999);
					expect((tile.width * tile.height) / largest).toBeLessThan(1.001);
				}
			),
			{ seed: 20_261, numRuns: 60 }
		);
	});

	it('given a grid on screen, when the stage changes a little, then the columns stay', () => {
		const before = bestGrid(2, { width: 1_000, height: 640 }, rules(4 / 3));
		const stage = { width: 950, height: 640 };

		expect(before.columns).toBe(2);
		expect(bestGrid(2, stage, rules(4 / 3)).columns).toBe(1);
		expect(bestGrid(2, stage, rules(4 / 3), 2).columns).toBe(2);
		expect(bestGrid(2, { width: 700, height: 640 }, rules(4 / 3), 2).columns).toBe(1);
	});

	it('given a short last row, when tiles are placed, then it is centred and nothing leaves the stage', () => {
		const stage = { width: 1_264, height: 640 };
		const grid = bestGrid(5, stage, rules(4 / 3));

		const placed = positions(5, grid, stage, 8);

		const [first, , third, fourth, fifth] = placed;
		const middle = stage.width / 2;
		expect((fourth?.x ?? 0) + grid.tile.width + 4).toBeCloseTo(middle);
		expect((fifth?.x ?? 0) - 4).toBeCloseTo(middle);
		expect(first?.x).toBeGreaterThanOrEqual(0);
		expect((third?.x ?? 0) + grid.tile.width).toBeLessThanOrEqual(stage.width);
	});

	it('given a phone, when it is turned, then tiles turn too', () => {
		expect(gridRules({ width: 390, height: 700 }, true)).toEqual({
			gap: 4,
			minRatio: 3 / 4,
			maxRatio: 16 / 9
		});
		expect(gridRules({ width: 700, height: 390 }, true).minRatio).toBe(4 / 3);
		expect(gridRules({ width: 390, height: 700 }, false)).toEqual({
			gap: 8,
			minRatio: 4 / 3,
			maxRatio: 16 / 9
		});
	});
});

describe('pages', () => {
	const desktop = { minTile: { width: 160, height: 90 }, cap: 16 };

	it('given more people than the cap, when pages are cut, then a page holds the cap', () => {
		expect(tilesPerPage(30, { width: 1_264, height: 640 }, rules(4 / 3), desktop)).toBe(16);
		expect(tilesPerPage(30, { width: 1_264, height: 640 }, rules(4 / 3), { ...desktop, cap: 9 })).toBe(9);
	});

	it('given a small stage, when tiles would get too small, then a page holds fewer', () => {
		const phone = { minTile: { width: 120, height: 90 }, cap: 16 };
		expect(tilesPerPage(12, { width: 344, height: 560 }, rules(3 / 4), phone)).toBe(10);
		expect(tilesPerPage(12, { width: 50, height: 40 }, rules(3 / 4), phone)).toBe(1);
	});

	it('given several pages, when they are cut, then the own tile ends the first and nobody moves', () => {
		expect(pagesOf(['a', 'b', 'c', 'd', 'e'], 'me', 3)).toEqual([
			['a', 'b', 'me'],
			['c', 'd', 'e']
		]);
		expect(pagesOf(['a', 'b'], 'me', 4)).toEqual([['a', 'b', 'me']]);
		expect(pagesOf(['a', 'b'], 'me', 1)).toEqual([['a'], ['b'], ['me']]);
		expect(pagesOf([], null, 4)).toEqual([]);
	});
});

describe('fit', () => {
	const tile = { width: 400, height: 300 };

	it('given a camera, when filling would crop more than 30 %, then it is shown whole', () => {
		expect(fitOf('camera', { width: 1_280, height: 720 }, tile)).toBe('cover');
		expect(fitOf('camera', { width: 720, height: 1_280 }, tile)).toBe('contain');
		expect(fitOf('camera', { width: 0, height: 0 }, tile)).toBe('cover');
	});

	it('given a screen, then it is always shown whole', () => {
		expect(fitOf('screen', tile, tile)).toBe('contain');
	});
});
