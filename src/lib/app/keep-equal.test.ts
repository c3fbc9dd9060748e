import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keepEqual } from './keep-equal.ts';

const view = () => ({
	tiles: [
		{ key: 'ann', name: 'Ann', isSpeaking: false },
		{ key: 'ben', name: 'Ben', isSpeaking: false }
	],
	microphone: { intent: 'on', blockedBy: null },
	lostSince: null as number | null
});

it('given the same once more, when it is compared, then it is the one of before', () => {
	const before = view();

	expect(keepEqual(before, view())).toBe(before);
});

it('given one change, when it is compared, then what leads to it is new, and everything else is as it was', () => {
	const before = view();
	const next = view();
	next.tiles[1] = { key: 'ben', name: 'Ben', isSpeaking: true };

	const kept = keepEqual(before, next);

	expect(kept).toEqual(next);
	expect(kept).not.toBe(before);
	expect(kept.tiles).not.toBe(before.tiles);
	expect(kept.tiles[0]).toBe(before.tiles[0]);
	expect(kept.tiles[1]).not.toBe(before.tiles[1]);
	expect(kept.microphone).toBe(before.microphone);
	expect(before).toEqual(view());
});

it.each([
	[{ a: 1 }, { a: 1, b: undefined }],
	[{ a: undefined }, { b: undefined }],
	[{ a: 1, b: 2 }, { a: 1 }],
	[[1, 2], [1]],
	[[1], [1, 2]],
	[[], {}],
	[{ a: 0 }, { a: -0 }],
	[{ a: null }, { a: {} }]
])(
	'given %j before and %j now, when they are compared, then they are not taken for the same',
	(before, after) => {
		const kept = keepEqual<unknown>(before, after);

		expect(kept).not.toBe(before);
		expect(kept).toStrictEqual(after);
	}
);

it('given something that is no plain data, when it is compared, then only it itself is the same', () => {
	const [one, other] = [new Map(), new Map()];
	const before = { streams: one };

	expect(keepEqual(before, { streams: one })).toBe(before);
	expect(keepEqual(before, { streams: other }).streams).toBe(other);
});

it('given any data, when it is compared with any other, then it says what the new one says, and is the old one only if that says the same', () => {
	const data = fc.jsonValue({ maxDepth: 3 });
	fc.assert(
		fc.property(data, data, (before, after) => {
			const kept = keepEqual(before, after);
			expect(kept).toStrictEqual(after);
			expect(keepEqual(before, structuredClone(before))).toBe(before);
		})
	);
});
