import * as v from 'valibot';
import { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Attendee, Message, Room, Session } from '../rooms/model.ts';

/** The columns of each record, named as its fields, and the schema that reads a row of them. */

export const roomColumns = `r.id AS roomId, r.token, r.name, r.permissions AS roomPermissions,
	r.call_started_at AS callStartedAt, r.last_activity_at AS lastActivityAt, r.owner_key AS ownerKey,
	r.password_hash AS passwordHash, r.lobby_state AS lobbyState, r.lobby_timer AS lobbyTimer`;

const RoomRow = v.object({
	roomId: v.number(),
	token: RoomToken,
	name: v.string(),
	roomPermissions: v.number(),
	callStartedAt: v.nullable(v.number()),
	lastActivityAt: v.number(),
	ownerKey: v.nullable(v.string()),
	passwordHash: v.nullable(v.string()),
	lobbyState: v.picklist([0, 1]),
	lobbyTimer: v.number()
});

export function readRoom(row: unknown): Room {
	const { roomId: id, roomPermissions: permissions, ...rest } = v.parse(RoomRow, row);
	return { id, permissions, ...rest };
}

export const attendeeColumns = `a.id AS attendeeId, a.room_id AS roomId, a.guest_key AS guestKey,
	a.actor_type AS actorType, a.actor_id AS actorId, a.display_name AS displayName, a.type,
	a.permissions, a.last_read_message AS lastReadMessage`;

const AttendeeRow = v.object({
	attendeeId: v.number(),
	roomId: v.number(),
	actorType: v.string(),
	actorId: v.string(),
	displayName: v.string(),
	type: v.number(),
	permissions: v.number(),
	lastReadMessage: v.number()
});

export function readAttendee(row: unknown): Attendee {
	const { attendeeId: id, ...rest } = v.parse(AttendeeRow, row);
	return { id, ...rest };
}

const GuestKeyRow = v.object({ guestKey: v.string() });
export const readGuestKey = (row: unknown) => v.parse(GuestKeyRow, row).guestKey;

export const sessionColumns = `s.id AS sessionId, s.attendee_id AS attendeeId, s.call_flags AS callFlags`;

const SessionRow = v.object({ sessionId: NextcloudSessionId, attendeeId: v.number(), callFlags: v.number() });

export function readSession(row: unknown): Session {
	const { sessionId: id, ...rest } = v.parse(SessionRow, row);
	return { id, ...rest };
}

export const messageColumns = `m.id, m.room_id AS roomId, m.actor_type AS actorType, m.actor_id AS actorId,
	m.actor_name AS actorName, m.sent_at AS sentAt, m.text, m.system, m.reference_id AS referenceId,
	m.is_silent AS isSilent, m.parent_id AS parentId`;

const MessageRow = v.object({
	id: v.number(),
	roomId: v.number(),
	actorType: v.string(),
	actorId: v.string(),
	actorName: v.string(),
	sentAt: v.number(),
	text: v.string(),
	system: v.picklist(['', 'call_started', 'call_joined', 'call_left', 'call_ended']),
	referenceId: v.string(),
	isSilent: v.pipe(
		v.number(),
		v.transform((bit) => bit === 1)
	),
	parentId: v.nullable(v.number())
});

export function readMessage(row: unknown): Message {
	return v.parse(MessageRow, row);
}

const CountRow = v.object({ count: v.number() });
export const readCount = (row: unknown) => v.parse(CountRow, row).count;

const CallSummaryRow = v.object({ count: v.number(), flags: v.number() });
export function readCallSummary(row: unknown) {
	const { count: sessions, flags } = v.parse(CallSummaryRow, row);
	return { sessions, flags };
}

const SignalRow = v.object({ id: v.number(), text: v.string() });
export const readSignal = (row: unknown) => v.parse(SignalRow, row);

const BacklogRow = v.object({ count: v.number(), characters: v.number() });
export const readBacklog = (row: unknown) => v.parse(BacklogRow, row);
