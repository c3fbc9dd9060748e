import { expect, it } from 'vitest';
import { nextSpeaker, nobody } from './stage-speaker.ts';

/** Plays what is heard every quarter of a second: voices with a space between, '-' is silence, `a-30` is −30 dB. */
function play(heard: string[]): (string | null)[] {
	let state = nobody;
	return heard.map((voices, index) => {
		const speaking = voices === '-' ? [] : voices.split(' ');
		const levels = speaking.map((voice) => {
			const [key = '', level] = voice.split('-');
			return [key, level === undefined ? null : -Number(level)] as const;
		});
		state = nextSpeaker(state, new Map(levels), index * 250);
		return state.key;
	});
}
const times = (count: number, voices: string) => Array.from({ length: count }, () => voices);
const a = times(5, 'a');

it('given silence, when somebody speaks for a second, then they take the stage and keep it in silence', () => {
	expect(play(['a', 'a', 'a', 'a', 'a', '-', '-'])).toEqual([null, null, null, null, 'a', 'a', 'a']);
	expect(play([...a, ...times(40, '-')]).at(-1)).toBe('a');
});

it('given a speaker, when another speaks at once after, then the stage stays for three seconds', () => {
	const shown = play([...a, ...times(13, 'b')]);
	expect(shown.slice(4, 16).every((key) => key === 'a')).toBe(true);
	expect(shown[16]).toBe('b');
});

it('given somebody who pauses, when they speak for 1.5 s of two, then they take the stage', () => {
	// half a second, a pause, and a second in which no stretch is long enough by itself
	const shown = play(['a', 'a', 'a', '-', 'a', 'a', 'a', 'a', 'a']);
	expect(shown.slice(0, 8)).toEqual(times(8, '').map(() => null));
	expect(play(['a', 'a', 'a', 'a', '-', 'a', 'a', 'a', 'a']).at(-1)).toBe('a');
});

it('given two who speak together, when one has the stage, then it does not change', () => {
	expect(play([...a, ...times(20, 'a b')]).at(-1)).toBe('a');
	expect(play([...a, ...times(20, 'a-30 b-25')]).at(-1)).toBe('a');
});

it('given two who speak together, when the other is 6 dB louder, then it takes two seconds of that', () => {
	const before = [...a, ...times(12, 'a-30 b-30')];
	const shown = play([...before, ...times(9, 'a-30 b-24')]);
	expect(shown.slice(0, -1).every((key) => key !== 'b')).toBe(true);
	expect(shown.at(-1)).toBe('b');
	expect(play([...before, ...times(7, 'a-30 b-24'), 'a-30 b-26', ...times(7, 'a-30 b-24')]).at(-1)).toBe('a');
});

it('given short words, when nobody speaks for long, then nobody takes the stage', () => {
	expect(play(['a', 'a', '-', 'a', 'a', '-', 'a', 'b', '-', 'b'])).toEqual(
		Array.from({ length: 10 }, () => null)
	);
});
