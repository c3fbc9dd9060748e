import type { NextcloudSessionId, RoomToken, SessionId } from '../../src/lib/protocol/ids.ts';
import type { Participant, Room } from '../rooms/model.ts';
import { isInLobby } from '../rooms/permissions.ts';
import type { Presence } from '../rooms/presence.ts';
import type { Storage } from '../rooms/storage.ts';
import { participantEntry } from '../wire/participant.ts';
import {
	changeFrame,
	everybodyFrame,
	flagsFrame,
	internalUpdate,
	joinFrame,
	leaveFrame,
	memberEntry,
	updateFrame,
	virtualEntry,
	virtualUpdate
} from './frames.ts';
import type { HubSession } from './hub-session.ts';
import type { VirtualSession } from './virtual-session.ts';

/**
 * Which signaling sessions are in which room, and what is told to all of them.
 * @param now milliseconds since 1970
 */
export function createRoomMembers(storage: Storage, presence: Presence, now: () => number) {
	const byNextcloudId = new Map<NextcloudSessionId, HubSession>();
	const rooms = new Map<RoomToken, Set<HubSession>>();
	const virtuals = new Map<RoomToken, Map<SessionId, VirtualSession>>();

	/** A copy: members may go while others are told. */
	const membersOf = (token: RoomToken): HubSession[] => [...(rooms.get(token) ?? [])];
	const virtualsOf = (token: RoomToken): VirtualSession[] => [...(virtuals.get(token)?.values() ?? [])];
	const seconds = () => Math.floor(now() / 1000);

	/** @param nextcloudSessionId undefined for an internal client */
	function seat(session: HubSession, room: Room, nextcloudSessionId: NextcloudSessionId | undefined): void {
		session.cancelTimer();
		session.place = { token: room.token, nextcloudSessionId };
		if (nextcloudSessionId !== undefined) {
			byNextcloudId.set(nextcloudSessionId, session);
			presence.hold(nextcloudSessionId);
		}
		rooms.set(room.token, (rooms.get(room.token) ?? new Set()).add(session));
	}

	function unseat(session: HubSession): void {
		if (!session.place) return;
		const { token, nextcloudSessionId } = session.place;
		session.place = undefined;
		session.granted = undefined;
		if (nextcloudSessionId !== undefined) byNextcloudId.delete(nextcloudSessionId);
		const members = rooms.get(token);
		members?.delete(session);
		if (members?.size === 0) rooms.delete(token);
		broadcast(token, leaveFrame(session.id));
	}

	/** A session without a client comes into the room. */
	function addVirtual(virtual: VirtualSession): void {
		const { token, id, flags } = virtual;
		virtuals.set(token, (virtuals.get(token) ?? new Map<SessionId, VirtualSession>()).set(id, virtual));
		broadcast(token, joinFrame([virtualEntry(virtual)]));
		broadcast(token, updateFrame(token, [virtualUpdate(virtual, seconds())]));
		if (flags !== 0) broadcast(token, flagsFrame(token, id, flags));
	}

	function removeVirtual({ token, id }: VirtualSession): void {
		const left = virtuals.get(token);
		if (!left?.delete(id)) return;
		if (left.size === 0) virtuals.delete(token);
		broadcast(token, leaveFrame(id));
	}

	/** What an internal client says of itself, or of one of its virtual sessions, has changed. */
	function announceCall(token: RoomToken, changed: HubSession | VirtualSession): void {
		const entry = 'owner' in changed ? virtualUpdate(changed, seconds()) : internalUpdate(changed, seconds());
		broadcast(token, updateFrame(token, [entry]));
	}

	function announceFlags({ token, id, flags }: VirtualSession): void {
		broadcast(token, flagsFrame(token, id, flags));
	}

	/** Who is there, to the one who came; who came, to those who are there. Linear in the number of members. */
	function introduce(session: HubSession, room: Room, own: Participant | undefined): void {
		const { token } = room;
		const participants = storage.participants(room.id);
		const others = virtualsOf(token);
		session.deliverFrame(
			joinFrame([
				...participants.flatMap(entryOf),
				...internalsOf(token).map((internal) => memberEntry(internal, undefined, '')),
				...others.map(virtualEntry)
			])
		);
		session.deliverFrame(updateFrame(token, everybodyIn(room, participants)));
		for (const { id, flags } of others) if (flags !== 0) session.deliverFrame(flagsFrame(token, id, flags));
		broadcast(token, joinFrame(own ? entryOf(own) : [memberEntry(session, undefined, '')]), session);
		const update = own ? updatesOf(room, [own]) : [internalUpdate(session, seconds())];
		broadcast(token, updateFrame(token, update), session);
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

	const internalsOf = (token: RoomToken) => membersOf(token).filter(({ isInternal }) => isInternal);

	function everybodyIn(room: Room, participants: Participant[]): object[] {
		return [
			...updatesOf(room, participants),
			...internalsOf(room.token).map((internal) => internalUpdate(internal, seconds())),
			...virtualsOf(room.token).map((virtual) => virtualUpdate(virtual, seconds()))
		];
	}

	/** How these participants are now, to everybody in the room, or to everybody else. */
	function announce(room: Room, participants: Participant[], isForOthers = false): void {
		const users = updatesOf(room, participants);
		const [own] = isForOthers ? participants : [];
		const except = own && byNextcloudId.get(own.session.id);
		if (users.length > 0)
			broadcast(room.token, updateFrame(room.token, users), except, aboutOne('state', participants));
	}

	/** The room says anew what they may do: an earlier order of the backend counts no more. */
	function forgetGrants(participants: Participant[]): void {
		for (const { session } of participants) {
			const member = byNextcloudId.get(session.id);
			if (member) member.granted = undefined;
		}
	}

	/** They have other names now. */
	function announceNames(room: Room, participants: Participant[]): void {
		const change = participants.flatMap(entryOf);
		if (change.length > 0)
			broadcast(room.token, changeFrame(change), undefined, aboutOne('name', participants));
	}

	/** How everybody is now, to one. */
	function recount(session: HubSession, room: Room): void {
		session.deliverFrame(updateFrame(room.token, everybodyIn(room, storage.participants(room.id))));
		for (const { id, flags } of virtualsOf(room.token)) {
			if (flags !== 0) session.deliverFrame(flagsFrame(room.token, id, flags));
		}
	}

	/** Those who may hear what is said in the room: not who waits in its lobby. */
	function listenersIn(token: RoomToken): HubSession[] {
		const room = storage.roomByToken(token);
		if (!room || room.lobbyState === 0) return membersOf(token);
		return membersOf(token).filter(({ place }) => {
			const id = place?.nextcloudSessionId;
			const own = id === undefined ? undefined : storage.participantBySession(id);
			return !own || !isInLobby(room, own.attendee);
		});
	}

	/** @param about as in `HubSession.deliver` */
	function broadcast(token: RoomToken, frame: object, except?: HubSession, about?: string): void {
		const text = JSON.stringify(frame);
		for (const member of membersOf(token)) if (member !== except) member.deliver(text, about);
	}

	return {
		membersOf,
		listenersIn,
		virtualsOf,
		sessionOf: (id: NextcloudSessionId) => byNextcloudId.get(id),
		virtualById: (token: RoomToken, id: SessionId) => virtuals.get(token)?.get(id),
		/** the virtual sessions of one user, in every room */
		virtualsOfUser: (userId: string) =>
			[...virtuals.keys()].flatMap(virtualsOf).filter((virtual) => virtual.userId === userId),
		seat,
		unseat,
		addVirtual,
		removeVirtual,
		introduce,
		announce,
		announceNames,
		forgetGrants,
		announceCall,
		announceFlags,
		announceAll: (token: RoomToken, callFlags: number) => broadcast(token, everybodyFrame(token, callFlags)),
		broadcast,
		recount,
		count: () => ({
			rooms: new Set([...rooms.keys(), ...virtuals.keys()]).size,
			virtual: [...virtuals.values()].reduce((sum, { size }) => sum + size, 0)
		})
	};
}
export type RoomMembers = ReturnType<typeof createRoomMembers>;

/** What a frame says anew if it is about one person only. */
function aboutOne(what: 'state' | 'name', participants: Participant[]): string | undefined {
	const [only, ...others] = participants;
	return only && others.length === 0 ? `${what} of ${only.session.id}` : undefined;
}
