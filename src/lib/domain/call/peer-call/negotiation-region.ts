import { peerCallSetup } from './setup.ts';

/**
 * Who may change the descriptions of an established connection, and when: perfect negotiation with its flags as
 * states. `makingOffer` lasts until setLocalDescription has settled, `applyingAnswer` is the time in which the
 * connection is about to become stable. The callee is the polite side, always.
 *
 * Talk's wire knows no negotiate: a second offer or answer with the same call id is one. A publisher whose server takes
 * no second offer ends instead as `replaced`: its owner has to make the connection that replaces it, at once and without
 * counting a failure. Nothing would be gained by asking: tracks come and go by replaceTrack, so whatever wants a new
 * offer here is something that this connection cannot become.
 */
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
				PC_NEGOTIATION_NEEDED: [{ guard: 'neverOffers' }, { target: 'pausing' }],
				REMOTE_NEGOTIATE: { guard: 'isOffer', actions: 'rememberNegotiate', target: 'applyingOffer' },
				REMOTE_INVITE: { guard: 'isTalkOffer', actions: 'rememberNegotiate', target: 'applyingOffer' }
			}
		},
		/** A burst of changes shares one offer. */
		pausing: {
			on: {
				PC_NEGOTIATION_NEEDED: {},
				SIGNALING_UP: { actions: 'markSignaling', target: 'pausing', reenter: true },
				REMOTE_NEGOTIATE: {
					guard: 'isOffer',
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
					{
						guard: 'mustRebuild',
						actions: { type: 'over', params: { reason: 'replaced', how: 'silent' } },
						target: 'stable'
					},
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
				REMOTE_NEGOTIATE: collisionOf('isOffer'),
				REMOTE_INVITE: collisionOf('isTalkOffer')
			},
			after: { edgeTimeout: stuck('set_local_description') }
		},
		haveLocalOffer: {
			entry: 'sendNegotiate',
			on: {
				PC_NEGOTIATION_NEEDED: { actions: 'markNegotiationPending' },
				REMOTE_NEGOTIATE: [
					{ guard: 'isAnswer', actions: 'rememberNegotiate', target: 'applyingAnswer' },
					...collisionOf('isOffer')
				],
				REMOTE_ANSWER: { guard: 'isTalkAnswer', actions: 'rememberNegotiate', target: 'applyingAnswer' },
				REMOTE_INVITE: collisionOf('isTalkOffer')
			},
			after: {
				negotiateTimeout: [
					// nobody's fault: a fresh offer follows when signaling is back
					{
						guard: 'isSignalingDown',
						actions: ['withdrawOffer', 'markNegotiationPending'],
						target: 'rollingBack'
					},
					// a peer that is not Roost may never answer a second offer: the owner builds a new connection
					{ guard: 'isTalk', actions: { type: 'over', params: { reason: 'signalling_timeout' } } },
					{
						guard: 'negotiationFailedBefore',
						actions: { type: 'over', params: { reason: 'signalling_timeout' } }
					},
					{
						actions: ['withdrawOffer', 'countNegotiationFailure', 'markNegotiationPending'],
						target: 'rollingBack'
					}
				]
			}
		},
		rollingBack: {
			entry: { type: 'operate', params: { operation: 'rollBack' } },
			on: {
				PC_NEGOTIATION_NEEDED: { actions: 'markNegotiationPending' },
				PC_ROLLED_BACK: { guard: 'isPendingRollBack', target: 'stable' },
				PC_LOCAL_FAILED: { guard: 'isPendingRollBack', target: 'stable' },
				REMOTE_NEGOTIATE: { guard: 'isOffer', actions: 'keepNegotiate' },
				REMOTE_INVITE: { guard: 'isTalkOffer', actions: 'keepNegotiate' }
			},
			after: { edgeTimeout: stuck('set_local_description') }
		},
		applyingOffer: {
			initial: 'settingRemote',
			on: {
				PC_NEGOTIATION_NEEDED: { actions: 'markNegotiationPending' },
				// queue of one, the latest wins
				REMOTE_NEGOTIATE: { guard: 'isOffer', actions: 'keepNegotiate' },
				REMOTE_INVITE: { guard: 'isTalkOffer', actions: 'keepNegotiate' }
			},
			states: {
				settingRemote: {
					entry: ['setRemote', 'applyBufferedCandidates'],
					on: {
						PC_REMOTE_SET: { guard: 'isPendingRemote', target: 'settingLocal' },
						PC_REMOTE_FAILED: refusedDescription()
					},
					after: { edgeTimeout: stuck('set_remote_description') }
				},
				settingLocal: {
					entry: { type: 'operate', params: { operation: 'local' } },
					on: {
						PC_LOCAL_SET: {
							guard: 'isPendingLocal',
							actions: ['rememberLocal', 'sendNegotiate', 'forgetNegotiationFailures'],
							target: '#peerCall.open.alive.negotiation.stable'
						},
						// their offer is still there: without taking it back, the next one of ours would be its answer
						PC_LOCAL_FAILED: {
							guard: 'isPendingLocal',
							actions: 'countNegotiationFailure',
							target: '#peerCall.open.alive.negotiation.rollingBack'
						}
					},
					after: { edgeTimeout: stuck('set_local_description') }
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
				REMOTE_NEGOTIATE: { guard: 'isOffer', actions: 'keepNegotiate' },
				REMOTE_INVITE: { guard: 'isTalkOffer', actions: 'keepNegotiate' }
			},
			after: { edgeTimeout: stuck('set_remote_description') }
		}
	}
});

/** Their offer meets ours: the polite side takes theirs and offers again afterwards, the other waits for its answer. */
function collisionOf(guard: 'isOffer' | 'isTalkOffer') {
	return [
		{
			guard: { type: guard === 'isTalkOffer' ? 'isPoliteTalkOffer' : 'isPoliteOffer' } as const,
			actions: ['withdrawOffer', 'rememberNegotiate', 'markNegotiationPending'] as const,
			target: 'applyingOffer'
		},
		{ guard, actions: 'ignoreOffer' }
	] as const;
}

/** The browser neither did it nor refused: a connection like that is of no use any more. */
function stuck(reason: 'set_local_description' | 'set_remote_description') {
	return { actions: { type: 'over', params: { reason } } } as const;
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
