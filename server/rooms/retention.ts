import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import { rememberedSeconds } from './membership.ts';
import { deleteWithin } from './removal.ts';
import { commit, seconds, type World } from './world.ts';

interface RetentionLimits {
	/** days that a room is kept which nobody has been in or written in; absent: for good */
	roomDays?: number;
	/** the newest that are kept of each room */
	messagesPerRoom: number;
	/** a room that is always there */
	keptToken: RoomToken;
}

const secondsPerDay = 24 * 60 * 60;
/** Deleted in one step; the rest has time until the next. */
const roomsAtOnce = 100;

/** What is not kept for good. To be called now and then. @returns how much was forgotten */
export function createRetention(world: World, { roomDays, messagesPerRoom, keptToken }: RetentionLimits) {
	return function forget(): { rooms: number; messages: number } {
		return commit(world, (say) => {
			const messages = world.storage.trimMessages(messagesPerRoom);
			world.storage.forgetAttendees(seconds(world) - rememberedSeconds);
			if (roomDays === undefined) return { rooms: 0, messages };
			const rooms = world.storage
				.unusedRooms(seconds(world) - roomDays * secondsPerDay, roomsAtOnce)
				.filter(({ token }) => token !== keptToken);
			for (const room of rooms) deleteWithin(world, room, say);
			return { rooms: rooms.length, messages };
		});
	};
}
