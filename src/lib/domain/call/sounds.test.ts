import { expect, it } from 'vitest';
import { soundNames, soundsBetween, soundToPlay, type SoundMoment, type SoundName } from './sounds.ts';

const moment = (change: Partial<SoundMoment> = {}): SoundMoment => ({
	isJoined: true,
	others: new Set(['ana', 'bo']),
	hands: new Set(),
	unread: 0,
	isRecording: false,
	isLost: false,
	...change
});
const circumstances = (change: Partial<Parameters<typeof soundToPlay>[1]> = {}) => ({
	people: 3,
	isSpeaking: false,
	silent: [],
	now: 10_000,
	heardAt: 0,
	...change
});

const changes: [SoundName, before: Partial<SoundMoment>, after: Partial<SoundMoment>][] = [
	['join', {}, { others: new Set(['ana', 'bo', 'cy']) }],
	['leave', {}, { others: new Set(['ana']) }],
	['hand', {}, { hands: new Set(['ana']) }],
	['message', { unread: 1 }, { unread: 2 }],
	['recording', {}, { isRecording: true }],
	['recording', { isRecording: true }, {}],
	['lost', {}, { isLost: true }],
	['back', { isLost: true }, {}]
];
it.each(changes)('given a call, when there is news, then the sound is %j', (name, before, after) => {
	expect(soundsBetween(moment(before), moment(after))).toEqual([name]);
});

it('given a call, when nothing is new, a hand goes down or messages are read, then it is quiet', () => {
	expect(soundsBetween(moment(), moment())).toEqual([]);
	expect(soundsBetween(moment({ hands: new Set(['ana']), unread: 3 }), moment())).toEqual([]);
});

it('given somebody on the way in or out, when the list of people fills or empties, then it is quiet', () => {
	expect(soundsBetween(moment({ isJoined: false, others: new Set() }), moment())).toEqual([]);
	expect(soundsBetween(moment(), moment({ isJoined: false, others: new Set() }))).toEqual([]);
});

it('given several things at once, when one is heard, then it is the most important', () => {
	const happened = soundsBetween(
		moment(),
		moment({ others: new Set(['bo', 'cy']), hands: new Set(['bo']), unread: 1, isLost: true })
	);
	expect(happened).toEqual(['lost', 'hand', 'message', 'join', 'leave']);
	expect(soundToPlay(happened, circumstances())).toBe('lost');
	expect(soundToPlay(happened, circumstances({ silent: ['lost', 'hand'] }))).toBe('message');
});

it('given a sound a moment ago, when the next comes within 1.5 s, then it is not heard', () => {
	expect(soundToPlay(['hand'], circumstances({ now: 1_499, heardAt: 0 }))).toBeNull();
	expect(soundToPlay(['hand'], circumstances({ now: 1_500, heardAt: 0 }))).toBe('hand');
});

it('given nine people, when somebody comes or goes, then it is quiet; a hand is heard', () => {
	const many = circumstances({ people: 9 });
	expect(soundToPlay(['join'], many)).toBeNull();
	expect(soundToPlay(['leave'], many)).toBeNull();
	expect(soundToPlay(['hand', 'join'], many)).toBe('hand');
	expect(soundToPlay(['join'], circumstances({ people: 8 }))).toBe('join');
});

it('given we speak, when anything happens, then it is quiet', () => {
	expect(soundToPlay(soundNames, circumstances({ isSpeaking: true }))).toBeNull();
});

it.each(soundNames)('given the sound %j is switched off, when it would be heard, then it is not', (name) => {
	expect(soundToPlay([name], circumstances())).toBe(name);
	expect(soundToPlay([name], circumstances({ silent: [name] }))).toBeNull();
});
