import type { NextcloudSessionId, SessionId } from '../../src/lib/protocol/ids.ts';
import type { Attendee, Participant, Room, Session } from '../rooms/model.ts';
import { effectivePermissions } from '../rooms/permissions.ts';
import type { Presence } from '../rooms/presence.ts';

const lastPing = (presence: Presence, id: NextcloudSessionId) => Math.floor(presence.lastPingMs(id) / 1000);

/** One entry of `participants update`. */
export function participantEntry(
	room: Room,
	participant: Participant,
	sessionId: SessionId | NextcloudSessionId,
	presence: Presence
) {
	const { attendee, session } = participant;
	return {
		sessionId,
		nextcloudSessionId: session.id,
		inCall: session.callFlags,
		lastPing: lastPing(presence, session.id),
		participantType: attendee.type,
		participantPermissions: effectivePermissions(room, attendee),
		actorType: attendee.actorType,
		actorId: attendee.actorId,
		displayName: attendee.displayName
	};
}

/** One entry of `GET v4/call/{token}`. */
export function callPeer(room: Room, { attendee, session }: Participant, presence: Presence) {
	return {
		actorType: attendee.actorType,
		actorId: attendee.actorId,
		displayName: attendee.displayName,
		token: room.token,
		lastPing: lastPing(presence, session.id),
		sessionId: session.id
	};
}

/** One entry of `GET v4/room/{token}/participants`. */
export function listedParticipant(room: Room, { attendee, session }: Participant, presence: Presence) {
	return listedAttendee(room, attendee, session, presence);
}

/** The same of somebody who may be away. */
export function listedAttendee(
	room: Room,
	attendee: Attendee,
	session: Session | undefined,
	presence: Presence
) {
	return {
		attendeeId: attendee.id,
		actorType: attendee.actorType,
		actorId: attendee.actorId,
		displayName: attendee.displayName,
		participantType: attendee.type,
		inCall: session?.callFlags ?? 0,
		lastPing: session ? lastPing(presence, session.id) : 0,
		sessionIds: session ? [session.id] : [],
		permissions: effectivePermissions(room, attendee),
		attendeePermissions: attendee.permissions,
		attendeePin: '',
		phoneNumber: null,
		callId: null,
		roomToken: room.token
	};
}

/** Who is in the call, for people and their spreadsheets. */
export function participantsCsv(participants: readonly Participant[]): string {
	const rows = participants.map(({ attendee }) => [
		attendee.displayName === '' ? 'Guest' : attendee.displayName,
		'',
		attendee.actorType,
		attendee.actorId
	]);
	return [['name', 'email', 'type', 'identifier'], ...rows]
		.map((cells) => `${cells.map(quotedCell).join(',')}\r\n`)
		.join('');
}

/** A spreadsheet would calculate what begins like a formula: names are other people's. */
function quotedCell(text: string): string {
	const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
	return `"${harmless.replaceAll('"', '""')}"`;
}
