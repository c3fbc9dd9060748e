import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { Candidate, MemberState, PeerSignal, SignalingNews } from '../../../domain/signaling.ts';
import { CallId, SessionId } from '../../../protocol/ids.ts';
import { parsePeerMessage, type PeerMessage } from '../../../protocol/peer-message.ts';
import { peerNews, signalMessages, stateMessage } from './peer-messages.ts';

const ann = v.parse(SessionId, 'ann');
const ben = v.parse(SessionId, 'ben');

/** From one client's mouth to the other's ear: through JSON and the checks of the protocol. */
function carry(messages: PeerMessage[]): SignalingNews[] {
	return messages.flatMap((message) => {
		const read = parsePeerMessage(JSON.parse(JSON.stringify(message)));
		return read ? peerNews(read, ann) : [];
	});
}

const heard = (signal: PeerSignal) =>
	carry(signalMessages(signal, ben, ann)).map((news) => {
		if (news.type !== 'PEER_SIGNAL_RECEIVED') throw new Error(`heard ${news.type}`);
		expect(news.from).toBe(ann);
		return news.signal;
	});

const routed = {
	callId: fc.string({ minLength: 1 }).map((text) => v.parse(CallId, text)),
	purpose: fc.constantFrom('usermedia' as const, 'screenshare' as const)
};
const described = <const Type extends 'offer' | 'answer'>(type: Type) =>
	fc.string().map((sdp) => ({ type, sdp }));
const metadata = fc.dictionary(
	fc.string(),
	fc.record({ purpose: routed.purpose, audioMuted: fc.boolean(), videoMuted: fc.boolean() })
);
const lifetimeMs = fc.nat();
const candidate: fc.Arbitrary<Candidate> = fc
	.record({
		candidate: fc.string(),
		sdpMid: fc.option(fc.string()),
		sdpMLineIndex: fc.option(fc.nat(100)),
		usernameFragment: fc.option(fc.string())
	})
	.map(({ usernameFragment, ...rest }) => (usernameFragment === null ? rest : { ...rest, usernameFragment }));
const property = { seed: 20_26 };

describe('signals', () => {
	it('given words for a media server, when they are written, then a new connection is asked for without an id', () => {
		const named = { callId: v.parse(CallId, 'c'), purpose: 'usermedia' as const };
		expect(signalMessages({ ...named, kind: 'request_offer', isUpdate: false }, ben, ann)).toEqual([
			{ to: 'ben', roomType: 'video', type: 'requestoffer' }
		]);
		expect(signalMessages({ ...named, kind: 'request_offer', isUpdate: true }, ben, ann)).toEqual([
			{ to: 'ben', roomType: 'video', type: 'requestoffer', sid: 'c' }
		]);
		expect(signalMessages({ ...named, purpose: 'screenshare', kind: 'send_offer' }, ben, ann)).toEqual([
			{ to: 'ben', roomType: 'screen', type: 'sendoffer' }
		]);
	});

	it('given the offer of a screen, when it goes to our own session, then the media server says whose it is', () => {
		const offer: PeerSignal = {
			callId: v.parse(CallId, 'c'),
			purpose: 'screenshare',
			kind: 'invite',
			description: { type: 'offer', sdp: 'v=0' },
			metadata: {},
			lifetimeMs: 1
		};
		expect(signalMessages(offer, ben, ann)).toMatchObject([{ broadcaster: 'ann' }]);
		expect(signalMessages(offer, ann, ann)[0]).not.toHaveProperty('broadcaster');
	});

	it('given any offer, new or for a connection that runs, when it is heard, then it is an invite', () => {
		const offered = fc.record({
			...routed,
			kind: fc.constantFrom('invite' as const, 'negotiate' as const),
			description: described('offer'),
			metadata,
			lifetimeMs
		});
		fc.assert(
			fc.property(offered, (signal) => {
				expect(heard(signal)).toEqual([{ ...signal, kind: 'invite', metadata: {}, lifetimeMs: 10_000 }]);
			}),
			property
		);
	});

	it('given any answer, first or later, when it is heard, then it is an answer', () => {
		const answered = fc.record({ ...routed, description: described('answer'), metadata });
		fc.assert(
			fc.property(answered, lifetimeMs, (said, lifetimeMs) => {
				const answer: PeerSignal = { ...said, kind: 'answer' };
				const expected = [{ ...answer, metadata: {} }];
				expect(heard(answer)).toEqual(expected);
				expect(heard({ ...said, kind: 'negotiate', lifetimeMs })).toEqual(expected);
			}),
			property
		);
	});

	it('given any candidates, when they are heard, then all are there, one by one and in order', () => {
		const said = fc.record({
			...routed,
			kind: fc.constant('candidates' as const),
			candidates: fc.array(candidate, { maxLength: 30 })
		});
		fc.assert(
			fc.property(said, (signal) => {
				const { candidates, ...rest } = signal;
				expect(heard(signal)).toEqual(candidates.map((one) => ({ ...rest, candidates: [one] })));
			}),
			property
		);
	});

	it('given signals that Talk has no word for, when they are sent, then nothing is', () => {
		const callId = v.parse(CallId, '1');
		const silent: PeerSignal[] = [
			{ callId, purpose: 'usermedia', kind: 'hangup', reason: 'user_hangup' },
			{ callId, purpose: 'usermedia', kind: 'reject' },
			{ callId, purpose: 'usermedia', kind: 'select_answer', selectedPartyId: 'p' },
			{ callId, purpose: 'usermedia', kind: 'metadata', metadata: {} }
		];

		for (const signal of silent) expect(signalMessages(signal, ben, ann)).toEqual([]);
	});

	it('given a look at somebody, when it is written, then the media server is told the layer, or to send no picture', () => {
		const callId = v.parse(CallId, '1');
		const look = (layer: 0 | 1 | 2 | null) =>
			signalMessages({ callId, purpose: 'usermedia', kind: 'select_stream', layer }, ben, ann);
		const routed = { to: 'ben', sid: '1', roomType: 'video', type: 'selectStream' };

		expect(look(1)).toEqual([{ ...routed, payload: { video: true, substream: 1, temporal: 2 } }]);
		expect(look(null)).toEqual([{ ...routed, payload: { video: false } }]);
	});

	it('given a candidate, when it is written, then it is nested twice as Talk reads it', () => {
		const callId = v.parse(CallId, '1');
		const ice = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 };

		expect(
			signalMessages({ callId, purpose: 'usermedia', kind: 'candidates', candidates: [ice] }, ben, ann)
		).toEqual([{ to: 'ben', sid: '1', roomType: 'video', type: 'candidate', payload: { candidate: ice } }]);
	});
});

describe('states', () => {
	const onOff = fc.constantFrom('on' as const, 'off' as const);
	const said: fc.Arbitrary<MemberState> = fc.oneof(
		fc.record({ kind: fc.constantFrom('microphone' as const, 'camera' as const), state: onOff }),
		fc.record({ kind: fc.constant('name' as const), name: fc.string() }),
		fc.record({
			kind: fc.constant('hand' as const),
			state: fc.constantFrom('raised' as const, 'lowered' as const),
			at: fc.nat()
		}),
		fc.record({ kind: fc.constant('reaction' as const), emoji: fc.string() }),
		fc.record({ kind: fc.constant('screenshare' as const), state: fc.constant('stopped' as const) })
	);

	it('given any state but speaking, when it is heard, then it is the same', () => {
		fc.assert(
			fc.property(said, (state) => {
				const message = stateMessage(state, ben);
				expect(carry(message ? [message] : [])).toEqual([
					{ type: 'MEMBER_STATE_RECEIVED', from: ann, state }
				]);
			}),
			property
		);
		expect(stateMessage({ kind: 'speaking', state: 'on' }, ben)).toBeUndefined();
	});

	it('given states, when they are written, then the words are those of Talk', () => {
		const to = ben;
		expect(stateMessage({ kind: 'camera', state: 'on' }, to)).toEqual({
			to,
			roomType: 'video',
			type: 'unmute',
			payload: { name: 'video' }
		});
		expect(stateMessage({ kind: 'hand', state: 'raised', at: 5 }, to)).toEqual({
			to,
			roomType: 'video',
			type: 'raiseHand',
			payload: { state: true, timestamp: 5 }
		});
		expect(stateMessage({ kind: 'screenshare', state: 'stopped' }, to)).toEqual({
			to,
			roomType: 'screen',
			type: 'unshareScreen'
		});
	});

	it('given a hand without a time, when it is heard, then it comes before all others', () => {
		expect(peerNews({ type: 'raiseHand', roomType: 'video', payload: { state: true } }, ann)).toMatchObject([
			{ state: { kind: 'hand', state: 'raised', at: 0 } }
		]);
	});

	it('given an empty name in an answer, when it is heard, then no name is told', () => {
		const payload = { type: 'answer' as const, sdp: '', nick: '' };
		const message = {
			type: 'answer' as const,
			roomType: 'video' as const,
			sid: v.parse(CallId, '1'),
			payload
		};

		expect(peerNews(message, ann)).toHaveLength(1);
		expect(peerNews({ ...message, payload: { ...payload, nick: 'Ben' } }, ann)).toHaveLength(2);
	});
});
