import * as v from 'valibot';
import { limits } from './limits.ts';
import { DisplayName } from './room.ts';
import { charactersAtMost, objectOf, WireBoolean, WireInteger } from './wire.ts';

const text = v.optional(v.string(), '');
const wireText = v.pipe(
	v.union([v.string(), v.number(), v.boolean()]),
	v.transform((value) => String(value))
);

/** What a `{placeholder}` in a message stands for. All values are text; old servers sent some as numbers. */
const RichObject = v.objectWithRest({ type: wireText, id: wireText, name: wireText }, v.nullish(wireText));

const fields = {
	id: WireInteger,
	token: text,
	/** `guests`, `users`, `bots` and others */
	actorType: v.string(),
	actorId: v.string(),
	actorDisplayName: text,
	/** Unix time in seconds */
	timestamp: WireInteger,
	message: v.string(),
	messageParameters: v.optional(objectOf(v.record(v.string(), RichObject)), {}),
	messageType: v.optional(v.string(), 'comment'),
	/** keyword of a system message, else empty */
	systemMessage: text,
	isReplyable: v.optional(WireBoolean, false),
	markdown: v.optional(WireBoolean, false),
	referenceId: text,
	reactions: v.optional(objectOf(v.record(v.string(), WireInteger)), {}),
	/** ours among them; absent: not asked by anybody in particular */
	reactionsSelf: v.optional(v.array(v.string())),
	/** Unix time in seconds; absent: as it was written */
	lastEditTimestamp: v.optional(WireInteger),
	/** Unix time in seconds, 0 for never */
	expirationTimestamp: v.optional(WireInteger, 0),
	deleted: v.optional(WireBoolean),
	silent: v.optional(WireBoolean)
};

/** One message of a room's chat. Field table: docs/protocol.md#chat */
export const ChatMessage = v.object({
	...fields,
	parent: v.optional(v.union([v.object(fields), v.object({ id: WireInteger, deleted: v.literal(true) })]))
});
export type ChatMessage = v.InferOutput<typeof ChatMessage>;

/**
 * Reads one message.
 * @throws {v.ValiError} for a message without id, author, time or text
 */
export function parseChatMessage(data: unknown): ChatMessage {
	return v.parse(ChatMessage, data);
}

/**
 * Reads the data of `GET v1/chat/{token}`.
 * @throws {v.ValiError} for anything but a list of messages
 */
export function parseChatMessages(data: unknown): ChatMessage[] {
	return v.parse(v.array(ChatMessage), data);
}

/** Body of `POST v1/chat/{token}`.  */
export const SendChatBody = v.object({
	message: v.pipe(v.string(), v.trim(), v.nonEmpty(), charactersAtMost(limits.chatCharacters)),
	/** stored as the guest's name if not empty */
	actorDisplayName: v.optional(DisplayName, ''),
	referenceId: v.optional(v.pipe(v.string(), charactersAtMost(limits.referenceIdCharacters)), ''),
	/** id of the message that this one answers; 0 for none */
	replyTo: v.optional(v.pipe(WireInteger, v.minValue(0)), 0),
	silent: v.optional(WireBoolean, false)
});
export type SendChatBody = v.InferInput<typeof SendChatBody>;

/** Query of `GET v1/chat/{token}`. */
export const ChatQuery = v.object({
	/** 0 history, newest first; 1 wait for newer ones, oldest first */
	lookIntoFuture: WireBoolean,
	limit: v.optional(v.pipe(WireInteger, v.minValue(1), v.toMaxValue(limits.chatPage)), 100),
	lastKnownMessageId: v.optional(v.pipe(WireInteger, v.minValue(0)), 0),
	lastCommonReadId: v.optional(v.pipe(WireInteger, v.minValue(0)), 0),
	/** seconds */
	timeout: v.optional(v.pipe(WireInteger, v.minValue(0), v.toMaxValue(limits.chatWaitSeconds)), 30),
	setReadMarker: v.optional(WireBoolean, true),
	includeLastKnown: v.optional(WireBoolean, false)
});
export type ChatQuery = v.InferInput<typeof ChatQuery>;

/** Body of `POST v1/chat/{token}/read`; without an id everything is read, below 0 nothing. */
export const ReadMarkerBody = v.object({
	lastReadMessage: v.nullish(v.pipe(WireInteger, v.minValue(-2)))
});
export type ReadMarkerBody = v.InferInput<typeof ReadMarkerBody>;
