import { makeDataDirectory, openDataDirectory } from '../../server/storage/data-directory.ts';
import { openDatabase } from '../../server/storage/open-database.ts';
import { createSqliteStorage } from '../../server/storage/sqlite-storage.ts';
import * as v from 'valibot';
import { RoomToken } from '../../src/lib/protocol/ids.ts';
import { textOf } from './texts.ts';

const authors = ['Ann', 'Ben', 'Cleo', 'Dora', 'Emil', 'Fay', 'Gus', 'Hana'];
const minutes = 60;

/** Writes the history of the rooms, with the server's own storage, before it starts: nobody could type it. */
export function writeHistory(dataDir: string, rooms: readonly string[], messages: number): void {
	makeDataDirectory(dataDir);
	const { databaseFile } = openDataDirectory(dataDir);
	const storage = createSqliteStorage(openDatabase(databaseFile));
	const now = Math.floor(Date.now() / 1_000);
	storage.transaction(() => {
		for (const name of rooms) {
			const token = v.parse(RoomToken, name);
			const room = storage.addRoom({ token, name, lastActivityAt: now, ownerKey: '' });
			for (let nth = 0; nth < messages; nth += 1) {
				const author = authors[Math.floor(nth / 3) % authors.length] ?? '';
				storage.addMessage({
					roomId: room.id,
					actorType: 'guests',
					actorId: author.toLowerCase(),
					actorName: author,
					sentAt: now - (messages - nth) * minutes,
					text: textOf(nth),
					system: '',
					referenceId: '',
					isSilent: false,
					parentId: null
				});
			}
		}
	});
	storage.close();
}
