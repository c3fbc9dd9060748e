import { expect, it } from 'vitest';
import { mayReact, reactionsShown, type SeenReaction } from './reaction-flow.ts';

it('given three reactions in two seconds, when a fourth is pressed, then it waits until the first is two seconds old', () => {
	expect(mayReact([], 0)).toBe(true);
	expect(mayReact([0, 500], 600)).toBe(true);
	expect(mayReact([0, 500, 600], 1_999)).toBe(false);
	expect(mayReact([0, 500, 600], 2_000)).toBe(true);
});

const seen = (count: number, from = 0, everyMs = 50): SeenReaction[] =>
	Array.from({ length: count }, (_, id) => ({
		id,
		emoji: id % 7 === 6 ? '🎉' : '👏',
		at: from + id * everyMs
	}));

it('given a few reactions, then each is shown for two seconds; more than ten in a second are counted', () => {
	expect(reactionsShown(seen(10), 500).map(({ count }) => count)).toEqual(Array(10).fill(1));
	expect(reactionsShown(seen(16), 800)).toEqual([
		{ key: '👏', emoji: '👏', count: 14 },
		{ key: '🎉', emoji: '🎉', count: 2 }
	]);
	expect(reactionsShown(seen(2), 2_049).map(({ key }) => key)).toEqual(['1']);
	expect(reactionsShown(seen(2), 2_050)).toEqual([]);
});
