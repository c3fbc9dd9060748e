import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import { leaveWithin } from './calls.ts';
import type { Changer, Room, RoomNews } from './model.ts';
import { isInLobby } from './permissions.ts';
import { nobody, saySystem, type Said } from './system-messages.ts';
import { commit, inCall, moderationOf, roomOf, seconds, type Moderation, type World } from './world.ts';

type Say = (news: RoomNews) => void;

/** What may stand between a room's link and its call: a password and a lobby. */
export function createDoors(world: World) {
	const { storage } = world;

	/** @throws {Refusal} `unknownRoom`, or `notAllowed` for whoever neither owns nor moderates the room */
	function mustModerate(token: RoomToken, changer: Changer): void {
		moderationOf(world, token, changer);
	}

	/** Those who are in the room stay. @param hash null takes the password away */
	function setPassword(token: RoomToken, changer: Changer, hash: string | null): Room {
		return commit(world, (say) => {
			const { room, by } = moderationOf(world, token, changer);
			storage.setPasswordHash(room.id, hash);
			const said: Said | undefined =
				hash !== null
					? { keyword: 'password_set', text: '{actor} set a password' }
					: room.passwordHash !== null
						? { keyword: 'password_removed', text: '{actor} removed the password' }
						: undefined;
			if (said) saySystem(world, room, by, said, say);
			return roomOf(world, token);
		});
	}

	/** Closing it takes whoever has to wait out of the call. @param timer Unix seconds; 0 for none */
	function setLobby(token: RoomToken, changer: Changer, state: Room['lobbyState'], timer: number): Room {
		return commit(world, (say) => {
			const { room, by } = moderationOf(world, token, changer);
			const said: Said =
				state === 0
					? { keyword: 'lobby_none', text: '{actor} opened the lobby' }
					: { keyword: 'lobby_non_moderators', text: '{actor} closed the lobby to all but moderators' };
			return change({ room, by }, state, timer, () => saySystem(world, room, by, said, say), say);
		});
	}

	function change(
		{ room: before }: Moderation,
		state: Room['lobbyState'],
		timer: number,
		speak: () => void,
		say: Say
	): Room {
		const { id, token } = before;
		storage.setLobby(id, state, state === 0 ? 0 : timer);
		const room = roomOf(world, token);
		for (const participant of inCall(storage.participants(id))) {
			if (isInLobby(room, participant.attendee)) leaveWithin(world, { room, ...participant }, say);
		}
		if (state !== before.lobbyState) speak();
		say({ type: 'roomChanged', token });
		return roomOf(world, token);
	}

	/** Opens the lobbies whose time has come. To be called every few seconds. */
	function openDue(): void {
		if (storage.dueLobbies(seconds(world)).length === 0) return;
		commit(world, (say) => {
			for (const room of storage.dueLobbies(seconds(world))) {
				const said: Said = { keyword: 'lobby_timer_reached', text: 'The lobby is open to everybody' };
				change({ room, by: undefined }, 0, 0, () => saySystem(world, room, nobody, said, say), say);
			}
		});
	}

	return { mustModerate, setPassword, setLobby, openDue };
}
export type Doors = ReturnType<typeof createDoors>;
