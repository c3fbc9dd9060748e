import * as v from 'valibot';
import { InCall } from './call.ts';
import { NextcloudSessionId, RoomToken, SessionId } from './ids.ts';
import { objectOf, WireInteger } from './wire.ts';

/** One session in the room. */
const RoomMember = v.object({
	sessionid: SessionId,
	/** empty for guests */
	userid: v.optional(v.string(), ''),
	user: v.optional(objectOf(v.object({ displayname: v.optional(v.string()) }))),
	roomsessionid: v.optional(NextcloudSessionId),
	/** of the client, as it said in its hello */
	features: v.optional(v.array(v.string()))
});
export type RoomMember = v.InferOutput<typeof RoomMember>;

/** What a participants update says of one session; a field that is absent has not changed. */
export const ParticipantEntry = v.object({
	sessionId: SessionId,
	nextcloudSessionId: v.optional(NextcloudSessionId),
	inCall: v.optional(InCall),
	lastPing: v.optional(WireInteger),
	participantType: v.optional(WireInteger),
	participantPermissions: v.optional(WireInteger),
	userId: v.optional(v.string()),
	actorType: v.optional(v.string()),
	actorId: v.optional(v.string()),
	displayName: v.optional(v.string()),
	/** a recorder or bridge: has media only if `inCall` says so, and no data channel */
	internal: v.optional(v.boolean()),
	/** a telephone */
	virtual: v.optional(v.boolean())
});
export type ParticipantEntry = v.InferOutput<typeof ParticipantEntry>;

export const RoomProperties = objectOf(v.record(v.string(), v.unknown()));

const room = v.literal('room');
const roomlist = v.literal('roomlist');
const participants = v.literal('participants');
const listed = { roomid: RoomToken, properties: v.optional(RoomProperties, {}) };

const ChatNews = v.object({
	type: v.literal('chat'),
	chat: v.object({
		/** something changed: fetch it */
		refresh: v.optional(v.boolean(), false),
		/** a whole message, for clients whose hello listed `chat-relay`: read it with `parseChatMessage` */
		comment: v.optional(v.unknown())
	})
});

const RecordingNews = v.object({
	type: v.literal('recording'),
	/** the same numbers as `callRecording` of a room */
	recording: v.object({ status: v.number() })
});

const events = [
	v.object({ target: room, type: v.literal('join'), join: v.array(RoomMember) }),
	v.object({ target: room, type: v.literal('leave'), leave: v.array(SessionId) }),
	v.object({ target: room, type: v.literal('change'), change: v.array(RoomMember) }),
	v.object({
		target: room,
		type: v.literal('switchto'),
		switchto: v.object({ roomid: RoomToken, details: v.optional(v.unknown()) })
	}),
	v.object({
		target: room,
		type: v.literal('message'),
		message: v.object({
			roomid: RoomToken,
			/** these are read; data of another type is handed on as `{type}` */
			data: v.union([
				ChatNews,
				RecordingNews,
				v.object({ type: v.pipe(v.string(), v.notValues(['chat', 'recording'])) })
			])
		})
	}),
	v.object({ target: roomlist, type: v.literal('invite'), invite: v.object(listed) }),
	v.object({
		target: roomlist,
		type: v.literal('disinvite'),
		disinvite: v.object({ ...listed, reason: v.optional(v.string()) })
	}),
	v.object({ target: roomlist, type: v.literal('update'), update: v.object(listed) }),
	v.object({
		target: participants,
		type: v.literal('update'),
		update: v.union([
			/** for everybody at once; with `incall: 0` the call was ended */
			v.object({ roomid: RoomToken, incall: InCall, all: v.literal(true) }),
			v.object({ roomid: RoomToken, users: v.array(ParticipantEntry) })
		])
	}),
	v.object({
		target: participants,
		type: v.literal('flags'),
		flags: v.object({ roomid: RoomToken, sessionid: SessionId, flags: WireInteger })
	})
] as const;

/** What happened in the room. Field table: docs/protocol.md#signaling-socket */
export const SignalingEvent = v.union(events);
export type SignalingEvent = v.InferOutput<typeof SignalingEvent>;

type EventSchema = (typeof events)[number];
const known: ReadonlyMap<string, EventSchema> = new Map(
	events.map((event) => [`${event.entries.target.literal}/${event.entries.type.literal}`, event])
);
const Addressed = v.object({ target: v.string(), type: v.string() });

/**
 * Reads the `event` of an event frame.
 * @returns `undefined` for a target and type Roost does not know
 * @throws {v.ValiError} for a known one with missing or malformed fields
 */
export function parseSignalingEvent(raw: unknown): SignalingEvent | undefined {
	const { target, type } = v.parse(Addressed, raw);
	const schema = known.get(`${target}/${type}`);
	return schema && v.parse(schema, raw);
}
