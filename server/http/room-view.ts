import type { Room } from '../rooms/model.ts';
import { wireRoom } from '../wire/room.ts';
import type { Services } from './services.ts';

/** The room as the asking guest sees it, joined or not. */
export function viewRoom(services: Services, room: Room, guestKey: string) {
	return view(services, room, guestKey, false);
}

/** As `viewRoom`, for somebody who has just changed it: nothing is kept from them, wherever they are. */
export function viewChangedRoom(services: Services, room: Room, guestKey: string) {
	return view(services, room, guestKey, true);
}

function view({ storage, presence }: Services, room: Room, guestKey: string, isModerator: boolean) {
	const call = storage.callSummary(room.id);
	const own = storage.participantByGuest(room.id, guestKey);
	const commonRead = own ? storage.commonRead(room.id) : 0;
	const unreadMessages = own ? storage.unreadCount(room.id, own.attendee.lastReadMessage) : 0;
	return wireRoom({ room, call, presence, commonRead, unreadMessages, isModerator, ...(own && { own }) });
}
