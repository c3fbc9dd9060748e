import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import { createRanges, readRange } from './addresses.ts';
import type { Asker, Attendee, Ban, Changer, NamedActor, Room, RoomNews } from './model.ts';
import { isModerator } from './permissions.ts';
import { Refusal } from './refusal.ts';
import { removeWithin } from './removal.ts';
import { commit, moderatesAlways, moderationOf, seconds, type Moderation, type World } from './world.ts';

type Say = (news: RoomNews) => void;

/** Whom to keep out: somebody by the words that chat and lists have for them, or everybody at an address. */
interface BanRequest {
	actorType: 'users' | 'guests' | 'emails' | 'ip';
	actorId: string;
	internalNote: string;
}

const mostBans = 1_000;

/** Who may not come into a room. A guest is known by the browser, whatever tab it is and whatever name they give. */
export function createBans(world: World) {
	const { storage } = world;

	/**
	 * Keeps somebody out, and removes them if they are there.
	 * @throws {Refusal} as `moderationOf`; `badRequest` with Talk's word for what is wrong with it
	 */
	function add(token: RoomToken, changer: Changer, request: BanRequest): Ban {
		return commit(world, (say) => {
			const moderation = moderationOf(world, token, changer);
			if (storage.bans(moderation.room.id).length >= mostBans) throw new Refusal('badRequest', 'room');
			const { actorType, actorId, internalNote } = request;
			if (actorType === 'ip') return addAddress(moderation, changer, actorId, internalNote, say);
			return addActor(moderation, changer, actorType, actorId, internalNote, say);
		});
	}

	function addActor(
		{ room, by }: Moderation,
		changer: Changer,
		actorType: string,
		actorId: string,
		internalNote: string,
		say: Say
	): Ban {
		const attendee = storage.attendeeByActor(room.id, actorType, actorId);
		if (!attendee) throw new Refusal('badRequest', 'bannedActor');
		if (attendee.id === by?.id || isSameBrowser(attendee, changer)) throw new Refusal('badRequest', 'self');
		if (isModerator(attendee)) throw new Refusal('badRequest', 'moderator');
		const ban = storage.addBan(room.id, {
			...enteredBy(by),
			banned: { actorType, actorId, displayName: attendee.displayName },
			guestKey: storage.guestKeyOf(attendee.id) ?? null,
			browserKey: attendee.browserKey,
			internalNote
		});
		// other tabs of the same browser are other attendees, and the same person
		for (const other of storage.attendees(room.id)) {
			const isThem = other.browserKey !== null && other.browserKey === attendee.browserKey;
			if (other.id === attendee.id || isThem) removeWithin(world, room, other, say);
		}
		return ban;
	}

	function addAddress(
		{ room, by }: Moderation,
		changer: Changer,
		text: string,
		internalNote: string,
		say: Say
	): Ban {
		const range = readRange(text);
		if (range === undefined) throw new Refusal('badRequest', 'bannedActor');
		const isWithin = createRanges([range]);
		if (changer !== 'administrator' && isWithin(changer.ip)) throw new Refusal('badRequest', 'self');
		const ban = storage.addBan(room.id, {
			...enteredBy(by),
			banned: { actorType: 'ip', actorId: range, displayName: range },
			guestKey: null,
			browserKey: null,
			internalNote
		});
		for (const { attendee, session } of storage.participants(room.id)) {
			if (isModerator(attendee) || !isWithin(storage.addressOf(session.id))) continue;
			removeWithin(world, room, attendee, say);
		}
		return ban;
	}

	function enteredBy(by: Attendee | undefined): { moderator: NamedActor; bannedAt: number } {
		const { actorType, actorId, displayName } = by ?? {
			actorType: 'guests',
			actorId: 'cli',
			displayName: ''
		};
		return { moderator: { actorType, actorId, displayName }, bannedAt: seconds(world) };
	}

	return {
		add,
		/** @throws {Refusal} as `moderationOf` */
		list: (token: RoomToken, changer: Changer): Ban[] =>
			storage.bans(moderationOf(world, token, changer).room.id),
		/** Lets somebody in again; an unknown ban is no error. @throws {Refusal} as `moderationOf` */
		remove(token: RoomToken, changer: Changer, banId: number): void {
			commit(world, () => storage.removeBan(moderationOf(world, token, changer).room.id, banId));
		}
	};
}
export type Bans = ReturnType<typeof createBans>;

const isSameBrowser = ({ browserKey }: Attendee, changer: Changer): boolean =>
	changer !== 'administrator' && browserKey === changer.browserKey;

/** Whether somebody is not let in: by their browser, or by their address unless they moderate the room. */
export function isBanned(world: World, room: Room, asker: Asker): boolean {
	const { storage } = world;
	if (moderatesAlways(world, room, asker)) return false;
	if (storage.isGuestBanned(room.id, asker)) return true;
	const ranges = storage
		.bans(room.id)
		.filter(({ banned }) => banned.actorType === 'ip')
		.map(({ banned }) => banned.actorId);
	if (ranges.length === 0 || !createRanges(ranges)(asker.ip)) return false;
	const own = storage.attendeeByGuest(room.id, asker.guestKey);
	return !own || !isModerator(own);
}
