import { botFeature } from '../../src/lib/protocol/bot-request.ts';
import type { Bot, Message, NamedActor, Post, Room } from '../rooms/model.ts';
import { actorOf } from '../rooms/bots.ts';
import type { Storage } from '../rooms/storage.ts';
import { parametersOf } from '../wire/chat-message.ts';

/** What bots are told, in the words of ActivityStreams as Talk uses them. */
interface Activity {
	/** only bots with this feature are told */
	feature: number;
	body: object;
}

/**
 * @param reaction the emoji, if the post is about one
 * @returns undefined for what bots are not told: what bots say, or they would answer each other for ever
 */
export function activityOf(
	storage: Storage,
	room: Room,
	post: Post,
	reaction?: string
): Activity | undefined {
	const { message, parent } = post;
	if (message.actorType === 'bots') return undefined;
	const actor = personOf(storage, room, authorOf(message));
	const target = collection(room);
	if (reaction !== undefined) {
		if (parent === undefined || parent === 'gone') return undefined;
		const like = { type: 'Like', actor, object: note(parent), target, content: reaction };
		const isTakenBack = message.system === 'reaction_revoked';
		const body = isTakenBack ? { type: 'Undo', actor, object: like, target } : like;
		return { feature: botFeature.reaction, body };
	}
	if (message.system !== '') {
		const body = { type: 'Activity', actor, object: note(message), target };
		return { feature: botFeature.webhook, body };
	}
	const inReplyTo = parent !== undefined &&
		parent !== 'gone' && {
			inReplyTo: { actor: personOf(storage, room, authorOf(parent)), object: note(parent) }
		};
	const object = { ...note(message), ...inReplyTo };
	return { feature: botFeature.webhook, body: { type: 'Create', actor, object, target } };
}

/** The bot was let into a room, or sent out. */
export function movementOf(room: Room, bot: Bot, isIn: boolean): Activity {
	const { actorType, actorId, displayName: name } = actorOf(bot);
	const actor = { type: 'Application', id: `${actorType}/${actorId}`, name };
	const body = { type: isIn ? 'Join' : 'Leave', actor, object: collection(room) };
	return { feature: botFeature.webhook, body };
}

const collection = ({ token, name }: Room) => ({ type: 'Collection', id: token, name });

/** The content is JSON inside JSON. */
function note(message: Message) {
	const content = { message: message.text, parameters: parametersOf(message) };
	return {
		type: 'Note',
		id: message.id.toString(),
		name: message.system === '' ? 'message' : message.system,
		content: JSON.stringify(content),
		mediaType: 'text/markdown'
	};
}

const authorOf = ({ actorType, actorId, actorName: displayName }: Message): NamedActor => ({
	actorType,
	actorId,
	displayName
});

/** Who is remembered in the room is a person; bots and the server itself are not. */
function personOf(storage: Storage, room: Room, { actorType, actorId, displayName: name }: NamedActor) {
	const attendee = storage.attendeeByActor(room.id, actorType, actorId);
	const isProgram = actorType === 'bots' || ['system', 'cli'].includes(actorId);
	return {
		type: isProgram ? 'Application' : 'Person',
		id: `${actorType}/${actorId}`,
		name,
		...(attendee && { talkParticipantType: attendee.type.toString() })
	};
}
