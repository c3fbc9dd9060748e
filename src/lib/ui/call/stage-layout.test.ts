import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SessionId } from '$lib/protocol/ids.ts';
import { layOut, looksAt, type StageInput, type StageTile } from './stage-layout.ts';

const camera = (key: string): StageTile => ({ key, source: 'camera', isOwn: false });
const screen = (key: string): StageTile => ({ key, source: 'screen', isOwn: false });
const own: StageTile = { key: 'me', source: 'camera', isOwn: true };
const people = (count: number) => [...Array.from({ length: count }, (_, index) => camera(`p${index}`)), own];

const stage = (change: Partial<StageInput>): StageInput => ({
	tiles: people(3),
	stage: { width: 1_264, height: 640 },
	isPhone: false,
	mode: 'auto',
	pinned: [],
	speaker: null,
	screen: null,
	page: 0,
	cap: 16,
	corner: 'bottom-end',
	isOwnVideoHidden: false,
	cardHeight: 176,
	...change
});
const placesOf = (input: StageInput) =>
	Object.fromEntries(layOut(input).placed.map(({ key, place }) => [key, place]));

describe('which layout', () => {
	it('given nobody else, then the own tile leaves room for the invitation', () => {
		const layout = layOut(stage({ tiles: [own] }));

		expect(layout.kind).toBe('alone');
		expect(layout.placed[0]?.height).toBeLessThanOrEqual(640 - 176);
		expect(layOut(stage({ tiles: [own], cardHeight: 600 })).placed).toEqual([]);
	});

	it('given nobody else and a page that is zoomed in, then the invitation has all of the room', () => {
		const zoomed = stage({ tiles: [own], isPhone: true, stage: { width: 248, height: 200 } });

		expect(layOut(zoomed).placed).toEqual([]);
	});

	it('given one other person, then they fill the stage and the own tile floats', () => {
		expect(placesOf(stage({ tiles: people(1) }))).toEqual({ p0: 'large', me: 'floating' });
		expect(layOut(stage({ tiles: people(1) })).placed[0]).toMatchObject({ width: 1_264, height: 640 });
		expect(
			layOut(stage({ tiles: people(1), isPhone: true, stage: { width: 390, height: 700 } })).placed[1]
		).toMatchObject({ width: 96, height: 128 });
	});

	it('given several people, then all are equal and the own tile is last', () => {
		expect(layOut(stage({})).placed.map(({ key, place }) => `${key} ${place}`)).toEqual([
			'p0 grid',
			'p1 grid',
			'p2 grid',
			'me grid'
		]);
	});

	it('given a shared screen, then it is large, unless somebody is pinned or a grid is wanted', () => {
		const tiles = [screen('s'), ...people(2)];
		expect(placesOf(stage({ tiles }))).toEqual({ s: 'large', p0: 'strip', p1: 'strip', me: 'strip' });
		expect(placesOf(stage({ tiles, pinned: ['p1'] }))).toMatchObject({ p1: 'large', s: 'strip' });
		expect(placesOf(stage({ tiles, mode: 'grid' }))).toMatchObject({ s: 'grid', p0: 'grid' });
	});

	it('given several shared screens, then the newest is large and the others are in the strip, unless one is chosen', () => {
		const tiles = [screen('s'), ...people(2), screen('newer')];
		expect(placesOf(stage({ tiles }))).toMatchObject({ newer: 'large', s: 'strip', p0: 'strip' });
		expect(placesOf(stage({ tiles, screen: 's' }))).toMatchObject({ s: 'large', newer: 'strip' });
		expect(placesOf(stage({ tiles, screen: 'gone' }))).toMatchObject({ newer: 'large' });
	});

	it('given up to four pins on a wide stage, then all are large and the strip is at the end side; below on an upright one', () => {
		const pinned = ['p0', 'p1', 'p2', 'p3'];
		const wide = layOut(stage({ tiles: people(6), pinned }));
		expect(wide.placed.filter(({ place }) => place === 'large').map(({ key }) => key)).toEqual(pinned);
		const large = Math.max(...wide.placed.map((tile) => (tile.place === 'large' ? tile.x + tile.width : 0)));
		expect(wide.placed.every(({ place, x }) => place === 'large' || x >= large)).toBe(true);

		const upright = layOut(stage({ tiles: people(6), pinned: ['p0'], stage: { width: 400, height: 700 } }));
		const [first] = upright.placed;
		expect(first).toMatchObject({ key: 'p0', place: 'large' });
		const below = (first?.y ?? 0) + (first?.height ?? 0);
		expect(upright.placed.slice(1).every(({ y }) => y >= below)).toBe(true);
	});

	it('given the speaker layout, then the speaker is large, and the first person before anybody spoke', () => {
		expect(placesOf(stage({ mode: 'speaker', speaker: 'p2' }))).toMatchObject({ p2: 'large', p0: 'strip' });
		expect(placesOf(stage({ mode: 'speaker' }))).toMatchObject({ p0: 'large', p2: 'strip' });
	});

	it('given a tiny window, then only the screen, or whoever speaks, is shown', () => {
		const tiny = { stage: { width: 300, height: 160 }, isTiny: true };
		expect(placesOf(stage({ ...tiny, tiles: people(3), mode: 'speaker', speaker: 'p1' }))).toEqual({
			p1: 'large'
		});
		expect(placesOf(stage({ ...tiny, tiles: [...people(3), screen('s')], mode: 'speaker' }))).toEqual({
			s: 'large'
		});
		expect(placesOf(stage({ ...tiny, tiles: people(1) }))).toEqual({ p0: 'large' });
	});

	it('given the own video is hidden, then a chip remains and the others have the room', () => {
		expect(placesOf(stage({ isOwnVideoHidden: true }))).toMatchObject({ me: 'chip', p0: 'grid' });
	});

	it('given a corner at the start side, then the own tile floats there instead of joining the strip', () => {
		const tiles = [screen('s'), ...people(1)];
		const layout = layOut(stage({ tiles, corner: 'top-start' }));
		expect(layout.placed.at(-1)).toMatchObject({ key: 'me', place: 'floating', x: 12, y: 12 });
	});
});

describe('pages', () => {
	it('given more people than the device can show, then they are cut into pages', () => {
		const first = layOut(stage({ tiles: people(20), cap: 9 }));
		const last = layOut(stage({ tiles: people(20), cap: 9, page: 7 }));

		expect(first.pageCount).toBe(3);
		expect(first.placed.at(-1)?.key).toBe('me');
		expect(last.page).toBe(2);
		expect(last.placed.map(({ key }) => key)).toEqual(['p17', 'p18', 'p19']);
	});

	it('given a short last page, then its tiles are as large as those of the others', () => {
		const input = stage({ tiles: people(20), cap: 9 });
		expect(layOut({ ...input, page: 2 }).placed[0]?.width).toBe(layOut(input).placed[0]?.width);
	});
});

it('given any call, when it is laid out, then nothing leaves the stage and no two tiles cover each other', () => {
	const input = fc.record({
		tiles: fc
			.tuple(fc.nat(2), fc.nat(24))
			.map(([screens, count]) => [
				...Array.from({ length: screens }, (_, index) => screen(`s${index}`)),
				...people(count)
			]),
		stage: fc.record({
			width: fc.integer({ min: 320, max: 2_000 }),
			height: fc.integer({ min: 240, max: 1_400 })
		}),
		isPhone: fc.boolean(),
		mode: fc.constantFrom('auto' as const, 'grid' as const, 'speaker' as const),
		pinned: fc.subarray(['p0', 'p1', 's0', 'me']),
		speaker: fc.constantFrom(null, 'p1', 'gone'),
		screen: fc.constantFrom(null, 's0', 'gone'),
		page: fc.nat(5),
		cap: fc.constantFrom(4, 9, 16),
		corner: fc.constantFrom(
			'top-start' as const,
			'top-end' as const,
			'bottom-start' as const,
			'bottom-end' as const
		),
		isOwnVideoHidden: fc.boolean(),
		cardHeight: fc.constantFrom(150, 600)
	});
	fc.assert(
		fc.property(input, (given) => {
			const { placed, page, pageCount } = layOut(given);
			expect(page).toBeLessThan(pageCount);
			expect(new Set(placed.map(({ key }) => key)).size).toBe(placed.length);
			for (const tile of placed) {
				expect(tile.x).toBeGreaterThanOrEqual(-0.01);
				expect(tile.y).toBeGreaterThanOrEqual(-0.01);
				expect(tile.x + tile.width).toBeLessThanOrEqual(given.stage.width + 0.01);
				expect(tile.y + tile.height).toBeLessThanOrEqual(given.stage.height + 0.01);
			}
			const flat = placed.filter(({ place }) => place !== 'floating' && place !== 'chip');
			for (const [index, a] of flat.entries()) {
				for (const b of flat.slice(index + 1)) {
					const isApart =
						a.x + a.width <= b.x + 0.01 ||
						b.x + b.width <= a.x + 0.01 ||
						a.y + a.height <= b.y + 0.01 ||
						b.y + b.height <= a.y + 0.01;
					expect(isApart).toBe(true);
				}
			}
		}),
		{ seed: 20_262, numRuns: 300 }
	);
});

it('given more people than fit on a page, when it is told how they are looked at, then those on other pages are not, and nobody looks at themselves', () => {
	const many = people(9);
	const { placed } = layOut(stage({ tiles: many, cap: 4, mode: 'grid' }));
	const spots = new Map(placed.map((spot) => [spot.key, spot]));
	const tiles = many.map(({ key, source, isOwn }) => ({
		key,
		source,
		memberKey: isOwn ? ('self' as const) : (key as SessionId)
	}));

	const looks = looksAt([...tiles, { key: 's', source: 'screen', memberKey: 'p0' as SessionId }], spots, 2);

	expect(looks.map(({ memberKey }) => memberKey)).toEqual(many.slice(0, 9).map(({ key }) => key));
	const seen = looks.filter(({ lines }) => lines > 0);
	expect(seen.map(({ memberKey }) => memberKey)).toEqual(
		placed.flatMap(({ key }) => (key === 'me' ? [] : [key]))
	);
	expect(seen.length).toBeLessThan(looks.length);
	expect(seen[0]?.lines).toBe(Math.round((placed[0]?.height ?? 0) * 2));
});
