import { initialContext } from './member/context.ts';
import { memberSetup } from './member/setup.ts';

export type { MemberEvent, MemberInput } from './member/context.ts';
export { callsOf } from './member/setup.ts';

/**
 * One connection wanted with one remote session: who offers, glare, retries from a clean slate, and what arrives too
 * early, too late or out of order. Owns the peer calls, of which one is current and another may wait in limbo.
 *
 *     idle → queued → dialling → up          they offer: idle → waiting → dialling
 *                        ↑         │ ended
 *                        └ retryWait ┘ → failed after three retries; removing the member stops it all
 *
 *     a subscriber asks: queued → requesting ⇄ refused, until the media server offers → dialling
 *
 * A state tagged `wantsSlot` waits for DIAL, one tagged `holdsSlot` counts as a set-up under way.
 */
export const memberMachine = memberSetup.createMachine({
	id: 'member',
	context: ({ input }) => initialContext(input),
	initial: 'present',
	states: {
		present: {
			initial: 'idle',
			invoke: {
				src: 'transport',
				id: 'transport',
				input: ({ context }) => ({ member: context.theirs.id }),
				onError: {} // the calls have their own, and end by it
			},
			on: {
				SIGNAL: [
					{ guard: 'isOrdered', actions: 'putInOrder' },
					{ guard: 'isInvite', actions: 'takeInvite' },
					{ actions: 'route' }
				],
				SIGNAL_DUE: [{ guard: 'isInvite', actions: 'takeInvite' }, { actions: 'route' }],
				SKIP_GAP: { actions: 'skipGap' },
				UPDATE: { actions: ['update', 'passOn'] },
				SET_MEDIA: { actions: ['remember', 'passOn'] },
				SET_SENDS: { actions: ['remember', 'passOn'] },
				SET_MUTED: { actions: ['remember', 'passOn'] },
				SET_PICTURE: { actions: 'remember' },
				SET_LIMITS: { actions: ['remember', 'passOn'] },
				SET_ICE_SERVERS: { actions: ['remember', 'passOn'] },
				SIGNALING_UP: { actions: ['remember', 'passOn'] },
				SIGNALING_DOWN: { actions: ['remember', 'passOn'] },
				SEND_STATE: { actions: 'passOn' },
				GATHER_STATS: { actions: 'passOn' },
				FORGET_EARLY: { actions: 'forgetEarly' },
				FORGET_LIMBO: { actions: 'closeLimbo' },
				FORGET_FAILURE: { actions: 'forgetFailure' },
				SEND_OK: {},
				SEND_FAILED: {}, // a refusal that is not heard costs its caller time, a request is made again
				'xstate.snapshot.*': { actions: 'trackCurrent' },
				'xstate.done.actor.*': { actions: 'takeEnd' },
				'xstate.error.actor.*': { actions: 'takeEnd' }
			},
			states: {
				idle: {
					always: [
						{ guard: 'hasCurrent', target: 'dialling' },
						{ guard: 'weOffer', target: 'queued' },
						{ guard: 'asksForOffers', target: 'queued' },
						{ guard: 'theyOffer', target: 'waiting' }
					]
				},
				/** Wants to dial, or to ask for an offer; the call hands out a few slots at a time. */
				queued: {
					tags: 'wantsSlot',
					always: [
						{ guard: 'hasCurrent', target: 'dialling' },
						{ guard: 'nobodyOffers', target: 'idle' }
					],
					on: {
						DIAL: [
							{ guard: 'asksForOffers', actions: 'requestOffer', target: 'requesting' },
							{ actions: 'placeCall', target: 'dialling' }
						]
					}
				},
				/** They are to offer; if they do not, for whatever reason, we do. */
				waiting: {
					always: [
						{ guard: 'hasCurrent', target: 'dialling' },
						{ guard: 'nobodyOffers', target: 'idle' },
						{ guard: 'weOffer', target: 'queued' }
					],
					after: {
						offerWait: [
							{ guard: 'isDown', target: 'waiting', reenter: true },
							{ guard: 'isTheirsAlone', actions: 'noteMissingOffer', target: 'failed' },
							{ target: 'overdue' }
						]
					}
				},
				overdue: {
					tags: 'wantsSlot',
					always: [
						{ guard: 'hasCurrent', target: 'dialling' },
						{ guard: 'nobodyOffers', target: 'idle' }
					],
					on: { DIAL: { actions: 'placeCall', target: 'dialling' } }
				},
				/** Asked the media server for an offer, and asks again until there is one. */
				requesting: {
					always: [
						{ guard: 'hasCurrent', target: 'dialling' },
						{ guard: 'nobodyOffers', target: 'idle' }
					],
					on: {
						OFFER_REFUSED: { actions: 'countRefusal', target: 'refused' },
						SIGNALING_UP: { actions: ['remember', 'passOn'], target: '.again' }
					},
					after: { askAgain: '.again' },
					initial: 'inSlot',
					states: {
						inSlot: { tags: 'holdsSlot', after: { slot: 'slow' } },
						slow: {},
						again: { entry: 'requestOffer', after: { askAgain: { target: 'again', reenter: true } } }
					}
				},
				refused: {
					always: [
						{ guard: 'hasCurrent', target: 'dialling' },
						{ guard: 'nobodyOffers', target: 'idle' }
					],
					on: {
						UPDATE: [
							{ guard: 'isNews', actions: 'update', target: 'requesting.again' },
							{ actions: 'update' }
						]
					},
					after: { refusalWait: 'requesting.again' }
				},
				dialling: {
					always: [
						{ guard: 'isConnected', target: 'up' },
						{ guard: 'isEnded', target: 'ended' }
					],
					initial: 'inSlot',
					states: { inSlot: { tags: 'holdsSlot', after: { slot: 'slow' } }, slow: {} }
				},
				up: {
					entry: 'askForPicture',
					on: {
						SET_PICTURE: { actions: ['remember', 'askForPicture'] },
						SIGNALING_UP: { actions: ['remember', 'passOn', 'askForPicture'] }
					},
					always: [
						{ guard: 'isEnded', target: 'ended' },
						{ guard: 'isReplaced', target: 'dialling' }
					]
				},
				/** Where the end of a call is judged. */
				ended: {
					always: [
						{ guard: 'hasCurrent', target: 'dialling' },
						{ guard: 'isUnwanted', target: 'idle' },
						{ guard: 'wasReplaced', target: 'replaceWait' },
						{ guard: 'wasOutgrown', target: 'queued' },
						{ guard: 'mayRetryAtOnce', actions: 'countRetry', target: 'queued' },
						{ guard: 'mayRetry', actions: 'countRetry', target: 'retryWait' },
						{ target: 'failed' }
					]
				},
				/** Everything of the last attempt is gone; only the offering side comes back by itself. */
				retryWait: {
					always: { guard: 'hasCurrent', target: 'dialling' },
					after: {
						retryDelay: [
							{ guard: 'isDown', target: 'retryWait', reenter: true },
							{ guard: 'weOffer', target: 'queued' },
							{ target: 'idle' }
						]
					}
				},
				/** Ended for another call that has to follow: if none does, glare has lost both. */
				replaceWait: {
					always: { guard: 'hasCurrent', target: 'dialling' },
					after: { replaceGrace: { actions: 'countRetry', target: 'idle' } }
				},
				/** Until a person asks, the network comes back, or what made it fail has changed. */
				failed: {
					always: { guard: 'hasCurrent', target: 'dialling' },
					on: {
						RETRY: { actions: 'forgetRetries', target: 'idle' },
						SET_SENDS: { actions: ['remember', 'forgetRetries'], target: 'idle' },
						UPDATE: [
							{ guard: 'isNewsAfterFailure', actions: ['update', 'forgetRetries'], target: 'idle' },
							{ actions: 'update' }
						],
						SET_MEDIA: [
							{ guard: 'lackedMedia', actions: ['remember', 'passOn', 'forgetRetries'], target: 'idle' },
							{ actions: ['remember', 'passOn'] }
						]
					}
				}
			}
		}
	}
});
