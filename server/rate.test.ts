import { expect, it } from 'vitest';
import { createGuesses } from './rate.ts';

it('given wrong guesses, when they come at once, then so many are taken, and one more with each rest that passes', () => {
	let now = 5_000_000;
	const guesses = createGuesses(3, 30_000, () => now);

	expect(['a', 'a', 'a', 'a', 'a'].map((key) => guesses.take(key))).toEqual([0, 0, 0, 30_000, 30_000]);
	expect(guesses.take('b')).toBe(0);
	now += 10_000;
	expect(guesses.take('a')).toBe(20_000);
	now += 20_000;
	expect([guesses.take('a'), guesses.take('a')]).toEqual([0, 30_000]);
	now += 3_600_000;

	expect(['a', 'a', 'a', 'a'].map((key) => guesses.take(key))).toEqual([0, 0, 0, 30_000]);
});

it('given right guesses between wrong ones, when they are given back, then only the wrong ones count', () => {
	const guesses = createGuesses(2, 30_000, () => 5_000_000);
	guesses.take('a');
	for (let right = 0; right < 5; right += 1) {
		expect(guesses.take('a')).toBe(0);
		guesses.giveBack('a');
	}

	expect([guesses.take('a'), guesses.take('a')]).toEqual([0, 30_000]);
});

it('given more guessers than are remembered, when one more comes, then the one who guessed longest ago is forgotten', () => {
	const guesses = createGuesses(1, 30_000, () => 5_000_000);
	for (let guesser = 0; guesser < 10_000; guesser += 1) guesses.take(String(guesser));
	expect([guesses.take('0'), guesses.take('9999')]).toEqual([30_000, 30_000]);

	guesses.take('one more');

	expect([guesses.take('9999'), guesses.take('0')]).toEqual([30_000, 0]);
});

it('given guesses, when it is only asked how long to wait, then nothing is counted', () => {
	let now = 5_000_000;
	const guesses = createGuesses(2, 30_000, () => now);
	for (let count = 0; count < 5; count += 1) expect(guesses.waitMs('a')).toBe(0);

	guesses.take('a');
	expect(guesses.waitMs('a')).toBe(0);
	guesses.take('a');
	expect([guesses.waitMs('a'), guesses.waitMs('a'), guesses.waitMs('b')]).toEqual([30_000, 30_000, 0]);
	now += 29_000;

	expect(guesses.waitMs('a')).toBe(1_000);
});

it('given guesses, when the clock is set back, then nobody has to wait for the time that comes twice', () => {
	let now = 5_000_000;
	const guesses = createGuesses(2, 30_000, () => now);
	guesses.take('a');
	guesses.take('a');

	now -= 3_600_000;

	expect(guesses.waitMs('a')).toBe(0);
	expect(['a', 'a', 'a'].map((key) => guesses.take(key))).toEqual([0, 0, 30_000]);
});
