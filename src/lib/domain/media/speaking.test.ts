import { expect, it } from 'vitest';
import { nextSpeaking, silence, type Speaking } from './speaking.ts';

const after = (...samples: number[]): boolean[] => {
	let speaking: Speaking = silence;
	return samples.map((sample) => (speaking = nextSpeaking(speaking, sample)).isSpeaking);
};
const quiet = Array<number>(8).fill(-70);

it('M38 given quiet, one loud sample and quiet, when they are measured, then speaking from that sample until 1.6 s later', () => {
	expect(after(...quiet, -50, ...quiet)).toEqual([
		...Array<boolean>(8).fill(false),
		...Array<boolean>(8).fill(true),
		false
	]);
});

it('M39 given silence without a floor, when it is measured, then it is silence', () => {
	expect(after(Number.NEGATIVE_INFINITY, -59)).toEqual([false, true]);
	expect(after(-60)).toEqual([false]);
});
