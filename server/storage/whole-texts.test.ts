import { expect, it } from 'vitest';
import { openDatabase } from './open-database.ts';
import { createSqliteStorage } from './sqlite-storage.ts';
import { RoomToken } from '../../src/lib/protocol/ids.ts';
import * as v from 'valibot';

it('given texts with a zero in them, when they are kept, then nothing behind it is lost, and they are found by it', () => {
	const storage = createSqliteStorage(openDatabase(':memory:'));
	const token = v.parse(RoomToken, 'room');
	const room = storage.addRoom({ token, name: 'a\0b', ownerKey: null, lastActivityAt: 1 });
	const author = { actorType: 'guests', actorId: 'ann', actorName: 'An\0n' };
	const referenceId = 'one\0two';

	storage.addMessage({
		roomId: room.id,
		...author,
		sentAt: 1,
		text: 'before\0after\0',
		system: '',
		referenceId,
		isSilent: false,
		parentId: null
	});

	expect(storage.roomByToken(token)?.name).toBe('a\ufffdb');
	const found = storage.messageByReference(room.id, { ...author, referenceId });
	expect(found?.message).toMatchObject({ text: 'before\ufffdafter\ufffd', actorName: 'An\ufffdn' });
	storage.close();
});
