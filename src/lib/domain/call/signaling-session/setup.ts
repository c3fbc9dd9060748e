import { assign, enqueueActions, fromCallback, fromPromise, raise, sendTo, setup } from 'xstate';
import type { RoomToken } from '../../../protocol/ids.ts';
import { reconnectDelay } from '../../backoff.ts';
import { errorCodeOf, retryAfterMsOf, type ErrorCode } from '../../errors.ts';
import type { SignalingNews, SignalingSocket, SignalingTransport, SocketEvent } from '../../signaling.ts';
import type { EnteredRoom, RoomInfo, SignalingSettings, TalkApi } from '../../talk-api.ts';
import { enterUnderName } from '../enter-under-name.ts';
import type {
	SignalingSessionContext,
	SignalingSessionEvent,
	SignalingSessionInput,
	SocketCommand
} from './context.ts';

/** The server wants the hello within 2 s of the connection. */
const welcomeWaitMs = 1_500;
/** How long a session may be in no room: a high-performance backend ends it after ten seconds. */
const aheadMaxMs = 5_000;
const helloTimeoutMs = 10_000;
/** Between the two answers that make "not found" believable. */
const secondLookMs = 5_000;
/** What a hello throttled for too many attempts asks for. */
const throttledMs = 10_000;
/** How long until somebody may have gone from a server that is full. */
const fullMs = 15_000;
/** A server without a socket refuses a stranger at once: whom it lets wait so long is in the room. */
const heldMs = 1_000;
/** Between an answer without news, which usually took half a minute, and the next question. */
const pullRestMs = 250;
/** Between two looks at the room where the server does not tell what changes in it, or at whether it is still there. */
const roomLookMs = 30_000;
/** How long a server that is there may take to say so. */
const answerMs = 5_000;
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
		case 'ORDER':
			return socket.sendOrder(next.to, next.order);
		case 'PULL':
			return socket.pullAgain?.();
		case 'BYE':
			return socket.bye();
	}
};

const isPulled = ({ settings }: SignalingSessionContext): boolean => settings?.url === null;

const isThrottled = (event: SignalingSessionEvent): boolean =>
	event.type === 'HELLO_REFUSED' && event.code === 'too_many_requests';
/** The server has as many sessions as it may: somebody has to go first. */
const isFull = (event: SignalingSessionEvent): boolean =>
	event.type === 'HELLO_REFUSED' && event.code === 'session_limit_exceeded';
const freshRefusals: ReadonlySet<string> = new Set(['no_such_room', 'duplicate_session']);
const replacedReasons: ReadonlySet<string> = new Set(['session_resumed', 'room_session_reconnected']);

/** The words of the signaling session: what its states may ask, do and wait for. */
export const signalingSessionSetup = setup({
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
		answersAgain: ({ context }) => context.answersAgain,
		/** Others know this session already. */
		isSessionKnown: ({ context }) => context.sessionId !== null && context.upAs === context.sessionId,
		canResume: ({ context }) => context.resumeId !== null && context.settings !== null && !isPulled(context),
		hasSettings: ({ context }) => context.settings !== null,
		/** The room is still being entered. */
		hasNoRoom: ({ context }) => context.nextcloudSessionId === null,
		hasRoom: ({ context }) => context.nextcloudSessionId !== null,
		isWelcomed: ({ context }) => context.settings?.helloV2 === null || context.welcomed.length > 0,
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
		aheadMax: aheadMaxMs,
		helloTimeout: helloTimeoutMs,
		secondLook: secondLookMs,
		held: heldMs,
		pullRest: pullRestMs,
		roomLook: roomLookMs,
		answer: answerMs,
		reconnect: ({ context }) => context.retryInMs
	},
	actions: {
		chooseWait: assign({
			retryInMs: ({ context }) =>
				Math.max(context.pauseMs, reconnectDelay(Math.max(0, context.failures - 1), context.random())),
			// nobody keeps a new room session alive in an outage: one lost once more is made anew again, after the wait
			hasReentered: false
		}),
		rememberSettings: assign((_, params: { settings: SignalingSettings }) => ({
			settings: params.settings,
			// of another socket, perhaps of another server
			welcomed: [],
			answersAgain: false
		})),
		takeEntered: assign(({ event }) =>
			event.type === 'ROOM_ENTERED' ? { nextcloudSessionId: event.nextcloudSessionId } : {}
		),
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
		noteAnswer: assign({ answersAgain: true }),
		countFailure: assign({ failures: ({ context }) => context.failures + 1, pauseMs: 0 }),
		countRefusal: assign(({ context, event }) => ({
			failures: context.failures + 1,
			pauseMs: isThrottled(event) ? throttledMs : isFull(event) ? fullMs : 0
		})),
		countError: assign(({ context }, params: { error: unknown }) => ({
			failures: context.failures + 1,
			pauseMs: retryAfterMsOf(params.error)
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
		/** Nothing, as long as the room has not let us in. */
		joinRoom: enqueueActions(({ context: { token, nextcloudSessionId: session }, enqueue }) => {
			if (session !== null) enqueue.sendTo('socket', { type: 'JOIN_ROOM', token, session });
		}),
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
		reportRefusedHello: sendTo(
			({ context }) => context.owner,
			({ event }) => ({
				type: 'SIGNALING_TROUBLE' as const,
				code: isFull(event) ? ('call.full' as const) : ('signaling.refused' as const)
			})
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
		sendOrder: enqueueActions(({ event, enqueue }) => {
			if (event.type === 'SEND_ORDER_TO') {
				enqueue.sendTo('socket', { type: 'ORDER', to: event.to, order: event.order });
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
});
