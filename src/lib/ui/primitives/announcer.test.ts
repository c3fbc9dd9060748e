import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AnnouncerState } from './announcer.svelte.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const everything = ['polite', 'assertive', 'answer'] as const;
const said = (heard: AnnouncerState['heard']) => {
	const announcer = new AnnouncerState();
	announcer.heard = heard;
	const heardOf = everything.filter((urgency) => {
		announcer.announce(urgency, urgency);
		vi.advanceTimersByTime(1_000);
		return [announcer.polite.spoken.words, announcer.assertive.spoken.words].includes(urgency);
	});
	announcer.stop();
	return heardOf;
};

it.each([
	['all', ['polite', 'assertive', 'answer']],
	['important', ['assertive', 'answer']],
	['none', ['answer']]
] as const)(
	'given a person who wants to hear %j, when something is said, then it is %j',
	(heard, expected) => {
		expect(said(heard)).toEqual(expected);
	}
);

it('given an answer, when it is said, then it is said politely', () => {
	const announcer = new AnnouncerState();
	announcer.announce('Microphone on', 'answer');
	expect([announcer.polite.spoken.words, announcer.assertive.spoken.words]).toEqual(['Microphone on', '']);
	announcer.stop();
});
