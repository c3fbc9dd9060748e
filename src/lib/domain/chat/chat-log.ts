import type { ChatMessage } from '../talk-api.ts';
import type { ChatMessageView, ChatView } from './chat-view.ts';

/** System messages that only carry changes of other messages: never shown. */
const control: ReadonlySet<string> = new Set([
	'message_deleted',
	'message_edited',
	'reaction',
	'reaction_deleted',
	'reaction_revoked',
	'poll_voted',
	'thread_created',
	'thread_renamed'
]);

/** Messages of ours that may wait for the server; with so many, the next one stays in the composer. */
export const waitingMax = 50;

/**
 * Joins two sets of messages: rising by id, one of each, the newer word on a message wins. What was changed is shown as it is
 * now, but not brought in by that: there would be a gap behind it.
 */
export function mergeMessages(known: readonly ChatMessage[], more: readonly ChatMessage[]): ChatMessage[] {
	const byId = new Map(known.map((message) => [message.id, message]));
	for (const message of more) {
		const { id, about, systemMessage } = message;
		byId.set(id, message);
		if (about && byId.has(about.id)) byId.set(about.id, about);
		if (systemMessage === 'history_cleared') for (const key of byId.keys()) if (key < id) byId.delete(key);
	}
	return [...byId.values()].sort((one, other) => one.id - other.id);
}

export const findReference = (
	messages: readonly ChatMessage[],
	referenceId: string
): ChatMessage | undefined => messages.find((message) => message.referenceId === referenceId);

interface ChatFacts {
	messages: readonly ChatMessage[];
	waiting: readonly {
		referenceId: string;
		text: string;
		writtenAt: number;
		wasTried: boolean;
		isRefused: boolean;
	}[];
	own: { actorType: string; actorId: string; name: string };
	hasOlder: boolean;
	isOnline: boolean;
	readUpTo: number;
	firstUnread: number | null;
	maxLength: number;
	mayWrite: boolean;
}

/** What people see of the chat. @param reading the substate of the machine's `reading` region */
export function chatView(facts: ChatFacts, reading: string): ChatView {
	const shown = facts.messages.filter(({ systemMessage }) => !control.has(systemMessage));
	const unread = shown.filter(
		(message) => message.id > facts.readUpTo && message.systemMessage === '' && !isOwn(facts, message)
	);
	const messages = shown.map((message) => messageView(facts, message));
	const known = new Set(messages.map(({ key }) => key));
	const waiting = facts.waiting
		.filter(({ referenceId }) => !known.has(referenceId))
		.map((message) => waitingView(facts, message));
	const firstUnread = shown.find(({ id }) => facts.firstUnread !== null && id >= facts.firstUnread);
	return {
		status:
			messages.length > 0 || (reading !== 'loading' && reading !== 'loadRetry')
				? 'ready'
				: reading === 'loading'
					? 'loading'
					: 'failed',
		messages: [...messages, ...waiting],
		hasOlder: facts.hasOlder,
		isLoadingOlder: reading === 'loadingOlder',
		unread: unread.length,
		firstUnreadKey: firstUnread === undefined ? null : keyOf(facts, firstUnread),
		maxLength: facts.maxLength,
		canSend: facts.mayWrite,
		isFull: facts.waiting.length >= waitingMax
	};
}

const isOwn = ({ own }: ChatFacts, message: ChatMessage): boolean =>
	message.actorType === own.actorType && message.actorId === own.actorId;

/** Only our own reference ids are trusted as keys: others could repeat theirs. */
const keyOf = (facts: ChatFacts, message: ChatMessage): string =>
	message.referenceId !== '' && isOwn(facts, message) ? message.referenceId : `m${message.id}`;

function messageView(facts: ChatFacts, message: ChatMessage): ChatMessageView {
	return {
		key: keyOf(facts, message),
		id: message.id,
		author: {
			key: `${message.actorType}/${message.actorId}`,
			name: message.actorName,
			isOwn: isOwn(facts, message)
		},
		sentAt: message.sentAt * 1_000,
		text: message.text,
		parameters: message.parameters,
		kind: message.isDeleted ? 'deleted' : message.systemMessage === '' ? 'message' : 'system',
		delivery: 'sent'
	};
}

function waitingView(facts: ChatFacts, message: ChatFacts['waiting'][number]): ChatMessageView {
	const { own } = facts;
	return {
		key: message.referenceId,
		id: null,
		author: { key: `${own.actorType}/${own.actorId}`, name: own.name, isOwn: true },
		sentAt: message.writtenAt,
		text: message.text,
		parameters: {},
		kind: 'message',
		delivery: message.isRefused ? 'failed' : facts.isOnline ? 'sending' : 'queued'
	};
}
