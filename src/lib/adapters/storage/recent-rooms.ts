import * as v from 'valibot';
import type { RecentRoom, RecentRoomStore } from '../../domain/store/ongoing-call.ts';
import { RoomToken } from '../../protocol/ids.ts';
import type { Database } from './database.ts';
import type { Rows } from './rows.ts';

const mostRooms = 20;

const Row = v.object({
	account: v.string(),
	token: RoomToken,
	roomName: v.string(),
	lastJoinedAt: v.number(),
	ownName: v.string()
});

/** See the port for what each method promises. */
export function createRecentRoomStore(database: Database): RecentRoomStore {
	const newestFirst = async (rows: Rows): Promise<RecentRoom[]> => {
		const found = await rows.list({ index: 'byJoined' });
		return found.flatMap((row) => database.read(Row, row) ?? []).reverse();
	};
	const putAll = (rooms: readonly RecentRoom[]) =>
		database.run('recentRooms', 'readwrite', async (rows) => {
			for (const room of rooms) await rows.put(v.parse(Row, room));
			const tooMany = (await newestFirst(rows)).slice(mostRooms);
			for (const { account, token } of tooMany) await rows.delete([account, token]);
		});

	return {
		list: () =>
			database.run('recentRooms', 'readonly', async (rows) => (await newestFirst(rows)).slice(0, mostRooms)),
		remember: (room) => putAll([room]),
		forget: (account, token) =>
			database.run('recentRooms', 'readwrite', (rows) => rows.delete([account, token])),
		restore: putAll,
		clear: () => database.run('recentRooms', 'readwrite', (rows) => rows.clear())
	};
}
