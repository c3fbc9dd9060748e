import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Message, NamedActor, Post, RichObject } from '../rooms/model.ts';

/** Finds what the reader has reacted with; asked only for messages that have reactions. */
type OwnReactions = (message: Message) => string[];

/**
 * A message as Talk writes it. The shape is `ChatMessage` of the protocol, with every field that Talk has.
 * @param own absent: for no reader in particular
 */
export function wireChatMessage(token: RoomToken, { message, parent }: Post, own?: OwnReactions) {
	const base = withoutParent(token, message, own);
	if (parent === undefined) return base;
	if (parent === 'gone') return { ...base, parent: { id: message.parentId ?? 0, deleted: true } };
	return { ...base, parent: withoutParent(token, parent, own) };
}

function withoutParent(token: RoomToken, message: Message, own: OwnReactions | undefined) {
	const isComment = message.system === '' && !message.isDeleted;
	const hasReactions = Object.keys(message.reactions).length > 0;
	return {
		id: message.id,
		token,
		actorType: message.actorType,
		actorId: message.actorId,
		actorDisplayName: message.actorName,
		timestamp: message.sentAt,
		message: message.text,
		messageParameters: parametersOf(message),
		messageType: isComment ? 'comment' : message.isDeleted ? 'comment_deleted' : 'system',
		systemMessage: message.system,
		isReplyable: isComment,
		markdown: isComment,
		referenceId: message.referenceId,
		reactions: message.reactions,
		...(own && hasReactions && { reactionsSelf: own(message) }),
		expirationTimestamp: message.expiresAt,
		...(message.isDeleted && { deleted: true }),
		...(message.isSilent && { silent: true }),
		...(message.edited && {
			lastEditActorType: message.edited.actorType,
			lastEditActorId: message.edited.actorId,
			lastEditActorDisplayName: message.edited.displayName,
			lastEditTimestamp: message.edited.at
		})
	};
}

/** @returns what the placeholders of a message stand for, `{actor}` and `{user}` of system messages among them */
export function parametersOf(message: Message): Record<string, RichObject> {
	const { system, actorType, actorId, actorName: displayName, subject, parameters } = message;
	if (system === '') return parameters;
	const actor = actorObject({ actorType, actorId, displayName });
	return { ...parameters, actor, ...(subject && { user: actorObject(subject) }) };
}

function actorObject({ actorType, actorId, displayName }: NamedActor): RichObject {
	if (actorType === 'bots') return { type: 'highlight', id: actorId, name: displayName };
	return { type: 'guest', id: `guest/${actorId}`, name: displayName === '' ? 'Guest' : displayName };
}
