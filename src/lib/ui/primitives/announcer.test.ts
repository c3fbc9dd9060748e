import { render } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import Announcer from './Announcer.svelte';
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

/** What somebody who reads the page by hand finds in the live regions. */
const found = () => [...document.querySelectorAll('[aria-live]')].map(({ textContent }) => textContent);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

it('given words that were said, when five seconds have passed, then the region is empty, and the next words are said at once', async () => {
	const announcer = new AnnouncerState();
	render(Announcer, { announcer });
	announcer.announce('Joining…');
	announcer.announce('Removed', 'assertive');
	await pass(4_999);
	expect(found()).toEqual(['Joining…', 'Removed']);

	await pass(1);
	expect(found()).toEqual(['', '']);

	announcer.announce('Ana joined');
	await pass(0);
	expect(found()).toEqual(['Ana joined', '']);
});

it('given words that replaced others, when those would have gone, then they stay for their own time', async () => {
	const announcer = new AnnouncerState();
	render(Announcer, { announcer });
	announcer.announce('Joining…');
	await pass(4_000);
	announcer.announce('Still joining…');

	await pass(4_999);
	expect(found()).toEqual(['Still joining…', '']);
	await pass(1);
	expect(found()).toEqual(['', '']);
});

it('given words in the regions, when the page part that owns them goes, then nothing is left to happen', () => {
	const announcer = new AnnouncerState();
	const { unmount } = render(Announcer, { announcer });
	for (const words of ['Ana joined', 'Bo joined']) announcer.announce(words);

	unmount();

	expect(vi.getTimerCount()).toBe(0);
});
