import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RoomToken } from '../../src/lib/protocol/ids.ts';
import { migrations } from './migrations.ts';
import { openDatabase } from './open-database.ts';
import { createSqliteStorage } from './sqlite-storage.ts';

let directory: string;
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), 'roost messages '));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A database as an earlier version left it, with a question and its answer in one room. */
function earlierDatabase(): string {
	const file = join(directory, 'earlier.db');
	const version = migrations.findIndex((step) => step.includes('ADD COLUMN reactions'));
	const database = new Database(file);
	for (const step of migrations.slice(0, version)) database.exec(step);
	database.pragma(`user_version = ${version}`);
	database.exec(`INSERT INTO rooms (id, token, name, last_activity_at) VALUES (1, 'demo', 'Demo', 1)`);
	for (const [text, parent] of [
		['Why?', 'NULL'],
		['Because.', '1']
	]) {
		database.exec(
			`INSERT INTO messages (room_id, actor_type, actor_id, actor_name, sent_at, text, parent_id)
			VALUES (1, 'guests', 'ann', 'Ann', 1, '${text}', ${parent})`
		);
	}
	database.close();
	return file;
}

const storage = () => createSqliteStorage(openDatabase(join(directory, 'new.db')));

describe('messages', () => {
	it('given a database of an earlier version, when it is opened, then what was said is there as it was', () => {
		const opened = createSqliteStorage(openDatabase(earlierDatabase()));

		const posts = opened.messages({
			roomId: 1,
			direction: 'newer',
			from: 0,
			isFromIncluded: false,
			limit: 10
		});

		const untouched = { parameters: {}, expiresAt: 0, isDeleted: false, edited: null, reactions: {} };
		expect(posts).toMatchObject([
			{ message: { text: 'Why?', ...untouched } },
			{ message: { text: 'Because.', ...untouched }, parent: { text: 'Why?', ...untouched } }
		]);
		opened.close();
	});

	it('given a message, when all that may change of it is changed, then it is read back so after a restart', () => {
		const first = storage();
		const token = v.parse(RoomToken, 'demo');
		const room = first.addRoom({ token, name: 'Demo', lastActivityAt: 1, ownerKey: null });
		const message = first.addMessage({
			roomId: room.id,
			actorType: 'guests',
			actorId: 'ann',
			actorName: 'Ann',
			sentAt: 1,
			text: 'a',
			system: '',
			referenceId: 'r',
			isSilent: true,
			parentId: null
		});
		const changed = {
			...message,
			text: '{mention-guest1}',
			parameters: { 'mention-guest1': { type: 'guest', id: 'guest/ben', name: 'Ben' } },
			isDeleted: true,
			edited: { actorType: 'guests', actorId: 'ann', displayName: 'Ann', at: 2 },
			reactions: { '👍': 2 }
		};
		first.changeMessage(changed);
		first.close();

		const second = storage();

		expect(second.messageById(room.id, message.id)).toEqual(changed);
		second.close();
	});
});
