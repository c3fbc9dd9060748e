import { pino } from 'pino';
import * as v from 'valibot';
import { expect, it, vi } from 'vitest';
import { NextcloudSessionId, ResumeId, RoomToken } from '../../src/lib/protocol/ids.ts';
import { defaultBounds } from '../bounds.ts';
import { createPresence } from '../rooms/presence.ts';
import { openDatabase } from '../storage/open-database.ts';
import { createSqliteStorage } from '../storage/sqlite-storage.ts';
import { createHubSession, newSessionId } from './hub-session.ts';
import { createRelay } from './relay.ts';
import { createRights } from './rights.ts';
import { createRoomMembers } from './room-members.ts';

/** A room with a socket for each name, and what each is told. */
function openRoom(names: readonly string[]) {
	const storage = createSqliteStorage(openDatabase(':memory:'));
	const token = v.parse(RoomToken, 'board');
	const room = storage.addRoom({ token, name: 'Board', lastActivityAt: 1, ownerKey: null });
	const presence = createPresence(Date.now, { presentMs: 30_000, expiryMs: 100_000 });
	const members = createRoomMembers(storage, presence, Date.now);
	const heard: string[] = [];
	const sessions = names.map((actorId) => {
		const person = { actorType: 'guests', actorId, displayName: actorId, type: 4, permissions: 0 };
		const attendee = storage.addAttendee(
			{ roomId: room.id, ...person, lastReadMessage: 0, browserKey: null },
			actorId
		);
		const id = v.parse(NextcloudSessionId, `${actorId}-session`);
		storage.addSession({ id, attendeeId: attendee.id, callFlags: 0 }, 1, '');
		const identity = { id: newSessionId(), resumeId: v.parse(ResumeId, actorId), guestKey: actorId };
		const session = createHubSession(
			{ ...identity, features: [] },
			defaultBounds,
			Date.now,
			vi.fn(),
			vi.fn()
		);
		session.deliver = () => void heard.push(actorId);
		members.seat(session, room, id);
		return { session, id, attendeeId: attendee.id };
	});
	const relay = createRelay({
		storage,
		members,
		rights: createRights(storage),
		sessionById: () => undefined,
		log: pino({ level: 'silent' })
	});
	return {
		storage,
		room,
		sessions,
		/** @returns who hears what the first says */
		hearers: (type: 'room' | 'call'): string[] => {
			heard.length = 0;
			const [first] = sessions;
			if (first) relay(first.session, { type: 'message', message: { recipient: { type }, data: {} } });
			return [...heard];
		}
	};
}

it('given people in the call and in the lobby, when one speaks to all, then those meant hear it, and nobody else is read', () => {
	const { storage, room, sessions, hearers } = openRoom(['ann', 'ben', 'cem']);
	const [ann, ben, cem] = sessions;
	if (!ann || !ben || !cem) throw new Error('nobody is there');
	storage.setCallFlags(ben.id, 7);
	// a room has many more sessions than sockets if somebody wants it so
	const readAll = vi.spyOn(storage, 'participants');

	expect(hearers('room')).toEqual(['ben', 'cem']);
	expect(hearers('call')).toEqual(['ben']);
	storage.setCallFlags(ben.id, 0);
	storage.setCallFlags(cem.id, 1);
	expect(hearers('call')).toEqual(['cem']);
	storage.setLobby(room.id, 1, 0);
	for (const { attendeeId } of [ann, ben]) storage.setAttendeeType(attendeeId, 1);
	expect(hearers('room')).toEqual(['ben']);
	expect(readAll).not.toHaveBeenCalled();
	storage.close();
});
