import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Message, Post } from '../rooms/model.ts';

/** A message as Talk writes it. The shape is `ChatMessage` of the protocol, with every field that Talk has. */
export function wireChatMessage(token: RoomToken, { message, parent }: Post) {
	const base = withoutParent(token, message);
	return parent ? { ...base, parent: withoutParent(token, parent) } : base;
}

function withoutParent(token: RoomToken, message: Message) {
	const isSystem = message.system !== '';
	return {
		id: message.id,
		token,
		actorType: message.actorType,
		actorId: message.actorId,
		actorDisplayName: message.actorName,
		timestamp: message.sentAt,
		message: message.text,
		messageParameters: isSystem ? { actor: actorObject(message) } : {},
		messageType: isSystem ? 'system' : 'comment',
		systemMessage: message.system,
		isReplyable: !isSystem,
		markdown: !isSystem,
		referenceId: message.referenceId,
		reactions: {},
		expirationTimestamp: 0,
		...(message.isSilent && { silent: true })
	};
}

function actorObject({ actorId, actorName }: Message) {
	return { type: 'guest', id: `guest/${actorId}`, name: actorName === '' ? 'Guest' : actorName };
}
