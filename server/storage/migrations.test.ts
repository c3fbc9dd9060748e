import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { expect, it } from 'vitest';
import * as v from 'valibot';
import { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import { migrations } from './migrations.ts';
import { openDatabase } from './open-database.ts';
import { createSqliteStorage } from './sqlite-storage.ts';

const token = v.parse(RoomToken, 'board');
const sessionId = v.parse(NextcloudSessionId, 'a-session');

it('given a database from before rooms had settings, when it is opened, then all is there, with nothing set', () => {
	const version = 3;
	const directory = mkdtempSync(join(tmpdir(), 'roost migrations '));
	const file = join(directory, 'roost.db');
	const older = new Database(file);
	for (const step of migrations.slice(0, version)) older.exec(step);
	older.pragma(`user_version = ${version}`);
	older.exec(`
			INSERT INTO rooms (id, token, name, last_activity_at, owner_key) VALUES (7, 'board', 'Board', 1000, 'owner');
			INSERT INTO attendees (id, room_id, guest_key, actor_type, actor_id, display_name, type)
			VALUES (8, 7, 'guest', 'guests', 'f0', 'Ann', 4);
			INSERT INTO sessions (id, attendee_id, call_flags, started_at) VALUES ('${sessionId}', 8, 3, 1000);
			INSERT INTO messages (room_id, actor_type, actor_id, actor_name, sent_at, text)
			VALUES (7, 'guests', 'f0', 'Ann', 1000, 'Hello');
		`);
	older.close();

	const storage = createSqliteStorage(openDatabase(file));

	expect(storage.roomByToken(token)).toMatchObject({
		name: 'Board',
		ownerKey: 'owner',
		description: '',
		readOnly: 0,
		messageExpiration: 0,
		recordingConsent: 0,
		moderatorHash: null,
		avatar: null
	});
	expect(storage.participants(7)).toMatchObject([
		{ attendee: { displayName: 'Ann', browserKey: null }, session: { callFlags: 3 } }
	]);
	expect(storage.addressOf(sessionId)).toBe('');
	expect(
		storage.messages({ roomId: 7, direction: 'newer', from: 0, isFromIncluded: false, limit: 9 })
	).toMatchObject([{ message: { text: 'Hello', subject: null } }]);
	storage.removeSession(sessionId, 1_000);
	// when it was last used is not known: its time begins now
	expect(storage.unusedRooms(Math.floor(Date.now() / 1000) - 60, 9)).toEqual([]);
	storage.removeRoom(7);
	expect(storage.attendees(7)).toEqual([]);
	storage.close();
	rmSync(directory, { recursive: true, force: true });
});
