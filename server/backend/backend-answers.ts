import * as v from 'valibot';
import {
	parseBackendRequest,
	roomTokenOf,
	sessionIdOf,
	type BackendRequest
} from '../../src/lib/protocol/backend-request.ts';
import type { Membership } from '../rooms/membership.ts';
import { isInLobby } from '../rooms/permissions.ts';
import type { Presence } from '../rooms/presence.ts';
import type { FoundParticipant, Storage } from '../rooms/storage.ts';
import type { HelloProof } from '../signaling/hello-proof.ts';
import { backendPermissions, backendProperties } from '../wire/backend.ts';
import type { BackendNews } from './backend-news.ts';

interface BackendAnswersDependencies {
	storage: Storage;
	membership: Membership;
	presence: Presence;
	proof: HelloProof;
	news: BackendNews;
}

type Asked<Type extends BackendRequest['type']> = Extract<BackendRequest, { type: Type }>;

/** What the signaling server passes on to the client. */
type BackendError = 'invalid_request' | 'invalid_ticket' | 'no_such_room' | 'unknown_type' | 'internal_error';

export const backendError = (code: BackendError, message: string) => ({
	type: 'error',
	error: { code, message }
});

const version = '1.0';

/** Answers what an external signaling server asks about clients that came to it, and hears which of them live. */
export function createBackendAnswers(dependencies: BackendAnswersDependencies) {
	const { storage, membership, presence, proof, news } = dependencies;

	/** @param raw of a request whose checksum was right */
	function answer(raw: unknown): object {
		let request: BackendRequest | undefined;
		try {
			request = parseBackendRequest(raw);
		} catch (error) {
			if (!(error instanceof v.ValiError)) throw error;
			return backendError('invalid_request', 'not a request of the protocol');
		}
		switch (request?.type) {
			case 'auth':
				return authenticate(request);
			case 'room':
				return request.room.action === 'leave' ? leaveRoom(request) : joinRoom(request);
			case 'ping':
				return keep(request);
			case 'session':
				return admitVirtual(request);
			case undefined:
				return backendError('unknown_type', 'a request of an unknown type');
		}
	}

	/** Whose ticket it is shows when the session joins a room: until then there is nothing to say of a guest. */
	function authenticate({ auth }: Asked<'auth'>): object {
		const checked = proof.checkTicket(auth.params.ticket);
		if ('refused' in checked) return backendError('invalid_ticket', 'the ticket does not hold');
		return { type: 'auth', auth: { version } };
	}

	function joinRoom({ room: { roomid, sessionid, actorid, actortype } }: Asked<'room'>): object {
		const found = find(sessionid);
		if (!found && actorid !== '' && actortype !== '') return admitActor(roomid);
		if (found?.room.token !== roomid) {
			return backendError('no_such_room', 'the room does not know this session');
		}
		presence.ping(found.session.id);
		if (isInLobby(found.room, found.attendee)) {
			return backendError('no_such_room', 'the lobby of the room is closed to this session');
		}
		news.joined(found);
		const permissions = backendPermissions(found.room, found.attendee);
		const properties = backendProperties(found.room);
		return { type: 'room', room: { version, roomid, properties, permissions } };
	}

	/** Only internal clients of the signaling server bring such: whom they vouch for is let in where there is a room. */
	function admitActor(roomid: string): object {
		const token = roomTokenOf(roomid);
		const room = token && storage.roomByToken(token);
		if (!room) return backendError('no_such_room', 'there is no such room');
		const properties = backendProperties(room);
		return { type: 'room', room: { version, roomid, properties, permissions: ['publish-audio'] } };
	}

	/** Also for a session that is not there any more: the signaling server is the last to hear of that. */
	function leaveRoom({ room: { roomid, sessionid } }: Asked<'room'>): object {
		const found = find(sessionid);
		if (found?.room.token === roomid) {
			const { id } = found.session;
			news.endedThere(id, () => membership.end(id, 'left'));
		}
		return { type: 'room', room: { version, roomid, properties: {} } };
	}

	function keep({ ping }: Asked<'ping'>): object {
		const found = (ping.entries ?? []).flatMap(({ sessionid }) => find(sessionid) ?? []);
		for (const { session } of found) presence.ping(session.id);
		news.pinged(found);
		return { type: 'room', room: { version } };
	}

	function admitVirtual({ session: { roomid } }: Asked<'session'>): object {
		const token = roomTokenOf(roomid);
		if (!token || !storage.roomByToken(token)) return backendError('no_such_room', 'there is no such room');
		return { type: 'session', session: { version, roomid } };
	}

	function find(sessionid: string): FoundParticipant | undefined {
		const id = sessionIdOf(sessionid);
		return id && storage.participantBySession(id);
	}

	return { answer };
}
