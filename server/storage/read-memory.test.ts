import * as v from 'valibot';
import { expect, it } from 'vitest';
import { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import { openDatabase } from './open-database.ts';
import { createSqliteStorage } from './sqlite-storage.ts';

const token = v.parse(RoomToken, 'board');
const sessionId = v.parse(NextcloudSessionId, 'a-session');

function openStorage() {
	const storage = createSqliteStorage(openDatabase(':memory:'));
	const room = storage.addRoom({ token, name: 'Board', lastActivityAt: 1, ownerKey: null });
	const { id } = storage.addAttendee(
		{
			roomId: room.id,
			actorType: 'guests',
			actorId: 'ann',
			displayName: 'Ann',
			type: 4,
			permissions: 0,
			lastReadMessage: 0,
			browserKey: null
		},
		'guest'
	);
	storage.addSession({ id: sessionId, attendeeId: id, callFlags: 0 }, 1, '');
	return { storage, room, attendeeId: id };
}

it('given what was read, when it is asked for again, then it is the same until something is written', () => {
	const { storage, room, attendeeId } = openStorage();
	const own = storage.participantBySession(sessionId);
	expect(storage.participantBySession(sessionId)).toBe(own);
	expect(storage.roomByToken(token)).toBe(storage.roomByToken(token));

	storage.setLobby(room.id, 1, 0);
	expect(storage.roomByToken(token)?.lobbyState).toBe(1);
	expect(storage.participantBySession(sessionId)?.room.lobbyState).toBe(1);
	storage.setAttendeePermissions(attendeeId, 5);
	expect(storage.participantBySession(sessionId)?.attendee.permissions).toBe(5);
	storage.setCallFlags(sessionId, 7);
	expect(storage.participantBySession(sessionId)?.session.callFlags).toBe(7);
	storage.removeSession(sessionId, 2);
	expect(storage.participantBySession(sessionId)).toBeUndefined();
	storage.removeRoom(room.id);
	expect(storage.roomByToken(token)).toBeUndefined();
	storage.close();
});

it('given what is not there, when it comes to be, then it is found', () => {
	const { storage } = openStorage();
	const other = v.parse(RoomToken, 'other');
	expect(storage.roomByToken(other)).toBeUndefined();

	storage.addRoom({ token: other, name: 'Other', lastActivityAt: 1, ownerKey: null });

	expect(storage.roomByToken(other)?.name).toBe('Other');
	storage.close();
});

it('given a change that is undone, when what it changed was read meanwhile, then it is read anew', () => {
	const { storage, room } = openStorage();

	expect(() =>
		storage.transaction(() => {
			storage.setLobby(room.id, 1, 0);
			expect(storage.roomByToken(token)?.lobbyState).toBe(1);
			throw new Error('undone');
		})
	).toThrow('undone');

	expect(storage.roomByToken(token)?.lobbyState).toBe(0);
	storage.close();
});
