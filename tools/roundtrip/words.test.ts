import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordErrors, wordsOf } from './words.ts';

describe('words', () => {
	it.each([
		['one two three', 'one two three', 0],
		['one two three', 'one three', 1],
		['one two three', 'one two two three', 1],
		['one two three', 'one four three', 1],
		['one two three', '', 3],
		['one', 'two three four', 3]
	])(
		'given "%s" that was heard as "%s", when they are compared, then %i words are wrong',
		(said, heard, errors) => {
			const found = wordErrors(wordsOf(said), wordsOf(heard));

			expect(found.errors).toBe(errors);
			expect(found.rate).toBeCloseTo(errors / wordsOf(said).length);
		}
	);

	it('given any words, when some are changed, then there are no more errors than changes, and none without a change', () => {
		const word = fc.constantFrom('one', 'two', 'three', 'four');
		fc.assert(
			fc.property(
				fc.array(word, { minLength: 1, maxLength: 12 }),
				fc.array(word, { maxLength: 12 }),
				(said, heard) => {
					const { errors } = wordErrors(said, heard);
					expect(wordErrors(said, said).errors).toBe(0);
					expect(errors).toBeGreaterThanOrEqual(Math.abs(said.length - heard.length));
					expect(errors).toBeLessThanOrEqual(Math.max(said.length, heard.length));
				}
			)
		);
	});

	it('given nothing that was said, when it is compared, then that is no measure', () => {
		expect(() => wordErrors([], ['one'])).toThrow(RangeError);
	});

	it('given text as people write it, when its words are taken, then case and marks do not count', () => {
		expect(wordsOf("Three, SEVEN; it's ONE.")).toEqual(['three', 'seven', "it's", 'one']);
	});
});
