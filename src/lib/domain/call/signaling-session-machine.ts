import { errorCodeOf } from '../errors.ts';
import { initialContext } from './signaling-session/context.ts';
import { signalingSessionSetup } from './signaling-session/setup.ts';

export type { SignalingReport, SignalingSessionEvent } from './signaling-session/context.ts';

/**
 * Our session at the signaling server, for as long as we are in the room: opens sockets, says hello, resumes, joins the
 * room, and starts again after every loss. Never gives up on a network fault.
 *
 *     (beginning →) fetchingSettings → connected: opening → awaitingWelcome → greeting → joiningRoom → online
 *            ↑                            └→ resuming ──────────────────────────────────↗
 *            └──── waiting ←── lost ──────┘        refused room session: reentering → fetchingSettings
 *
 * It may begin while the room is still being entered: hello is said meanwhile (greeting → ahead → joiningRoom). Where that
 * takes longer than a server keeps a session without a room, or the settings are only given inside, everything begins once
 * we are in (early).
 *
 * A server without a socket is pulled: opening → pulling → online. It knows no hello, and our id is that of the room
 * session, which outlives every connection; after a loss new settings show whether the server can be reached.
 */
export const signalingSessionMachine = signalingSessionSetup.createMachine({
	id: 'signaling',
	context: ({ input }) => initialContext(input),
	initial: 'beginning',
	on: {
		SEND_SIGNAL: { actions: 'queueSignal' },
		ROOM_ENTERED: { actions: 'takeEntered' },
		PARTING: '.stopped',
		STOP: '.stopped'
	},
	states: {
		beginning: { always: [{ guard: 'hasSettings', target: 'connected' }, { target: 'fetchingSettings' }] },
		/** The token in the settings lives for a minute: fetched right before each fresh hello. */
		fetchingSettings: {
			invoke: {
				src: 'fetchSettings',
				input: ({ context }) => ({ api: context.api, token: context.token }),
				onDone: {
					target: 'connected',
					actions: { type: 'rememberSettings', params: ({ event }) => ({ settings: event.output }) }
				},
				onError: [
					{ guard: 'hasNoRoom', target: 'early' },
					{
						guard: { type: 'isSessionLost', params: ({ event }) => ({ error: event.error }) },
						target: 'reentering'
					},
					{
						target: 'waiting',
						actions: [
							{ type: 'countError', params: ({ event }) => ({ error: event.error }) },
							{ type: 'reportTrouble', params: ({ event }) => ({ code: errorCodeOf(event.error) }) }
						]
					}
				]
			}
		},
		early: { always: { guard: 'hasRoom', target: 'fetchingSettings' } },
		reentering: {
			invoke: {
				src: 'enterRoom',
				input: ({ context }) => context,
				onDone: {
					target: 'fetchingSettings',
					actions: { type: 'takeRoom', params: ({ event }) => ({ room: event.output }) }
				},
				onError: [
					{
						guard: { type: 'isFinalRefusal', params: ({ event }) => ({ error: event.error }) },
						target: 'stopped',
						actions: { type: 'reportRefused', params: ({ event }) => ({ code: errorCodeOf(event.error) }) }
					},
					{
						guard: { type: 'isNotFoundAgain', params: ({ event }) => ({ error: event.error }) },
						target: 'stopped',
						actions: { type: 'reportRefused', params: { code: 'room.not-found' } }
					},
					{
						guard: { type: 'isNotFound', params: ({ event }) => ({ error: event.error }) },
						target: 'lookingAgain',
						actions: 'countNotFound'
					},
					{
						target: 'waiting',
						actions: [
							{ type: 'countError', params: ({ event }) => ({ error: event.error }) },
							{ type: 'reportTrouble', params: ({ event }) => ({ code: errorCodeOf(event.error) }) }
						]
					}
				]
			}
		},
		lookingAgain: { after: { secondLook: 'reentering' } },
		connected: {
			invoke: {
				src: 'socket',
				id: 'socket',
				input: ({ context }) => ({ transport: context.transport, url: context.settings?.url ?? null })
			},
			initial: 'opening',
			on: {
				SOCKET_CLOSED: [
					{ guard: 'hasNoRoom', target: 'early', actions: 'forgetSession' },
					{ target: 'waiting', actions: 'countFailure' }
				],
				SERVER_SAID_BYE: [{ guard: 'isReplaced', target: 'stopped', actions: 'reportReplaced' }, {}],
				WELCOME_RECEIVED: { actions: 'rememberWelcome' },
				STOP: '.partingWays',
				// a socket still has its last word to say
				PARTING: [{ guard: 'isPulled', target: 'stopped' }, {}],
				REQUEST_REFUSED: {} // counted by the adapter; before we are in the room nothing waits for it
			},
			states: {
				/** The last word needs the socket, which is closed when this state is left. */
				partingWays: { entry: 'sayBye', always: '#signaling.stopped' },
				opening: {
					on: {
						SOCKET_OPENED: [
							{ guard: 'canResume', target: 'resuming' },
							{ guard: 'isPulled', target: 'unasked' },
							{ guard: 'isWelcomed', target: 'greeting' },
							{ target: 'awaitingWelcome' }
						]
					},
					after: { helloTimeout: { target: '#signaling.waiting', actions: 'countFailure' } }
				},
				awaitingWelcome: {
					on: { WELCOME_RECEIVED: { target: 'greeting', actions: 'rememberWelcome' } },
					after: { welcomeWait: 'greeting' }
				},
				/** The server takes one after the other: that we want into the room needs no answer to the hello. */
				greeting: {
					entry: ['sayHello', 'joinRoom'],
					on: {
						ROOM_ENTERED: { actions: ['takeEntered', 'joinRoom'] },
						HELLO_ACCEPTED: [
							{ guard: 'hasNoRoom', target: 'ahead', actions: 'rememberSession' },
							{ target: 'joiningRoom', actions: 'rememberSession' }
						],
						HELLO_REFUSED: {
							target: '#signaling.waiting',
							actions: ['countRefusal', 'reportRefusedHello']
						}
					},
					after: { helloTimeout: { target: '#signaling.waiting', actions: 'countFailure' } }
				},
				/** Known to the server, and nothing to say before the room has let us in. */
				ahead: {
					on: { ROOM_ENTERED: { target: 'joiningRoom', actions: ['takeEntered', 'joinRoom'] } },
					after: { aheadMax: { target: '#signaling.early', actions: 'forgetSession' } }
				},
				resuming: {
					entry: 'resume',
					on: {
						HELLO_ACCEPTED: [
							{
								guard: 'isSameSession',
								target: 'online',
								actions: ['rememberSession', { type: 'reportUp', params: { resumed: true } }, 'flushQueue']
							},
							{ target: 'joiningRoom', actions: ['rememberSession', 'joinRoom'] }
						],
						HELLO_REFUSED: [
							{
								guard: 'isThrottled',
								target: '#signaling.waiting',
								actions: ['forgetSession', 'countRefusal']
							},
							{ target: '#signaling.fetchingSettings', actions: 'forgetSession' }
						]
					},
					after: { helloTimeout: { target: '#signaling.waiting', actions: 'countFailure' } }
				},
				/** The call is announced only after the answer to this, or the server would not know whom it is about. */
				joiningRoom: {
					on: {
						ROOM_JOINED: {
							target: 'online',
							actions: [{ type: 'reportUp', params: { resumed: false } }, 'failQueue']
						},
						// a session that never was in the room is not worth resuming
						SOCKET_CLOSED: { target: '#signaling.waiting', actions: ['forgetSession', 'countFailure'] },
						ROOM_REFUSED: [
							{ guard: 'isRoomSessionUnknown', target: '#signaling.reentering', actions: 'forgetSession' },
							{
								guard: 'isRoomSessionUnknownAgain',
								target: '#signaling.stopped',
								actions: { type: 'reportRefused', params: { code: 'room.not-found' } }
							},
							{ target: '#signaling.waiting', actions: ['forgetSession', 'countFailure'] }
						]
					},
					after: {
						helloTimeout: { target: '#signaling.waiting', actions: ['forgetSession', 'countFailure'] }
					}
				},
				unasked: { always: { guard: 'hasRoom', target: 'pulling' } },
				/** Without a socket: the first question is asked, whose answer may take half a minute. */
				pulling: {
					entry: 'joinRoom',
					on: {
						HELLO_ACCEPTED: { actions: ['rememberSession', 'forgetSession'] },
						ROOM_JOINED: 'letIn',
						ROOM_REFUSED: [
							{ guard: 'isRoomSessionUnknown', target: '#signaling.reentering' },
							{
								target: '#signaling.stopped',
								actions: { type: 'reportRefused', params: { code: 'room.not-found' } }
							}
						],
						REMOVED_FROM_ROOM: { target: '#signaling.stopped', actions: 'passNews' }
					},
					after: { held: 'letIn' }
				},
				letIn: {
					always: [
						{
							guard: 'isSessionKnown',
							target: 'online',
							actions: [{ type: 'reportUp', params: { resumed: true } }, 'flushQueue']
						},
						{
							target: 'online',
							actions: [{ type: 'reportUp', params: { resumed: false } }, 'failQueue']
						}
					]
				},
				online: {
					entry: 'forgetFailures',
					exit: 'reportDown',
					initial: 'begun',
					states: {
						/** Asked at once whether it answers at all: from then on its silence means something. */
						begun: {
							always: [
								{ guard: 'isPulled', target: 'looked' },
								{ guard: 'answersAgain', target: 'told' },
								{ target: 'asked' }
							]
						},
						told: {
							on: { DOUBT: 'asked' },
							after: { roomLook: 'asked' }
						},
						/**
						 * Is the server still there? A socket without a server, after a sleep say, looks open for up to a
						 * quarter of an hour, while the session is kept for a minute or two. Whoever asks for the room that
						 * they are in is told so, and nothing changes; any answer will do.
						 */
						asked: {
							entry: 'joinRoom',
							on: { ROOM_JOINED: { target: 'told', actions: 'noteAnswer' }, ROOM_REFUSED: 'told' },
							after: { answer: { guard: 'answersAgain', target: '#signaling.reconnecting' } }
						},
						looked: { after: { roomLook: 'looking' } },
						looking: {
							invoke: {
								src: 'lookUpRoom',
								input: ({ context }) => ({ api: context.api, token: context.token }),
								onDone: {
									target: 'looked',
									actions: { type: 'reportRoom', params: ({ event }) => ({ room: event.output }) }
								},
								// whether we are still in it, what we listen to says
								onError: 'looked'
							}
						}
					},
					on: {
						NOTHING_NEW: { actions: 'restBeforePull' },
						PULL_AGAIN: { actions: 'pullAgain' },
						// who may no longer listen is no longer in the room: once more, with a new session
						ROOM_REFUSED: { target: '#signaling.reentering', actions: 'forgetSession' },
						SEND_SIGNAL: { actions: 'sendSignal' },
						ROOM_SESSION_LOST: { target: '#signaling.reentering', actions: 'forgetSession' },
						SEND_STATE_TO: { actions: 'sendState' },
						SEND_ORDER_TO: { actions: 'sendOrder' },
						PARTICIPANTS_CHANGED: { actions: 'passNews' },
						CALL_ENDED_FOR_ALL: { actions: 'passNews' },
						RECORDING_CHANGED: { actions: 'passNews' },
						SESSIONS_LEFT: { actions: 'passNews' },
						PEER_SIGNAL_RECEIVED: { actions: 'passNews' },
						MEMBER_STATE_RECEIVED: { actions: 'passNews' },
						REQUEST_REFUSED: { actions: 'passNews' },
						MUTED_BY_MODERATOR: { actions: 'passNews' },
						HAND_LOWERED_BY_MODERATOR: { actions: 'passNews' },
						SENT_TO_ROOM: { actions: 'passNews' },
						CHAT_CHANGED: { actions: 'passNews' },
						REMOVED_FROM_ROOM: { target: '#signaling.stopped', actions: 'passNews' },
						// browsers notice a dead socket late: after a change of network a new one is cheap
						CONNECT_NOW: '#signaling.reconnecting'
					}
				}
			}
		},
		/** Leaves the old socket before the next one is opened. */
		reconnecting: {
			always: [{ guard: 'canResume', target: 'connected' }, { target: 'fetchingSettings' }]
		},
		waiting: {
			entry: 'chooseWait',
			on: { CONNECT_NOW: 'reconnecting' },
			after: { reconnect: 'reconnecting' }
		},
		stopped: { type: 'final' }
	}
});
