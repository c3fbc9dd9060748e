import { assign, enqueueActions, fromPromise, setup } from 'xstate';
import type { RoomToken } from '../../protocol/ids.ts';
import { reconnectDelay } from '../backoff.ts';
import { errorCodeOf, retryAfterMsOf } from '../errors.ts';
import { tabLeaseMs } from '../store/next-row.ts';
import type { Outbox, OutboxMessage } from '../store/ongoing-call.ts';
import type { ChatMessage, Mentionable, MessagePage, Poll, Reactors, TalkApi } from '../talk-api.ts';
import { findReference, mergeMessages, pollIdOf, waitingMax, withReactors } from './chat-log.ts';
import {
	carryOut,
	isQuestion,
	requestKey,
	requestsMax,
	type ChatRequest,
	type Outcome,
	type Requested
} from './chat-requests.ts';

export interface ChatInput {
	api: TalkApi;
	outbox: Outbox;
	account: string;
	token: RoomToken;
	own: { actorType: string; actorId: string; name: string };
	mayWrite: boolean;
	isModerator: boolean;
	/** What the server can do, by Talk's names. */
	features: readonly string[];
	/** Characters. */
	maxLength: number;
	now: () => number;
	random: () => number;
	newReferenceId: () => string;
}

/** A message of ours that the server has not acknowledged. */
export interface Waiting extends OutboxMessage {
	/** It was sent at least once: the server may have stored it although the answer was lost. */
	wasTried: boolean;
	isRefused: boolean;
	/** Who is spoken to in it, to be shown by name; after a reload nobody knows. */
	mentions?: readonly Mentionable[];
}

export interface ChatContext extends ChatInput {
	/** Rising by id, without gaps in what was loaded. */
	messages: readonly ChatMessage[];
	waiting: readonly Waiting[];
	/** Reference id of the message under way. */
	sending: string | null;
	/** Changes and questions, in order. */
	requests: readonly Requested[];
	/** The one under way. */
	asking: Requested | null;
	/** Who reacted, by message; only where somebody asked. */
	reactors: ReadonlyMap<number, Reactors>;
	/** By id; only those that were looked at. */
	polls: ReadonlyMap<number, Poll | 'failed'>;
	lastGiven: number;
	hasOlder: boolean;
	/** An older message that is looked for, and how many pages that has taken. */
	seeking: number | null;
	soughtPages: number;
	isOnline: boolean;
	/** There was an outage, after which the server may have come back from an older copy: its ids are not as we know them. */
	wasAway: boolean;
	/** Somebody says when there is something new. */
	isTold: boolean;
	/** In a row: of reading, and of what we send. That one works says nothing of the other. */
	failures: number;
	unsent: number;
	/** The server asked us to wait at least this long. */
	pauseMs: number;
	/** Something changed while a request was under way. */
	isStale: boolean;
	/** The newest message that a person has seen. */
	readUpTo: number;
	firstUnread: number | null;
	isOpen: boolean;
}

export type ChatEvent =
	/** @property replyTo id of the message that it answers */
	| { type: 'SEND'; text: string; replyTo?: number; mentions?: readonly Mentionable[] }
	/** Send a refused message again, or give it up. */
	| { type: 'RETRY' | 'DISCARD'; referenceId: string }
	| { type: 'REQUEST'; request: ChatRequest }
	/** The same for what was refused of other messages. */
	| { type: 'RETRY_REQUEST' | 'DROP_REQUEST'; key: string }
	/** Load history up to a message. */
	| { type: 'SEEK'; messageId: number }
	/** The server has something new. */
	| { type: 'REFRESH' }
	| { type: 'LOAD_OLDER' }
	/**
	 * @property isTold whether REFRESH follows when there is something new; otherwise the server is asked. Absent: it does
	 * @property own who we are by now: a server that has forgotten us takes us for somebody else
	 */
	| { type: 'ONLINE'; isTold?: boolean; own?: Pick<ChatInput['own'], 'actorType' | 'actorId'> | null }
	| { type: 'OFFLINE' }
	/** The panel is being looked at, or no longer. */
	| { type: 'OPENED' | 'CLOSED' };

const pageSize = 50;
/** A message further back than so many of the largest pages is not looked for. */
const seekPages = { size: 200, most: 20 };
/** How exactly the end of a message's time is kept: nobody waits for it. */
const expiryMs = { least: 1_000, most: 10_000 };
/** How long the server may hold the question for what is new. */
const waitSeconds = 30;
/** Between an answer that there is nothing, which usually took that long, and the next question. */
const awaitRestMs = 250;
/** So many at once mean that there may be more. */
const newerPageSize = 100;
/** How far back a message whose answer was lost is looked for, and how wrong the two clocks may be. */
const lookUp = { pages: 10, pageSize: 200, clockErrorMs: 3_600_000 };

/** Finds a message that may have been stored: everything since it was written is looked through. */
async function findStored(
	{ api, token }: ChatContext,
	{ referenceId, writtenAt }: Waiting
): Promise<ChatMessage | undefined> {
	let before: number | undefined;
	for (let page = 0; page < lookUp.pages; page += 1) {
		const { messages } = await api.fetchHistory(token, {
			limit: lookUp.pageSize,
			...(before === undefined ? {} : { before })
		});
		const stored = findReference(messages, referenceId);
		const [oldest] = messages;
		if (stored !== undefined || oldest === undefined) return stored;
		if (oldest.sentAt * 1_000 < writtenAt - lookUp.clockErrorMs) return undefined;
		before = oldest.id;
	}
	return undefined;
}

/** Sends one message; after a lost answer it first looks whether the server has it already, as it does not deduplicate. */
async function deliver(context: ChatContext, message: Waiting): Promise<ChatMessage | null> {
	const { api, token, own } = context;
	const stored = message.wasTried ? await findStored(context, message) : undefined;
	if (stored !== undefined) return stored;
	return api.sendMessage(token, {
		text: message.text,
		referenceId: message.referenceId,
		actorName: own.name,
		...(message.replyTo === undefined ? {} : { replyTo: message.replyTo })
	});
}

const waiting = (context: ChatContext): Waiting | undefined =>
	context.waiting.find(({ isRefused }) => !isRefused);

const pauseAfter = ({ pauseMs, random }: ChatContext, failures: number): number =>
	Math.max(pauseMs, reconnectDelay(Math.max(0, failures - 1), random()));

/** The very same object where nothing has changed: what was made of the messages is kept by it. */
const ownAfter = (
	{ own }: ChatContext,
	{ actorType, actorId }: Pick<ChatInput['own'], 'actorType' | 'actorId'>
): ChatInput['own'] => (actorId === own.actorId ? own : { ...own, actorType, actorId });

/** What is kept of a message on its way. */
const rowOf = ({
	account,
	token,
	referenceId,
	text,
	writtenAt,
	replyTo,
	isRefused
}: Waiting): OutboxMessage => ({
	account,
	token,
	referenceId,
	text,
	writtenAt,
	isRefused,
	...(replyTo === undefined ? {} : { replyTo })
});

const requestOf = (request: ChatRequest): Requested => ({
	key: requestKey(request),
	request,
	isRefused: false
});

const nextRequest = (context: ChatContext): Requested | undefined =>
	// what somebody wants to be done comes before what is only looked at
	context.requests.find(({ request, isRefused }) => !isRefused && !isQuestion(request)) ??
	context.requests.find(({ isRefused }) => !isRefused);

const isExpired = ({ expiresAt }: ChatMessage, now: number): boolean =>
	expiresAt > 0 && expiresAt * 1_000 <= now;

/** The newest id of a page, and nothing else: what we sent meanwhile may have others before it. */
const newestOf = ({ messages, lastGiven = 0 }: MessagePage): number =>
	Math.max(lastGiven, messages.at(-1)?.id ?? 0);

/**
 * The messages of a room: history, what is new, and our own on their way, one at a time and in order. A message is
 * called sent only when the server has acknowledged it; until then it survives a reload in the outbox. So it is with changes of
 * messages that are there, but for a reload: until they are acknowledged, the message is shown as it was.
 *
 *     reading  loading → fresh ⇄ fetching, loadingOlder; loadRetry
 *              where nobody tells of news: fresh ⇄ awaiting, resting
 *     writing  restoring ⇄ idle ⇄ sending → pausing → restoring
 *     asking   idle ⇄ requesting → pausing
 *     lasting  forever ⇄ expiring
 */
export const chatMachine = setup({
	types: { context: {} as ChatContext, input: {} as ChatInput, events: {} as ChatEvent },
	actors: {
		loadNewest: fromPromise<MessagePage, ChatContext>(({ input: { api, token } }) =>
			api.fetchHistory(token, { limit: pageSize })
		),
		loadOlder: fromPromise<MessagePage, ChatContext>(({ input: { api, token, messages, seeking } }) =>
			api.fetchHistory(token, {
				before: messages[0]?.id ?? 0,
				limit: seeking === null ? pageSize : seekPages.size
			})
		),
		loadNewer: fromPromise<MessagePage, ChatContext>(({ input: { api, token, lastGiven } }) =>
			api.fetchNewer(token, { after: lastGiven, waitSeconds: 0 })
		),
		/** The server holds the request until there is something. */
		awaitNewer: fromPromise<MessagePage, ChatContext>(({ input: { api, token, lastGiven }, signal }) =>
			api.fetchNewer(token, { after: lastGiven, waitSeconds, signal })
		),
		restore: fromPromise<OutboxMessage[], ChatContext>(async ({ input: { outbox, account, token } }) =>
			outbox.claim(account, token)
		),
		/** Kept before it is sent: a crash in between loses nothing. */
		sendNext: fromPromise<ChatMessage | null, { context: ChatContext; message: Waiting }>(
			async ({ input: { context, message } }) => {
				const { referenceId } = message;
				await context.outbox.put(rowOf(message)).catch(() => undefined);
				const stored = await deliver(context, message);
				await context.outbox.remove(referenceId).catch(() => undefined);
				return stored;
			}
		),
		request: fromPromise<Outcome, { context: ChatContext; requested: Requested }>(
			({ input: { context, requested } }) => carryOut(context.api, context.token, requested.request)
		)
	},
	guards: {
		isStale: ({ context }) => context.isStale && context.isOnline,
		hasToAsk: ({ context }) => context.isOnline && !context.isTold,
		isOffline: ({ context }) => !context.isOnline,
		mayBeOlder: ({ context }, params: { page: MessagePage }) =>
			context.wasAway && params.page.messages.length === 0,
		isEmpty: (_, params: { page: MessagePage }) =>
			params.page.messages.length === 0 && params.page.lastGiven === undefined,
		hasWaiting: ({ context }) => context.isOnline && waiting(context) !== undefined,
		isRefusal: (_, params: { error: unknown }) =>
			['server.refused', 'call.forbidden', 'server.unexpected'].includes(errorCodeOf(params.error)),
		hasText: ({ context, event }) =>
			event.type === 'SEND' &&
			context.mayWrite &&
			event.text.trim() !== '' &&
			event.text.trim().length <= context.maxLength &&
			context.waiting.length < waitingMax,
		hasOlder: ({ context }) => context.hasOlder,
		isSeeking: ({ context }) => context.isOnline && context.seeking !== null,
		hasRequest: ({ context }) => context.isOnline && nextRequest(context) !== undefined,
		mayRequest: ({ context, event }) =>
			event.type === 'REQUEST' &&
			(context.mayWrite || isQuestion(event.request)) &&
			context.requests.filter(({ request }) => isQuestion(request) === isQuestion(event.request)).length <
				requestsMax[isQuestion(event.request) ? 'question' : 'change'],
		hasExpiring: ({ context }) => context.messages.some(({ expiresAt }) => expiresAt > 0)
	},
	delays: {
		awaitRest: awaitRestMs,
		claimEvery: tabLeaseMs / 3,
		expiry: ({ context }) => {
			const ends = context.messages
				.filter(({ expiresAt }) => expiresAt > 0)
				.map(({ expiresAt }) => expiresAt);
			const inMs = Math.min(...ends) * 1_000 - context.now();
			return Math.max(expiryMs.least, Math.min(expiryMs.most, inMs));
		},
		retry: ({ context }) => pauseAfter(context, context.failures),
		retrySending: ({ context }) => pauseAfter(context, context.unsent)
	},
	actions: {
		takeNewest: assign(({ context }, params: { page: MessagePage }) => {
			const lastGiven = newestOf({ ...params.page, lastGiven: undefined });
			const isOlder = lastGiven < context.lastGiven;
			const messages = mergeMessages(isOlder ? [] : context.messages, params.page.messages);
			return {
				messages,
				lastGiven,
				// what was there before we came is not news
				readUpTo: Math.min(context.readUpTo || Infinity, messages.at(-1)?.id ?? 0),
				hasOlder:
					isOlder || context.lastGiven === 0 ? params.page.messages.length >= pageSize : context.hasOlder,
				...(isOlder && { reactors: new Map(), polls: new Map() }),
				wasAway: false,
				failures: 0
			};
		}),
		takeOlder: assign(({ context }, params: { page: MessagePage }) => {
			const messages = mergeMessages(context.messages, params.page.messages);
			const hasOlder = params.page.messages.length >= pageSize;
			const soughtPages = context.soughtPages + 1;
			const isOver =
				!hasOlder || soughtPages >= seekPages.most || (messages[0]?.id ?? 0) <= (context.seeking ?? 0);
			return { messages, hasOlder, failures: 0, soughtPages, seeking: isOver ? null : context.seeking };
		}),
		seek: assign(({ context, event }) => {
			if (event.type !== 'SEEK') return {};
			const isThere = !context.hasOlder || (context.messages[0]?.id ?? 0) <= event.messageId;
			return { seeking: isThere ? null : event.messageId, soughtPages: 0 };
		}),
		stopSeeking: assign({ seeking: null }),
		takeNewer: assign(({ context }, params: { page: MessagePage }) => {
			const messages = mergeMessages(context.messages, params.page.messages);
			return {
				messages,
				lastGiven: Math.max(context.lastGiven, newestOf(params.page)),
				readUpTo: context.isOpen ? (messages.at(-1)?.id ?? context.readUpTo) : context.readUpTo,
				failures: 0,
				// a full page means that there is more
				isStale: context.isStale || params.page.messages.length >= newerPageSize
			};
		}),
		markStale: assign({ isStale: true }),
		markFresh: assign({ isStale: false }),
		countFailure: assign(({ context }, params: { error: unknown }) => ({
			failures: context.failures + 1,
			pauseMs: retryAfterMsOf(params.error),
			isStale: true
		})),
		countUnsent: assign(({ context }, params: { error: unknown }) => ({
			unsent: context.unsent + 1,
			pauseMs: retryAfterMsOf(params.error),
			isStale: true
		})),
		/** What arrived before its own sending was answered is not on its way any more. */
		settleArrived: enqueueActions(({ context, enqueue }, params: { page: MessagePage }) => {
			const arrived = new Set(params.page.messages.map(({ referenceId }) => referenceId));
			for (const { referenceId } of context.waiting.filter((message) => arrived.has(message.referenceId))) {
				enqueue(() => void context.outbox.remove(referenceId).catch(() => undefined));
			}
			enqueue.assign({ waiting: context.waiting.filter(({ referenceId }) => !arrived.has(referenceId)) });
		}),
		/** Others react, delete and vote: what was known of that is asked for again, or settled. */
		settleChanged: assign(({ context }, params: { page: MessagePage }) => {
			const { messages } = params.page;
			const changed = new Set(messages.flatMap(({ about }) => about?.id ?? []));
			const deleted = new Set(messages.flatMap(({ about }) => (about?.isDeleted === true ? [about.id] : [])));
			const voted = messages.flatMap((message) =>
				message.systemMessage.startsWith('poll_') ? (pollIdOf(message) ?? []) : []
			);
			const isSettled = ({ request }: Requested) => 'messageId' in request && deleted.has(request.messageId);
			const looks = [...new Set(voted)]
				.filter((pollId) => context.polls.has(pollId))
				.map((pollId) => requestOf({ kind: 'poll', pollId }));
			return {
				reactors: new Map([...context.reactors].filter(([id]) => !changed.has(id))),
				requests: [
					...context.requests.filter((one) => one === context.asking || !isSettled(one)),
					...looks.filter(
						({ key }) => !context.requests.some((one) => one.key === key && one !== context.asking)
					)
				]
			};
		}),
		ask: assign(({ context, event }) => {
			if (event.type !== 'REQUEST') return {};
			const asked = requestOf(event.request);
			const others = context.requests.filter((one) => one === context.asking || one.key !== asked.key);
			return { requests: [...others, asked] };
		}),
		askAgain: assign(({ context, event }) => ({
			requests: context.requests.map((one) =>
				event.type === 'RETRY_REQUEST' && one.key === event.key ? { ...one, isRefused: false } : one
			)
		})),
		dropRequest: assign(({ context, event }) => ({
			requests: context.requests.filter(
				(one) => event.type !== 'DROP_REQUEST' || one.key !== event.key || !one.isRefused
			)
		})),
		stopAsking: assign({ asking: null }),
		startAsking: assign({ asking: ({ context }) => nextRequest(context) ?? null }),
		takeOutcome: assign(({ context }, params: { outcome: Outcome }) => {
			const { messages, reactors, poll } = params.outcome;
			const merged = mergeMessages(context.messages, messages);
			const { own } = context;
			return {
				messages: reactors === undefined ? merged : withReactors(merged, { ...reactors, own }),
				...(reactors && {
					reactors: new Map(context.reactors).set(reactors.messageId, reactors.reactors)
				}),
				...(poll && { polls: new Map(context.polls).set(poll.id, poll) }),
				requests: context.requests.filter((one) => one !== context.asking),
				asking: null,
				unsent: 0
			};
		}),
		/** A question that is refused has no answer; a change stays, for a person to decide. */
		takeRefusal: assign(({ context }) => {
			const { asking } = context;
			const { request } = asking ?? {};
			return {
				requests: context.requests.flatMap((one) =>
					one !== asking ? [one] : isQuestion(one.request) ? [] : [{ ...one, isRefused: true }]
				),
				...(request?.kind === 'poll' && {
					polls: new Map(context.polls).set(request.pollId, 'failed' as const)
				}),
				asking: null
			};
		}),
		dropExpired: assign(({ context }) => ({
			messages: context.messages.filter((message) => !isExpired(message, context.now()))
		})),
		/** Given up by a person: only what was refused. */
		discard: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'DISCARD') return;
			const { referenceId } = event;
			const isGivenUp = (message: Waiting) => message.referenceId === referenceId && message.isRefused;
			if (!context.waiting.some(isGivenUp)) return;
			enqueue(() => void context.outbox.remove(referenceId).catch(() => undefined));
			enqueue.assign({ waiting: context.waiting.filter((message) => !isGivenUp(message)) });
		}),
		markOnline: assign(({ context, event }) =>
			event.type === 'ONLINE'
				? {
						isOnline: true,
						isStale: true,
						isTold: event.isTold !== false,
						own: ownAfter(context, event.own ?? context.own)
					}
				: { isOnline: false, wasAway: context.lastGiven > 0 }
		),
		open: assign(({ context }) => {
			const unread = context.messages.find(
				({ id, systemMessage }) => id > context.readUpTo && systemMessage === ''
			);
			return {
				isOpen: true,
				// told again while it is open, as what was open is seen: the mark stays where it is
				firstUnread: unread?.id ?? context.firstUnread,
				readUpTo: context.messages.at(-1)?.id ?? context.readUpTo
			};
		}),
		close: assign({ isOpen: false, firstUnread: null }),
		/** Into the outbox at once: it may take long until it can be sent. */
		queue: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'SEND') return;
			const row: OutboxMessage = {
				account: context.account,
				token: context.token,
				referenceId: context.newReferenceId(),
				text: event.text.trim(),
				writtenAt: context.now(),
				...(event.replyTo === undefined ? {} : { replyTo: event.replyTo })
			};
			const { mentions } = event;
			enqueue(() => void context.outbox.put(row).catch(() => undefined));
			const waits = { ...row, wasTried: false, isRefused: false, ...(mentions && { mentions }) };
			enqueue.assign({ waiting: [...context.waiting, waits] });
		}),
		queueAgain: assign(({ context, event }) => ({
			waiting: context.waiting.map((message) =>
				event.type === 'RETRY' && message.referenceId === event.referenceId
					? { ...message, isRefused: false }
					: message
			)
		})),
		takeRestored: assign(({ context }, params: { messages: OutboxMessage[] }) => ({
			waiting: [
				...params.messages
					.filter(({ referenceId }) => !context.waiting.some((own) => own.referenceId === referenceId))
					.map((message) => ({ ...message, wasTried: true, isRefused: message.isRefused === true })),
				...context.waiting
			]
		})),
		startSending: assign({ sending: ({ context }) => waiting(context)?.referenceId ?? null }),
		markTried: assign(({ context }) => ({
			waiting: context.waiting.map((message) =>
				message.referenceId === context.sending ? { ...message, wasTried: true } : message
			)
		})),
		takeSent: assign(({ context }, params: { stored: ChatMessage | null }) => {
			const messages =
				params.stored === null ? context.messages : mergeMessages(context.messages, [params.stored]);
			return {
				messages,
				waiting: context.waiting.filter(({ referenceId }) => referenceId !== context.sending),
				readUpTo: context.isOpen ? (messages.at(-1)?.id ?? context.readUpTo) : context.readUpTo,
				unsent: 0
			};
		}),
		/** Kept as refused: after a reload it is still for a person to decide. */
		refuse: enqueueActions(({ context, enqueue }) => {
			const refused = context.waiting.find(({ referenceId }) => referenceId === context.sending);
			if (refused === undefined) return;
			const now = { ...refused, isRefused: true };
			enqueue(() => void context.outbox.put(rowOf(now)).catch(() => undefined));
			enqueue.assign({ waiting: context.waiting.map((message) => (message === refused ? now : message)) });
		})
	}
}).createMachine({
	id: 'chat',
	context: ({ input }) => ({
		...input,
		messages: [],
		waiting: [],
		sending: null,
		requests: [],
		asking: null,
		reactors: new Map(),
		polls: new Map(),
		lastGiven: 0,
		hasOlder: false,
		seeking: null,
		soughtPages: 0,
		isOnline: false,
		wasAway: false,
		isTold: true,
		failures: 0,
		unsent: 0,
		pauseMs: 0,
		isStale: false,
		readUpTo: 0,
		firstUnread: null,
		isOpen: false
	}),
	type: 'parallel',
	on: {
		ONLINE: { actions: 'markOnline' },
		OFFLINE: { actions: 'markOnline' },
		REFRESH: { actions: 'markStale' },
		OPENED: { actions: 'open' },
		CLOSED: { actions: 'close' },
		SEND: { guard: 'hasText', actions: 'queue' },
		RETRY: { actions: 'queueAgain' },
		DISCARD: { actions: 'discard' },
		REQUEST: { guard: 'mayRequest', actions: 'ask' },
		RETRY_REQUEST: { actions: 'askAgain' },
		DROP_REQUEST: { actions: 'dropRequest' },
		SEEK: { actions: 'seek' }
	},
	states: {
		reading: {
			initial: 'loading',
			states: {
				loading: {
					// news that comes before the answer may not be in it
					entry: 'markFresh',
					invoke: {
						src: 'loadNewest',
						input: ({ context }) => context,
						onDone: {
							target: 'fresh',
							actions: { type: 'takeNewest', params: ({ event }) => ({ page: event.output }) }
						},
						onError: {
							target: 'loadRetry',
							actions: { type: 'countFailure', params: ({ event }) => ({ error: event.error }) }
						}
					}
				},
				loadRetry: {
					on: { ONLINE: { target: 'loading', actions: 'markOnline' } },
					after: { retry: 'loading' }
				},
				fresh: {
					always: [
						{ guard: 'isStale', target: 'fetching' },
						{ guard: 'isSeeking', target: 'loadingOlder' },
						{ guard: 'hasToAsk', target: 'awaiting' }
					],
					on: { LOAD_OLDER: { guard: 'hasOlder', target: 'loadingOlder' } }
				},
				/** Left and entered again whenever something else is asked: the request ends with it. */
				awaiting: {
					always: [
						{ guard: 'isOffline', target: 'fresh' },
						{ guard: 'isSeeking', target: 'loadingOlder' }
					],
					invoke: {
						src: 'awaitNewer',
						input: ({ context }) => context,
						onDone: [
							{
								guard: { type: 'isEmpty', params: ({ event }) => ({ page: event.output }) },
								target: 'resting',
								actions: { type: 'takeNewer', params: ({ event }) => ({ page: event.output }) }
							},
							{
								target: 'fresh',
								actions: [
									{ type: 'settleArrived', params: ({ event }) => ({ page: event.output }) },
									{ type: 'settleChanged', params: ({ event }) => ({ page: event.output }) },
									{ type: 'takeNewer', params: ({ event }) => ({ page: event.output }) }
								]
							}
						],
						onError: {
							target: 'fetchRetry',
							actions: { type: 'countFailure', params: ({ event }) => ({ error: event.error }) }
						}
					},
					on: {
						ONLINE: { target: 'fresh', actions: 'markOnline' },
						LOAD_OLDER: { guard: 'hasOlder', target: 'loadingOlder' }
					}
				},
				resting: {
					on: { LOAD_OLDER: { guard: 'hasOlder', target: 'loadingOlder' } },
					always: [
						{ guard: 'isStale', target: 'fetching' },
						{ guard: 'isSeeking', target: 'loadingOlder' }
					],
					after: { awaitRest: 'fresh' }
				},
				fetching: {
					entry: 'markFresh',
					invoke: {
						src: 'loadNewer',
						input: ({ context }) => context,
						onDone: [
							{
								guard: { type: 'mayBeOlder', params: ({ event }) => ({ page: event.output }) },
								target: 'loading'
							},
							{
								target: 'fresh',
								actions: [
									{ type: 'settleArrived', params: ({ event }) => ({ page: event.output }) },
									{ type: 'settleChanged', params: ({ event }) => ({ page: event.output }) },
									{ type: 'takeNewer', params: ({ event }) => ({ page: event.output }) }
								]
							}
						],
						onError: {
							target: 'fetchRetry',
							actions: { type: 'countFailure', params: ({ event }) => ({ error: event.error }) }
						}
					}
				},
				fetchRetry: {
					on: { ONLINE: { target: 'fresh', actions: 'markOnline' } },
					after: { retry: 'fresh' }
				},
				loadingOlder: {
					invoke: {
						src: 'loadOlder',
						input: ({ context }) => context,
						onDone: {
							target: 'fresh',
							actions: { type: 'takeOlder', params: ({ event }) => ({ page: event.output }) }
						},
						onError: { target: 'fresh', actions: 'stopSeeking' }
					}
				}
			}
		},
		writing: {
			initial: 'restoring',
			states: {
				/** Again and again: what waits stays this tab's, and what a tab that is gone has left becomes so. */
				restoring: {
					invoke: {
						src: 'restore',
						input: ({ context }) => context,
						onDone: {
							target: 'idle',
							actions: { type: 'takeRestored', params: ({ event }) => ({ messages: event.output }) }
						},
						onError: 'idle'
					}
				},
				idle: {
					always: { guard: 'hasWaiting', target: 'sending' },
					after: { claimEvery: 'restoring' }
				},
				sending: {
					entry: 'startSending',
					invoke: {
						src: 'sendNext',
						input: ({ context }) => ({ context, message: waiting(context) as Waiting }),
						onDone: {
							target: 'idle',
							actions: { type: 'takeSent', params: ({ event }) => ({ stored: event.output }) }
						},
						onError: [
							{
								guard: { type: 'isRefusal', params: ({ event }) => ({ error: event.error }) },
								target: 'idle',
								actions: ['markTried', 'refuse']
							},
							{
								target: 'pausing',
								actions: [
									'markTried',
									{ type: 'countUnsent', params: ({ event }) => ({ error: event.error }) }
								]
							}
						]
					}
				},
				/** Not sent, and nobody knows whether the server has it: looked up before it is sent again. */
				pausing: {
					on: { ONLINE: { target: 'restoring', actions: 'markOnline' } },
					after: { retrySending: 'restoring' }
				}
			}
		},
		/** One after the other, in order: what is asked twice in a row ends as the last one wanted. */
		asking: {
			initial: 'idle',
			states: {
				idle: { always: { guard: 'hasRequest', target: 'requesting' } },
				requesting: {
					entry: 'startAsking',
					invoke: {
						src: 'request',
						input: ({ context }) => ({ context, requested: nextRequest(context) as Requested }),
						onDone: {
							target: 'idle',
							actions: { type: 'takeOutcome', params: ({ event }) => ({ outcome: event.output }) }
						},
						onError: [
							{
								guard: { type: 'isRefusal', params: ({ event }) => ({ error: event.error }) },
								target: 'idle',
								actions: 'takeRefusal'
							},
							{
								target: 'pausing',
								actions: { type: 'countUnsent', params: ({ event }) => ({ error: event.error }) }
							}
						]
					}
				},
				pausing: {
					entry: 'stopAsking',
					on: { ONLINE: { target: 'idle', actions: 'markOnline' } },
					after: { retrySending: 'idle' }
				}
			}
		},
		/** Some messages are there for a time only. */
		lasting: {
			initial: 'forever',
			states: {
				forever: { always: { guard: 'hasExpiring', target: 'expiring' } },
				expiring: { after: { expiry: { target: 'forever', actions: 'dropExpired' } } }
			}
		}
	}
});
