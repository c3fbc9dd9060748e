import { groupCallSetup } from './group-call/setup.ts';

/**
 * A call in a room, from the press of Join to the way out. This file is the table of contents; what each word does is
 * in group-call/setup.ts. Members are dialled only once the server has confirmed that we are in, or the others would
 * take us for strangers.
 *
 *     joining  enteringRoom → signaling → announcing → confirming
 *              (occupied: open in another tab; retryWait: the server does not answer)
 *     joined   link    online ⇄ offline; after a lost session: reannouncing → reconfirming → online
 *              flags   told ⇄ telling            names  known ⇄ asking         row  kept every 30 s
 *     leaving  at most 3 s
 *     over     final, with the reason
 */
export const groupCallMachine = groupCallSetup.createMachine({
	id: 'call',
	context: ({ input }) => ({
		input,
		room: null,
		ownSessionId: null,
		iceServers: [],
		isOnline: false,
		lostSince: null,
		roster: {},
		said: {},
		peerNames: {},
		askedNames: [],
		early: [],
		ticket: 0,
		dropped: 0,
		media: input.media,
		mediaChoice: input.mediaChoice,
		announced: null,
		hand: { state: 'lowered', at: 0 },
		ownReaction: null,
		failures: 0,
		pauseMs: 0,
		notFound: 0,
		joinedAt: null,
		end: { reason: 'left', code: null },
		forEveryone: false,
		trouble: null
	}),
	output: ({ context }) => ({
		...context.end,
		roomName: context.room?.name ?? context.input.room.name,
		durationMs: context.joinedAt === null ? 0 : Math.max(0, context.input.ports.now() - context.joinedAt)
	}),
	invoke: {
		src: 'store',
		id: 'store',
		input: ({ context }) => ({ account: context.input.account, token: context.input.room.token })
	},
	initial: 'joining',
	on: {
		// the roster grows in every state, so that confirmation may overtake the answer to the join request
		PARTICIPANTS_CHANGED: { actions: ['mergeParticipants', 'reconcile'] },
		SESSIONS_LEFT: { actions: ['mergeParticipants', 'reconcile'] },
		PEER_SIGNAL_RECEIVED: { actions: 'routeSignal' },
		MEMBER_STATE_RECEIVED: { actions: 'takeState' },
		FORGET_SIGNAL: { actions: 'forgetSignal' },
		CLEAR_REACTION: { actions: 'clearReaction' },
		MEDIA_CHANGED: { actions: 'takeMedia' },
		CONNECT_NOW: { actions: 'connectNow' },
		SIGNALING_DOWN: { actions: ['markOffline', 'tellMembersLink'] },
		SIGNALING_TROUBLE: { actions: 'noteTrouble' },
		ROOM_REENTERED: { actions: 'reenterRoom' },
		SIGNALING_REFUSED: {
			target: '.over',
			actions: ['endByServer', { type: 'persist', params: { fact: 'left' } }]
		},
		'xstate.snapshot.*': {},
		'xstate.done.actor.*': {},
		'xstate.error.actor.*': [
			{
				guard: 'isSignalingBroken',
				target: '.over',
				actions: ['endBroken', { type: 'persist', params: { fact: 'left' } }]
			},
			{ actions: 'dropFailed' }
		]
	},
	states: {
		joining: {
			initial: 'enteringRoom',
			entry: 'persistJoining',
			on: {
				LEAVE: { target: 'leaving', actions: 'markLeaving' },
				REMOVED_FROM_ROOM: { target: 'removed', actions: ['endByServer', 'persistRemoval'] },
				// our own coming is news for the chat before it is confirmed to us
				CHAT_CHANGED: { actions: 'refreshChat' }
			},
			states: {
				enteringRoom: {
					invoke: {
						src: 'enterRoom',
						input: ({ context }) => ({ input: context.input, takeOver: false }),
						onDone: {
							target: 'signaling',
							actions: { type: 'takeRoom', params: ({ event }) => ({ room: event.output }) }
						},
						onError: [
							{
								guard: { type: 'isOccupied', params: ({ event }) => ({ error: event.error }) },
								target: 'occupied'
							},
							{
								guard: { type: 'isNotFoundAgain', params: ({ event }) => ({ error: event.error }) },
								target: '#call.over',
								actions: [
									{ type: 'endRefused', params: ({ event }) => ({ error: event.error }) },
									{ type: 'persist', params: { fact: 'left' } }
								]
							},
							{
								guard: { type: 'isNotFound', params: ({ event }) => ({ error: event.error }) },
								target: 'lookingAgain',
								actions: 'countNotFound'
							},
							{
								guard: { type: 'isRefusal', params: ({ event }) => ({ error: event.error }) },
								target: '#call.over',
								actions: [
									{ type: 'endRefused', params: ({ event }) => ({ error: event.error }) },
									{ type: 'persist', params: { fact: 'left' } }
								]
							},
							{
								target: 'retryWait',
								actions: { type: 'countFailure', params: ({ event }) => ({ error: event.error }) }
							}
						]
					}
				},
				/** A starting server may say 404 once: only the second time is believed. */
				lookingAgain: { after: { secondLook: 'enteringRoom' } },
				/** Open in another tab of this browser; a person decides. */
				occupied: { on: { TAKE_OVER: 'takingOver' } },
				takingOver: {
					invoke: {
						src: 'enterRoom',
						input: ({ context }) => ({ input: context.input, takeOver: true }),
						onDone: {
							target: 'signaling',
							actions: { type: 'takeRoom', params: ({ event }) => ({ room: event.output }) }
						},
						onError: [
							{
								guard: { type: 'isRefusal', params: ({ event }) => ({ error: event.error }) },
								target: '#call.over',
								actions: [
									{ type: 'endRefused', params: ({ event }) => ({ error: event.error }) },
									{ type: 'persist', params: { fact: 'left' } }
								]
							},
							{
								target: 'retryWait',
								actions: { type: 'countFailure', params: ({ event }) => ({ error: event.error }) }
							}
						]
					}
				},
				retryWait: { on: { CONNECT_NOW: 'enteringRoom' }, after: { retry: 'enteringRoom' } },
				signaling: {
					entry: 'startSignaling',
					on: { SIGNALING_UP: { target: 'announcing', actions: ['takeSession', 'tellMembersLink'] } }
				},
				/** Only now: an announcement before the room answered would reach nobody. */
				announcing: {
					invoke: {
						src: 'joinCall',
						input: ({ context }) => ({ context, silent: false }),
						onDone: {
							target: 'confirming',
							actions: { type: 'takeAnnounced', params: ({ event }) => ({ presence: event.output }) }
						},
						onError: [
							{
								guard: { type: 'isRefusal', params: ({ event }) => ({ error: event.error }) },
								target: '#call.over',
								actions: [
									'stopSignaling',
									{ type: 'endRefused', params: ({ event }) => ({ error: event.error }) },
									{ type: 'persist', params: { fact: 'left' } }
								]
							},
							{
								guard: { type: 'isSessionLost', params: ({ event }) => ({ error: event.error }) },
								target: 'announceWait',
								actions: [
									{ type: 'countFailure', params: ({ event }) => ({ error: event.error }) },
									'renewRoomSession'
								]
							},
							{
								target: 'announceWait',
								actions: { type: 'countFailure', params: ({ event }) => ({ error: event.error }) }
							}
						]
					},
					on: {
						SIGNALING_UP: [
							{
								guard: 'isFreshSession',
								target: 'announcing',
								reenter: true,
								actions: ['forgetEverybody', 'takeSession', 'tellMembersLink']
							},
							{ actions: ['takeSession', 'tellMembersLink'] }
						]
					}
				},
				announceWait: {
					after: { retry: 'announcing' },
					on: {
						SIGNALING_UP: [
							{
								guard: 'isFreshSession',
								target: 'announcing',
								actions: ['forgetEverybody', 'takeSession', 'tellMembersLink']
							},
							{ actions: ['takeSession', 'tellMembersLink'] }
						]
					}
				},
				confirming: {
					always: { guard: 'isConfirmed', target: '#call.joined' },
					after: { confirmTimeout: 'announcing' },
					on: {
						SIGNALING_UP: [
							{
								guard: 'isFreshSession',
								target: 'announcing',
								actions: ['forgetEverybody', 'takeSession', 'tellMembersLink']
							},
							{ actions: ['takeSession', 'tellMembersLink'] }
						],
						CALL_ENDED_FOR_ALL: {
							target: '#call.removed',
							actions: ['endByServer', { type: 'persist', params: { fact: 'ended' } }]
						}
					}
				}
			}
		},
		joined: {
			entry: ['markJoined', 'persistJoined', 'announceState', 'grantDials'],
			type: 'parallel',
			on: {
				LEAVE: { target: 'leaving', actions: 'markLeaving' },
				CALL_ENDED_FOR_ALL: {
					target: 'removed',
					actions: ['endByServer', { type: 'persist', params: { fact: 'ended' } }]
				},
				REMOVED_FROM_ROOM: { target: 'removed', actions: ['endByServer', 'persistRemoval'] },
				MEDIA_CHANGED: { actions: ['passMedia', 'takeMedia', 'reconcile', 'persistStill'] },
				RAISE_HAND: { actions: ['moveHand', 'tellHand'] },
				LOWER_HAND: { actions: ['moveHand', 'tellHand'] },
				REACT: { actions: 'react' },
				SPEAKING: { actions: 'tellSpeaking' },
				ANNOUNCE_STATE: { actions: 'announceState' },
				TELL_STATE: { actions: 'tellState' },
				CHANNEL_OPENED: { actions: 'tellChannel' },
				RETRY_MEMBER: { actions: 'retryMember' },
				CHAT_CHANGED: { actions: 'refreshChat' },
				'xstate.snapshot.*': { actions: 'grantDials' }
			},
			states: {
				link: {
					initial: 'online',
					states: {
						online: {
							on: {
								SIGNALING_DOWN: { target: 'offline', actions: ['markOffline', 'tellMembersLink'] },
								// the server took us out of the call: a moderator did, or we joined elsewhere
								PARTICIPANTS_CHANGED: [
									{
										guard: 'isOwnEntryOut',
										target: '#call.removed',
										actions: [
											{ type: 'endAs', params: { reason: 'removed' } },
											{ type: 'persist', params: { fact: 'kicked' } }
										]
									},
									{ actions: ['mergeParticipants', 'reconcile'] }
								],
								// our socket says otherwise: the server gets it wrong, and is told once more
								SESSIONS_LEFT: [
									{
										guard: 'isOwnSessionGone',
										target: 'reannouncing',
										actions: ['mergeParticipants', 'reconcile']
									},
									{ actions: ['mergeParticipants', 'reconcile'] }
								]
							}
						},
						/** Media goes on without signaling; nothing is torn down. */
						offline: {
							on: {
								SIGNALING_UP: [
									{
										guard: 'isFreshSession',
										target: 'reannouncing',
										actions: ['forgetEverybody', 'takeSession', 'tellMembersLink']
									},
									{
										target: 'online',
										actions: [
											'takeSession',
											'tellMembersLink',
											'rearmMembers',
											// what changed meanwhile was said to nobody
											'announceState',
											'tellHand',
											'tellScreen'
										]
									}
								]
							}
						},
						/** A new session is a stranger to the server until the call is joined once more. */
						reannouncing: {
							invoke: {
								src: 'joinCall',
								input: ({ context }) => ({ context, silent: true }),
								onDone: {
									target: 'reconfirming',
									actions: [
										{ type: 'takeAnnounced', params: ({ event }) => ({ presence: event.output }) },
										'persistJoined'
									]
								},
								onError: [
									{
										guard: { type: 'isRefusal', params: ({ event }) => ({ error: event.error }) },
										target: '#call.removed',
										actions: [
											{ type: 'endRefused', params: ({ event }) => ({ error: event.error }) },
											{ type: 'persist', params: { fact: 'left' } }
										]
									},
									{
										guard: { type: 'isSessionLost', params: ({ event }) => ({ error: event.error }) },
										target: 'reannounceWait',
										actions: [
											{ type: 'countFailure', params: ({ event }) => ({ error: event.error }) },
											'renewRoomSession'
										]
									},
									{
										target: 'reannounceWait',
										actions: { type: 'countFailure', params: ({ event }) => ({ error: event.error }) }
									}
								]
							},
							on: { SIGNALING_DOWN: { target: 'offline', actions: ['markOffline', 'tellMembersLink'] } }
						},
						reannounceWait: {
							after: { retry: 'reannouncing' },
							on: { SIGNALING_DOWN: { target: 'offline', actions: ['markOffline', 'tellMembersLink'] } }
						},
						reconfirming: {
							always: { guard: 'isConfirmed', target: 'online' },
							after: { confirmTimeout: 'reannouncing' },
							on: { SIGNALING_DOWN: { target: 'offline', actions: ['markOffline', 'tellMembersLink'] } }
						}
					}
				},
				flags: {
					initial: 'told',
					states: {
						told: { always: { guard: 'isPresenceStale', target: 'telling' } },
						telling: {
							invoke: {
								src: 'updateCall',
								input: ({ context }) => context,
								onDone: {
									target: 'told',
									actions: { type: 'takeAnnounced', params: ({ event }) => ({ presence: event.output }) }
								},
								onError: 'waiting'
							}
						},
						waiting: { after: { flagsRetry: 'told' } }
					}
				},
				names: {
					initial: 'known',
					states: {
						known: { always: { guard: 'hasNamelessMembers', target: 'asking' } },
						asking: {
							entry: 'askedForNames',
							invoke: {
								src: 'fetchPeers',
								input: ({ context }) => ({ api: context.input.ports.api, token: context.input.room.token }),
								onDone: {
									target: 'known',
									actions: { type: 'takeNames', params: ({ event }) => ({ peers: event.output }) }
								},
								onError: 'unknown'
							}
						},
						unknown: { after: { namesRetry: { target: 'known', actions: 'askAgain' } } }
					}
				},
				row: {
					initial: 'kept',
					states: {
						kept: { after: { persistEvery: { target: 'kept', reenter: true, actions: 'persistStill' } } }
					}
				}
			}
		},
		leaving: {
			entry: [{ type: 'persist', params: { fact: 'leaving' } }, 'stopMembers'],
			exit: [{ type: 'persist', params: { fact: 'left' } }, 'stopSignaling'],
			invoke: {
				src: 'leaveCall',
				input: ({ context }) => context,
				onDone: 'over',
				onError: 'over'
			},
			after: { leaveTimeout: 'over' },
			on: {
				SIGNALING_REFUSED: 'over',
				// nobody is let back in, and nothing is heard any more
				PARTICIPANTS_CHANGED: {},
				SESSIONS_LEFT: {},
				PEER_SIGNAL_RECEIVED: {}
			}
		},
		/** Over without our doing: nothing is sent, everything is closed. */
		removed: { entry: ['stopMembers', 'stopSignaling'], always: 'over' },
		over: { type: 'final' }
	}
});
