import fc from 'fast-check';
import { expect, it } from 'vitest';
import { callFlagsOf, isModeratorType, permissionsOf, presenceOf } from './call-words.ts';

it('given the flags that sessions announce, when they are read, then they say what it has tracks for', () => {
	expect(presenceOf(0)).toEqual({ inCall: false, audio: false, video: false });
	expect(presenceOf(1)).toEqual({ inCall: true, audio: false, video: false });
	expect(presenceOf(3)).toEqual({ inCall: true, audio: true, video: false });
	expect(presenceOf(7)).toEqual({ inCall: true, audio: true, video: true });
	expect(presenceOf(8)).toEqual({ inCall: true, audio: false, video: false });
});

it('given any presence in the call, when it is written and read, then it is the same', () => {
	const presence = fc.record({ inCall: fc.constant(true), audio: fc.boolean(), video: fc.boolean() });
	fc.assert(
		fc.property(presence, (said) => {
			expect(presenceOf(callFlagsOf(said))).toEqual(said);
		}),
		{ seed: 20_26 }
	);
	expect(callFlagsOf({ inCall: false, audio: true, video: true })).toBe(0);
});

it('given permission bits, when they are read, then each allows one thing, and none at all allows everything', () => {
	const nothing = {
		startCall: false,
		joinCall: false,
		publishAudio: false,
		publishVideo: false,
		publishScreen: false,
		chat: false
	};
	expect(permissionsOf(1)).toEqual(nothing);
	expect(permissionsOf(1 | 4 | 16)).toEqual({ ...nothing, joinCall: true, publishAudio: true });
	expect(permissionsOf(2)).toEqual({ ...nothing, startCall: true });
	expect(permissionsOf(32 | 64 | 128)).toEqual({
		...nothing,
		publishVideo: true,
		publishScreen: true,
		chat: true
	});
	expect(Object.values(permissionsOf(0))).toEqual([true, true, true, true, true, true]);
});

it('given the types of attendees, when moderators are looked for, then guests with that right count', () => {
	expect([1, 2, 3, 4, 5, 6].filter(isModeratorType)).toEqual([1, 2, 6]);
});
