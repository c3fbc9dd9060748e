import { describe, expect, it } from 'vitest';
import { justLive, nextMutedVoice, nextSilence, nobodySpoke } from './own-microphone.ts';

const everyMs = 200;
/** Feeds levels five times a second. @returns the moments, in ms, at which something is said */
function moments<State>(
	next: (state: State, sample: { levelDb: number; nowMs: number }) => { state: State; isHint: boolean },
	first: State,
	levels: readonly number[]
): number[] {
	let state = first;
	return levels.flatMap((levelDb, index) => {
		const step = next(state, { levelDb, nowMs: index * everyMs });
		state = step.state;
		return step.isHint ? [index * everyMs] : [];
	});
}
const many = (levelDb: number, ms: number) => Array.from({ length: ms / everyMs }, () => levelDb);
const [voice, room, nothing] = [-30, -60, -100];

describe('speaking while muted', () => {
	const spoken = (...levels: number[][]) => moments(nextMutedVoice, nobodySpoke, levels.flat());

	it('given a second of voice, when it is over, then it is said', () => {
		expect(spoken(many(room, 1_000), many(voice, 1_200))).toEqual([1_800]);
	});

	it('given words with pauses, when they make a second within three, then it is said', () => {
		expect(spoken(many(room, 200), many(voice, 600), many(room, 1_000), many(voice, 600))).toEqual([2_000]);
	});

	it('given words that are far between, when they make no second within three, then nothing is said', () => {
		const word = [...many(voice, 600), ...many(room, 2_400)];
		expect(spoken(many(room, 200), word, word, word)).toEqual([]);
	});

	it('given somebody who talks for a minute, when it is said, then not again for twenty seconds', () => {
		expect(spoken(many(room, 200), many(voice, 60_000))).toEqual([1_000, 21_000, 41_000]);
	});
});

describe('a microphone that gives nothing', () => {
	const silent = (...levels: number[][]) => moments(nextSilence, justLive, levels.flat());

	it('given no signal at all, when three seconds are over, then it is said once', () => {
		expect(silent(many(nothing, 30_000))).toEqual([3_000]);
	});

	it('given a voice and then a switch on the device, when three seconds are over, then it is said', () => {
		expect(silent(many(voice, 2_000), many(nothing, 5_000))).toEqual([5_000]);
	});

	it('given near silence from the start, when fifteen seconds are over, then it is said once', () => {
		expect(silent(many(-80, 60_000))).toEqual([15_000]);
	});

	it('given a voice at first, when it is nearly silent for long, then nothing is said', () => {
		expect(silent(many(voice, 1_000), many(-80, 60_000))).toEqual([]);
	});
});
