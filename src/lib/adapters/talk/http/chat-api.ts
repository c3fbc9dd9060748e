import type { ChatMessage, MessagePage, RichObject, TalkApi } from '../../../domain/talk-api.ts';
import {
	parseChatMessage,
	parseChatMessages,
	type ChatMessage as WireMessage,
	type SendChatBody
} from '../../../protocol/chat-message.ts';
import type { RoomToken } from '../../../protocol/ids.ts';
import { limits } from '../../../protocol/limits.ts';
import { inSession } from './ocs-refusal.ts';
import { talkPath, type Ocs, type OcsReply } from './ocs-request.ts';

type ChatApi = Pick<TalkApi, 'fetchHistory' | 'fetchNewer' | 'sendMessage'>;

const chatPath = (token: RoomToken) => talkPath(`v1/chat/${token}`);

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

		sendMessage: async (token, { text, referenceId, actorName }) =>
			ocs.ask(
				{
					what: 'send chat message',
					method: 'POST',
					path: chatPath(token),
					body: { message: text, referenceId, actorDisplayName: actorName } satisfies SendChatBody
				},
				toSentMessage,
				inSession
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
	return isHidden ? null : toMessage(parseChatMessage(data));
}

function toMessage(message: Omit<WireMessage, 'parent'>, parent?: WireMessage['parent']): ChatMessage {
	return {
		id: message.id,
		actorType: message.actorType,
		actorId: message.actorId,
		actorName: message.actorDisplayName,
		sentAt: message.timestamp,
		text: message.message,
		parameters: parametersOf(message),
		systemMessage: message.systemMessage,
		referenceId: message.referenceId,
		isMarkdown: message.markdown,
		isDeleted: message.deleted === true || message.messageType === 'comment_deleted',
		...(message.systemMessage && parent && 'message' in parent && { about: toMessage(parent) })
	};
}

function parametersOf({
	messageParameters
}: Pick<WireMessage, 'messageParameters'>): Record<string, RichObject> {
	const entries = Object.entries(messageParameters).map(([key, { type, id, name, link }]) => {
		const object: RichObject = { type, id, name, ...(typeof link === 'string' ? { link } : {}) };
		return [key, object] as const;
	});
	return Object.fromEntries(entries);
}
