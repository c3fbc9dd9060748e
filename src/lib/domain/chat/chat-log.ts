import type { ChatMessage, Poll, Reactors } from '../talk-api.ts';
import type { Requested } from './chat-requests.ts';
import type {
	ChangeView,
	ChatMessageView,
	ChatView,
	PollView,
	QuoteView,
	ReactionView
} from './chat-view.ts';

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

/** How long a message can be changed, as in Talk. */
const editableMs = 24 * 60 * 60 * 1_000;
const deletableMs = 6 * 60 * 60 * 1_000;

/**
 * Joins two sets of messages: rising by id, one of each, the newer word on a message wins. What was changed is shown as it is
 * now, but not brought in by that: there would be a gap behind it.
 */
export function mergeMessages(known: readonly ChatMessage[], more: readonly ChatMessage[]): ChatMessage[] {
	if (isOnlyNews(known, more)) return [...known, ...more];
	const byId = new Map(known.map((message) => [message.id, message]));
	const changed = new Map<number, ChatMessage>();
	for (const message of more) {
		const { id, about, systemMessage } = message;
		byId.set(id, asKnown(byId.get(id), message));
		if (about) {
			const before = byId.get(about.id);
			changed.set(about.id, about);
			if (before) byId.set(about.id, asKnown(before, about));
		}
		if (systemMessage === 'history_cleared') for (const key of byId.keys()) if (key < id) byId.delete(key);
	}
	const merged = [...byId.values()].sort((one, other) => one.id - other.id);
	return changed.size === 0 ? merged : merged.map((message) => withNewParent(message, changed));
}

/** What comes after all that is known, in order, and changes nothing of it: there may be thousands, and this comes often. */
function isOnlyNews(known: readonly ChatMessage[], more: readonly ChatMessage[]): boolean {
	let last = known.at(-1)?.id ?? 0;
	return more.every(({ id, about, systemMessage }) => {
		const comesAfter = id > last && !about && systemMessage !== 'history_cleared';
		last = id;
		return comesAfter;
	});
}

/** What the server leaves out when it tells of a message in passing: what that answers, and how we reacted to it. */
function asKnown(before: ChatMessage | undefined, now: ChatMessage): ChatMessage {
	if (!before) return now;
	const { parent = before.parent } = now;
	const told = now.ownReactions ?? before.ownReactions;
	const ownReactions = told?.filter((emoji) => now.reactions.some(([other]) => other === emoji)) ?? null;
	return { ...now, ownReactions, ...(parent !== undefined && { parent }) };
}

function withNewParent(message: ChatMessage, changed: ReadonlyMap<number, ChatMessage>): ChatMessage {
	const parent = message.parent ? changed.get(message.parent.id) : undefined;
	return parent ? { ...message, parent } : message;
}

/** Puts everybody's reactions to one message in place of those that were known. */
export const withReactors = (
	messages: readonly ChatMessage[],
	{ messageId, reactors, own }: { messageId: number; reactors: Reactors; own: Own }
): ChatMessage[] =>
	messages.map((message) => {
		if (message.id !== messageId) return message;
		const entries = [...reactors].filter(([, people]) => people.length > 0);
		return {
			...message,
			reactions: entries.map(([emoji, people]) => [emoji, people.length] as const),
			ownReactions: entries
				.filter(([, people]) => people.some((actor) => isOwn({ own }, actor)))
				.map(([emoji]) => emoji)
		};
	});

export const findReference = (
	messages: readonly ChatMessage[],
	referenceId: string
): ChatMessage | undefined => messages.find((message) => message.referenceId === referenceId);

/** The poll that a message or a change is about; undefined: none. */
export function pollIdOf({ parameters }: Pick<ChatMessage, 'parameters'>): number | undefined {
	const object = Object.values(parameters).find(({ type }) => type === 'talk-poll');
	return object !== undefined && /^\d{1,15}$/.test(object.id) ? Number(object.id) : undefined;
}

type Own = { actorType: string; actorId: string };

interface ChatFacts {
	messages: readonly ChatMessage[];
	waiting: readonly {
		referenceId: string;
		text: string;
		writtenAt: number;
		wasTried: boolean;
		isRefused: boolean;
		replyTo?: number;
		mentions?: readonly { mentionId: string; name: string }[];
	}[];
	requests: readonly Requested[];
	reactors: ReadonlyMap<number, Reactors>;
	polls: ReadonlyMap<number, Poll | 'failed'>;
	own: { actorType: string; actorId: string; name: string };
	features: readonly string[];
	isModerator: boolean;
	hasOlder: boolean;
	isOnline: boolean;
	seeking: number | null;
	readUpTo: number;
	firstUnread: number | null;
	maxLength: number;
	mayWrite: boolean;
}

/** What people see of the chat. @param reading the substate of the machine's `reading` region */
export function chatView(facts: ChatFacts, reading: string): ChatView {
	const { shown, views } = shownOf(facts);
	const requests = requestsByMessage(facts.requests);
	const messages =
		requests.size === 0 && facts.reactors.size === 0
			? views
			: shown.map((message) => knownView(facts, message, requests.get(message.id) ?? []));
	const { firstUnread: since } = facts;
	const firstUnread = since === null ? undefined : shown.find(({ id }) => id >= since);
	return {
		status:
			messages.length > 0 || (reading !== 'loading' && reading !== 'loadRetry')
				? 'ready'
				: reading === 'loading'
					? 'loading'
					: 'failed',
		messages: withWaiting(facts, messages),
		hasOlder: facts.hasOlder,
		isLoadingOlder: reading === 'loadingOlder',
		isSeeking: facts.seeking !== null,
		unread: unreadOf(facts, shown),
		firstUnreadKey: firstUnread === undefined ? null : keyOf(facts, firstUnread),
		maxLength: facts.maxLength,
		canSend: facts.mayWrite,
		isFull: facts.waiting.length >= waitingMax,
		polls: pollViews(facts)
	};
}

/** What we wrote and the server has not acknowledged comes last. */
function withWaiting(facts: ChatFacts, messages: readonly ChatMessageView[]): readonly ChatMessageView[] {
	if (facts.waiting.length === 0) return messages;
	const known = new Set(messages.map(({ key }) => key));
	const waiting = facts.waiting
		.filter(({ referenceId }) => !known.has(referenceId))
		.map((message) => waitingView(facts, message));
	return [...messages, ...waiting];
}

/** From the end: what was read is not looked through. */
function unreadOf(facts: ChatFacts, shown: readonly ChatMessage[]): number {
	let count = 0;
	for (let index = shown.length - 1; index >= 0; index -= 1) {
		const message = shown[index];
		if (message === undefined || message.id <= facts.readUpTo) break;
		if (message.systemMessage === '' && !isOwn(facts, message)) count += 1;
	}
	return count;
}

const isOwn = ({ own }: { own: Own }, actor: Own): boolean =>
	actor.actorType === own.actorType && actor.actorId === own.actorId;

/** Only our own reference ids are trusted as keys: others could repeat theirs. */
const keyOf = (facts: ChatFacts, message: ChatMessage): string =>
	message.referenceId !== '' && isOwn(facts, message) ? message.referenceId : `m${message.id}`;

function requestsByMessage(requests: readonly Requested[]): Map<number, Requested[]> {
	const byMessage = new Map<number, Requested[]>();
	for (const requested of requests) {
		if (!('messageId' in requested.request)) continue;
		const { messageId } = requested.request;
		byMessage.set(messageId, [...(byMessage.get(messageId) ?? []), requested]);
	}
	return byMessage;
}

type Rights = Pick<ChatFacts, 'own' | 'features' | 'mayWrite' | 'isModerator'>;
/** What was made of a message stays as long as nothing about it changes: there may be thousands. */
const made = new WeakMap<ChatMessage, Rights & { view: ChatMessageView }>();

function knownView(facts: ChatFacts, message: ChatMessage, requests: readonly Requested[]): ChatMessageView {
	if (requests.length > 0 || facts.reactors.has(message.id)) return messageView(facts, message, requests);
	const before = made.get(message);
	if (before !== undefined && haveSameRights(before, facts)) return before.view;
	const { own, features, mayWrite, isModerator } = facts;
	const view = messageView(facts, message, []);
	made.set(message, { own, features, mayWrite, isModerator, view });
	return view;
}

const haveSameRights = (one: Rights, other: Rights): boolean =>
	one.own === other.own &&
	one.features === other.features &&
	one.mayWrite === other.mayWrite &&
	one.isModerator === other.isModerator;

interface Shown extends Rights {
	messages: readonly ChatMessage[];
	shown: readonly ChatMessage[];
	/** Of those, as they are without a request of ours. */
	views: readonly ChatMessageView[];
}
/** Of each chat, which has an `own` to itself: what was shown last. A chat is looked at far more often than it changes. */
const shownLast = new WeakMap<Own, Shown>();

function shownOf(facts: ChatFacts): Shown {
	const { own, features, mayWrite, isModerator, messages } = facts;
	const last = shownLast.get(own);
	const before = last !== undefined && haveSameRights(last, facts) ? last : undefined;
	if (before?.messages === messages) return before;
	// mostly something was added at the end
	const stays = before?.messages.every((message, index) => message === messages[index]) ? before : undefined;
	const added = messages
		.slice(stays?.messages.length ?? 0)
		.filter(({ systemMessage }) => !control.has(systemMessage));
	const plain = { ...facts, reactors: noReactors };
	const next: Shown = {
		own,
		features,
		mayWrite,
		isModerator,
		messages,
		shown: [...(stays?.shown ?? []), ...added],
		views: [...(stays?.views ?? []), ...added.map((message) => knownView(plain, message, []))]
	};
	shownLast.set(own, next);
	return next;
}

const noReactors: ChatFacts['reactors'] = new Map();

function messageView(
	facts: ChatFacts,
	message: ChatMessage,
	requests: readonly Requested[]
): ChatMessageView {
	const isWritten = message.systemMessage === '' && !message.isDeleted;
	const may = (feature: string) => facts.mayWrite && isWritten && facts.features.includes(feature);
	const isMine = isOwn(facts, message);
	const mayChange = isMine || facts.isModerator;
	// the words of a poll or a file are not its author's to change
	const isPlain = !Object.values(message.parameters).some(
		({ type }) => type === 'talk-poll' || type === 'file'
	);
	const sentAt = message.sentAt * 1_000;
	return {
		key: keyOf(facts, message),
		id: message.id,
		author: { key: `${message.actorType}/${message.actorId}`, name: message.actorName, isOwn: isMine },
		sentAt,
		text: message.text,
		parameters: message.parameters,
		isMarkdown: message.isMarkdown,
		kind: message.isDeleted ? 'deleted' : message.systemMessage === '' ? 'message' : 'system',
		keyword: message.systemMessage,
		delivery: 'sent',
		quote: quoteView(facts, message.parent),
		reactions: isWritten ? reactionViews(facts, message, requests) : [],
		isEdited: message.isEdited && !message.isDeleted,
		mentionsMe: !isMine && speaksTo(facts, message),
		change: changeView(facts, requests),
		canReply: may('chat-replies') && message.isReplyable,
		canReact: may('reactions'),
		editableUntil: may('edit-messages') && mayChange && isPlain ? sentAt + editableMs : 0,
		deletableUntil: !(may('delete-messages') && mayChange)
			? 0
			: facts.features.includes('delete-messages-unlimited')
				? Infinity
				: sentAt + deletableMs
	};
}

function waitingView(facts: ChatFacts, message: ChatFacts['waiting'][number]): ChatMessageView {
	const { own } = facts;
	const parent =
		message.replyTo === undefined ? undefined : facts.messages.find(({ id }) => id === message.replyTo);
	return {
		key: message.referenceId,
		id: null,
		author: { key: `${own.actorType}/${own.actorId}`, name: own.name, isOwn: true },
		sentAt: message.writtenAt,
		...withoutMentionIds(message),
		isMarkdown: true,
		kind: 'message',
		keyword: '',
		delivery: message.isRefused ? 'failed' : facts.isOnline ? 'sending' : 'queued',
		quote: quoteView(facts, parent),
		reactions: [],
		isEdited: false,
		mentionsMe: false,
		change: null,
		canReply: false,
		canReact: false,
		editableUntil: 0,
		deletableUntil: 0
	};
}

/** What was written to people is shown as it will be: under their names. */
function withoutMentionIds({
	text,
	mentions = []
}: ChatFacts['waiting'][number]): Pick<ChatMessageView, 'text' | 'parameters'> {
	const named = mentions.map(({ mentionId, name }, index) => ({
		mentionId,
		name,
		key: `mention-own${index}`
	}));
	return {
		text: named.reduce(
			(shown, { mentionId, key }) =>
				shown.replaceAll(`@"${mentionId}"`, `{${key}}`).replaceAll(`@${mentionId}`, `{${key}}`),
			text
		),
		parameters: Object.fromEntries(
			named.map(({ key, mentionId, name }) => [key, { type: 'guest', id: mentionId, name }])
		)
	};
}

function quoteView(facts: ChatFacts, parent: ChatMessage | null | undefined): QuoteView | 'gone' | null {
	if (parent === undefined) return null;
	if (parent === null) return 'gone';
	const { id, actorName: name, text, parameters, isMarkdown, isDeleted } = parent;
	return { id, author: { name, isOwn: isOwn(facts, parent) }, text, parameters, isMarkdown, isDeleted };
}

function reactionViews(
	facts: ChatFacts,
	message: ChatMessage,
	requests: readonly Requested[]
): ReactionView[] {
	const pending = new Set(
		requests.flatMap(({ request, isRefused }) =>
			request.kind === 'react' && !isRefused ? [request.emoji] : []
		)
	);
	const reactors = facts.reactors.get(message.id);
	const known = message.reactions.map(([emoji, count]) => ({
		emoji,
		count,
		isOwn: message.ownReactions?.includes(emoji) ?? false,
		isPending: pending.has(emoji),
		people:
			reactors?.get(emoji)?.map((actor) => ({ name: actor.actorName, isOwn: isOwn(facts, actor) })) ?? null
	}));
	const fresh = [...pending].filter((emoji) => !known.some((reaction) => reaction.emoji === emoji));
	return [
		...known,
		...fresh.map((emoji) => ({ emoji, count: 0, isOwn: true, isPending: true, people: null }))
	];
}

function changeView({ isOnline }: ChatFacts, requests: readonly Requested[]): ChangeView | null {
	// a reaction on its way is shown where it will be
	const shown = requests.find(
		({ request, isRefused }) => request.kind !== 'reactors' && (request.kind !== 'react' || isRefused)
	);
	if (!shown) return null;
	const { kind } = shown.request;
	if (kind !== 'edit' && kind !== 'delete' && kind !== 'react') return null;
	return { key: shown.key, kind, state: shown.isRefused ? 'failed' : isOnline ? 'pending' : 'queued' };
}

function speaksTo({ own }: ChatFacts, { parameters }: ChatMessage): boolean {
	const ids = own.actorType === 'guests' ? [`guest/${own.actorId}`] : [own.actorId];
	return Object.entries(parameters).some(
		([key, { type, id, mentionId }]) =>
			key.startsWith('mention-') && (type === 'call' || ids.includes(mentionId ?? id) || ids.includes(id))
	);
}

function pollViews({ polls, requests }: ChatFacts): Map<number, PollView> {
	const views = new Map<number, PollView>(
		[...polls].map(([id, poll]) => [
			id,
			poll === 'failed' ? { poll: null, state: 'failed' } : { poll, state: 'idle' }
		])
	);
	for (const { request, isRefused } of requests) {
		if (!('pollId' in request)) continue;
		const poll = views.get(request.pollId)?.poll ?? null;
		if (request.kind === 'vote')
			views.set(request.pollId, { poll, state: isRefused ? 'vote-failed' : 'voting' });
		else if (poll === null) views.set(request.pollId, { poll, state: 'loading' });
	}
	return views;
}
