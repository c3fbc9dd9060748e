import { permission } from '../../src/lib/protocol/call.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import { withMentions } from './mentions.ts';
import type { Changer, Message, NamedActor, Participant, Post, RichObject, Room, RoomNews } from './model.ts';
import { isModerator, isReadOnly, permits } from './permissions.ts';
import { Refusal } from './refusal.ts';
import type { MessageRange } from './storage.ts';
import { saySystem } from './system-messages.ts';
import { admittedOf, commit, moderationOf, seconds, type Presentee, type World } from './world.ts';

type Say = (news: RoomNews) => void;

export interface Draft {
	text: string;
	referenceId: string;
	/** 0 for none */
	replyTo: number;
	isSilent: boolean;
}

/** A message can be changed for a day. */
const editableSeconds = 24 * 60 * 60;

/** The chat of a room. Every method throws a `Refusal` for what is not allowed. */
export function createChat(world: World) {
	const { storage } = world;

	/**
	 * What a guest sends again, since no answer came, is not written again.
	 * @param displayName stored as the guest's name if not empty
	 * @returns the message, which survives whatever happens next
	 */
	function post(token: RoomToken, guestKey: string, displayName: string, draft: Draft): Post {
		return commit(world, (say) => {
			const { room, attendee, session } = writerOf(world, token, guestKey, permission.chat);
			const earlier = sentBefore(world, room, attendee, draft);
			if (earlier) return earlier;
			const author = displayName === '' ? attendee : { ...attendee, displayName };
			if (author.displayName !== attendee.displayName) {
				storage.rename(attendee.id, displayName);
				const renamed = { session, attendee: author };
				say({ type: 'participantsChanged', room, participants: [renamed], about: 'person' });
			}
			const written = postWithin(world, room, author, draft, say);
			storage.markRead(attendee.id, written.message.id);
			return written;
		});
	}

	function read(token: RoomToken, guestKey: string, range: Omit<MessageRange, 'roomId'>): Post[] {
		const { room, session } = admittedOf(world, token, guestKey);
		world.presence.ping(session.id);
		removeExpired();
		return storage.messages({ ...range, roomId: room.id });
	}

	/** What was said around a message, oldest first. @param limit for each direction; the message counts as older */
	function around(token: RoomToken, guestKey: string, messageId: number, limit: number): Post[] {
		const { room } = admittedOf(world, token, guestKey);
		removeExpired();
		const range = { roomId: room.id, from: messageId, limit };
		const before = storage.messages({ ...range, direction: 'older', isFromIncluded: true }).reverse();
		return [...before, ...storage.messages({ ...range, direction: 'newer', isFromIncluded: false })];
	}

	/**
	 * Writes a message anew.
	 * @returns the system message that says so, with the message
	 * @throws {Refusal} `unknownMessage`; `notAllowed` for whoever neither wrote it nor moderates; `wrongKind` for what
	 * nobody wrote; `badRequest` for what is older than a day
	 */
	function edit(token: RoomToken, guestKey: string, messageId: number, written: string): Post {
		return commit(world, (say) => {
			const { room, attendee } = writerOf(world, token, guestKey, permission.chat);
			const message = changeable(room, attendee, messageId);
			// its words are the question of a poll, which others may have voted in
			if (message.parameters['object'] !== undefined) throw new Refusal('wrongKind', 'message');
			const at = seconds(world);
			if (at - message.sentAt > editableSeconds) throw new Refusal('badRequest', 'age');
			const edited = { ...nameOf(attendee), at };
			const about = { ...message, ...withMentions(storage, room, written), edited };
			storage.changeMessage(about);
			const text = '{actor} edited a message';
			return saySystem(world, room, attendee, { keyword: 'message_edited', text, about }, say);
		});
	}

	/** Takes a message away, whenever it was written. @returns, and throws, as `edit` */
	function remove(token: RoomToken, guestKey: string, messageId: number): Post {
		return commit(world, (say) => {
			const { room, attendee } = writerOf(world, token, guestKey, permission.chat);
			const message = changeable(room, attendee, messageId);
			storage.removeReactions(message.id);
			const about = { ...message, ...deletedBy(attendee, message), edited: null, reactions: {} };
			storage.changeMessage(about);
			const text = '{actor} deleted a message';
			return saySystem(world, room, attendee, { keyword: 'message_deleted', text, about }, say);
		});
	}

	function changeable(room: Room, attendee: Participant['attendee'], messageId: number): Message {
		const message = messageOf(world, room, messageId);
		if (!isAuthor(attendee, message) && !isModerator(attendee)) throw new Refusal('notAllowed', 'permission');
		if (message.system !== '' || message.isDeleted) throw new Refusal('wrongKind', 'message');
		return message;
	}

	/** Forgets everything that was said. @returns the system message that says so */
	function clear(token: RoomToken, changer: Changer): Post {
		return commit(world, (say) => {
			const { room, by } = moderationOf(world, token, changer);
			if (isReadOnly(room)) throw new Refusal('notAllowed');
			storage.clearMessages(room.id);
			const text = '{actor} cleared the history of the conversation';
			return saySystem(world, room, by, { keyword: 'history_cleared', text }, say);
		});
	}

	/** @param messageId everything up to it is read, and nothing after it; null: everything there is is read */
	function setReadMarker(token: RoomToken, guestKey: string, messageId: number | null): Presentee {
		return moveMarker(token, guestKey, (_attendee, last) => Math.max(0, Math.min(messageId ?? last, last)));
	}

	/** As `setReadMarker`, but what was read stays read. */
	function markRead(token: RoomToken, guestKey: string, messageId: number): Presentee {
		return moveMarker(token, guestKey, (attendee) => Math.max(messageId, attendee.lastReadMessage));
	}

	/** The newest message that somebody wrote counts as not read. */
	function markUnread(token: RoomToken, guestKey: string): Presentee {
		return moveMarker(token, guestKey, ({ roomId }) => storage.lastMessageIdButOne(roomId));
	}

	function moveMarker(
		token: RoomToken,
		guestKey: string,
		to: (attendee: Participant['attendee'], last: number) => number
	): Presentee {
		return commit(world, (say) => {
			const presentee = admittedOf(world, token, guestKey);
			const lastReadMessage = to(presentee.attendee, storage.lastMessageId(presentee.room.id));
			if (!storage.setReadMarker(presentee.attendee.id, lastReadMessage)) return presentee;
			say({ type: 'readMarkerMoved', token });
			return { ...presentee, attendee: { ...presentee.attendee, lastReadMessage } };
		});
	}

	/** Who can be named in a message: those who are there, beside the one who asks. */
	function mentionable(token: RoomToken, guestKey: string): { room: Room; others: Participant[] } {
		const { room, attendee } = admittedOf(world, token, guestKey);
		const others = storage.participants(room.id).filter((other) => other.attendee.id !== attendee.id);
		return { room, others };
	}

	/** Messages whose time is over. To be called every few seconds; reading does, too. */
	function removeExpired(): void {
		storage.removeExpired(seconds(world));
	}

	return {
		post,
		read,
		around,
		edit,
		remove,
		clear,
		setReadMarker,
		markRead,
		markUnread,
		mentionable,
		removeExpired
	};
}
export type Chat = ReturnType<typeof createChat>;

/** Writes a message, inside a change that is already running. @throws {Refusal} `badRequest` for a parent that cannot be */
export function postWithin(world: World, room: Room, author: NamedActor, draft: Draft, say: Say): Post {
	const { storage } = world;
	const { actorType, actorId, displayName: actorName } = author;
	const parent = draft.replyTo === 0 ? undefined : parentOf(world, room, draft.replyTo);
	const message = storage.addMessage({
		roomId: room.id,
		actorType,
		actorId,
		actorName,
		sentAt: seconds(world),
		...withMentions(storage, room, draft.text),
		system: '',
		referenceId: draft.referenceId,
		isSilent: draft.isSilent,
		parentId: parent?.id ?? null
	});
	const written: Post = parent ? { message, parent } : { message };
	say({ type: 'messagePosted', token: room.token, post: written });
	return written;
}

/** Writes a message whose words are not its author's own: there are no mentions in it. */
export function postSaid(
	world: World,
	room: Room,
	{ actorType, actorId, displayName: actorName }: NamedActor,
	text: string,
	parameters: Record<string, RichObject>,
	say: Say
): void {
	const message = world.storage.addMessage({
		roomId: room.id,
		actorType,
		actorId,
		actorName,
		sentAt: seconds(world),
		text,
		parameters,
		system: '',
		referenceId: '',
		isSilent: false,
		parentId: null
	});
	say({ type: 'messagePosted', token: room.token, post: { message } });
}

/**
 * The same words by the same guest under the same `referenceId`. Other words are another message: there are programs that
 * use one `referenceId` for everything.
 */
function sentBefore({ storage }: World, room: Room, author: NamedActor, draft: Draft): Post | undefined {
	const { actorType, actorId } = author;
	const { referenceId } = draft;
	const earlier = storage.messageByReference(room.id, { referenceId, actorType, actorId });
	return earlier?.message.text === withMentions(storage, room, draft.text).text ? earlier : undefined;
}

function parentOf({ storage, now }: World, room: Room, id: number): Message {
	storage.removeExpired(Math.floor(now() / 1000));
	const parent = storage.messageById(room.id, id);
	if (!parent || parent.system !== '' || parent.isDeleted) throw new Refusal('badRequest', 'reply-to');
	return parent;
}

/** @throws {Refusal} `unknownMessage` */
export function messageOf(world: World, room: Room, messageId: number): Message {
	world.storage.removeExpired(seconds(world));
	const message = world.storage.messageById(room.id, messageId);
	if (!message) throw new Refusal('unknownMessage', 'message');
	return message;
}

/** @throws {Refusal} as `admittedOf`, and `notAllowed` without the permission, or in a room that is locked */
export function writerOf(world: World, token: RoomToken, guestKey: string, bit: number): Presentee {
	const presentee = admittedOf(world, token, guestKey);
	const { room, attendee } = presentee;
	if (isReadOnly(room) || !permits(room, attendee, bit)) throw new Refusal('notAllowed');
	return presentee;
}

const isAuthor = (actor: NamedActor, message: Message) =>
	actor.actorType === message.actorType && actor.actorId === message.actorId;

const nameOf = ({ actorType, actorId, displayName }: NamedActor) => ({ actorType, actorId, displayName });

function deletedBy(actor: NamedActor, message: Message): Pick<Message, 'isDeleted' | 'text' | 'parameters'> {
	if (isAuthor(actor, message)) return { isDeleted: true, text: 'Message deleted by author', parameters: {} };
	const by = { type: 'guest', id: `guest/${actor.actorId}`, name: actor.displayName || 'Guest' };
	return { isDeleted: true, text: 'Message deleted by {actor}', parameters: { actor: by } };
}
