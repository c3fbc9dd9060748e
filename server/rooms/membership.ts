import { createHash } from 'node:crypto';
import { participantType } from '../../src/lib/protocol/call.ts';
import type { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import { isBanned } from './bans.ts';
import { arriveWithin, mustBelong } from './breakout-moves.ts';
import { newNextcloudSessionId, newRoomToken } from './ids.ts';
import type { Asker, Attendee, EndOfSession, Participant, Room } from './model.ts';
import { isModerator } from './permissions.ts';
import { Refusal } from './refusal.ts';
import { endWithin } from './removal.ts';
import {
	commit,
	moderatesAlways,
	presenteeOf,
	roomOf,
	seconds,
	type Presentee,
	type World
} from './world.ts';

/** Guests who have not been seen for this long are forgotten: their name, id and read marker. */
export const rememberedSeconds = 30 * 24 * 60 * 60;

/** Who is in which room. Every method throws a `Refusal` for what is not allowed. */
export function createMembership(world: World) {
	const { storage, presence } = world;

	/** @param ownerKey of the browser whose owner is to moderate the room */
	function createRoom(
		name: string,
		ownerKey: string | null = null,
		token = newRoomToken(world.random)
	): Room {
		return storage.addRoom({ token, name, ownerKey, lastActivityAt: seconds(world) });
	}

	/**
	 * What somebody who wants in has to know the password for: nobody who moderates the room, or has been let in already.
	 * @returns the hash that the password has to fit, null if none is asked for
	 * @throws {Refusal} `notAllowed` for who is banned: they need not guess; `unknownRoom` for a breakout room of others
	 */
	function hashToFit(token: RoomToken, asker: Asker): string | null {
		const room = roomOf(world, token);
		mustBelong(world, room, asker);
		if (isBanned(world, room, asker)) throw new Refusal('notAllowed', 'ban');
		if (room.passwordHash === null || moderatesAlways(world, room, asker)) return null;
		return storage.participantByGuest(room.id, asker.guestKey) ? null : room.passwordHash;
	}

	/**
	 * Opens a session, in place of an earlier one of the same guest. The guest stays the same attendee.
	 * @param fittedHash what `hashToFit` gave, once a password was found to fit it
	 * @throws {Refusal} `conflict` without `force` if the earlier session is in the call; `notAllowed` for who is banned,
	 * or if there is a password, or by now another one
	 */
	function join(token: RoomToken, asker: Asker, force: boolean, fittedHash: string | null): Presentee {
		return commit(world, (say) => {
			if (hashToFit(token, asker) !== fittedHash) throw new Refusal('notAllowed', 'password');
			const room = roomOf(world, token);
			const { guestKey } = asker;
			const earlier = storage.participantByGuest(room.id, guestKey);
			if (earlier) {
				if (!force && earlier.session.callFlags !== 0) throw conflictWith(earlier);
				endWithin(world, { room, ...earlier }, 'replaced', say);
			}
			const id = newNextcloudSessionId(world.random);
			const attendee = asModerator(
				room,
				asker,
				storage.attendeeByGuest(room.id, guestKey) ?? addGuest(room, asker, id)
			);
			const session = { id, attendeeId: attendee.id, callFlags: 0 };
			storage.addSession(session, seconds(world), asker.ip);
			presence.ping(id);
			arriveWithin(world, room, guestKey, say);
			return { room: roomOf(world, token), attendee, session };
		});
	}

	/** Whoever made the room, or had its moderator link, moderates it from each tab of that browser. */
	function asModerator(room: Room, asker: Asker, attendee: Attendee): Attendee {
		if (attendee.browserKey === null) storage.setBrowserKey(attendee.id, asker.browserKey);
		if (!moderatesAlways(world, room, asker) || isModerator(attendee)) return attendee;
		const type = participantType.guestModerator;
		storage.setAttendeeType(attendee.id, type);
		return { ...attendee, type };
	}

	function conflictWith({ session }: Participant): Refusal {
		const lastPing = Math.floor(presence.lastPingMs(session.id) / 1000);
		const data = { sessionId: session.id, inCall: session.callFlags, lastPing };
		return new Refusal('conflict', undefined, data);
	}

	function addGuest(room: Room, { guestKey, browserKey }: Asker, firstSession: NextcloudSessionId): Attendee {
		const guest: Omit<Attendee, 'id'> = {
			roomId: room.id,
			actorType: 'guests',
			actorId: createHash('sha1').update(firstSession).digest('hex'),
			displayName: '',
			type: participantType.guest,
			permissions: 0,
			lastReadMessage: 0,
			browserKey
		};
		return storage.addAttendee(guest, guestKey);
	}

	/** Ends the guest's session; having none is no error. */
	function leave(token: RoomToken, guestKey: string): void {
		commit(world, (say) => {
			const room = storage.roomByToken(token);
			const participant = room && storage.participantByGuest(room.id, guestKey);
			if (participant) endWithin(world, { room, ...participant }, 'left', say);
		});
	}

	/** Ends a session by its id, for the signaling side; an unknown one is no error. */
	function end(id: NextcloudSessionId, reason: EndOfSession): void {
		commit(world, (say) => {
			const found = storage.participantBySession(id);
			if (found) endWithin(world, found, reason, say);
			else presence.forget(id);
		});
	}

	function rename(token: RoomToken, guestKey: string, displayName: string): void {
		commit(world, (say) => {
			const { room, attendee, session } = presenteeOf(world, token, guestKey);
			if (attendee.displayName === displayName) return;
			storage.rename(attendee.id, displayName);
			const participants = [{ session, attendee: { ...attendee, displayName } }];
			say({ type: 'participantsChanged', room, participants, about: 'person' });
		});
	}

	/** @throws {Refusal} `notJoined` for a guest without a session */
	function visit(token: RoomToken, guestKey: string): Presentee {
		return presenteeOf(world, token, guestKey);
	}

	/** @throws {Refusal} `notAllowed` for plain guests */
	function list(token: RoomToken, guestKey: string): { room: Room; participants: Participant[] } {
		const { room, attendee } = presenteeOf(world, token, guestKey);
		if (!isModerator(attendee)) throw new Refusal('notAllowed');
		return { room, participants: storage.participants(room.id) };
	}

	/** Ends what has been silent for too long. To be called every few seconds. */
	function sweep(): void {
		for (const id of presence.overdue()) end(id, 'expired');
	}

	/**
	 * After a start: sessions from before get a while to come back, those in the call less, since others wait.
	 * @param withinMs for sessions in the call; the others have the usual time
	 */
	function resumeAfterRestart(withinMs: number): void {
		for (const { id, callFlags } of storage.allSessions()) {
			if (callFlags === 0) presence.ping(id);
			else presence.expect(id, withinMs);
		}
		storage.forgetAttendees(seconds(world) - rememberedSeconds);
	}

	return { createRoom, hashToFit, join, leave, end, rename, visit, list, sweep, resumeAfterRestart };
}
export type Membership = ReturnType<typeof createMembership>;
