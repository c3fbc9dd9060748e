import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import { dump, fill, readSchema, readTables } from '../testing/schema-dump.ts';
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

it('given reactions of before they went with their message, when the database is opened, then they do', () => {
	const version = 8;
	const directory = mkdtempSync(join(tmpdir(), 'roost migrations '));
	const file = join(directory, 'roost.db');
	const older = new Database(file);
	for (const step of migrations.slice(0, version)) older.exec(step);
	older.pragma(`user_version = ${version}`);
	older.exec(`
			INSERT INTO rooms (id, token, name, last_activity_at) VALUES (7, 'board', 'Board', 1000);
			INSERT INTO messages (id, room_id, actor_type, actor_id, actor_name, sent_at, text, system, parent_id, expires_at)
			VALUES (1, 7, 'guests', 'f0', 'Ann', 1000, 'Hello', '', NULL, 0),
			(2, 7, 'guests', 'f1', 'Ben', 1000, '👍', 'reaction', 1, 5000),
			(3, 7, 'guests', 'f1', 'Ben', 1000, '👍', 'reaction', 99, 5000);
		`);
	older.close();

	const storage = createSqliteStorage(openDatabase(file));

	// one whose message is gone goes as it was to go
	expect(storage.removeExpired(5_000)).toBe(1);
	expect(storage.reactionsTo(1)).toMatchObject([{ emoji: '👍', displayName: 'Ben' }]);
	storage.close();
	rmSync(directory, { recursive: true, force: true });
});

/**
 * One database for each schema version there has been, as SQL, with something in every column. The first run after a step
 * was added writes it, the second finds it. Never changed: a difference means that a step was which others have taken.
 */
describe.each(migrations.map((_step, index) => index + 1))('schema version %i', (version) => {
	const fixture = `fixtures/schema-${version}.sql`;

	it('given its steps, when they are taken, then it is what it was when it was released', async () => {
		const database = new Database(':memory:');
		for (const step of migrations.slice(0, version)) database.exec(step);
		fill(database);

		await expect(dump(database, version)).toMatchFileSnapshot(fixture);
		database.close();
	});

	it('given a database of it, when it is opened, then it is of today, and has what it had', () => {
		const directory = mkdtempSync(join(tmpdir(), 'roost fixture '));
		const file = join(directory, 'roost.db');
		const older = new Database(file);
		older.exec(readFileSync(new URL(fixture, import.meta.url), 'utf8'));
		const before = readTables(older);
		older.close();
		expect([...before.values()].every(({ length }) => length > 0)).toBe(true);

		const database = openDatabase(file);

		const after = readTables(database);
		for (const [table, rows] of before) expect(after.get(table), table).toMatchObject(rows);
		const today = openDatabase(join(directory, 'today.db'));
		expect(readSchema(database)).toEqual(readSchema(today));
		today.close();
		expect(database.pragma('user_version')).toEqual([{ user_version: migrations.length }]);
		expect(database.pragma('foreign_key_check')).toEqual([]);
		expect(database.pragma('integrity_check')).toEqual([{ integrity_check: 'ok' }]);
		const storage = createSqliteStorage(database);
		const room = storage.roomByToken(v.parse(RoomToken, 'fixture'));
		const all = { roomId: 1, direction: 'newer', from: 0, isFromIncluded: false, limit: 9 } as const;
		expect(room).toMatchObject({ id: 1, name: expect.stringContaining('quotes') as string });
		expect(storage.participants(1)).toMatchObject([{ attendee: { id: 1 }, session: { callFlags: 1 } }]);
		expect(storage.messages(all)).toMatchObject([{ message: { id: 1, system: '' } }]);
		expect(storage.bots()).toHaveLength(before.get('bots')?.length ?? 0);
		expect(storage.bans(1)).toHaveLength(before.get('bans')?.length ?? 0);
		storage.close();
		rmSync(directory, { recursive: true, force: true });
	});
});
