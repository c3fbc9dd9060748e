import 'fake-indexeddb/auto';
import { expect, it } from 'vitest';
import { freshPreferences } from '../../../../tests/support/preferences.ts';
import type { RoomToken } from '../../protocol/ids.ts';
import { createDatabase } from './database.ts';
import { createOutbox } from './outbox.ts';
import { createPreferenceStore, defaultPreferences } from './preferences.ts';
import { createRecentRoomStore } from './recent-rooms.ts';

const token = 'b4x7kq2m' as RoomToken;
const account = 'https://calls.example.org';

it('given rows in several stores, when all is cleared, then none is left, and new ones can be written', async () => {
	const database = createDatabase(() => undefined);
	const preferences = createPreferenceStore(database);
	const rooms = createRecentRoomStore(database);
	const outbox = createOutbox(database, { tabId: 'a', now: () => 0 });
	await preferences.save({ name: 'Ann', theme: 'dark' });
	await rooms.remember({ account, token, roomName: 'Planning', lastJoinedAt: 1, ownName: 'Ann' });
	await outbox.put({ account, token, referenceId: 'r', text: 'Hello', writtenAt: 1 });

	await database.clear();

	expect(await preferences.load()).toEqual(freshPreferences);
	expect(await rooms.list()).toEqual([]);
	expect(await outbox.claim(account, token)).toEqual([]);
	await preferences.save({ name: 'Ben' });
	expect((await preferences.load()).name).toBe('Ben');
	database.close();
});

it('given nothing is stored, when preferences are asked for, then they are the defaults', () => {
	expect(defaultPreferences()).toEqual(freshPreferences);
});
