import { expect, it } from 'vitest';
import { nextSpeaker, nobody } from './stage-speaker.ts';

/** Plays what is heard every quarter of a second: voices with a space between, '-' is silence. */
function play(heard: string[]): (string | null)[] {
	let state = nobody;
	return heard.map((voices, index) => {
		state = nextSpeaker(state, voices === '-' ? [] : voices.split(' '), index * 250);
		return state.key;
	});
}

it('given silence, when somebody speaks for a second, then they take the stage and keep it in silence', () => {
	expect(play(['a', 'a', 'a', 'a', 'a', '-', '-'])).toEqual([null, null, null, null, 'a', 'a', 'a']);
});

it('given a speaker, when another speaks at once after, then the stage stays for three seconds', () => {
	const heard = ['a', 'a', 'a', 'a', 'a', ...Array.from({ length: 13 }, () => 'b')];
	const shown = play(heard);
	expect(shown.slice(4, 16).every((key) => key === 'a')).toBe(true);
	expect(shown[16]).toBe('b');
});

it('given two who speak together, when one has the stage, then it does not change', () => {
	const shown = play([...Array.from({ length: 5 }, () => 'a'), ...Array.from({ length: 20 }, () => 'a b')]);
	expect(shown.at(-1)).toBe('a');
});

it('given short words, when nobody speaks for a second, then nobody takes the stage', () => {
	expect(play(['a', 'a', '-', 'a', 'a', 'b', 'a', 'a'])).toEqual(Array.from({ length: 8 }, () => null));
});
