import { leaveWithin } from './calls.ts';
import type { Attendee, EndOfSession, Room, RoomNews } from './model.ts';
import { seconds, type Presentee, type World } from './world.ts';

type Say = (news: RoomNews) => void;

/** Ends a session inside a change that is already running: out of the call first, then out of the room. */
export function endWithin(world: World, presentee: Presentee, reason: EndOfSession, say: Say): void {
	leaveWithin(world, presentee, say, reason === 'replaced');
	const { room, session } = presentee;
	world.storage.removeSession(session.id, seconds(world));
	world.presence.forget(session.id);
	say({ type: 'sessionEnded', token: room.token, sessionId: session.id, reason });
}

/**
 * Takes somebody out of a room and its breakout rooms for good, inside a change that is already running: they come back as
 * somebody else.
 */
export function removeWithin(world: World, room: Room, attendee: Attendee, say: Say): void {
	const guestKey = world.storage.guestKeyOf(attendee.id) ?? '';
	for (const one of world.storage.breakoutRooms(room.id)) {
		const same = world.storage.attendeeByGuest(one.id, guestKey);
		if (same) removeWithin(world, one, same, say);
	}
	const participant = world.storage.participantByAttendee(attendee.id);
	if (participant) endWithin(world, { room, ...participant }, 'removed', say);
	if (attendee.browserKey !== null) world.storage.removeModerator(room.id, attendee.browserKey);
	world.storage.removeAttendee(attendee.id);
}

/** The room, everything in it, its breakout rooms, and the sessions of all who are there. */
export function deleteWithin(world: World, room: Room, say: Say): void {
	for (const one of world.storage.breakoutRooms(room.id)) deleteWithin(world, one, say);
	const participants = world.storage.participants(room.id);
	world.storage.removeRoom(room.id);
	for (const { session } of participants) {
		world.presence.forget(session.id);
		say({ type: 'sessionEnded', token: room.token, sessionId: session.id, reason: 'deleted' });
	}
	say({ type: 'roomDeleted', token: room.token });
}
