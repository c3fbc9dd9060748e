import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { MemberState } from '../../domain/signaling.ts';
import { decodeState, encodeState } from './data-channel.ts';

const onOff = fc.constantFrom('on' as const, 'off' as const);
const said: fc.Arbitrary<MemberState> = fc.oneof(
	fc.record({
		kind: fc.constantFrom('microphone' as const, 'camera' as const, 'speaking' as const),
		state: onOff
	}),
	fc.record({ kind: fc.constant('name' as const), name: fc.string() })
);

it('given a state that channels have a word for, when it is written and read, then it is the same', () => {
	fc.assert(
		fc.property(said, (state) => {
			expect(encodeState(state).map(decodeState)).toEqual([state]);
		}),
		{ seed: 20_26 }
	);
});

it('given states, when they are written, then the words are those of other clients', () => {
	const words = (state: MemberState) => encodeState(state).map((text): unknown => JSON.parse(text));

	expect(words({ kind: 'microphone', state: 'off' })).toEqual([{ type: 'audioOff' }]);
	expect(words({ kind: 'camera', state: 'on' })).toEqual([{ type: 'videoOn' }]);
	expect(words({ kind: 'speaking', state: 'off' })).toEqual([{ type: 'stoppedSpeaking' }]);
	expect(words({ kind: 'name', name: 'Ann' })).toEqual([{ type: 'nickChanged', payload: 'Ann' }]);
});

it('given hands, reactions and screens, when they are written, then the channel is silent', () => {
	expect(encodeState({ kind: 'hand', state: 'raised', at: 1 })).toEqual([]);
	expect(encodeState({ kind: 'reaction', emoji: '❤️' })).toEqual([]);
	expect(encodeState({ kind: 'screenshare', state: 'stopped' })).toEqual([]);
});

it('given the name of a person with an account, when it is read, then it is a name like any', () => {
	const text = JSON.stringify({ type: 'nickChanged', payload: { name: 'Ben', userid: 'ben' } });

	expect(decodeState(text)).toEqual({ kind: 'name', name: 'Ben' });
});

it('given any text at all, when it is read, then it is a state or nothing', () => {
	const near = fc.oneof(
		fc.string(),
		fc.json(),
		fc
			.record({ type: fc.constantFrom('nickChanged', 'audioOn', 'other'), payload: fc.jsonValue() })
			.map((value) => JSON.stringify(value))
	);
	fc.assert(
		fc.property(near, (text) => {
			const state = decodeState(text);
			if (state) expect(['microphone', 'camera', 'speaking', 'name']).toContain(state.kind);
		}),
		{ seed: 20_26 }
	);
	expect(decodeState('{"type":"nickChanged"}')).toBeUndefined();
	expect(decodeState('{')).toBeUndefined();
});
