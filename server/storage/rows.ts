import type Database from 'libsql';
import * as v from 'valibot';
import { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import {
	systemKeywords,
	type Attendee,
	type Ban,
	type Bot,
	type Message,
	type NamedActor,
	type Room,
	type Session
} from '../rooms/model.ts';

/** The columns of each record, named as its fields, and the schema that reads a row of them. */

export const roomColumns = `r.id AS roomId, r.token, r.name, r.permissions AS roomPermissions,
	r.call_started_at AS callStartedAt, r.last_activity_at AS lastActivityAt, r.owner_key AS ownerKey,
	r.password_hash AS passwordHash, r.lobby_state AS lobbyState, r.lobby_timer AS lobbyTimer,
	r.description, r.read_only AS readOnly, r.message_expiration AS messageExpiration,
	r.recording_consent AS recordingConsent, r.moderator_hash AS moderatorHash, r.avatar_emoji AS avatarEmoji,
	r.avatar_color AS avatarColor, r.breakout_mode AS breakoutMode, r.breakout_status AS breakoutStatus,
	(SELECT p.token FROM rooms p WHERE p.id = r.parent_id) AS parentToken`;

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
	lobbyTimer: v.number(),
	description: v.string(),
	readOnly: v.picklist([0, 1]),
	messageExpiration: v.number(),
	recordingConsent: v.picklist([0, 1]),
	moderatorHash: v.nullable(v.string()),
	avatarEmoji: v.nullable(v.string()),
	avatarColor: v.nullable(v.string()),
	breakoutMode: v.picklist([0, 1, 2, 3]),
	breakoutStatus: v.picklist([0, 1, 2]),
	parentToken: v.nullable(RoomToken)
});

export function readRoom(row: unknown): Room {
	const parsed = v.parse(RoomRow, row);
	const { roomId: id, roomPermissions: permissions, avatarEmoji, avatarColor, ...rest } = parsed;
	const avatar = avatarEmoji === null ? null : { emoji: avatarEmoji, color: avatarColor ?? '' };
	return { id, permissions, avatar, ...rest };
}

export const attendeeColumns = `a.id AS attendeeId, a.room_id AS roomId, a.guest_key AS guestKey,
	a.actor_type AS actorType, a.actor_id AS actorId, a.display_name AS displayName, a.type,
	a.permissions, a.last_read_message AS lastReadMessage, a.browser_key AS browserKey`;

const AttendeeRow = v.object({
	attendeeId: v.number(),
	roomId: v.number(),
	actorType: v.string(),
	actorId: v.string(),
	displayName: v.string(),
	type: v.number(),
	permissions: v.number(),
	lastReadMessage: v.number(),
	browserKey: v.nullable(v.string())
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
	m.is_silent AS isSilent, m.parent_id AS parentId, m.subject_type AS subjectType, m.subject_id AS subjectId,
	m.subject_name AS subjectName, m.parameters, m.expires_at AS expiresAt, m.is_deleted AS isDeleted, m.edited,
	m.reactions`;

const bit = v.pipe(
	v.number(),
	v.transform((value) => value === 1)
);
const json = <const Schema extends v.GenericSchema>(schema: Schema) =>
	v.pipe(v.string(), v.parseJson(), schema);
const RichObject = v.objectWithRest({ type: v.string(), id: v.string(), name: v.string() }, v.string());
const Edited = v.object({
	actorType: v.string(),
	actorId: v.string(),
	displayName: v.string(),
	at: v.number()
});

const MessageRow = v.object({
	id: v.number(),
	roomId: v.number(),
	actorType: v.string(),
	actorId: v.string(),
	actorName: v.string(),
	sentAt: v.number(),
	text: v.string(),
	system: v.picklist(['', ...systemKeywords]),
	referenceId: v.string(),
	isSilent: bit,
	parentId: v.nullable(v.number()),
	parameters: json(v.record(v.string(), RichObject)),
	expiresAt: v.number(),
	isDeleted: bit,
	edited: json(v.nullable(Edited)),
	reactions: json(v.record(v.string(), v.number())),
	subjectType: v.nullable(v.string()),
	subjectId: v.nullable(v.string()),
	subjectName: v.nullable(v.string())
});

export function readMessage(row: unknown): Message {
	const { subjectType, subjectId, subjectName, ...message } = v.parse(MessageRow, row);
	const subject: NamedActor | null =
		subjectType === null
			? null
			: { actorType: subjectType, actorId: subjectId ?? '', displayName: subjectName ?? '' };
	return { ...message, subject };
}

/** Ids of rows stay far below 2^53. */
export function rowId({ lastInsertRowid }: Database.RunResult): number {
	return Number(lastInsertRowid);
}

const ReactionRow = v.object({
	actorType: v.string(),
	actorId: v.string(),
	displayName: v.string(),
	emoji: v.string(),
	at: v.number()
});
export const readReaction = (row: unknown) => v.parse(ReactionRow, row);
const EmojiRow = v.object({ emoji: v.string() });
export const readEmoji = (row: unknown) => v.parse(EmojiRow, row).emoji;

const CountRow = v.object({ count: v.number() });
export const readCount = (row: unknown) => v.parse(CountRow, row).count;

const CallSummaryRow = v.object({ count: v.number(), flags: v.number() });
export function readCallSummary(row: unknown) {
	const { count: sessions, flags } = v.parse(CallSummaryRow, row);
	return { sessions, flags };
}

const CensusRow = v.object({
	rooms: v.number(),
	sessions: v.number(),
	calls: v.number(),
	inCall: v.number()
});
export const readCensus = (row: unknown) => v.parse(CensusRow, row);

const SignalRow = v.object({ id: v.number(), text: v.string() });
export const readSignal = (row: unknown) => v.parse(SignalRow, row);

const BacklogRow = v.object({ count: v.number(), characters: v.number() });
export const readBacklog = (row: unknown) => v.parse(BacklogRow, row);

export const banColumns = `b.id, b.moderator_type AS moderatorType, b.moderator_id AS moderatorId,
	b.moderator_name AS moderatorName, b.banned_type AS bannedType, b.banned_id AS bannedId,
	b.banned_name AS bannedName, b.banned_at AS bannedAt, b.internal_note AS internalNote`;

const BanRow = v.object({
	id: v.number(),
	moderatorType: v.string(),
	moderatorId: v.string(),
	moderatorName: v.string(),
	bannedType: v.string(),
	bannedId: v.string(),
	bannedName: v.string(),
	bannedAt: v.number(),
	internalNote: v.string()
});

export function readBan(row: unknown): Ban {
	const { id, bannedAt, internalNote, ...names } = v.parse(BanRow, row);
	const { moderatorType, moderatorId, moderatorName, bannedType, bannedId, bannedName } = names;
	return {
		id,
		moderator: { actorType: moderatorType, actorId: moderatorId, displayName: moderatorName },
		banned: { actorType: bannedType, actorId: bannedId, displayName: bannedName },
		bannedAt,
		internalNote
	};
}

export const botColumns = `b.id, b.name, b.description, b.secret, b.url, b.features, b.state,
	b.error_count AS errorCount, b.last_error_at AS lastErrorAt, b.last_error AS lastError`;

const BotRow = v.object({
	id: v.number(),
	name: v.string(),
	description: v.string(),
	secret: v.string(),
	url: v.string(),
	features: v.number(),
	state: v.picklist([0, 1, 2]),
	errorCount: v.number(),
	lastErrorAt: v.number(),
	lastError: v.string()
});
export const readBot = (row: unknown): Bot => v.parse(BotRow, row);

const AddressRow = v.object({ address: v.string() });
export const readAddress = (row: unknown) => v.parse(AddressRow, row).address;

const RoomIdRow = v.object({ roomId: v.number() });
export const readRoomId = (row: unknown) => v.parse(RoomIdRow, row).roomId;
