import * as v from 'valibot';
import { NextcloudSessionId, RoomToken } from './ids.ts';
import { limits } from './limits.ts';
import { charactersAtMost, WireBoolean, WireInteger } from './wire.ts';

const text = v.optional(v.string(), '');
const count = v.optional(WireInteger, 0);
const flag = v.optional(WireBoolean, false);

/**
 * A room as the asking participant sees it. Fields that older servers lack read as the value that changes nothing.
 * Field table: docs/protocol.md#http
 */
export const Room = v.object({
	token: RoomToken,
	name: text,
	displayName: text,
	description: text,
	/** 1 one-to-one, 2 group, 3 public */
	type: WireInteger,
	objectType: text,
	actorType: text,
	actorId: text,
	attendeeId: count,
	participantType: v.optional(WireInteger, 4),
	participantFlags: count,
	/** `"0"` before joining */
	sessionId: v.optional(v.string(), '0'),
	lastPing: count,
	/** effective bits; 0 on old servers means all, see `permission` */
	permissions: count,
	attendeePermissions: count,
	callPermissions: count,
	defaultPermissions: count,
	hasPassword: flag,
	hasCall: flag,
	canStartCall: flag,
	/** call flags of all participants together */
	callFlag: count,
	/** Unix time in seconds, 0 without a call */
	callStartTime: count,
	callRecording: count,
	/** 1: joining a call needs `recordingConsent` */
	recordingConsent: count,
	readOnly: count,
	/** 1: only moderators get past the lobby */
	lobbyState: count,
	lobbyTimer: count,
	messageExpiration: count,
	lastActivity: count,
	lastReadMessage: count,
	lastCommonReadMessage: count,
	unreadMessages: count,
	/** bits: 1 voice room, 8 channel */
	attributes: count
});
export type Room = v.InferOutput<typeof Room>;

/**
 * Reads a room from an OCS answer.
 * @throws {v.ValiError} without a token or a type, or with a field of the wrong kind
 */
export function parseRoom(data: unknown): Room {
	return v.parse(Room, data);
}

/** Body of `POST v4/room/{token}/participants/active`. */
export const JoinRoomBody = v.object({
	password: v.optional(v.pipe(v.string(), charactersAtMost(limits.passwordCharacters)), ''),
	/** false: answer 409 rather than replace a session of the same browser that is in a call */
	force: v.optional(WireBoolean, true)
});
export type JoinRoomBody = v.InferInput<typeof JoinRoomBody>;

const RoomConflict = v.object({ sessionId: NextcloudSessionId, inCall: count, lastPing: count });
/** The session that a join with `force: false` would replace. */
export type RoomConflict = v.InferOutput<typeof RoomConflict>;

/**
 * Reads the data of a 409 answer to joining a room.
 * @throws {v.ValiError} if it names no session
 */
export function parseRoomConflict(data: unknown): RoomConflict {
	return v.parse(RoomConflict, data);
}

/** Body of `POST v4/room`. Roost makes public rooms, which are type 3, and nothing else. */
export const CreateRoomBody = v.object({
	roomType: v.pipe(WireInteger, v.value(3)),
	roomName: v.pipe(v.string(), v.trim(), v.nonEmpty(), charactersAtMost(limits.roomNameCharacters))
});
export type CreateRoomBody = v.InferInput<typeof CreateRoomBody>;

/** Body of `PUT v4/room/{token}/password`; empty takes the password away. */
export const RoomPasswordBody = v.object({
	password: v.pipe(v.string(), charactersAtMost(limits.passwordCharacters))
});
export type RoomPasswordBody = v.InferInput<typeof RoomPasswordBody>;

/** Body of `PUT v4/room/{token}/webinar/lobby`: 1 closes it to all but moderators, until the timer if there is one. */
export const LobbyBody = v.object({
	state: v.pipe(WireInteger, v.picklist([0, 1])),
	/** Unix time in seconds */
	timer: v.nullish(v.pipe(WireInteger, v.minValue(0)))
});
export type LobbyBody = v.InferInput<typeof LobbyBody>;

/** Body of `PUT v4/room/{token}/participants/state`: 0 in the background, 1 looked at. */
export const SessionStateBody = v.object({ state: v.pipe(WireInteger, v.values([0, 1])) });
export type SessionStateBody = v.InferInput<typeof SessionStateBody>;

/** A name as its owner typed it; empty is allowed and shown as "Guest". */
export const DisplayName = v.pipe(v.string(), v.trim(), charactersAtMost(limits.nameCharacters));

/** Body of `POST v1/guest/{token}/name`. */
export const GuestNameBody = v.object({ displayName: DisplayName });
export type GuestNameBody = v.InferInput<typeof GuestNameBody>;
