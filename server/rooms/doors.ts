import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import { leaveWithin } from './calls.ts';
import type { Asker, Room, RoomNews } from './model.ts';
import { isInLobby, isModerator } from './permissions.ts';
import { Refusal } from './refusal.ts';
import { commit, inCall, roomOf, seconds, type World } from './world.ts';

type Say = (news: RoomNews) => void;

/** What may stand between a room's link and its call: a password and a lobby. */
export function createDoors(world: World) {
	const { storage } = world;

	/** @throws {Refusal} `unknownRoom`, or `notAllowed` for whoever neither owns nor moderates the room */
	function mustModerate(token: RoomToken, { guestKey, browserKey }: Asker): void {
		const room = roomOf(world, token);
		if (room.ownerKey === browserKey) return;
		const attendee = storage.participantByGuest(room.id, guestKey)?.attendee;
		if (!attendee || !isModerator(attendee)) throw new Refusal('notAllowed');
	}

	/** Those who are in the room stay. @param hash null takes the password away */
	function setPassword(token: RoomToken, hash: string | null): Room {
		return commit(world, () => {
			storage.setPasswordHash(roomOf(world, token).id, hash);
			return roomOf(world, token);
		});
	}

	/** Closing it takes whoever has to wait out of the call. @param timer Unix seconds; 0 for none */
	function setLobby(token: RoomToken, state: Room['lobbyState'], timer: number): Room {
		return commit(world, (say) => change(roomOf(world, token), state, timer, say));
	}

	function change({ id, token }: Room, state: Room['lobbyState'], timer: number, say: Say): Room {
		storage.setLobby(id, state, state === 0 ? 0 : timer);
		const room = roomOf(world, token);
		for (const participant of inCall(storage.participants(id))) {
			if (isInLobby(room, participant.attendee)) leaveWithin(world, { room, ...participant }, say);
		}
		say({ type: 'roomChanged', token });
		return roomOf(world, token);
	}

	/** Opens the lobbies whose time has come. To be called every few seconds. */
	function openDue(): void {
		if (storage.dueLobbies(seconds(world)).length === 0) return;
		commit(world, (say) => {
			for (const room of storage.dueLobbies(seconds(world))) change(room, 0, 0, say);
		});
	}

	return { mustModerate, setPassword, setLobby, openDue };
}
export type Doors = ReturnType<typeof createDoors>;
