import { breakoutMode, breakoutStatus, type AttendeeMap } from '../../src/lib/protocol/breakout.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import { assignWithin, breakoutRoomOf } from './breakout-moves.ts';
import { postWithin } from './chat.ts';
import { newRoomToken } from './ids.ts';
import { leaveWithin } from './calls.ts';
import type { Asker, Attendee, Changer, NamedActor, Participant, Room, RoomNews } from './model.ts';
import { isInLobby, isModerator } from './permissions.ts';
import { Refusal } from './refusal.ts';
import { deleteWithin } from './removal.ts';
import { saySystem } from './system-messages.ts';
import {
	commit,
	inCall,
	moderationOf,
	parentOf,
	presenteeOf,
	roomOf,
	seconds,
	type Moderation,
	type World
} from './world.ts';

type Say = (news: RoomNews) => void;

/** How breakout rooms are to be made. */
interface BreakoutPlan {
	mode: 1 | 2 | 3;
	amount: number;
	/** who goes where, if that is decided by hand */
	attendeeMap: AttendeeMap;
}

/** Who speaks to all rooms without a name in any of them. */
const outsider: NamedActor = { actorType: 'guests', actorId: 'cli', displayName: '' };

/**
 * Rooms beside a room, for small groups and a while. A breakout room is a room of its own, closed by its lobby until a
 * moderator starts it; whoever is sent from one room to another is told so, and is where they were until they come.
 * Every method throws a `Refusal` for what is not allowed.
 */
export function createBreakout(world: World) {
	const { storage } = world;

	/** @throws {Refusal} `badRequest` with Talk's word `mode` where there are no breakout rooms */
	function configured(token: RoomToken, changer: Changer): Moderation {
		const moderation = moderationOf(world, token, changer);
		if (moderation.room.breakoutMode === 0) throw new Refusal('badRequest', 'mode');
		return moderation;
	}

	/** Makes the rooms, closed, and puts people into them. */
	function configure(token: RoomToken, changer: Changer, plan: BreakoutPlan): Room[] {
		return commit(world, (say) => {
			const { room } = moderationOf(world, token, changer);
			if (room.parentToken !== null || room.breakoutMode !== 0) throw new Refusal('badRequest', 'room');
			const { mode, amount, attendeeMap } = plan;
			const rooms = Array.from({ length: amount }, (_, index) => addRoom(room, `Room ${index + 1}`));
			storage.changeRoom(room.id, { breakoutMode: mode, breakoutStatus: breakoutStatus.stopped });
			if (mode === breakoutMode.automatic) spread(room, rooms, say);
			if (mode === breakoutMode.manual) assignAll(room, rooms, attendeeMap, say);
			say({ type: 'roomChanged', token });
			return rooms.map((one) => roomOf(world, one.token));
		});
	}

	function addRoom({ token: parentToken, ownerKey }: Room, name: string): Room {
		const token = newRoomToken(world.random);
		const room = storage.addRoom({ token, name, ownerKey, parentToken, lastActivityAt: seconds(world) });
		storage.setLobby(room.id, 1, 0);
		return room;
	}

	/** Everybody who is there and does not moderate, by chance, so that the rooms are about the same size. */
	function spread(room: Room, rooms: readonly Room[], say: Say): void {
		const people = storage.participants(room.id).filter(({ attendee }) => !isModerator(attendee));
		const shuffled = people
			.map(({ attendee }) => ({ attendee, at: Buffer.from(world.random(6)).readUIntBE(0, 6) }))
			.sort((one, other) => one.at - other.at);
		for (const [index, { attendee }] of shuffled.entries()) {
			assignWithin(world, rooms, attendee, rooms[index % rooms.length], say);
		}
	}

	/** @throws {Refusal} `badRequest` if somebody in the map is not known, moderates, or goes to a room that there is not */
	function assignAll(room: Room, rooms: readonly Room[], map: AttendeeMap, say: Say): Attendee[] {
		return map.map(([attendeeId, index]) => {
			const attendee = storage.attendeeById(room.id, attendeeId);
			if (!attendee || index >= rooms.length) throw new Refusal('badRequest', 'attendee');
			if (isModerator(attendee)) throw new Refusal('badRequest', 'moderator');
			assignWithin(world, rooms, attendee, rooms[index], say);
			return attendee;
		});
	}

	/** Puts people into other rooms; those who are there are sent on. */
	function assign(token: RoomToken, changer: Changer, map: AttendeeMap): Room[] {
		return commit(world, (say) => {
			const { room } = configured(token, changer);
			if (room.breakoutMode === breakoutMode.free) throw new Refusal('badRequest', 'mode');
			const rooms = storage.breakoutRooms(room.id);
			const moved = assignAll(room, rooms, map, say);
			if (room.breakoutStatus === breakoutStatus.started) sendToOwn(room, rooms, moved, say);
			say({ type: 'roomChanged', token });
			return storage.breakoutRooms(room.id);
		});
	}

	/** Opens the rooms, and sends everybody who belongs to one there. */
	function start(token: RoomToken, changer: Changer): Room[] {
		return commit(world, (say) => {
			const { room, by } = configured(token, changer);
			const rooms = storage.breakoutRooms(room.id);
			if (room.breakoutStatus === breakoutStatus.started) return rooms;
			storage.changeRoom(room.id, { breakoutStatus: breakoutStatus.started });
			for (const one of rooms) storage.setLobby(one.id, 0, 0);
			const said = { keyword: 'breakout_rooms_started', text: '{actor} started the breakout rooms' } as const;
			for (const one of [room, ...rooms]) {
				saySystem(world, one, by, said, say);
				say({ type: 'roomChanged', token: one.token });
			}
			if (room.breakoutMode !== breakoutMode.free) sendToOwn(room, rooms, storage.attendees(room.id), say);
			return storage.breakoutRooms(room.id);
		});
	}

	/** Closes the rooms, and sends everybody who is in one back. */
	function stop(token: RoomToken, changer: Changer): Room[] {
		return commit(world, (say) => {
			const { room, by } = configured(token, changer);
			const rooms = storage.breakoutRooms(room.id);
			if (room.breakoutStatus === breakoutStatus.stopped) return rooms;
			storage.changeRoom(room.id, { breakoutStatus: breakoutStatus.stopped });
			const said = { keyword: 'breakout_rooms_stopped', text: '{actor} stopped the breakout rooms' } as const;
			for (const one of rooms) {
				sendBack(one, token, say);
				storage.changeRoom(one.id, { breakoutStatus: breakoutStatus.stopped });
				close(one, say);
				saySystem(world, one, by, said, say);
				say({ type: 'roomChanged', token: one.token });
			}
			saySystem(world, room, by, said, say);
			say({ type: 'roomChanged', token });
			return storage.breakoutRooms(room.id);
		});
	}

	/** Whoever has to wait now is out of the call, whether their client goes back or not. */
	function close({ id, token }: Room, say: Say): void {
		storage.setLobby(id, 1, 0);
		const room = roomOf(world, token);
		for (const participant of inCall(storage.participants(id))) {
			if (isInLobby(room, participant.attendee)) leaveWithin(world, { room, ...participant }, say);
		}
	}

	/** Takes the rooms away, with everything in them. */
	function remove(token: RoomToken, changer: Changer): Room {
		return commit(world, (say) => {
			const { room } = moderationOf(world, token, changer);
			if (room.breakoutMode === 0) return room;
			for (const one of storage.breakoutRooms(room.id)) {
				sendBack(one, token, say);
				deleteWithin(world, one, say);
			}
			storage.changeRoom(room.id, {
				breakoutMode: breakoutMode.none,
				breakoutStatus: breakoutStatus.stopped
			});
			say({ type: 'roomChanged', token });
			return roomOf(world, token);
		});
	}

	/** From the room above or another breakout room into their own; whoever is there already stays. */
	function sendToOwn(room: Room, rooms: readonly Room[], people: readonly Attendee[], say: Say): void {
		for (const attendee of people) {
			const guestKey = storage.guestKeyOf(attendee.id) ?? '';
			const target = isModerator(attendee) ? undefined : breakoutRoomOf(world, rooms, guestKey);
			if (!target) continue;
			for (const from of [room, ...rooms].filter(({ id }) => id !== target.id)) {
				const there = storage.participantByGuest(from.id, guestKey);
				if (there) send(from, [there], target.token, say);
			}
		}
	}

	const sendBack = (from: Room, to: RoomToken, say: Say) =>
		send(from, storage.participants(from.id), to, say);

	function send({ token }: Room, people: readonly Participant[], to: RoomToken, say: Say): void {
		const sessions = people.map(({ session }) => session.id);
		if (sessions.length > 0) say({ type: 'participantsSwitched', token, sessions, to });
	}

	/** Writes the same message into all the rooms. */
	function broadcast(token: RoomToken, changer: Changer, text: string): Room[] {
		return commit(world, (say) => {
			const { room, by } = configured(token, changer);
			const rooms = storage.breakoutRooms(room.id);
			const draft = { text: text.trim(), referenceId: '', replyTo: 0, isSilent: false };
			for (const one of rooms) postWithin(world, one, by ?? outsider, draft, say);
			return rooms;
		});
	}

	/** Those in a breakout room ask for a moderator, or need none any more. */
	function setAssistance(token: RoomToken, asker: Asker, isWanted: boolean): Room {
		return commit(world, (say) => {
			const { room } = presenteeOf(world, token, asker.guestKey);
			const parent = parentOf(world, room);
			if (!parent) throw new Refusal('badRequest', 'room');
			if (parent.breakoutStatus !== breakoutStatus.started) throw new Refusal('badRequest', 'room');
			const status = isWanted ? breakoutStatus.assistance : breakoutStatus.stopped;
			if (room.breakoutStatus === status) return room;
			storage.changeRoom(room.id, { breakoutStatus: status });
			for (const changed of [token, parent.token]) say({ type: 'roomChanged', token: changed });
			return roomOf(world, token);
		});
	}

	/** Where everybody goes where they like: from now on somebody belongs there. They go by themselves. */
	function choose(token: RoomToken, asker: Asker, target: RoomToken): Room {
		return commit(world, (say) => {
			const room = roomOf(world, token);
			const rooms = storage.breakoutRooms(room.id);
			const attendee = storage.attendeeByGuest(room.id, asker.guestKey);
			const isThere = [room, ...rooms].some(({ id }) => storage.participantByGuest(id, asker.guestKey));
			if (!attendee || !isThere) throw new Refusal('notJoined');
			if (room.breakoutMode !== breakoutMode.free) throw new Refusal('badRequest', 'mode');
			if (room.breakoutStatus !== breakoutStatus.started) throw new Refusal('badRequest', 'status');
			if (isModerator(attendee)) throw new Refusal('badRequest', 'moderator');
			const chosen = rooms.find((one) => one.token === target);
			if (!chosen) throw new Refusal('badRequest', 'target');
			assignWithin(world, rooms, attendee, chosen, say);
			return chosen;
		});
	}

	/** All of them for moderators and where people go as they like, else the own one. */
	function list(token: RoomToken, changer: Changer): Room[] {
		const room = roomOf(world, token);
		const rooms = storage.breakoutRooms(room.id);
		const isModerating = moderates(token, changer);
		if (!isModerating && changer !== 'administrator') presenteeOf(world, token, changer.guestKey);
		if (room.breakoutMode === 0) throw new Refusal('badRequest', 'mode');
		if (isModerating || changer === 'administrator') return rooms;
		if (room.breakoutStatus !== breakoutStatus.started) throw new Refusal('badRequest', 'status');
		if (room.breakoutMode === breakoutMode.free) return rooms;
		const own = breakoutRoomOf(world, rooms, changer.guestKey);
		return own ? [own] : [];
	}

	function moderates(token: RoomToken, changer: Changer): boolean {
		try {
			moderationOf(world, token, changer);
			return true;
		} catch (error) {
			if (error instanceof Refusal && error.reason === 'notAllowed') return false;
			throw error;
		}
	}

	/** Who belongs to which of the rooms, there or away. */
	function people(token: RoomToken, changer: Changer): { room: Room; attendee: Attendee }[] {
		const { room } = configured(token, changer);
		return storage
			.breakoutRooms(room.id)
			.flatMap((one) => storage.attendees(one.id).map((attendee) => ({ room: one, attendee })));
	}

	return { configure, assign, start, stop, remove, broadcast, setAssistance, choose, list, people };
}
export type Breakout = ReturnType<typeof createBreakout>;
