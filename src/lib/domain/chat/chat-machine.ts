import { assign, enqueueActions, fromPromise, setup } from 'xstate';
import type { RoomToken } from '../../protocol/ids.ts';
import { reconnectDelay } from '../backoff.ts';
import { errorCodeOf, retryAfterMsOf } from '../errors.ts';
import type { Outbox, OutboxMessage } from '../store/ongoing-call.ts';
import type { ChatMessage, MessagePage, TalkApi } from '../talk-api.ts';
import { findReference, mergeMessages, waitingMax } from './chat-log.ts';

export interface ChatInput {
	api: TalkApi;
	outbox: Outbox;
	account: string;
	token: RoomToken;
	own: { actorType: string; actorId: string; name: string };
	mayWrite: boolean;
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
	/** The server refused it; only a person can decide to try again. */
	isRefused: boolean;
}

export interface ChatContext extends ChatInput {
	/** Rising by id, without gaps in what was loaded. */
	messages: readonly ChatMessage[];
	waiting: readonly Waiting[];
	/** Reference id of the message under way. */
	sending: string | null;
	lastGiven: number;
	hasOlder: boolean;
	isOnline: boolean;
	/** Somebody says when there is something new. */
	isTold: boolean;
	failures: number;
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
	| { type: 'SEND'; text: string }
	| { type: 'RETRY'; referenceId: string }
	/** The server has something new. */
	| { type: 'REFRESH' }
	| { type: 'LOAD_OLDER' }
	/** @property isTold whether REFRESH follows when there is something new; otherwise the server is asked. Absent: it does */
	| { type: 'ONLINE'; isTold?: boolean }
	| { type: 'OFFLINE' }
	/** The panel is being looked at, or no longer. */
	| { type: 'OPENED' | 'CLOSED' };

const pageSize = 50;
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
		actorName: own.name
	});
}

const waiting = (context: ChatContext): Waiting | undefined =>
	context.waiting.find(({ isRefused }) => !isRefused);

/**
 * The messages of a room: history, what is new, and our own on their way, one at a time and in order. A message is
 * called sent only when the server has acknowledged it; until then it survives a reload in the outbox.
 *
 *     reading  loading → fresh ⇄ fetching, loadingOlder; loadRetry
 *              where nobody tells of news: fresh ⇄ awaiting, resting
 *     writing  restoring → idle ⇄ sending → pausing
 */
export const chatMachine = setup({
	types: { context: {} as ChatContext, input: {} as ChatInput, events: {} as ChatEvent },
	actors: {
		loadNewest: fromPromise<MessagePage, ChatContext>(({ input: { api, token } }) =>
			api.fetchHistory(token, { limit: pageSize })
		),
		loadOlder: fromPromise<MessagePage, ChatContext>(({ input: { api, token, messages } }) =>
			api.fetchHistory(token, { before: messages[0]?.id ?? 0, limit: pageSize })
		),
		loadNewer: fromPromise<MessagePage, ChatContext>(({ input: { api, token, lastGiven } }) =>
			api.fetchNewer(token, { after: lastGiven, waitSeconds: 0 })
		),
		/** The server holds the request until there is something. */
		awaitNewer: fromPromise<MessagePage, ChatContext>(({ input: { api, token, lastGiven }, signal }) =>
			api.fetchNewer(token, { after: lastGiven, waitSeconds, signal })
		),
		restore: fromPromise<OutboxMessage[], ChatContext>(async ({ input: { outbox, account, token } }) =>
			outbox.list(account, token)
		),
		/** Kept before it is sent: a crash in between loses nothing. */
		sendNext: fromPromise<ChatMessage | null, { context: ChatContext; message: Waiting }>(
			async ({ input: { context, message } }) => {
				const { referenceId, text, account, token, writtenAt } = message;
				const row = { referenceId, text, account, token, writtenAt };
				if (!message.wasTried) await context.outbox.put(row).catch(() => undefined);
				const stored = await deliver(context, message);
				await context.outbox.remove(referenceId).catch(() => undefined);
				return stored;
			}
		)
	},
	guards: {
		isStale: ({ context }) => context.isStale && context.isOnline,
		hasToAsk: ({ context }) => context.isOnline && !context.isTold,
		isOffline: ({ context }) => !context.isOnline,
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
		hasOlder: ({ context }) => context.hasOlder
	},
	delays: {
		awaitRest: awaitRestMs,
		retry: ({ context }) =>
			Math.max(context.pauseMs, reconnectDelay(Math.max(0, context.failures - 1), context.random()))
	},
	actions: {
		takeNewest: assign(({ context }, params: { page: MessagePage }) => {
			const messages = mergeMessages(context.messages, params.page.messages);
			const newest = messages.at(-1)?.id ?? 0;
			return {
				messages,
				lastGiven: Math.max(context.lastGiven, newest),
				// what was there before we came is not news
				readUpTo: context.readUpTo === 0 ? newest : context.readUpTo,
				hasOlder: params.page.messages.length >= pageSize,
				failures: 0
			};
		}),
		takeOlder: assign(({ context }, params: { page: MessagePage }) => ({
			messages: mergeMessages(context.messages, params.page.messages),
			hasOlder: params.page.messages.length >= pageSize,
			failures: 0
		})),
		takeNewer: assign(({ context }, params: { page: MessagePage }) => {
			const messages = mergeMessages(context.messages, params.page.messages);
			const newest = Math.max(context.lastGiven, params.page.lastGiven ?? 0, messages.at(-1)?.id ?? 0);
			return {
				messages,
				lastGiven: newest,
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
		/** What arrived before its own sending was answered is not on its way any more. */
		settleArrived: enqueueActions(({ context, enqueue }, params: { page: MessagePage }) => {
			const arrived = new Set(params.page.messages.map(({ referenceId }) => referenceId));
			for (const { referenceId } of context.waiting.filter((message) => arrived.has(message.referenceId))) {
				enqueue(() => void context.outbox.remove(referenceId).catch(() => undefined));
			}
			enqueue.assign({ waiting: context.waiting.filter(({ referenceId }) => !arrived.has(referenceId)) });
		}),
		markOnline: assign(({ event }) =>
			event.type === 'ONLINE'
				? { isOnline: true, isStale: true, isTold: event.isTold !== false }
				: { isOnline: false }
		),
		open: assign(({ context }) => {
			const unread = context.messages.find(
				({ id, systemMessage }) => id > context.readUpTo && systemMessage === ''
			);
			return {
				isOpen: true,
				firstUnread: unread?.id ?? null,
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
				writtenAt: context.now()
			};
			enqueue(() => void context.outbox.put(row).catch(() => undefined));
			enqueue.assign({ waiting: [...context.waiting, { ...row, wasTried: false, isRefused: false }] });
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
					.map((message) => ({ ...message, wasTried: true, isRefused: false })),
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
				failures: 0
			};
		}),
		refuse: assign(({ context }) => ({
			waiting: context.waiting.map((message) =>
				message.referenceId === context.sending ? { ...message, isRefused: true } : message
			)
		}))
	}
}).createMachine({
	id: 'chat',
	context: ({ input }) => ({
		...input,
		messages: [],
		waiting: [],
		sending: null,
		lastGiven: 0,
		hasOlder: false,
		isOnline: false,
		isTold: true,
		failures: 0,
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
		RETRY: { actions: 'queueAgain' }
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
						{ guard: 'hasToAsk', target: 'awaiting' }
					],
					on: { LOAD_OLDER: { guard: 'hasOlder', target: 'loadingOlder' } }
				},
				/** Left and entered again whenever something else is asked: the request ends with it. */
				awaiting: {
					always: [{ guard: 'isOffline', target: 'fresh' }],
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
					always: { guard: 'isStale', target: 'fetching' },
					after: { awaitRest: 'fresh' }
				},
				fetching: {
					entry: 'markFresh',
					invoke: {
						src: 'loadNewer',
						input: ({ context }) => context,
						onDone: {
							target: 'fresh',
							actions: [
								{ type: 'settleArrived', params: ({ event }) => ({ page: event.output }) },
								{ type: 'takeNewer', params: ({ event }) => ({ page: event.output }) }
							]
						},
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
						onError: { target: 'fresh' }
					}
				}
			}
		},
		writing: {
			initial: 'restoring',
			states: {
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
				idle: { always: { guard: 'hasWaiting', target: 'sending' } },
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
									{ type: 'countFailure', params: ({ event }) => ({ error: event.error }) }
								]
							}
						]
					}
				},
				/** Not sent, and nobody knows whether the server has it: looked up before it is sent again. */
				pausing: {
					on: { ONLINE: { target: 'idle', actions: 'markOnline' } },
					after: { retry: 'idle' }
				}
			}
		}
	}
});
