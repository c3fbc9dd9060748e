import type { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Participant, Room } from '../rooms/model.ts';
import type { Presence } from '../rooms/presence.ts';
import type { Storage } from '../rooms/storage.ts';
import { participantEntry } from '../wire/participant.ts';
import { joinFrame, leaveFrame, memberEntry, updateFrame } from './frames.ts';
import type { HubSession } from './hub-session.ts';

/** Which signaling sessions are in which room, and what is told to all of them. */
export function createRoomMembers(storage: Storage, presence: Presence) {
	const byNextcloudId = new Map<NextcloudSessionId, HubSession>();
	const rooms = new Map<RoomToken, Set<HubSession>>();

	/** A copy: members may go while others are told. */
	const membersOf = (token: RoomToken): HubSession[] => [...(rooms.get(token) ?? [])];

	function seat(session: HubSession, room: Room, nextcloudSessionId: NextcloudSessionId): void {
		session.cancelTimer();
		session.place = { token: room.token, nextcloudSessionId };
		byNextcloudId.set(nextcloudSessionId, session);
		presence.hold(nextcloudSessionId);
		rooms.set(room.token, (rooms.get(room.token) ?? new Set()).add(session));
	}

	function unseat(session: HubSession): void {
		if (!session.place) return;
		const { token, nextcloudSessionId } = session.place;
		session.place = undefined;
		byNextcloudId.delete(nextcloudSessionId);
		const members = rooms.get(token);
		members?.delete(session);
		if (members?.size === 0) rooms.delete(token);
		broadcast(token, leaveFrame(session));
	}

	/** Who is there, to the one who came; who came, to those who are there. Linear in the number of members. */
	function introduce(session: HubSession, room: Room, own: Participant): void {
		const participants = storage.participants(room.id);
		session.deliverFrame(joinFrame(participants.flatMap(entryOf)));
		session.deliverFrame(updateFrame(room.token, updatesOf(room, participants)));
		broadcast(room.token, joinFrame(entryOf(own)), session);
		broadcast(room.token, updateFrame(room.token, updatesOf(room, [own])), session);
	}

	/** Nobody, for a participant without a signaling session: it could not be addressed. */
	function entryOf({ session, attendee }: Participant): object[] {
		const member = byNextcloudId.get(session.id);
		return member ? [memberEntry(member, session.id, attendee.displayName)] : [];
	}

	function updatesOf(room: Room, participants: Participant[]): object[] {
		return participants.flatMap((participant) => {
			const member = byNextcloudId.get(participant.session.id);
			return member ? [participantEntry(room, participant, member.id, presence)] : [];
		});
	}

	/** How these participants are now, to everybody in the room, or to everybody else. */
	function announce(room: Room, participants: Participant[], isForOthers = false): void {
		const users = updatesOf(room, participants);
		const [own] = isForOthers ? participants : [];
		const except = own && byNextcloudId.get(own.session.id);
		if (users.length > 0) broadcast(room.token, updateFrame(room.token, users), except);
	}

	/** How everybody is now, to one. */
	function recount(session: HubSession, room: Room): void {
		session.deliverFrame(updateFrame(room.token, updatesOf(room, storage.participants(room.id))));
	}

	function broadcast(token: RoomToken, frame: object, except?: HubSession): void {
		const text = JSON.stringify(frame);
		for (const member of membersOf(token)) if (member !== except) member.deliver(text);
	}

	return {
		membersOf,
		sessionOf: (id: NextcloudSessionId) => byNextcloudId.get(id),
		seat,
		unseat,
		introduce,
		announce,
		recount
	};
}
export type RoomMembers = ReturnType<typeof createRoomMembers>;
