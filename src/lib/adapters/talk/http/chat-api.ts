import type {
	ChatMessage,
	Mentionable,
	MessagePage,
	Poll,
	Reactors,
	RichObject,
	TalkApi
} from '../../../domain/talk-api.ts';
import { parseReactions, parseSuggestions } from '../../../protocol/chat-answer.ts';
import {
	parseChatMessage,
	parseChatMessages,
	type ChatMessage as WireMessage,
	type SendChatBody
} from '../../../protocol/chat-message.ts';
import type { EditChatBody, ReactionBody } from '../../../protocol/chat-request.ts';
import type { RoomToken } from '../../../protocol/ids.ts';
import { limits } from '../../../protocol/limits.ts';
import { parsePoll, pollMode, pollStatus, type VoteBody } from '../../../protocol/poll.ts';
import { inSession, type OcsReply } from './ocs-reply.ts';
import { talkPath, type Ocs, type OcsRequest } from './ocs-request.ts';

type ChatApi = Pick<
	TalkApi,
	| 'fetchHistory'
	| 'fetchNewer'
	| 'sendMessage'
	| 'editMessage'
	| 'deleteMessage'
	| 'addReaction'
	| 'removeReaction'
	| 'fetchReactors'
	| 'fetchMentionable'
	| 'fetchPoll'
	| 'votePoll'
>;

const chatPath = (token: RoomToken) => talkPath(`v1/chat/${token}`);
const pollPath = (token: RoomToken, pollId: number) => talkPath(`v1/poll/${token}/${pollId}`);

/** Asks about the reactions to one message. Not found is the message: whoever asks has a session that reads the chat. */
const askReactions = async (
	ocs: Ocs,
	token: RoomToken,
	id: number,
	request: Pick<OcsRequest, 'what' | 'method' | 'query' | 'body'>
) => ocs.ask({ ...request, path: talkPath(`v1/reaction/${token}/${id}`) }, toReactors);

/** See the port for what each method promises. */
export function createChatApi(ocs: Ocs): ChatApi {
	return {
		fetchHistory: async (token, { before = 0, limit }) =>
			ocs.ask(
				{
					what: 'fetch chat history',
					method: 'GET',
					path: chatPath(token),
					query: { lookIntoFuture: 0, limit, lastKnownMessageId: before, setReadMarker: 0 }
				},
				toPage,
				inSession
			),

		fetchNewer: async (token, { after, waitSeconds, signal }) =>
			ocs.ask(
				{
					what: 'fetch newer chat',
					method: 'GET',
					path: chatPath(token),
					query: {
						lookIntoFuture: 1,
						limit: limits.chatPage,
						lastKnownMessageId: after,
						timeout: waitSeconds,
						setReadMarker: 0
					},
					timeoutMs: pollTimeoutMs(waitSeconds),
					...(signal ? { signal } : {})
				},
				toPage,
				inSession
			),

		sendMessage: async (token, { text, referenceId, actorName, replyTo }) =>
			ocs.ask(
				{
					what: 'send chat message',
					method: 'POST',
					path: chatPath(token),
					body: {
						message: text,
						referenceId,
						actorDisplayName: actorName,
						...(replyTo === undefined ? {} : { replyTo })
					} satisfies SendChatBody
				},
				toSentMessage,
				inSession
			),

		editMessage: async (token, id, text) =>
			ocs.ask(
				{
					what: 'edit chat message',
					method: 'PUT',
					path: `${chatPath(token)}/${id}`,
					body: { message: text } satisfies EditChatBody
				},
				toSentMessage
			),

		deleteMessage: async (token, id) =>
			ocs.ask(
				{ what: 'delete chat message', method: 'DELETE', path: `${chatPath(token)}/${id}` },
				toSentMessage
			),

		addReaction: async (token, id, emoji) =>
			askReactions(ocs, token, id, {
				what: 'react to chat message',
				method: 'POST',
				body: { reaction: emoji } satisfies ReactionBody
			}),

		removeReaction: async (token, id, emoji) =>
			askReactions(ocs, token, id, {
				what: 'take reaction back',
				method: 'DELETE',
				query: { reaction: emoji } satisfies ReactionBody
			}),

		fetchReactors: async (token, id) =>
			askReactions(ocs, token, id, { what: 'fetch reactions', method: 'GET' }),

		fetchMentionable: async (token, search) =>
			ocs.ask(
				{
					what: 'find whom to mention',
					method: 'GET',
					path: `${chatPath(token)}/mentions`,
					query: { search, limit: 20 }
				},
				toMentionable,
				inSession
			),

		fetchPoll: async (token, pollId) =>
			ocs.ask({ what: 'fetch poll', method: 'GET', path: pollPath(token, pollId) }, toPoll),

		votePoll: async (token, pollId, optionIds) =>
			ocs.ask(
				{
					what: 'vote in poll',
					method: 'POST',
					path: pollPath(token, pollId),
					body: { optionIds: [...optionIds] } satisfies VoteBody
				},
				toPoll
			)
	};
}

/** A few seconds beyond what the server was allowed, and never less than any other request has. */
const pollTimeoutMs = (waitSeconds: number) => Math.max(15, waitSeconds + 5) * 1_000;

function toPage({ status, headers, data }: OcsReply): MessagePage {
	if (status === 304) return { messages: [], lastGiven: undefined };
	const messages = parseChatMessages(data()).map((message) => toMessage(message, message.parent));
	const lastGiven = headers.get('X-Chat-Last-Given') ?? '';
	return {
		messages: messages.sort((one, other) => one.id - other.id),
		lastGiven: /^\d{1,15}$/.test(lastGiven) ? Number(lastGiven) : undefined
	};
}

function toSentMessage(reply: OcsReply): ChatMessage | null {
	const data = reply.data();
	const isHidden = data === null || (Array.isArray(data) && data.length === 0);
	if (isHidden) return null;
	const message = parseChatMessage(data);
	return toMessage(message, message.parent);
}

const toReactors = (reply: OcsReply): Reactors =>
	new Map(
		Object.entries(parseReactions(reply.data())).map(([emoji, actors]) => [
			emoji,
			actors.map(({ actorType, actorId, actorDisplayName: actorName }) => ({ actorType, actorId, actorName }))
		])
	);

const toMentionable = (reply: OcsReply): Mentionable[] =>
	parseSuggestions(reply.data()).map(({ id, label, source, mentionId = id }) => ({
		mentionId,
		name: label,
		isEverybody: source === 'calls'
	}));

function toPoll(reply: OcsReply): Poll {
	const { id, question, options, status, resultMode, maxVotes, votedSelf, votes, numVoters } = parsePoll(
		reply.data()
	);
	const countOf = (_: string, index: number) => {
		const key = `option-${index}`;
		return votes && Object.hasOwn(votes, key) ? (votes[key] ?? 0) : 0;
	};
	return {
		id,
		question,
		options,
		isOpen: status === pollStatus.open,
		isHidden: resultMode === pollMode.hidden,
		maxVotes,
		counts: votes === undefined ? null : options.map(countOf),
		voters: numVoters ?? null,
		own: votedSelf
	};
}

function toMessage(message: Omit<WireMessage, 'parent'>, parent?: WireMessage['parent']): ChatMessage {
	const { systemMessage, messageType, deleted, markdown, lastEditTimestamp, reactions, reactionsSelf } =
		message;
	return {
		id: message.id,
		actorType: message.actorType,
		actorId: message.actorId,
		actorName: message.actorDisplayName,
		sentAt: message.timestamp,
		text: message.message,
		parameters: parametersOf(message),
		systemMessage,
		referenceId: message.referenceId,
		isMarkdown: markdown,
		isDeleted: deleted === true || messageType === 'comment_deleted',
		isEdited: lastEditTimestamp !== undefined && lastEditTimestamp > 0,
		isReplyable: message.isReplyable,
		expiresAt: message.expirationTimestamp,
		reactions: Object.entries(reactions).filter(([, count]) => count > 0),
		ownReactions: reactionsSelf ?? (Object.keys(reactions).length === 0 ? [] : null),
		...relativeOf(systemMessage, parent)
	};
}

/** A comment answers its parent; a system message is about it. */
function relativeOf(
	systemMessage: string,
	parent: WireMessage['parent']
): Pick<ChatMessage, 'parent' | 'about'> {
	if (!parent) return {};
	if (!('message' in parent)) return systemMessage === '' ? { parent: null } : {};
	return systemMessage === '' ? { parent: toMessage(parent) } : { about: toMessage(parent) };
}

function parametersOf({
	messageParameters
}: Pick<WireMessage, 'messageParameters'>): Record<string, RichObject> {
	const entries = Object.entries(messageParameters).map(
		([key, object]) => [key, toRichObject(object)] as const
	);
	return Object.fromEntries(entries);
}

function toRichObject(object: WireMessage['messageParameters'][string]): RichObject {
	const { type, id, name, link, size, mimetype } = object;
	const bytes = Number(size ?? Number.NaN);
	return {
		type,
		id,
		name,
		...(typeof link === 'string' ? { link } : {}),
		...(typeof mimetype === 'string' ? { mimetype } : {}),
		...(typeof object['mention-id'] === 'string' ? { mentionId: object['mention-id'] } : {}),
		...(Number.isSafeInteger(bytes) && bytes >= 0 ? { size: bytes } : {}),
		...(object['hide-download'] === 'yes' ? { hidesDownload: true } : {})
	};
}
