import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerSignal } from '../../../domain/signaling.ts';
import type { CallId, SessionId } from '../../../protocol/ids.ts';
import { nativeDialect } from './native-messages.ts';

const them = 'them' as SessionId;
const us = 'us' as SessionId;

const named = {
	callId: fc.string({ minLength: 1, maxLength: 8 }).map((id) => id as CallId),
	purpose: fc.constant('usermedia' as const)
};
const optional = { partyId: fc.string(), seq: fc.nat() };
const metadata = fc.dictionary(
	// the reader leaves out names that every object has
	fc.string({ minLength: 1 }).filter((id) => !['__proto__', 'constructor', 'prototype'].includes(id)),
	fc.record({
		purpose: fc.constantFrom('usermedia' as const, 'screenshare' as const),
		audioMuted: fc.boolean(),
		videoMuted: fc.boolean()
	}),
	{ maxKeys: 3, noNullPrototype: true }
);
const described = (...types: ('offer' | 'answer')[]) =>
	fc.record({ type: fc.constantFrom(...types), sdp: fc.string() });
const candidates = fc.array(
	fc.record({
		candidate: fc.string(),
		sdpMid: fc.option(fc.string()),
		sdpMLineIndex: fc.option(fc.nat(9))
	}),
	{ maxLength: 5 }
);
const kinds: Record<string, fc.Arbitrary<unknown>>[] = [
	{ kind: fc.constant('invite'), description: described('offer'), metadata, lifetimeMs: fc.nat() },
	{ kind: fc.constant('answer'), description: described('answer'), metadata },
	{
		kind: fc.constant('negotiate'),
		description: described('offer', 'answer'),
		metadata,
		lifetimeMs: fc.nat()
	},
	{
		kind: fc.constant('negotiate'),
		description: described('answer'),
		metadata,
		lifetimeMs: fc.nat(),
		answersSeq: fc.nat()
	},
	{ kind: fc.constant('candidates'), candidates },
	{ kind: fc.constant('select_answer'), selectedPartyId: fc.string() },
	{ kind: fc.constant('metadata'), metadata },
	{ kind: fc.constant('hangup'), reason: fc.string() },
	{ kind: fc.constant('reject') }
];
/** Any signal of a native call, with and without what may be left out. */
const signal = fc.oneof(
	...kinds.map((fields) => {
		const model: Record<string, fc.Arbitrary<unknown>> = { ...named, ...optional, ...fields };
		return fc.record(model, { requiredKeys: ['callId', 'purpose', ...Object.keys(fields)] });
	})
) as fc.Arbitrary<unknown> as fc.Arbitrary<PeerSignal>;

describe('native signals in Matrix words', () => {
	it('given any signal, when it is written and read, then it is the same, and the sender is the envelope', () => {
		fc.assert(
			fc.property(signal, (sent) => {
				const [message, ...more] = nativeDialect.write(sent, us, them);
				expect(more).toEqual([]);
				const said = nativeDialect.read(JSON.parse(JSON.stringify(message)), them);
				expect(said?.news).toEqual([{ type: 'PEER_SIGNAL_RECEIVED', from: them, signal: sent }]);
			})
		);
	});

	it('given words for a media server, when they are written, then nobody is told', () => {
		const asked: PeerSignal = {
			callId: 'c' as CallId,
			purpose: 'usermedia',
			kind: 'request_offer',
			isUpdate: false
		};
		expect(nativeDialect.write(asked, them, us)).toEqual([]);
	});

	it('given a stream for a purpose we do not know, when it is read, then it stays undescribed', () => {
		const content = {
			call_id: 'c',
			sdp_stream_metadata: { a: { purpose: 'org.example.pointer' }, b: { purpose: 'm.screenshare' } }
		};
		const said = nativeDialect.read({ type: 'm.call.sdp_stream_metadata_changed', content }, them);
		expect(said?.news).toMatchObject([
			{ signal: { metadata: { b: { purpose: 'screenshare', audioMuted: false, videoMuted: false } } } }
		]);
		expect(JSON.stringify(said)).not.toContain('pointer');
	});

	it("given Talk's words, when they are read, then states count and offers do not", () => {
		const mute = { type: 'mute', payload: { name: 'audio' } };
		expect(nativeDialect.read(mute, them)?.news).toEqual([
			{ type: 'MEMBER_STATE_RECEIVED', from: them, state: { kind: 'microphone', state: 'off' } }
		]);
		const offer = { type: 'offer', sid: '1', payload: { type: 'offer', sdp: 'v=0' } };
		expect(nativeDialect.read(offer, them)).toEqual({ type: 'offer', news: [] });
	});

	it.each([
		['no call', { type: 'm.call.reject', content: {} }],
		[
			'an answer as an offer',
			{ type: 'm.call.invite', content: { call_id: 'c', lifetime: 1, offer: { type: 'answer', sdp: '' } } }
		],
		[
			'too many candidates',
			{ type: 'm.call.candidates', content: { call_id: 'c', candidates: Array(257).fill({ candidate: '' }) } }
		]
	])('given %s, when it is read, then it is refused', (_, raw) => {
		expect(() => nativeDialect.read(raw, them)).toThrow();
	});

	it('given a type that nobody knows, when it is read, then it is passed over', () => {
		expect(nativeDialect.read({ type: 'm.call.replaces', content: {} }, them)).toBeUndefined();
	});
});
