import { incomingCandidatesRegion, outgoingCandidatesRegion } from './peer-call/candidate-regions.ts';
import { iceRegion } from './peer-call/ice-region.ts';
import { metadataRegion, resendingRegion } from './peer-call/message-regions.ts';
import { negotiationRegion } from './peer-call/negotiation-region.ts';
import { phaseRegion } from './peer-call/phase-region.ts';
import { initialContext, peerCallSetup } from './peer-call/setup.ts';

/** Expected in any state and without effect there: results of overtaken steps, mirrors, late acknowledgements. */
const harmless = {};

/**
 * One RTCPeerConnection: its signaling state and the policy for its timers, buffers, restarts and end. One machine for
 * all profiles; local media, transport and the decision to call again belong to others.
 *
 *     open ─ alive ┬ phase        fledgling → createOffer → inviteSent ─┐
 *          │       │              fledgling → ringing → createAnswer → connecting ⇄ connected
 *          │       ├ negotiation  dormant → stable ⇄ makingOffer, haveLocalOffer, applyingOffer, applyingAnswer
 *          │       ├ ice          new → checking → up ⇄ lost (grace → restarting)
 *          │       ├ outgoing     holding → batching → sending ⇄ backoff
 *          │       ├ incoming     buffering (→ awaitingAnswer → lettingAnswerLead) → open
 *          │       ├ metadata     told ⇄ pausing
 *          │       └ resending    idle ⇄ backoff
 *          └ ending                last words and last statistics, bounded
 *     ended                        final, with the reason
 */
export const peerCallMachine = peerCallSetup.createMachine({
	id: 'peerCall',
	context: ({ input }) => initialContext(input),
	initial: 'open',
	output: ({ context }) => ({
		callId: context.input.callId,
		reason: context.end?.reason ?? 'unknown_error',
		party: context.end?.party ?? 'local',
		everConnected: context.everConnected,
		stats: context.stats
	}),
	states: {
		open: {
			initial: 'alive',
			invoke: [
				{
					src: 'pc',
					id: 'pc',
					input: ({ context }) => ({
						member: context.input.member,
						options: {
							callId: context.input.callId,
							owner: context.input.callId,
							iceServers: context.input.iceServers,
							media: context.input.media,
							streams: context.input.profile === 'native' ? 'described' : 'one',
							simulcast: context.input.simulcast ?? false,
							...(context.input.limits === undefined ? {} : { limits: context.input.limits }),
							dataChannel:
								context.input.direction === 'outbound' && context.input.purpose === 'usermedia'
									? 'status'
									: null,
							leavesDtlsToThem: context.input.profile === 'sfuSubscriber'
						}
					}),
					onError: { actions: { type: 'over', params: { reason: 'unknown_error' } } }
				},
				{
					src: 'transport',
					id: 'transport',
					input: ({ context }) => ({ member: context.input.member }),
					onError: { target: 'ended', actions: { type: 'fail' } }
				}
			],
			on: {
				CLOSE: { target: 'ended', actions: 'rememberEnd' },
				REMOTE_HANGUP: [{ guard: 'isForeign' }, { target: 'ended', actions: 'rememberEnd' }],
				// not further in: there it would hide the two above, and the edges' onError with them
				'*': { actions: 'countUnexpected' }
			},
			states: {
				alive: {
					type: 'parallel',
					on: {
						OVER: [
							{ guard: 'endsWithoutTrace', target: '#peerCall.ended', actions: 'rememberEnd' },
							{ target: 'ending', actions: 'rememberEnd' }
						],
						HANGUP: { actions: 'hangUp' },
						SIGNALING_UP: { actions: 'markSignaling' },
						SIGNALING_DOWN: { actions: 'markSignaling' },
						SET_ICE_SERVERS: { actions: 'updateIceServers' },
						SET_LIMITS: { actions: 'passToEdge' },
						SET_RECEIVING: { actions: 'passToEdge' },
						// what no region takes
						REMOTE_NEGOTIATE: [
							{ guard: 'isForeign' },
							{
								guard: 'isIncomplete',
								actions: [
									'countUnexpected',
									{ type: 'warn', params: { text: 'a negotiate without a description' } }
								]
							},
							{ guard: 'isExpired' }, // its sender has rolled back by now, and offers again
							{ actions: 'countUnexpected' }
						],
						REMOTE_ANSWER: [{ guard: 'isForeign' }, { actions: 'countUnexpected' }],
						REMOTE_REJECT: [{ guard: 'isForeign' }, { actions: 'countUnexpected' }],
						REMOTE_CANDIDATES: [{ guard: 'isForeign' }, { actions: 'countUnexpected' }],
						REMOTE_METADATA: [{ guard: 'isForeign' }, { actions: 'mergeMetadata' }],
						PC_TRACK: { actions: 'rememberTrack' },
						PC_TRACK_GONE: { actions: 'rememberTrack' },
						PC_SIGNALING_STATE: { actions: 'mirrorSignalingState' },
						SETUP_DONE: harmless,
						HANDED_OVER: harmless,
						GATE_OPENED: harmless,
						SEND_OK: harmless,
						SEND_FAILED: harmless,
						PC_MEDIA_APPLIED: [{ guard: 'isPendingMedia', actions: 'forgetMediaFailures' }, harmless],
						// one refusal is tried again; two mean that this connection cannot send what it should
						PC_MEDIA_REFUSED: [
							{
								guard: 'isPendingMediaAndFailedBefore',
								actions: { type: 'over', params: { reason: 'local_offer_failed' } }
							},
							{
								guard: 'isPendingMedia',
								actions: [
									{ type: 'warn', params: { text: 'media was not applied' } },
									'countMediaFailure',
									'applyMedia'
								]
							},
							harmless
						],
						PC_LOCAL_SET: harmless,
						PC_LOCAL_FAILED: harmless,
						PC_LOCAL_READ: harmless,
						PC_REMOTE_SET: harmless,
						PC_REMOTE_FAILED: harmless,
						PC_ROLLED_BACK: harmless,
						PC_CANDIDATE_REFUSED: { actions: 'warnOfRefusedCandidate' },
						PC_DATA_OPEN: harmless, // the edge passes data on to the call, past this machine
						PC_DATA: harmless,
						SEND_STATE: { actions: 'sendState' },
						GATHER_STATS: { actions: { type: 'operate', params: { operation: 'stats' } } },
						PC_STATS: [{ guard: 'isPendingStats', actions: 'rememberStats' }, harmless],
						PC_FATAL: { actions: { type: 'over', params: { reason: 'unknown_error' } } }
					},
					states: {
						phase: phaseRegion,
						negotiation: negotiationRegion,
						ice: iceRegion,
						outgoing: outgoingCandidatesRegion,
						incoming: incomingCandidatesRegion,
						metadata: metadataRegion,
						resending: resendingRegion
					}
				},
				ending: {
					type: 'parallel',
					onDone: '#peerCall.ended',
					after: { endingTimeout: '#peerCall.ended' },
					on: {
						// the end is decided: its reason stays, only the wait is over
						CLOSE: '#peerCall.ended',
						REMOTE_HANGUP: [{ guard: 'isForeign' }, { target: '#peerCall.ended' }],
						'*': {} // an edge that breaks now (xstate.error.actor.*) is covered by the timeouts
					},
					states: {
						words: {
							initial: 'choosing',
							states: {
								choosing: { always: [{ guard: 'mustTell', target: 'telling' }, { target: 'told' }] },
								telling: {
									entry: 'sendEnding',
									on: {
										SEND_OK: { guard: 'isEndingSend', target: 'told' },
										SEND_FAILED: { guard: 'isEndingSend', target: 'told' }
									}
								},
								told: { type: 'final' }
							}
						},
						statistics: {
							initial: 'choosing',
							states: {
								choosing: { always: [{ guard: 'hasStats', target: 'reading' }, { target: 'read' }] },
								reading: {
									entry: { type: 'operate', params: { operation: 'stats' } },
									on: { PC_STATS: { guard: 'isPendingStats', actions: 'rememberStats', target: 'read' } },
									after: { statsTimeout: 'read' }
								},
								read: { type: 'final' }
							}
						}
					}
				}
			}
		},
		ended: { type: 'final' }
	}
});
