import { peerCallSetup } from './setup.ts';

/** Late results of descriptions that another step has overtaken: dropped without a word. */
const ignored = {};

/**
 * The visible phase: from nothing to connected. The other regions run beside it and never decide it; "connected" is
 * derived (descriptions set, answer handed over, ICE up).
 */
export const phaseRegion = peerCallSetup.createStateConfig({
	initial: 'fledgling',
	states: {
		fledgling: {
			initial: 'idle',
			on: {
				SET_MEDIA: { actions: 'rememberMedia' },
				SET_MUTED: { actions: 'rememberMedia' },
				REMOTE_NEGOTIATE: { guard: 'isOffer', actions: 'keepNegotiate' },
				YIELD_TO: { actions: overReplaced() }
			},
			states: {
				idle: {
					on: {
						CALL: {
							guard: 'isOutbound',
							actions: 'rememberMedia',
							target: '#peerCall.open.alive.phase.createOffer'
						},
						REMOTE_INVITE: [
							{ guard: 'isInvitedInTime', actions: 'rememberInvite', target: 'applyingInvite' },
							{
								guard: 'isInvited',
								actions: {
									type: 'over',
									params: { reason: 'invite_timeout', party: 'remote', how: 'silent' }
								}
							}
						],
						REMOTE_REJECT: { guard: 'isOwnUser', actions: overElsewhere() },
						REMOTE_SELECT_ANSWER: ignored
					}
				},
				/** Applied before anybody accepts: candidates can be used and gathering can start early. */
				applyingInvite: {
					entry: 'setRemote',
					on: {
						PC_REMOTE_SET: [
							{
								guard: 'hasReceivers',
								actions: ['markRemoteSet', 'openGate'],
								target: '#peerCall.open.alive.phase.ringing'
							},
							{
								guard: 'isPendingRemote',
								actions: { type: 'over', params: { reason: 'set_remote_description' } }
							}
						],
						PC_REMOTE_FAILED: {
							guard: 'isPendingRemote',
							actions: { type: 'over', params: { reason: 'set_remote_description' } }
						},
						REMOTE_INVITE: sameInvite(),
						REMOTE_REJECT: { guard: 'isOwnUser', actions: overElsewhere() },
						REMOTE_ANSWERED_ELSEWHERE: { actions: overElsewhere() },
						REMOTE_SELECT_ANSWER: ignored
					},
					after: { edgeTimeout: stuck('set_remote_description') }
				}
			}
		},
		createOffer: {
			initial: 'awaitingNegotiation',
			on: {
				SET_MEDIA: { actions: ['rememberMedia', 'applyMedia'] },
				SET_MUTED: { actions: 'rememberMedia' },
				PC_NEGOTIATION_NEEDED: { actions: 'markNegotiationPending' },
				YIELD_TO: { actions: overReplaced() }
			},
			states: {
				/** The browser says when an offer is due; it is never made directly. */
				awaitingNegotiation: {
					entry: 'applyMedia',
					on: { PC_NEGOTIATION_NEEDED: 'settingLocal' },
					after: {
						offerStall: { actions: { type: 'over', params: { reason: 'create_offer' } } }
					}
				},
				settingLocal: {
					entry: { type: 'operate', params: { operation: 'local' } },
					on: {
						PC_NEGOTIATION_NEEDED: ignored, // one offer covers them
						PC_LOCAL_SET: [
							{
								guard: 'isPendingLocalAndTrickles',
								actions: 'rememberLocal',
								target: '#peerCall.open.alive.phase.inviteSent'
							},
							{ guard: 'isPendingLocal', actions: 'rememberLocal', target: 'gathering' }
						],
						PC_LOCAL_FAILED: {
							guard: 'isPendingLocal',
							actions: { type: 'over', params: { reason: 'set_local_description' } }
						}
					},
					after: { edgeTimeout: stuck('set_local_description') }
				},
				gathering: {
					on: { PC_GATHERING_COMPLETE: { actions: 'markGatheringComplete', target: 'readingOffer' } },
					after: { gatherWindow: 'readingOffer' }
				},
				readingOffer: {
					entry: { type: 'operate', params: { operation: 'read' } },
					on: {
						PC_LOCAL_READ: {
							guard: 'isPendingRead',
							actions: 'rememberGathered',
							target: '#peerCall.open.alive.phase.inviteSent'
						},
						PC_LOCAL_FAILED: refusedReading()
					},
					after: { edgeTimeout: stuck('set_local_description') }
				}
			}
		},
		/** From handing over on, whatever the transport says of it later: an answer may overtake the acknowledgement. */
		inviteSent: {
			initial: 'awaitingAnswer',
			on: {
				SET_MEDIA: { actions: ['rememberMedia', 'applyMedia'] },
				SET_MUTED: { actions: 'rememberMedia' },
				REMOTE_NEGOTIATE: { guard: 'isOffer', actions: 'keepNegotiate' },
				PC_NEGOTIATION_NEEDED: { actions: 'markNegotiationPending' },
				YIELD_TO: { actions: overReplaced() }
			},
			states: {
				awaitingAnswer: {
					initial: 'sending',
					after: { inviteLifetime: { actions: { type: 'over', params: { reason: 'invite_timeout' } } } },
					on: {
						REMOTE_ANSWER: { guard: 'isOurs', actions: 'chooseParty', target: 'applyingAnswer' },
						REMOTE_REJECT: {
							guard: 'isOurs',
							actions: { type: 'over', params: { reason: 'user_hangup', party: 'remote', how: 'silent' } }
						}
					},
					states: {
						sending: {
							entry: [{ type: 'sendSetup', params: { kind: 'invite' } }, 'handOver'],
							on: {
								SEND_OK: { guard: 'isSetupSend', target: 'sent' },
								SEND_FAILED: [
									{ guard: 'maySendAgain', actions: 'countSetupFailure', target: 'sending', reenter: true },
									{ guard: 'isSetupSend', actions: { type: 'over', params: { reason: 'send_invite' } } }
								]
							}
						},
						sent: {}
					}
				},
				applyingAnswer: {
					entry: 'setRemote',
					on: {
						PC_REMOTE_SET: {
							guard: 'isPendingRemote',
							actions: ['markRemoteSet', 'openGate', 'sendSelectAnswer', 'finishSetup'],
							target: '#peerCall.open.alive.phase.connecting.waiting'
						},
						PC_REMOTE_FAILED: {
							guard: 'isPendingRemote',
							actions: { type: 'over', params: { reason: 'set_remote_description' } }
						},
						REMOTE_ANSWER: ignored, // the first one received was chosen
						REMOTE_REJECT: ignored
					},
					after: { edgeTimeout: stuck('set_remote_description') }
				}
			}
		},
		ringing: {
			always: { guard: 'answersAlone', target: 'createAnswer' },
			on: {
				ANSWER: { actions: 'rememberMedia', target: 'createAnswer' },
				REJECT: { actions: { type: 'over', params: { reason: 'user_hangup', how: 'reject' } } },
				SET_MEDIA: { actions: 'rememberMedia' },
				SET_MUTED: { actions: 'rememberMedia' },
				HANGUP: { actions: 'decline' },
				REMOTE_INVITE: sameInvite(),
				REMOTE_REJECT: { guard: 'isOurs', actions: overElsewhere() },
				REMOTE_ANSWERED_ELSEWHERE: { actions: overElsewhere() },
				REMOTE_SELECT_ANSWER: selectAnswer()
			},
			after: {
				ring: {
					actions: { type: 'over', params: { reason: 'invite_timeout', party: 'remote', how: 'silent' } }
				}
			}
		},
		createAnswer: {
			initial: 'applyingMedia',
			on: {
				ANSWER: ignored,
				SET_MEDIA: { actions: ['rememberMedia', 'keepMedia'] },
				SET_MUTED: { actions: 'rememberMedia' },
				REMOTE_NEGOTIATE: { guard: 'isOffer', actions: 'keepNegotiate' },
				REMOTE_INVITE: sameInvite(),
				REMOTE_REJECT: ignored,
				REMOTE_ANSWERED_ELSEWHERE: ignored, // from here on select_answer decides
				REMOTE_SELECT_ANSWER: selectAnswer()
			},
			states: {
				applyingMedia: {
					entry: 'applyMedia',
					on: {
						PC_MEDIA_APPLIED: { guard: 'isPendingMedia', target: 'settingLocal' },
						PC_MEDIA_REFUSED: {
							guard: 'isPendingMedia',
							actions: { type: 'over', params: { reason: 'create_answer' } }
						}
					},
					after: { edgeTimeout: stuck('create_answer') }
				},
				settingLocal: {
					entry: { type: 'operate', params: { operation: 'local' } },
					on: {
						PC_LOCAL_SET: {
							guard: 'isPendingLocal',
							actions: ['rememberLocal', 'applyKeptMedia'],
							target: '#peerCall.open.alive.phase.connecting.sendingAnswer'
						},
						PC_LOCAL_FAILED: {
							guard: 'isPendingLocal',
							actions: { type: 'over', params: { reason: 'set_local_description' } }
						}
					},
					after: { edgeTimeout: stuck('set_local_description') }
				}
			}
		},
		connecting: {
			initial: 'waiting',
			on: {
				ANSWER: ignored,
				SET_MEDIA: { actions: ['rememberMedia', 'applyMedia'] },
				SET_MUTED: { actions: 'rememberMedia' },
				REMOTE_INVITE: ignored,
				REMOTE_ANSWER: ignored,
				REMOTE_REJECT: ignored,
				REMOTE_ANSWERED_ELSEWHERE: ignored,
				REMOTE_SELECT_ANSWER: selectAnswer()
			},
			after: {
				connectTimeout: [
					{ guard: 'neverConnected', actions: { type: 'over', params: { reason: 'ice_failed' } } },
					ignored // reconnecting: the ICE region has its own patience
				]
			},
			states: {
				sendingAnswer: {
					initial: 'gathering',
					on: {
						// the description is set: from here on the answer no longer covers what changes
						PC_NEGOTIATION_NEEDED: { actions: 'markNegotiationPending' },
						// the answer arrived, was applied and something was changed, all before our acknowledgement
						REMOTE_NEGOTIATE: { guard: 'isOffer', actions: 'keepNegotiate' },
						REMOTE_INVITE: sameInvite()
					},
					states: {
						gathering: {
							always: { guard: 'tricklesAtOnce', target: 'sending' },
							on: {
								SET_MUTED: { actions: 'rememberMedia' }, // the answer will say it
								PC_GATHERING_COMPLETE: { actions: 'markGatheringComplete', target: 'reading' }
							},
							after: { gatherWindow: 'reading' }
						},
						reading: {
							entry: { type: 'operate', params: { operation: 'read' } },
							on: {
								SET_MUTED: { actions: 'rememberMedia' },
								PC_LOCAL_READ: { guard: 'isPendingRead', actions: 'rememberGathered', target: 'sending' },
								PC_LOCAL_FAILED: refusedReading()
							}
						},
						sending: {
							entry: [{ type: 'sendSetup', params: { kind: 'answer' } }, 'handOver'],
							on: {
								SEND_OK: {
									guard: 'isSetupSend',
									actions: 'finishSetup',
									target: '#peerCall.open.alive.phase.connecting.waiting'
								},
								// never back to ringing: the local description is an answer and stays one
								SEND_FAILED: [
									{ guard: 'maySendAgain', actions: 'countSetupFailure', target: 'sending', reenter: true },
									{ guard: 'isSetupSend', actions: { type: 'over', params: { reason: 'send_answer' } } }
								]
							}
						}
					}
				},
				waiting: {
					always: {
						guard: 'isConnectable',
						actions: 'markConnected',
						target: '#peerCall.open.alive.phase.connected'
					}
				}
			}
		},
		connected: {
			on: {
				ANSWER: ignored,
				SET_MEDIA: { actions: ['rememberMedia', 'applyMedia'] },
				SET_MUTED: { actions: 'rememberMedia' },
				REMOTE_INVITE: ignored,
				REMOTE_ANSWER: ignored,
				REMOTE_REJECT: ignored,
				REMOTE_ANSWERED_ELSEWHERE: ignored,
				REMOTE_SELECT_ANSWER: selectAnswer()
			},
			always: { guard: 'isIceDown', target: 'connecting' }
		}
	}
});

/** The same again is a duplicate. Talk may have another offer for this connection: it is taken up after the answer. */
function sameInvite() {
	return [{ guard: 'isLaterTalkOffer', actions: 'keepNegotiate' }, ignored] as const;
}

/** The browser neither did it nor refused. */
function stuck(reason: 'set_local_description' | 'set_remote_description' | 'create_answer') {
	return { actions: { type: 'over', params: { reason } } } as const;
}

/** Another device of our own user took the call or refused it: nobody is told. */
function overElsewhere() {
	return { type: 'over', params: { reason: 'answered_elsewhere' } } as const;
}

/** The local description is gone: the connection must have been closed under us. */
function refusedReading() {
	return {
		guard: 'isPendingRead',
		actions: { type: 'over', params: { reason: 'set_local_description' } }
	} as const;
}

/** Glare was lost: the owner goes on with the other call and the same local media. */
function overReplaced() {
	return { type: 'over', params: { reason: 'replaced' } } as const;
}

/** The caller never gets one; a callee that was not selected steps back. */
function selectAnswer() {
	return [
		{ guard: 'isForeign' },
		{ guard: 'isOutbound', actions: { type: 'warn', params: { text: 'select_answer for an own call' } } },
		{ guard: 'selectsNobody', actions: { type: 'warn', params: { text: 'select_answer without an id' } } },
		{ guard: 'selectsUs' },
		{ actions: overElsewhere() }
	] as const;
}
