import { permission } from '../../src/lib/protocol/call.ts';
import { isModerator, effectivePermissions, isInLobby } from '../rooms/permissions.ts';
import { bitsToPublish } from '../rooms/publishing.ts';
import type { FoundParticipant, Storage } from '../rooms/storage.ts';
import { sessionOfKey } from './transient-data.ts';
import type { HubSession } from './hub-session.ts';

/** Words that a backend may grant, and the bits that each stands for. */
const publishBits: ReadonlyMap<string, number> = new Map([
	['publish-audio', permission.publishAudio],
	['publish-video', permission.publishVideo],
	['publish-screen', permission.publishScreen],
	['publish-media', permission.publishAudio | permission.publishVideo]
]);

/** The bits of all these words; of those that are about something else, none. */
export const bitsOfWords = (words: Iterable<string>): number =>
	[...words].reduce((bits, word) => bits | (publishBits.get(word) ?? 0), 0);

/**
 * What a session may do at the socket. Internal clients may do everything; guests what the room says, or what an order
 * of the backend has put in its place; nothing in the lobby.
 */
export function createRights(storage: Storage) {
	function participantOf({ place }: HubSession): FoundParticipant | undefined {
		const id = place?.nextcloudSessionId;
		return id === undefined ? undefined : storage.participantBySession(id);
	}

	/** Orders such as "mute", and writing what all in the room share. */
	function may(session: HubSession, what: 'control' | 'transient-data'): boolean {
		if (session.isInternal) return true;
		const own = participantOf(session);
		if (!own || isInLobby(own.room, own.attendee)) return false;
		return session.granted ? session.granted.has(what) : what === 'control' && isModerator(own.attendee);
	}

	return {
		may,
		isWaiting(session: HubSession): boolean {
			const own = participantOf(session);
			return own !== undefined && isInLobby(own.room, own.attendee);
		},
		/** The data of a session are its own to write, and nobody else's. */
		mayWrite(session: HubSession, key: string): boolean {
			const owner = sessionOfKey(key);
			if (owner === undefined) return may(session, 'transient-data');
			const own = participantOf(session);
			return owner === session.id && (!own || !isInLobby(own.room, own.attendee));
		},
		/** @param data of a message to another session: an offer, an answer, or anything else */
		mayPublish(session: HubSession, data: unknown): boolean {
			const needed = bitsToPublish(data);
			if (needed === 0 || session.isInternal) return true;
			const own = participantOf(session);
			if (!own) return false;
			const granted = session.granted
				? bitsOfWords(session.granted)
				: effectivePermissions(own.room, own.attendee);
			return (granted & needed) === needed;
		}
	};
}
export type Rights = ReturnType<typeof createRights>;
