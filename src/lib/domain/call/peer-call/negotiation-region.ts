import { peerCallSetup } from './setup.ts';

/**
 * Who may change the descriptions of an established connection, and when: perfect negotiation with its flags as
 * states. `makingOffer` lasts until setLocalDescription has settled, `applyingAnswer` is the time in which the
 * connection is about to become stable. The callee is the polite side, always.
 *
 * Talk's wire knows no negotiate: a second offer or answer with the same call id is one.
 */
const collision = [
	{ guard: 'isPolite', actions: ['rememberNegotiate', 'markNegotiationPending'], target: 'applyingOffer' },
	{ actions: 'ignoreOffer' }
] as const;

export const negotiationRegion = peerCallSetup.createStateConfig({
	initial: 'dormant',
	states: {
		/** Set-up has the descriptions; the coming answer covers what is asked for meanwhile. */
		dormant: { on: { SETUP_DONE: 'stable', PC_NEGOTIATION_NEEDED: {} } },
		stable: {
			always: [
				{ guard: 'hasWaitingNegotiate', actions: 'takeWaitingNegotiate', target: 'applyingOffer' },
				{ guard: 'isNegotiationPending', actions: 'clearNegotiationPending', target: 'pausing' }
			],
			on: {
				PC_NEGOTIATION_NEEDED: { target: 'pausing' },
				REMOTE_NEGOTIATE: { guard: 'isOfferLike', actions: 'rememberNegotiate', target: 'applyingOffer' },
				REMOTE_INVITE: { guard: 'isTalkOffer', actions: 'rememberNegotiate', target: 'applyingOffer' }
			}
		},
		/** A burst of changes shares one offer. */
		pausing: {
			on: {
				PC_NEGOTIATION_NEEDED: {},
				SIGNALING_UP: { actions: 'markSignaling', target: 'pausing', reenter: true },
				REMOTE_NEGOTIATE: {
					guard: 'isOfferLike',
					actions: ['rememberNegotiate', 'markNegotiationPending'],
					target: 'applyingOffer'
				},
				REMOTE_INVITE: {
					guard: 'isTalkOffer',
					actions: ['rememberNegotiate', 'markNegotiationPending'],
					target: 'applyingOffer'
				}
			},
			after: {
				negotiationPause: [
					{ guard: 'isSignalingDown' }, // nothing would get through: wait for it
					{ target: 'makingOffer' }
				]
			}
		},
		makingOffer: {
			entry: { type: 'operate', params: { operation: 'local' } },
			on: {
				PC_NEGOTIATION_NEEDED: { actions: 'markNegotiationPending' },
				PC_LOCAL_SET: { guard: 'isPendingLocal', actions: 'rememberLocal', target: 'haveLocalOffer' },
				// a failed step leaves the region stable: the next change negotiates normally
				PC_LOCAL_FAILED: { guard: 'isPendingLocal', actions: 'countNegotiationFailure', target: 'stable' },
				REMOTE_NEGOTIATE: collisionOf('isOfferLike'),
				REMOTE_INVITE: collisionOf('isTalkOffer')
			}
		},
		haveLocalOffer: {
			entry: 'sendNegotiate',
			on: {
				PC_NEGOTIATION_NEEDED: { actions: 'markNegotiationPending' },
				REMOTE_NEGOTIATE: [
					{ guard: 'isAnswerLike', actions: 'rememberNegotiate', target: 'applyingAnswer' },
					...collision
				],
				REMOTE_ANSWER: { guard: 'isTalk', actions: 'rememberNegotiate', target: 'applyingAnswer' },
				REMOTE_INVITE: collisionOf('isTalkOffer')
			},
			after: {
				negotiateTimeout: [
					// nobody's fault: a fresh offer follows when signaling is back
					{
						guard: 'isSignalingDown',
						actions: ['markNegotiationPending', { type: 'operate', params: { operation: 'rollBack' } }],
						target: 'rollingBack'
					},
					// a peer that is not Roost may never answer a second offer: the owner builds a new connection
					{ guard: 'isTalk', actions: { type: 'over', params: { reason: 'signalling_timeout' } } },
					{
						guard: 'negotiationFailedBefore',
						actions: { type: 'over', params: { reason: 'signalling_timeout' } }
					},
					{
						actions: [
							'countNegotiationFailure',
							'markNegotiationPending',
							{ type: 'operate', params: { operation: 'rollBack' } }
						],
						target: 'rollingBack'
					}
				]
			}
		},
		rollingBack: {
			on: {
				PC_NEGOTIATION_NEEDED: { actions: 'markNegotiationPending' },
				PC_ROLLED_BACK: { guard: 'isPendingRollBack', target: 'stable' },
				PC_LOCAL_FAILED: { guard: 'isPendingRollBack', target: 'stable' },
				REMOTE_NEGOTIATE: { guard: 'isOfferLike', actions: 'keepNegotiate' },
				REMOTE_INVITE: { guard: 'isTalkOffer', actions: 'keepNegotiate' }
			}
		},
		applyingOffer: {
			initial: 'settingRemote',
			on: {
				PC_NEGOTIATION_NEEDED: { actions: 'markNegotiationPending' },
				// queue of one, the latest wins
				REMOTE_NEGOTIATE: { guard: 'isOfferLike', actions: 'keepNegotiate' },
				REMOTE_INVITE: { guard: 'isTalkOffer', actions: 'keepNegotiate' }
			},
			states: {
				settingRemote: {
					entry: 'setRemote',
					on: {
						PC_REMOTE_SET: { guard: 'isPendingRemote', target: 'settingLocal' },
						PC_REMOTE_FAILED: refusedDescription()
					}
				},
				settingLocal: {
					entry: { type: 'operate', params: { operation: 'local' } },
					on: {
						PC_LOCAL_SET: {
							guard: 'isPendingLocal',
							actions: ['rememberLocal', 'sendNegotiate', 'forgetNegotiationFailures'],
							target: '#peerCall.open.alive.negotiation.stable'
						},
						PC_LOCAL_FAILED: {
							guard: 'isPendingLocal',
							actions: 'countNegotiationFailure',
							target: '#peerCall.open.alive.negotiation.stable'
						}
					}
				}
			}
		},
		applyingAnswer: {
			entry: 'setRemote',
			on: {
				PC_NEGOTIATION_NEEDED: { actions: 'markNegotiationPending' },
				PC_REMOTE_SET: {
					guard: 'isPendingRemote',
					actions: 'forgetNegotiationFailures',
					target: 'stable'
				},
				PC_REMOTE_FAILED: refusedDescription(),
				// legal: the connection is stable by the time this one runs
				REMOTE_NEGOTIATE: { guard: 'isOfferLike', actions: 'keepNegotiate' },
				REMOTE_INVITE: { guard: 'isTalkOffer', actions: 'keepNegotiate' }
			}
		}
	}
});

function collisionOf(guard: 'isOfferLike' | 'isTalkOffer') {
	return [
		{
			guard: { type: guard === 'isTalkOffer' ? 'isPoliteTalkOffer' : 'isPoliteOffer' } as const,
			actions: ['rememberNegotiate', 'markNegotiationPending'] as const,
			target: 'applyingOffer'
		},
		{ guard, actions: 'ignoreOffer' }
	] as const;
}

/** One refusal is logged and forgotten; two in a row mean that the two ends no longer agree. */
function refusedDescription() {
	return [
		{
			guard: 'isPendingRemoteAndFailedBefore',
			actions: { type: 'over', params: { reason: 'set_remote_description' } }
		},
		{
			guard: 'isPendingRemote',
			actions: 'countNegotiationFailure',
			target: '#peerCall.open.alive.negotiation.stable'
		}
	] as const;
}
