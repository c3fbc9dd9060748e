import { participantType } from '../../src/lib/protocol/call.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Attendee, Changer, Room, RoomNews } from './model.ts';
import { effectivePermissions, isModerator, markedLevel } from './permissions.ts';
import { Refusal } from './refusal.ts';
import { removeWithin } from './removal.ts';
import { settleRights } from './rights.ts';
import { saySystem } from './system-messages.ts';
import { commit, moderationOf, roomOf, type Moderation, type World } from './world.ts';

type Say = (news: RoomNews) => void;

/** How to change the permissions that somebody has: these and no others, these as well, or not these. */
type PermissionMethod = 'set' | 'add' | 'remove';

/** What moderators do to others in their room. Every method throws a `Refusal` for what is not allowed. */
export function createParticipants(world: World) {
	const { storage } = world;

	/** @throws {Refusal} `notJoined` for somebody who is not known in the room */
	function attendeeOf({ room }: Moderation, attendeeId: number): Attendee {
		const attendee = storage.attendeeById(room.id, attendeeId);
		if (!attendee) throw new Refusal('notJoined', 'participant');
		return attendee;
	}

	const isOwner = (room: Room, { browserKey }: Attendee) =>
		room.ownerKey !== null && browserKey === room.ownerKey;

	/** Makes a guest a moderator. */
	function promote(token: RoomToken, changer: Changer, attendeeId: number): void {
		commit(world, (say) => {
			const moderation = moderationOf(world, token, changer);
			const attendee = attendeeOf(moderation, attendeeId);
			if (isModerator(attendee)) throw new Refusal('badRequest', 'participant-type');
			retype(moderation.room, attendee, participantType.guestModerator, say);
			const text = '{actor} promoted {user} to moderator';
			saySystem(
				world,
				moderation.room,
				moderation.by,
				{ keyword: 'guest_moderator_promoted', text, subject: attendee },
				say
			);
		});
	}

	/** Makes a moderator a guest. Whoever made the room would be one again as soon as they came back. */
	function demote(token: RoomToken, changer: Changer, attendeeId: number): void {
		commit(world, (say) => {
			const moderation = moderationOf(world, token, changer);
			const attendee = attendeeOf(moderation, attendeeId);
			const { room, by } = moderation;
			if (!isModerator(attendee)) throw new Refusal('badRequest', 'participant-type');
			if (by?.id === attendee.id) throw new Refusal('notAllowed', 'self');
			if (isOwner(room, attendee)) throw new Refusal('notAllowed', 'moderator');
			const tabs = storage.attendees(room.id).filter((other) => isSamePerson(other, attendee));
			if (attendee.browserKey !== null) storage.removeModerator(room.id, attendee.browserKey);
			for (const tab of tabs) if (isModerator(tab)) retype(room, tab, participantType.guest, say);
			for (const one of storage.breakoutRooms(room.id)) {
				const same = storage
					.attendees(one.id)
					.filter((other) => tabs.some((tab) => isSameBrowser(other, tab)));
				for (const tab of same) if (isModerator(tab)) retype(one, tab, participantType.guest, say);
			}
			const text = '{actor} demoted {user} from moderator';
			saySystem(world, room, by, { keyword: 'guest_moderator_demoted', text, subject: attendee }, say);
		});
	}

	function retype(room: Room, { id }: Attendee, type: number, say: Say): void {
		storage.setAttendeeType(id, type);
		settleAll(room.token, [id], say);
	}

	/** Takes somebody out of the room. Nothing keeps them from coming back, as somebody else: that is what bans are for. */
	function remove(token: RoomToken, changer: Changer, attendeeId: number): void {
		commit(world, (say) => {
			const moderation = moderationOf(world, token, changer);
			const attendee = attendeeOf(moderation, attendeeId);
			if (isOwner(moderation.room, attendee)) throw new Refusal('notAllowed', 'owner');
			removeWithin(world, moderation.room, attendee, say);
		});
	}

	/** @param bits of `permission`; with `set`, 0 leaves them to the room */
	function setPermissions(
		token: RoomToken,
		changer: Changer,
		attendeeId: number,
		method: PermissionMethod,
		bits: number
	): Room {
		return commit(world, (say) => {
			const moderation = moderationOf(world, token, changer);
			const attendee = attendeeOf(moderation, attendeeId);
			if (isModerator(attendee)) throw new Refusal('badRequest', 'moderator');
			permit(moderation.room, attendee, method, bits);
			settleAll(token, [attendee.id], say);
			return roomOf(world, token);
		});
	}

	/** The same for everybody who is known in the room and does not moderate it. */
	function setAllPermissions(
		token: RoomToken,
		changer: Changer,
		method: PermissionMethod,
		bits: number
	): Room {
		return commit(world, (say) => {
			const { room } = moderationOf(world, token, changer);
			const guests = storage.attendees(room.id).filter((attendee) => !isModerator(attendee));
			for (const guest of guests) permit(room, guest, method, bits);
			settleAll(
				token,
				guests.map(({ id }) => id),
				say
			);
			return roomOf(world, token);
		});
	}

	function permit(room: Room, attendee: Attendee, method: PermissionMethod, bits: number): void {
		const had = effectivePermissions(room, attendee);
		const has = { set: bits, add: had | bits, remove: had & ~bits }[method];
		// what is left after removing is meant, also if it is nothing
		storage.setAttendeePermissions(attendee.id, method === 'set' ? markedLevel(has) : has | 1);
	}

	function settleAll(token: RoomToken, attendeeIds: readonly number[], say: Say): void {
		const there = attendeeIds.flatMap((id) => storage.participantByAttendee(id) ?? []);
		settleRights(world, roomOf(world, token), there, say);
	}

	return { promote, demote, remove, setPermissions, setAllPermissions };
}
export type Participants = ReturnType<typeof createParticipants>;

/** Tabs of one browser are attendees of their own. */
function isSamePerson(one: Attendee, other: Attendee): boolean {
	return one.id === other.id || isSameBrowser(one, other);
}

const isSameBrowser = (one: Attendee, other: Attendee) =>
	one.browserKey !== null && one.browserKey === other.browserKey;
