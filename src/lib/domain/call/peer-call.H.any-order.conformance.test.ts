import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallId } from '../../protocol/ids.ts';
import {
	accept,
	call,
	callId,
	candidate,
	leaseOf,
	openBench,
	remote,
	them
} from '../../../../tests/support/peer-call-bench.ts';
import type { PeerCallEvent } from './peer-call/setup.ts';
import { type PeerCallPhase } from './wait-for-phase.ts';

/** Conformance of H04, for any life of a call. */
const from = { callId, from: them };
const hangUp: PeerCallEvent = { type: 'HANGUP', reason: 'user_hangup' };
const close: PeerCallEvent = { type: 'CLOSE', reason: 'new_session' };
const fatal: PeerCallEvent = { type: 'PC_FATAL', message: 'broken' };
const needed: PeerCallEvent = { type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' };

describe('any events in any order', () => {
	const offer = { type: 'offer', sdp: 'ours' } as const;
	const tokens = fc.integer({ min: 0, max: 12 });
	const anyEvent: fc.Arbitrary<PeerCallEvent> = fc.oneof(
		fc.constantFrom<PeerCallEvent>(
			call(),
			accept,
			{ type: 'REJECT' },
			{ type: 'SET_MEDIA', lease: leaseOf('video') },
			{ type: 'SET_MUTED', muted: { audio: true, video: false } },
			{ type: 'SET_ICE_SERVERS', iceServers: [] },
			{ type: 'SIGNALING_DOWN' },
			{ type: 'SIGNALING_UP' },
			remote.invite(),
			remote.answer(),
			remote.answer({ partyId: 'p' }),
			remote.candidates([candidate(1), { candidate: '', sdpMid: null, sdpMLineIndex: null }]),
			remote.candidates([candidate(2)], '__proto__'),
			remote.negotiate('offer'),
			remote.negotiate('answer'),
			remote.metadata(),
			remote.selectAnswer('this-device'),
			{ type: 'PC_CANDIDATE', candidate: candidate('ours') },
			{ type: 'PC_GATHERING_COMPLETE' },
			needed,
			{ type: 'PC_CANDIDATE_REFUSED', message: 'bad' },
			{ type: 'PC_TRACK', kind: 'audio', streamId: 's', remoteStreamId: null },
			{ type: 'PC_TRACK', kind: 'video', streamId: 's', remoteStreamId: 'theirs' },
			{ type: 'PC_TRACK_GONE', kind: 'video', streamId: 's', remoteStreamId: 'theirs' },
			remote.negotiate('offer', ''),
			remote.invite({ description: { type: 'offer', sdp: 'another' } }),
			{ type: 'PC_DATA', text: 'x' }
		),
		fc
			.constantFrom('checking', 'connected', 'completed', 'disconnected', 'failed', 'new')
			.map((state) => ({ type: 'PC_ICE_STATE', state }) as const),
		fc
			.constantFrom('connecting', 'failed', 'connected')
			.map((state) => ({ type: 'PC_CONNECTION_STATE', state }) as const),
		tokens.map((token) => ({ type: 'PC_REMOTE_SET', token, receivers: 1, hasData: false }) as const),
		tokens.map((token) => ({ type: 'PC_MEDIA_APPLIED', token }) as const),
		tokens.map((token) => ({ type: 'PC_ROLLED_BACK', token }) as const),
		tokens.map(
			(token) =>
				({
					type: 'PC_LOCAL_SET',
					token,
					description: offer,
					streamIds: [] as string[],
					screenStreamIds: [] as string[]
				}) as const
		),
		tokens.map((token) => ({ type: 'PC_LOCAL_READ', token, description: offer }) as const),
		tokens.map((token) => ({ type: 'PC_REMOTE_FAILED', token, message: '' }) as const),
		tokens.map((token) => ({ type: 'PC_LOCAL_FAILED', token, message: '' }) as const),
		tokens.map((token) => ({ type: 'PC_MEDIA_REFUSED', token, message: '' }) as const),
		tokens.map((id) => ({ type: 'SEND_OK', id }) as const),
		tokens.map((id) => ({ type: 'SEND_FAILED', id, retryable: id % 2 === 0 }) as const)
	);
	const ending = fc.constantFrom<PeerCallEvent>(
		hangUp,
		close,
		fatal,
		remote.hangup('replaced'),
		remote.reject({ isOwnUser: true }),
		remote.selectAnswer('other-device'),
		{ ...from, type: 'REMOTE_ANSWERED_ELSEWHERE' },
		{ type: 'YIELD_TO', callId: 'call-2' as CallId },
		{ type: 'PC_ICE_STATE', state: 'closed' }
	);
	type Step = PeerCallEvent | number;
	const anyStep: fc.Arbitrary<Step> = fc.oneof(
		{ weight: 20, arbitrary: anyEvent },
		{ weight: 1, arbitrary: ending },
		{ weight: 5, arbitrary: fc.constantFrom(0, 99, 100, 200, 500, 2_000, 10_000, 30_000) }
	);
	const setting = fc.record({
		profile: fc.constantFrom(
			'native' as const,
			'talkMesh' as const,
			'sfuPublisher' as const,
			'sfuSubscriber' as const
		),
		direction: fc.constantFrom('outbound' as const, 'inbound' as const),
		answersAlone: fc.boolean(),
		edge: fc.constantFrom('answers' as const, 'holds' as const),
		fates: fc.array(fc.constantFrom('ok' as const, 'fails' as const, 'held' as const, 'refused' as const), {
			minLength: 1,
			maxLength: 5
		})
	});
	const order: readonly PeerCallPhase[] = [
		'fledgling',
		'createOffer',
		'inviteSent',
		'ringing',
		'createAnswer',
		'connecting',
		'connected'
	];

	it('H04 given any life of a call, when it is over, then it ended once, holds nothing, and nothing ever threw', () => {
		fc.assert(
			fc.property(setting, fc.array(anyStep, { maxLength: 60 }), (how, steps) => {
				let sends = 0;
				const bench = openBench({
					input: {
						profile: how.profile,
						direction: how.direction,
						answersAlone: how.answersAlone,
						partyId: 'this-device'
					},
					holds: how.edge === 'holds' ? ['SET_REMOTE', 'SET_LOCAL', 'READ_STATS'] : [],
					transport: () => how.fates[(sends += 1) % how.fates.length] ?? 'ok'
				});
				// started by its owner, as every call is
				bench.post(how.direction === 'outbound' ? call() : remote.invite());
				for (const step of steps) {
					if (bench.status() !== 'active') break;
					const isGateShut = !bench.context().isRemoteSet;
					if (typeof step === 'number') bench.advance(step);
					else bench.post(step);
					if (isGateShut && !bench.context().isRemoteSet) expect(bench.applied()).toEqual([]);
				}
				expect(bench.status()).not.toBe('error');
				if (bench.status() === 'active') bench.post(hangUp);
				bench.advance(2_500);

				expect(bench.status()).toBe('done');
				expect(bench.ends).toEqual({ done: 1, failed: 0 });
				expect(bench.closed).toEqual({ pc: 1, transport: 1 });
				expect(bench.timers()).toBe(0);
				expect(bench.sent('hangup', 'reject').length).toBeLessThanOrEqual(1);
				// it never goes back, but for a path that was lost
				const path = bench.phases
					.filter((phase) => order.includes(phase))
					.map((phase) => order.indexOf(phase));
				for (const [index, at] of path.entries()) {
					const last = path[index - 1] ?? -1;
					expect(at > last || order[at] === 'connecting').toBe(true);
				}
			}),
			{ seed: 7, numRuns: 400 }
		);
	}, 30_000);
});
