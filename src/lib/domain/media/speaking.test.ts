import { expect, it } from 'vitest';
import {
	activeSpeaker,
	listener,
	nextSpeaker,
	nextSpeaking,
	nextTalking,
	quiet as notTalking,
	silence,
	type Feed,
	type Speaker,
	type Speaking
} from './speaking.ts';

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

it('given ten samples a second, then a ring begins after 200 ms of voice, ends after 600 ms without, and a click begins none', () => {
	let talking = notTalking;
	const shown = (...samples: number[]) =>
		samples.map((sample) => ((talking = nextTalking(talking, sample)).isSpeaking ? 1 : 0)).join('');

	expect(shown(-70, -40, -70, -40, -70)).toBe('00000');
	expect(shown(-40, -40, -40)).toBe('011');
	expect(shown(-70, -70, -70, -70, -70, -40)).toBe('111111');
	expect(shown(-70, -70, -70, -70, -70, -70, Number.NEGATIVE_INFINITY)).toBe('1111100');
});

const feed = (key: string, ...window: number[]): Feed => ({ key, isLocal: key === 'me', window });

it('M39 given utter silence in the first sample, when the active speaker is looked for, then the mean is finite and the loudest is found', () => {
	const ann = feed('ann', Number.NEGATIVE_INFINITY, -40, -40);
	const ben = feed('ben', -58, -58, -58);

	expect(activeSpeaker([ann, ben], null)).toBe('ann');
	expect(activeSpeaker([ben, ann], 'ben')).toBe('ann');
	expect(activeSpeaker([ann, feed('ben', -45, -45, -45)], null)).toBe('ben');
	expect(activeSpeaker([feed('ann', Number.NEGATIVE_INFINITY), ben], 'ann')).toBe('ben');
});

it('M39 given silence below the threshold, when the active speaker is looked for, then the last one stays until gone', () => {
	const quietFeeds = [feed('ann', -200, -60), feed('ben', Number.NEGATIVE_INFINITY), feed('cat')];

	expect(activeSpeaker(quietFeeds, 'ben')).toBe('ben');
	expect(activeSpeaker(quietFeeds, 'dan')).toBeNull();
	expect(activeSpeaker([], null)).toBeNull();
});

it('given ourselves the loudest, when others are there, then we are not the active speaker; alone we are', () => {
	expect(activeSpeaker([feed('me', -10), feed('ann', -50)], null)).toBe('ann');
	expect(activeSpeaker([feed('me', -10), feed('ann', -90)], null)).toBeNull();
	expect(activeSpeaker([feed('me', -10)], null)).toBe('me');
});

/** Looked at every 100 ms; each step says for how long somebody speaks or is silent. */
function speakerAfter(...steps: { isSpeaking: boolean; ms: number }[]): boolean {
	let speaker: Speaker = listener;
	let nowMs = 5_000;
	for (const { isSpeaking, ms } of steps) {
		for (const end = nowMs + ms; nowMs < end; nowMs += 100) {
			speaker = nextSpeaker(speaker, isSpeaking, nowMs);
		}
	}
	return nextSpeaker(speaker, speaker.isSpeaking, nowMs).isSpeaker;
}
const speech = (ms: number) => ({ isSpeaking: true, ms });
const pause = (ms: number) => ({ isSpeaking: false, ms });

it.each([
	['0.9 s of speech', [speech(900)], false],
	['1.1 s of speech', [speech(1_100)], true],
	['twice 0.9 s with a breath between', [speech(900), pause(100), speech(900)], false],
	['59 s of silence after speech', [speech(1_100), pause(59_000)], true],
	['61 s of silence after speech', [speech(1_100), pause(61_000)], false],
	['a word within 61 s of silence', [speech(1_100), pause(50_000), speech(200), pause(50_000)], true],
	['silence alone', [pause(61_000)], false]
])('M40 given %s, when it is over, then being a speaker is as it should be', (_, steps, isSpeaker) => {
	expect(speakerAfter(...steps)).toBe(isSpeaker);
});
