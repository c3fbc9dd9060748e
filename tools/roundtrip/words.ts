/** What a listener understood, against what was said. */
export interface WordErrors {
	/** wrong, missing and added words, as few as explain the difference */
	errors: number;
	/** of the words that were said; more than 1 when more is wrong than was said */
	rate: number;
}

export const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];

/**
 * Word error rate: the least number of words to replace, drop or add, divided by how many were said.
 * @throws {RangeError} when nothing was said
 */
export function wordErrors(said: readonly string[], heard: readonly string[]): WordErrors {
	if (said.length === 0) throw new RangeError('nothing was said');
	let row = heard.map((_, index) => index + 1);
	row.unshift(0);
	for (const [index, word] of said.entries()) {
		const next = [index + 1];
		for (const [other, candidate] of heard.entries()) {
			const replaced = (row[other] ?? 0) + (word === candidate ? 0 : 1);
			next.push(Math.min(replaced, (row[other + 1] ?? 0) + 1, (next[other] ?? 0) + 1));
		}
		row = next;
	}
	const errors = row.at(-1) ?? 0;
	return { errors, rate: errors / said.length };
}
