import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inOrder, nextOrder, noOrder, type StageMoment, type StageOrder } from './stage-order.ts';

const none: ReadonlySet<string> = new Set();
const eight = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const moment = (change: Partial<StageMoment> = {}): StageMoment => ({
	keys: eight,
	visible: new Set(['a', 'b', 'c', 'd']),
	speaking: none,
	prominent: none,
	kept: none,
	...change
});
/** Every quarter of a second; what is visible are the first four places, as on a first page. */
function play(from: StageOrder, seconds: number, start: number, change: Partial<StageMoment>): StageOrder {
	let state = from;
	for (let ms = 0; ms <= seconds * 1_000; ms += 250) {
		const visible = new Set((state.keys.length > 0 ? state.keys : eight).slice(0, 4));
		state = nextOrder(state, moment({ visible, ...change }), start + ms);
	}
	return state;
}
const textOf = ({ keys }: StageOrder) => keys.join('');

it('given people by time of joining, when one leaves and one comes, then the others keep their order', () => {
	const order = nextOrder(noOrder, moment(), 0);
	const later = nextOrder(order, moment({ keys: ['new', ...eight.filter((key) => key !== 'b')] }), 1_000);

	expect(later.keys).toEqual(['a', 'c', 'd', 'e', 'f', 'g', 'h', 'new']);
	expect(inOrder([{ key: 'x' }, { key: 'b' }, { key: 'a' }], ['a', 'b']).map(({ key }) => key)).toEqual([
		'a',
		'b',
		'x'
	]);
});

describe('who is brought to the page that is shown', () => {
	it('given somebody on another page, when they speak for 1.5 s, then they change places with one silent tile', () => {
		const speaking = new Set(['g']);
		expect(textOf(play(noOrder, 1.25, 0, { speaking }))).toBe('abcdefgh');
		expect(textOf(play(noOrder, 1.5, 0, { speaking }))).toBe('abcgefdh');
	});

	it('given tiles that were heard before, when one must go, then it is the one that was silent longest', () => {
		let order = nextOrder(noOrder, moment({ speaking: new Set(['d']) }), 0);
		order = nextOrder(order, moment({ speaking: new Set(['a']) }), 1_000);
		order = nextOrder(order, moment({ speaking: new Set(['b', 'c']) }), 2_000);

		expect(textOf(play(order, 1.5, 3_000, { speaking: new Set(['g']) }))).toBe('abcgefdh');
	});

	it('given two speakers on another page, when one was brought, then the other waits for three seconds', () => {
		const speaking = new Set(['g', 'h']);
		expect(textOf(play(noOrder, 4.25, 0, { speaking }))).toBe('abcgefdh');
		expect(textOf(play(noOrder, 4.5, 0, { speaking }))).toBe('abhgefdc');
	});

	it('given somebody who was brought, when others speak soon after, then they stay for ten seconds', () => {
		const kept = new Set(['a', 'b', 'c']);
		const brought = play(noOrder, 1.5, 0, { speaking: new Set(['g']), kept });
		const soon = play(brought, 9.5, 1_750, { speaking: new Set(['h']), kept });
		expect(textOf(soon)).toBe('abcgefdh');
		expect(textOf(play(soon, 1, 11_500, { speaking: new Set(['h']), kept }))).toBe('abchefdg');
	});

	it('given a raised hand or a screen on another page, then it is brought like a speaker', () => {
		expect(textOf(play(noOrder, 1.5, 0, { prominent: new Set(['e']) }))).toBe('abcedfgh');
	});

	it('given nobody who may go, then nobody is brought', () => {
		const kept = new Set(['a', 'b', 'c', 'd']);
		expect(textOf(play(noOrder, 20, 0, { speaking: new Set(['g']), kept }))).toBe('abcdefgh');
		expect(textOf(play(noOrder, 20, 0, { speaking: new Set(['a', 'b', 'c', 'd', 'g']) }))).toBe('abcdefgh');
	});
});

it('given any talk, when time goes on, then one tile at most is brought at a time, and nobody else moves', () => {
	const key = fc.constantFrom(...eight);
	const steps = fc.array(
		fc.record({
			speaking: fc.uniqueArray(key, { maxLength: 4 }),
			prominent: fc.uniqueArray(key, { maxLength: 2 }),
			kept: fc.uniqueArray(key, { maxLength: 3 }),
			perPage: fc.integer({ min: 1, max: 8 }),
			passMs: fc.integer({ min: 0, max: 2_000 })
		}),
		{ minLength: 1, maxLength: 60 }
	);
	fc.assert(
		fc.property(steps, (given) => {
			let state = nextOrder(noOrder, moment(), 0);
			let nowMs = 0;
			for (const { speaking, prominent, kept, perPage, passMs } of given) {
				nowMs += passMs;
				const visible = new Set(state.keys.slice(0, perPage));
				const held = new Set(kept);
				const next = nextOrder(
					state,
					moment({ visible, speaking: new Set(speaking), prominent: new Set(prominent), kept: held }),
					nowMs
				);
				const moved = next.keys.filter((one, index) => one !== state.keys[index]);
				expect(moved.length === 0 || moved.length === 2).toBe(true);
				// what moves on the page that is shown is one place only
				expect(next.keys.slice(0, perPage).filter((one) => !visible.has(one))).toHaveLength(moved.length / 2);
				if (moved.length > 0) {
					expect(nowMs - state.swappedAt).toBeGreaterThanOrEqual(3_000);
					const gone = state.keys.slice(0, perPage).find((one) => moved.includes(one)) ?? '';
					expect(held.has(gone)).toBe(false);
					expect(nowMs - (state.promotedAt.get(gone) ?? -Infinity)).toBeGreaterThanOrEqual(10_000);
				}
				expect(next.keys.toSorted()).toEqual(eight);
				state = next;
			}
		}),
		{ seed: 20_263, numRuns: 300 }
	);
});
