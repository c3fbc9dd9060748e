import {
	assign,
	enqueueActions,
	fromCallback,
	fromPromise,
	raise,
	sendTo,
	setup,
	type AnyActorRef
} from 'xstate';
import type { NextcloudSessionId, ResumeId, RoomToken, SessionId } from '../../protocol/ids.ts';
import { reconnectDelay } from '../backoff.ts';
import { errorCodeOf, retryAfterMsOf, type ErrorCode } from '../errors.ts';
import type {
	MemberState,
	PeerSignal,
	SignalingNews,
	SignalingSocket,
	SignalingTransport,
	SocketEvent
} from '../signaling.ts';
import type { EnteredRoom, IceServer, RoomInfo, SignalingSettings, TalkApi } from '../talk-api.ts';
import { enterUnderName } from './enter-under-name.ts';

export interface SignalingSessionInput {
	api: TalkApi;
	transport: SignalingTransport;
	token: RoomToken;
	nextcloudSessionId: NextcloudSessionId;
	password: string | undefined;
	/** Given anew with each new session in the room. */
	name: string;
	random: () => number;
	/** Hears `SignalingReport`s and `SignalingNews`. */
	owner: AnyActorRef;
}

export type SignalingReport =
	/** In the room. A session that was not resumed is a new one: everything tied to the old one is over. */
	| {
			type: 'SIGNALING_UP';
			sessionId: SessionId;
			resumed: boolean;
			iceServers: IceServer[];
			/** Media goes through a server, and not from peer to peer. */
			hasMediaServer: boolean;
			/** It chooses among several sizes of a picture. */
			hasSimulcast: boolean;
			/** It takes a second offer for a connection that it has. */
			takesUpdates: boolean;
			/** The server says by itself when there is something in the chat; otherwise it has to be asked. */
			tellsOfChat: boolean;
	  }
	| { type: 'SIGNALING_DOWN' }
	/** A request of ours, nobody can say which. */
	| Extract<SocketEvent, { type: 'REQUEST_REFUSED' }>
	/** The room session had expired and was made anew. */
	| { type: 'ROOM_REENTERED'; room: EnteredRoom }
	/** How the room is by now; only from a server that does not tell its changes. */
	| { type: 'ROOM_READ'; room: RoomInfo }
	/** Trying goes on; a person may want to know why it fails. */
	| { type: 'SIGNALING_TROUBLE'; code: ErrorCode }
	/** The server does not want us, and trying again would not help. */
	| { type: 'SIGNALING_REFUSED'; code: ErrorCode };

export type SignalingSessionEvent =
	| SocketEvent
	/** @property replyTo gets SEND_OK or SEND_FAILED with `id` */
	| { type: 'SEND_SIGNAL'; to: SessionId; signal: PeerSignal; id: number; replyTo: AnyActorRef }
	| { type: 'SEND_STATE_TO'; to: readonly SessionId[]; state: MemberState }
	/** The network came back, or a person does not want to wait. */
	| { type: 'CONNECT_NOW' }
	/** Somebody else was told that our session in the room is gone. */
	| { type: 'ROOM_SESSION_LOST' }
	/** We are leaving the room: that it does not know us any more is nothing to be mended. */
	| { type: 'PARTING' }
	/** Time to ask a server again that had nothing to say. */
	| { type: 'PULL_AGAIN' }
	/** Ends the session at the server too. */
	| { type: 'STOP' };

type SendSignal = Extract<SignalingSessionEvent, { type: 'SEND_SIGNAL' }>;

type SocketCommand =
	| { type: 'HELLO'; version: '1.0' | '2.0'; settings: SignalingSettings }
	| { type: 'RESUME'; resumeId: ResumeId }
	| { type: 'JOIN_ROOM'; token: RoomToken; session: NextcloudSessionId }
	| { type: 'SIGNAL'; to: SessionId; signal: PeerSignal }
	| { type: 'STATE'; to: readonly SessionId[]; state: MemberState }
	| { type: 'PULL' }
	| { type: 'BYE' };

interface SignalingSessionContext extends SignalingSessionInput {
	settings: SignalingSettings | null;
	sessionId: SessionId | null;
	/** The session that was last reported as up. */
	upAs: SessionId | null;
	resumeId: ResumeId | null;
	welcomed: readonly string[];
	hasMediaServer: boolean;
	hasSimulcast: boolean;
	takesUpdates: boolean;
	/** Attempts failed in a row. */
	failures: number;
	/** The server asked us to wait at least this long. */
	pauseMs: number;
	/** The room session was made anew since we were last online: a second refusal is final. */
	hasReentered: boolean;
	/** 404s in a row: one may be a server that is just starting. */
	notFound: number;
	/** Signals that wait for the socket; they keep their order. */
	queue: readonly SendSignal[];
}

/** The server wants the hello within 2 s of the connection. */
const welcomeWaitMs = 1_500;
const helloTimeoutMs = 10_000;
/** Between the two answers that make "not found" believable. */
const secondLookMs = 5_000;
/** What a hello throttled for too many attempts asks for. */
const throttledMs = 10_000;
/** A server without a socket refuses a stranger at once: whom it lets wait so long is in the room. */
const heldMs = 1_000;
/** Between an answer without news, which usually took half a minute, and the next question. */
const pullRestMs = 250;
/** Between two looks at the room where the server does not tell what changes in it. */
const roomLookMs = 30_000;
/** Signals kept while the socket is away; beyond it the oldest fail. */
const queueMax = 500;

const command = (socket: SignalingSocket, next: SocketCommand): void => {
	switch (next.type) {
		case 'HELLO':
			return socket.hello(next.version, next.settings);
		case 'RESUME':
			return socket.resume(next.resumeId);
		case 'JOIN_ROOM':
			return socket.joinRoom(next.token, next.session);
		case 'SIGNAL':
			return socket.sendSignal(next.to, next.signal);
		case 'STATE':
			return socket.sendState(next.to, next.state);
		case 'PULL':
			return socket.pullAgain?.();
		case 'BYE':
			return socket.bye();
	}
};

const isPulled = ({ settings }: SignalingSessionContext): boolean => settings?.url === null;

const isThrottled = (event: SignalingSessionEvent): boolean =>
	event.type === 'HELLO_REFUSED' && event.code === 'too_many_requests';
const freshRefusals: ReadonlySet<string> = new Set(['no_such_room', 'duplicate_session']);
const replacedReasons: ReadonlySet<string> = new Set(['session_resumed', 'room_session_reconnected']);

/**
 * Our session at the signaling server, for as long as we are in the room: opens sockets, says hello, resumes, joins the
 * room, and starts again after every loss. Never gives up on a network fault.
 *
 *     fetchingSettings → connected: opening → awaitingWelcome → greeting → joiningRoom → online
 *            ↑                            └→ resuming ──────────────────────────────────↗
 *            └──── waiting ←── lost ──────┘        refused room session: reentering → fetchingSettings
 *
 * A server without a socket is pulled: opening → pulling → online. It knows no hello, and our id is that of the room
 * session, which outlives every connection; after a loss new settings show whether the server can be reached.
 */
export const signalingSessionMachine = setup({
	types: {
		context: {} as SignalingSessionContext,
		input: {} as SignalingSessionInput,
		events: {} as SignalingSessionEvent,
		children: {} as { socket: 'socket' }
	},
	actors: {
		fetchSettings: fromPromise<SignalingSettings, { api: TalkApi; token: RoomToken }>(({ input }) =>
			input.api.fetchSignalingSettings(input.token)
		),
		enterRoom: fromPromise<EnteredRoom, SignalingSessionContext>(
			({ input: { api, token, name, password } }) =>
				enterUnderName(api, token, { name, password, takeOver: true })
		),
		lookUpRoom: fromPromise<RoomInfo, { api: TalkApi; token: RoomToken }>(({ input }) =>
			input.api.lookUpRoom(input.token)
		),
		/** One socket: opened with the state that invokes it, closed when that state is left. */
		socket: fromCallback<SocketCommand, { transport: SignalingTransport; url: string | null }, SocketEvent>(
			({ input, sendBack, receive }) => {
				const socket = input.transport.open(input.url, sendBack);
				receive((next) => command(socket, next));
				return () => socket.close();
			}
		)
	},
	guards: {
		/** The server is asked again and again: it has no socket. */
		isPulled: ({ context }) => isPulled(context),
		/** Others know this session already. */
		isSessionKnown: ({ context }) => context.sessionId !== null && context.upAs === context.sessionId,
		canResume: ({ context }) => context.resumeId !== null && context.settings !== null && !isPulled(context),
		needsNoWelcome: ({ context }) => context.settings?.helloV2 === null,
		/** A server that lost the session may offer another one in its place: that is not a resumption. */
		isSameSession: ({ context, event }) =>
			event.type === 'HELLO_ACCEPTED' && event.sessionId === context.sessionId,
		isThrottled: ({ event }) => isThrottled(event),
		isReplaced: ({ event }) => event.type === 'SERVER_SAID_BYE' && replacedReasons.has(event.reason),
		isRoomSessionUnknown: ({ context, event }) =>
			event.type === 'ROOM_REFUSED' && freshRefusals.has(event.code) && !context.hasReentered,
		isRoomSessionUnknownAgain: ({ context, event }) =>
			event.type === 'ROOM_REFUSED' && freshRefusals.has(event.code) && context.hasReentered,
		isSessionLost: ({ context }, params: { error: unknown }) =>
			errorCodeOf(params.error) === 'session.lost' && !context.hasReentered,
		isNotFound: (_, params: { error: unknown }) => errorCodeOf(params.error) === 'room.not-found',
		isNotFoundAgain: ({ context }, params: { error: unknown }) =>
			errorCodeOf(params.error) === 'room.not-found' && context.notFound > 0,
		isFinalRefusal: (_, params: { error: unknown }) =>
			['room.banned', 'room.password'].includes(errorCodeOf(params.error))
	},
	delays: {
		welcomeWait: welcomeWaitMs,
		helloTimeout: helloTimeoutMs,
		secondLook: secondLookMs,
		held: heldMs,
		pullRest: pullRestMs,
		roomLook: roomLookMs,
		reconnect: ({ context }) =>
			Math.max(context.pauseMs, reconnectDelay(Math.max(0, context.failures - 1), context.random()))
	},
	actions: {
		rememberSettings: assign((_, params: { settings: SignalingSettings }) => ({
			settings: params.settings,
			// of another socket, perhaps of another server
			welcomed: []
		})),
		rememberWelcome: assign(({ event }) =>
			event.type === 'WELCOME_RECEIVED' ? { welcomed: event.features } : {}
		),
		rememberSession: assign(({ event }) =>
			event.type === 'HELLO_ACCEPTED'
				? {
						sessionId: event.sessionId,
						resumeId: event.resumeId,
						hasMediaServer: event.features.includes('mcu'),
						hasSimulcast: ['mcu', 'simulcast'].every((feature) => event.features.includes(feature)),
						takesUpdates: event.features.includes('update-sdp')
					}
				: {}
		),
		forgetSession: assign({ resumeId: null }),
		countFailure: assign({ failures: ({ context }) => context.failures + 1, pauseMs: 0 }),
		countRefusal: assign(({ context, event }) => ({
			failures: context.failures + 1,
			pauseMs: isThrottled(event) ? throttledMs : 0
		})),
		/** A session lost once more waits like any failure, and is then made anew again. */
		countError: assign(({ context }, params: { error: unknown }) => ({
			failures: context.failures + 1,
			pauseMs: retryAfterMsOf(params.error),
			hasReentered: false
		})),
		forgetFailures: assign({ failures: 0, pauseMs: 0, hasReentered: false, notFound: 0 }),
		countNotFound: assign({ notFound: ({ context }) => context.notFound + 1 }),
		takeRoom: enqueueActions(({ context, enqueue }, params: { room: EnteredRoom }) => {
			enqueue.assign({ nextcloudSessionId: params.room.nextcloudSessionId, hasReentered: true });
			enqueue.sendTo(context.owner, { type: 'ROOM_REENTERED', room: params.room });
		}),
		sayHello: sendTo('socket', ({ context }): SocketCommand => {
			const { settings, welcomed } = context;
			const canGreet = settings !== null && (settings.helloV1 !== null || settings.helloV2 !== null);
			if (!canGreet) return { type: 'BYE' };
			const modern =
				settings.helloV2 !== null && (welcomed.includes('hello-v2') || settings.helloV1 === null);
			return { type: 'HELLO', version: modern ? '2.0' : '1.0', settings };
		}),
		resume: sendTo('socket', ({ context }): SocketCommand =>
			context.resumeId === null ? { type: 'BYE' } : { type: 'RESUME', resumeId: context.resumeId }
		),
		joinRoom: sendTo('socket', ({ context }): SocketCommand => ({
			type: 'JOIN_ROOM',
			token: context.token,
			session: context.nextcloudSessionId
		})),
		sayBye: sendTo('socket', { type: 'BYE' } satisfies SocketCommand),
		reportUp: enqueueActions(({ context, enqueue }, params: { resumed: boolean }) => {
			if (context.sessionId === null) return;
			enqueue.sendTo(context.owner, {
				type: 'SIGNALING_UP',
				sessionId: context.sessionId,
				resumed: params.resumed,
				iceServers: context.settings?.iceServers ?? [],
				hasMediaServer: context.hasMediaServer,
				hasSimulcast: context.hasSimulcast,
				takesUpdates: context.takesUpdates,
				tellsOfChat: !isPulled(context)
			});
			enqueue.assign({ upAs: context.sessionId });
		}),
		reportRoom: sendTo(
			({ context }) => context.owner,
			(_, params: { room: RoomInfo }) => ({ type: 'ROOM_READ', room: params.room })
		),
		pullAgain: sendTo('socket', { type: 'PULL' } satisfies SocketCommand),
		restBeforePull: raise({ type: 'PULL_AGAIN' }, { delay: 'pullRest' }),
		reportDown: sendTo(({ context }) => context.owner, { type: 'SIGNALING_DOWN' }),
		reportTrouble: sendTo(
			({ context }) => context.owner,
			(_, params: { code: ErrorCode }) => ({ type: 'SIGNALING_TROUBLE', code: params.code })
		),
		reportRefused: sendTo(
			({ context }) => context.owner,
			(_, params: { code: ErrorCode }) => ({ type: 'SIGNALING_REFUSED', code: params.code })
		),
		reportReplaced: sendTo(({ context }) => context.owner, {
			type: 'REMOVED_FROM_ROOM',
			reason: 'replaced'
		} satisfies SignalingNews),
		passNews: sendTo(
			({ context }) => context.owner,
			({ event }) => event
		),
		sendSignal: enqueueActions(({ event, enqueue }) => {
			if (event.type !== 'SEND_SIGNAL') return;
			enqueue.sendTo('socket', { type: 'SIGNAL', to: event.to, signal: event.signal });
			enqueue.sendTo(event.replyTo, { type: 'SEND_OK', id: event.id });
		}),
		sendState: enqueueActions(({ event, enqueue }) => {
			if (event.type === 'SEND_STATE_TO') {
				enqueue.sendTo('socket', { type: 'STATE', to: event.to, state: event.state });
			}
		}),
		queueSignal: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'SEND_SIGNAL') return;
			const [oldest] = context.queue;
			const isFull = context.queue.length >= queueMax;
			if (isFull && oldest !== undefined) {
				enqueue.sendTo(oldest.replyTo, { type: 'SEND_FAILED', id: oldest.id, retryable: false });
			}
			enqueue.assign({ queue: [...context.queue.slice(isFull ? 1 : 0), event] });
		}),
		/** A resumed session is still the one that others know: what waited can go out. */
		flushQueue: enqueueActions(({ context, enqueue }) => {
			for (const { to, signal, id, replyTo } of context.queue) {
				enqueue.sendTo('socket', { type: 'SIGNAL', to, signal });
				enqueue.sendTo(replyTo, { type: 'SEND_OK', id });
			}
			enqueue.assign({ queue: [] });
		}),
		/** A new session: what waited was said by somebody who no longer exists. */
		failQueue: enqueueActions(({ context, enqueue }) => {
			for (const { id, replyTo } of context.queue) {
				enqueue.sendTo(replyTo, { type: 'SEND_FAILED', id, retryable: false });
			}
			enqueue.assign({ queue: [] });
		})
	}
}).createMachine({
	id: 'signaling',
	context: ({ input }) => ({
		...input,
		settings: null,
		sessionId: null,
		upAs: null,
		resumeId: null,
		welcomed: [],
		hasMediaServer: false,
		hasSimulcast: false,
		takesUpdates: false,
		failures: 0,
		pauseMs: 0,
		hasReentered: false,
		notFound: 0,
		queue: []
	}),
	initial: 'fetchingSettings',
	on: {
		SEND_SIGNAL: { actions: 'queueSignal' },
		PARTING: '.stopped',
		STOP: '.stopped'
	},
	states: {
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
				SOCKET_CLOSED: { target: 'waiting', actions: 'countFailure' },
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
							{ guard: 'isPulled', target: 'pulling' },
							{ guard: 'canResume', target: 'resuming' },
							{ guard: 'needsNoWelcome', target: 'greeting' },
							{ target: 'awaitingWelcome' }
						]
					},
					after: { helloTimeout: { target: '#signaling.waiting', actions: 'countFailure' } }
				},
				awaitingWelcome: {
					on: { WELCOME_RECEIVED: { target: 'greeting', actions: 'rememberWelcome' } },
					after: { welcomeWait: 'greeting' }
				},
				greeting: {
					entry: 'sayHello',
					on: {
						HELLO_ACCEPTED: { target: 'joiningRoom', actions: 'rememberSession' },
						HELLO_REFUSED: {
							target: '#signaling.waiting',
							actions: ['countRefusal', { type: 'reportTrouble', params: { code: 'signaling.refused' } }]
						}
					},
					after: { helloTimeout: { target: '#signaling.waiting', actions: 'countFailure' } }
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
							{ target: 'joiningRoom', actions: 'rememberSession' }
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
					entry: 'joinRoom',
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
					initial: 'told',
					states: {
						told: { always: { guard: 'isPulled', target: 'looked' } },
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
						PARTICIPANTS_CHANGED: { actions: 'passNews' },
						CALL_ENDED_FOR_ALL: { actions: 'passNews' },
						SESSIONS_LEFT: { actions: 'passNews' },
						PEER_SIGNAL_RECEIVED: { actions: 'passNews' },
						MEMBER_STATE_RECEIVED: { actions: 'passNews' },
						REQUEST_REFUSED: { actions: 'passNews' },
						MUTED_BY_MODERATOR: { actions: 'passNews' },
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
			on: { CONNECT_NOW: 'reconnecting' },
			after: { reconnect: 'reconnecting' }
		},
		stopped: { type: 'final' }
	}
});
