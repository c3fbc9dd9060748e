import { permission } from '../../src/lib/protocol/call.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Message, Post, Room } from './model.ts';
import { permits } from './permissions.ts';
import { Refusal } from './refusal.ts';
import type { MessageRange } from './storage.ts';
import { admittedOf, commit, seconds, type Presentee, type World } from './world.ts';

export interface Draft {
	text: string;
	/** stored as the guest's name if not empty */
	displayName: string;
	referenceId: string;
	/** 0 for none */
	replyTo: number;
	isSilent: boolean;
}

/** The chat of a room. Every method throws a `Refusal` for what is not allowed. */
export function createChat(world: World) {
	const { storage } = world;

	/** @returns the message, which survives whatever happens next */
	function post(token: RoomToken, guestKey: string, draft: Draft): Post {
		return commit(world, (say) => {
			const { room, attendee, session } = admittedOf(world, token, guestKey);
			if (!permits(room, attendee, permission.chat)) throw new Refusal('notAllowed');
			const parent = draft.replyTo === 0 ? undefined : parentOf(room, draft.replyTo);
			const displayName = draft.displayName === '' ? attendee.displayName : draft.displayName;
			if (displayName !== attendee.displayName) {
				storage.rename(attendee.id, displayName);
				const renamed = { session, attendee: { ...attendee, displayName } };
				say({ type: 'participantsChanged', room, participants: [renamed], about: 'person' });
			}
			const message = storage.addMessage({
				roomId: room.id,
				actorType: attendee.actorType,
				actorId: attendee.actorId,
				actorName: displayName,
				sentAt: seconds(world),
				text: draft.text,
				system: '',
				referenceId: draft.referenceId,
				isSilent: draft.isSilent,
				parentId: parent?.id ?? null
			});
			storage.markRead(attendee.id, message.id);
			const written: Post = parent ? { message, parent } : { message };
			say({ type: 'messagePosted', token, post: written });
			return written;
		});
	}

	function parentOf(room: Room, id: number): Message {
		const parent = storage.messageById(room.id, id);
		if (!parent || parent.system !== '') throw new Refusal('badRequest', 'reply-to');
		return parent;
	}

	function read(token: RoomToken, guestKey: string, range: Omit<MessageRange, 'roomId'>): Post[] {
		const { room, session } = admittedOf(world, token, guestKey);
		world.presence.ping(session.id);
		return storage.messages({ ...range, roomId: room.id });
	}

	/** @param messageId everything up to it is read; null is everything there is */
	function markRead(token: RoomToken, guestKey: string, messageId: number | null): Presentee {
		return commit(world, (say) => {
			const presentee = admittedOf(world, token, guestKey);
			const last = storage.lastMessageId(presentee.room.id);
			const lastReadMessage = Math.min(messageId ?? last, last);
			if (!storage.markRead(presentee.attendee.id, lastReadMessage)) return presentee;
			say({ type: 'readMarkerMoved', token });
			return { ...presentee, attendee: { ...presentee.attendee, lastReadMessage } };
		});
	}

	return { post, read, markRead };
}
export type Chat = ReturnType<typeof createChat>;
