import type { Participant, Room } from '../rooms/model.ts';
import { effectivePermissions } from '../rooms/permissions.ts';
import type { Presence } from '../rooms/presence.ts';

/** One entry of `usersInRoom`. It has no name: those are in the list of the call. */
export function userInRoom(room: Room, { attendee, session }: Participant, presence: Presence) {
	return {
		userId: '',
		roomId: room.id,
		lastPing: Math.floor(presence.lastPingMs(session.id) / 1000),
		sessionId: session.id,
		inCall: session.callFlags,
		participantPermissions: effectivePermissions(room, attendee),
		actorType: attendee.actorType,
		actorId: attendee.actorId
	};
}
