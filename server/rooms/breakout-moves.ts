import { isBanned } from './bans.ts';
import { leaveWithin } from './calls.ts';
import type { Asker, Attendee, Room, RoomNews } from './model.ts';
import { isModerator } from './permissions.ts';
import { Refusal } from './refusal.ts';
import { endWithin } from './removal.ts';
import { moderatesAlways, parentOf, type World } from './world.ts';

type Say = (news: RoomNews) => void;

/**
 * Who belongs to which breakout room, and comes into it. Somebody belongs to the one in which they became an attendee last;
 * where they were before they stay until they come into the next, so that nobody is between rooms.
 */

/** The breakout room of a guest, of the room that they are all in. */
export function breakoutRoomOf(
	{ storage }: World,
	rooms: readonly Room[],
	guestKey: string
): Room | undefined {
	const known = rooms.flatMap((room) => {
		const attendee = storage.attendeeByGuest(room.id, guestKey);
		return attendee ? [{ room, attendee }] : [];
	});
	return known.sort((one, other) => other.attendee.id - one.attendee.id)[0]?.room;
}

/**
 * Puts a guest into one of the breakout rooms, and nowhere else.
 * @param attendee as the room above knows them
 * @param target undefined for none
 */
export function assignWithin(
	world: World,
	rooms: readonly Room[],
	attendee: Attendee,
	target: Room | undefined,
	say: Say
): void {
	const { storage } = world;
	const guestKey = storage.guestKeyOf(attendee.id) ?? '';
	for (const room of rooms) {
		const known = room.id === target?.id ? undefined : storage.attendeeByGuest(room.id, guestKey);
		if (!known) continue;
		const participant = storage.participantByAttendee(known.id);
		if (participant && target) continue;
		if (participant) endWithin(world, { room, ...participant }, 'removed', say);
		storage.removeAttendee(known.id);
	}
	if (!target || storage.attendeeByGuest(target.id, guestKey)) return;
	const { actorType, actorId, displayName, type, permissions, browserKey } = attendee;
	const copy = { actorType, actorId, displayName, type, permissions, browserKey };
	storage.addAttendee({ ...copy, roomId: target.id, lastReadMessage: 0 }, guestKey);
}

/**
 * Breakout rooms are for those who belong to them.
 * @throws {Refusal} `unknownRoom` for others: they are not told that there is one; `notAllowed` for who is banned above
 */
export function mustBelong(world: World, room: Room, asker: Asker): void {
	const parent = parentOf(world, room);
	if (!parent || moderatesAlways(world, room, asker)) return;
	if (isBanned(world, parent, asker)) throw new Refusal('notAllowed', 'ban');
	const own = breakoutRoomOf(world, world.storage.breakoutRooms(parent.id), asker.guestKey);
	if (own?.id !== room.id) throw new Refusal('unknownRoom');
}

/** Somebody has come into one of the rooms: they are in no call of the others any more, nor in a breakout room that was theirs. */
export function arriveWithin(world: World, room: Room, guestKey: string, say: Say): void {
	const { storage } = world;
	const parent = parentOf(world, room);
	const top = parent ?? room;
	if (top.breakoutMode === 0) return;
	const rooms = storage.breakoutRooms(top.id);
	const own = breakoutRoomOf(world, rooms, guestKey);
	for (const other of [top, ...rooms]) {
		const participant = other.id === room.id ? undefined : storage.participantByGuest(other.id, guestKey);
		if (participant) leaveWithin(world, { room: other, ...participant }, say);
		const isPast = other.id !== room.id && other.id !== top.id && other.id !== own?.id;
		const past = isPast ? storage.attendeeByGuest(other.id, guestKey) : undefined;
		if (!past || isModerator(past)) continue;
		const left = storage.participantByGuest(other.id, guestKey);
		if (left) endWithin(world, { room: other, ...left }, 'left', say);
		storage.removeAttendee(past.id);
	}
}
