import { expect, it } from 'vitest';
import { hidesByItself, tapToggles, type Circumstances } from './controls-hiding.ts';

const phone: Circumstances = {
	shape: 'phone',
	isFullScreen: false,
	isByTouch: true,
	isJoined: true,
	isAlone: false,
	isSomethingOpen: false,
	isFocusInside: false,
	isByKeyboard: false,
	alwaysShows: false
};

it('given a window of each shape, then controls hide by themselves only in full screen and on a phone held sideways', () => {
	expect(hidesByItself(phone)).toBe(false);
	expect(hidesByItself({ ...phone, shape: 'rail' })).toBe(true);
	expect(hidesByItself({ ...phone, shape: 'rail', isByTouch: false })).toBe(false);
	expect(hidesByItself({ ...phone, shape: 'desktop' })).toBe(false);
	expect(hidesByItself({ ...phone, shape: 'desktop', isFullScreen: true })).toBe(true);
	expect(tapToggles(phone)).toBe(true);
	expect(tapToggles({ ...phone, shape: 'desktop' })).toBe(false);
});

it.each(['isAlone', 'isSomethingOpen', 'isFocusInside', 'isByKeyboard', 'alwaysShows'] as const)(
	'given %s, then controls stay',
	(reason) => {
		const given = { ...phone, shape: 'rail' as const, [reason]: true };
		expect(hidesByItself(given)).toBe(false);
		expect(tapToggles(given)).toBe(false);
	}
);

it('given somebody who is not in the call yet, or no more, then controls stay', () => {
	const given = { ...phone, shape: 'rail' as const, isJoined: false };
	expect(hidesByItself(given)).toBe(false);
	expect(tapToggles(given)).toBe(false);
});
