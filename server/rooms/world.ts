import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { RandomBytes } from './ids.ts';
import type { Asker, Attendee, Changer, Participant, Room, RoomNews } from './model.ts';
import { isInLobby, isModerator } from './permissions.ts';
import type { Presence } from './presence.ts';
import { Refusal } from './refusal.ts';
import type { Storage } from './storage.ts';

/** What the rooms are made of and what they depend on: all of it given, none of it found. */
export interface World {
	storage: Storage;
	presence: Presence;
	/** milliseconds since 1970 */
	now: () => number;
	random: RandomBytes;
	/** Told after the change has been stored. Must not throw. */
	announce: (news: RoomNews) => void;
}

/**
 * Runs a change as one step of the storage, and announces what it says only once that has been kept.
 * @param work gets a function that remembers news
 */
export function commit<Result>(world: World, work: (say: (news: RoomNews) => void) => Result): Result {
	const said: RoomNews[] = [];
	const result = world.storage.transaction(() => work((news) => void said.push(news)));
	for (const news of said) world.announce(news);
	return result;
}

export function seconds(world: World): number {
	return Math.floor(world.now() / 1000);
}

/** @throws {Refusal} `unknownRoom` */
export function roomOf(world: World, token: RoomToken): Room {
	const room = world.storage.roomByToken(token);
	if (!room) throw new Refusal('unknownRoom');
	return room;
}

/** A guest who is in the room. */
export interface Presentee extends Participant {
	room: Room;
}

/** @throws {Refusal} `unknownRoom`, or `notJoined` if the guest has no session there */
export function presenteeOf(world: World, token: RoomToken, guestKey: string): Presentee {
	const room = roomOf(world, token);
	const participant = world.storage.participantByGuest(room.id, guestKey);
	if (!participant) throw new Refusal('notJoined');
	return { room, ...participant };
}

/** @throws {Refusal} as `presenteeOf`, or `inLobby` for a guest who has to wait */
export function admittedOf(world: World, token: RoomToken, guestKey: string): Presentee {
	const presentee = presenteeOf(world, token, guestKey);
	if (isInLobby(presentee.room, presentee.attendee)) throw new Refusal('inLobby');
	return presentee;
}

/**
 * Whether the browser moderates the room whichever tab it comes with: it made the room, or had the moderator link. Whoever
 * moderates a room moderates its breakout rooms.
 */
export function moderatesAlways(
	world: World,
	room: Room,
	asker: Pick<Asker, 'browserKey' | 'guestKey'>
): boolean {
	const { storage } = world;
	if (room.ownerKey === asker.browserKey || storage.isModerator(room.id, asker.browserKey)) return true;
	const parent = parentOf(world, room);
	if (!parent) return false;
	const known = storage.attendeeByGuest(parent.id, asker.guestKey);
	return moderatesAlways(world, parent, asker) || (known !== undefined && isModerator(known));
}

/** The room that this one is a breakout room of. */
export function parentOf({ storage }: World, { parentToken }: Room): Room | undefined {
	return parentToken === null ? undefined : storage.roomByToken(parentToken);
}

/** What somebody wants to change, and who that is in there: nobody, if they have not been in or run the server. */
export interface Moderation {
	room: Room;
	by: Attendee | undefined;
}

/** @throws {Refusal} `unknownRoom`, or `notAllowed` for whoever neither owns nor moderates the room */
export function moderationOf(world: World, token: RoomToken, changer: Changer): Moderation {
	const room = roomOf(world, token);
	if (changer === 'administrator') return { room, by: undefined };
	if (moderatesAlways(world, room, changer)) {
		return { room, by: world.storage.attendeeByGuest(room.id, changer.guestKey) };
	}
	const by = world.storage.participantByGuest(room.id, changer.guestKey)?.attendee;
	if (!by || !isModerator(by)) throw new Refusal('notAllowed');
	return { room, by };
}

/** The participants in the call, whoever else is in the room. */
export function inCall(participants: Participant[]): Participant[] {
	return participants.filter(({ session }) => session.callFlags !== 0);
}
