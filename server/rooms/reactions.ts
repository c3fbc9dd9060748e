import { permission } from '../../src/lib/protocol/call.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import { messageOf, writerOf } from './chat.ts';
import type { Message, NamedActor, Reaction, Room, RoomNews } from './model.ts';
import { Refusal } from './refusal.ts';
import { saySystem } from './system-messages.ts';
import { admittedOf, commit, type World } from './world.ts';

type Say = (news: RoomNews) => void;

/** Different emoji on one message: each is repeated with every mention of it. */
const mostEmoji = 50;
/** Reactions to one message: whoever reacts, or asks, is told all of them. */
const mostReactions = 2_000;

/** Emoji on messages. Every method throws a `Refusal` for what is not allowed. */
export function createReactions(world: World) {
	const { storage } = world;

	/** @returns whether it was not there yet, and everybody's reactions to the message */
	function add(token: RoomToken, guestKey: string, messageId: number, emoji: string) {
		return commit(world, (say) => {
			const { room, attendee } = writerOf(world, token, guestKey, permission.react);
			const isNew = reactWithin(world, room, attendee, messageId, emoji, say);
			return { isNew, reactions: storage.reactionsTo(messageId) };
		});
	}

	/** @throws {Refusal} `unknownMessage` also if there is no such reaction */
	function revoke(token: RoomToken, guestKey: string, messageId: number, emoji: string): Reaction[] {
		return commit(world, (say) => {
			const { room, attendee } = writerOf(world, token, guestKey, permission.react);
			revokeWithin(world, room, attendee, messageId, emoji, say);
			return storage.reactionsTo(messageId);
		});
	}

	/** @param emoji null for all. @throws {Refusal} `unknownMessage` */
	function list(token: RoomToken, guestKey: string, messageId: number, emoji: string | null): Reaction[] {
		const { room } = admittedOf(world, token, guestKey);
		const { id } = messageOf(world, room, messageId);
		return storage.reactionsTo(id).filter((one) => emoji === null || one.emoji === emoji);
	}

	/** @returns the emoji that the guest has reacted with, for any message of the room */
	function ownOf(token: RoomToken, guestKey: string): (message: Message) => string[] {
		const { actorType, actorId } = admittedOf(world, token, guestKey).attendee;
		return ({ id }) => storage.emojiOf({ messageId: id, actorType, actorId });
	}

	return { add, revoke, list, ownOf };
}
export type Reactions = ReturnType<typeof createReactions>;

/**
 * Reacts to a message, inside a change that is already running.
 * @returns whether it was not there yet
 * @throws {Refusal} `unknownMessage`; `badRequest` for what nobody can react to
 */
export function reactWithin(
	world: World,
	room: Room,
	by: NamedActor,
	messageId: number,
	emoji: string,
	say: Say
): boolean {
	const { storage } = world;
	const message = messageOf(world, room, messageId);
	if (message.system !== '' || message.isDeleted) throw new Refusal('badRequest', 'message');
	const { actorType, actorId } = by;
	if (storage.reactionOf({ messageId, actorType, actorId, emoji })) return false;
	const count = message.reactions[emoji] ?? 0;
	const counts = Object.values(message.reactions);
	const isFull = counts.reduce((sum, one) => sum + one, 0) >= mostReactions;
	if (isFull || (count === 0 && counts.length >= mostEmoji)) {
		throw new Refusal('badRequest', 'reaction');
	}
	const about = { ...message, reactions: { ...message.reactions, [emoji]: count + 1 } };
	storage.changeMessage(about);
	saySystem(world, room, by, { keyword: 'reaction', text: emoji, about, reaction: emoji }, say);
	return true;
}

/**
 * Takes a reaction back, inside a change that is already running.
 * @throws {Refusal} `unknownMessage` also if there is no such reaction
 */
export function revokeWithin(
	world: World,
	room: Room,
	by: NamedActor,
	messageId: number,
	emoji: string,
	say: Say
): void {
	const { storage } = world;
	const message = messageOf(world, room, messageId);
	const { actorType, actorId } = by;
	const reaction = storage.reactionOf({ messageId, actorType, actorId, emoji });
	if (!reaction) throw new Refusal('unknownMessage', 'reaction');
	storage.changeMessage({ ...reaction, system: 'reaction_deleted', text: 'Reaction deleted by author' });
	const { [emoji]: count = 1, ...others } = message.reactions;
	const about = { ...message, reactions: count > 1 ? { ...others, [emoji]: count - 1 } : others };
	storage.changeMessage(about);
	const text = '{actor} deleted a reaction';
	saySystem(world, room, by, { keyword: 'reaction_revoked', text, about, reaction: emoji }, say);
}
