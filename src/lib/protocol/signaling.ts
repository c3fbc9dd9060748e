import * as v from 'valibot';
import { ResumeId, RoomToken, SessionId } from './ids.ts';
import { parseSignalingEvent, RoomProperties, type SignalingEvent } from './signaling-event.ts';
import { objectOf } from './wire.ts';

const id = v.optional(v.pipe(v.string(), v.maxLength(64)));
const features = v.optional(v.array(v.string()), []);
const Envelope = v.object({ type: v.string() });

const Incoming = v.object({
	/** written by the server: the only thing that says who sent it */
	sender: v.object({ type: v.string(), sessionid: SessionId, userid: v.optional(v.string()) }),
	data: v.unknown()
});

const ServerFrameBesidesEvents = v.variant('type', [
	v.object({
		type: v.literal('welcome'),
		welcome: objectOf(v.object({ features, version: v.optional(v.string()) }))
	}),
	v.object({
		id,
		type: v.literal('hello'),
		hello: v.object({
			version: v.optional(v.string()),
			sessionid: SessionId,
			resumeid: ResumeId,
			userid: v.optional(v.string(), ''),
			/** its features replace those of the welcome; `mcu` means that an SFU carries the media */
			server: v.optional(objectOf(v.object({ features, version: v.optional(v.string()) })))
		})
	}),
	v.object({
		id,
		type: v.literal('bye'),
		bye: v.optional(objectOf(v.object({ reason: v.optional(v.string(), '') })), {})
	}),
	v.object({
		id,
		type: v.literal('room'),
		room: v.object({
			/** empty: in no room now */
			roomid: v.union([v.literal(''), RoomToken]),
			properties: v.optional(RoomProperties, {}),
			/** bits per second */
			bandwidth: v.optional(
				v.object({ maxstreambitrate: v.optional(v.number()), maxscreenbitrate: v.optional(v.number()) })
			)
		})
	}),
	v.object({ id, type: v.literal('message'), message: Incoming }),
	v.object({ id, type: v.literal('control'), control: Incoming }),
	v.object({
		id,
		type: v.literal('transient'),
		transient: v.variant('type', [
			v.object({
				type: v.literal('set'),
				key: v.string(),
				value: v.unknown(),
				oldvalue: v.optional(v.unknown())
			}),
			v.object({ type: v.literal('remove'), key: v.string(), oldvalue: v.optional(v.unknown()) }),
			v.object({ type: v.literal('initial'), data: objectOf(v.record(v.string(), v.unknown())) })
		])
	}),
	v.object({
		id,
		type: v.literal('error'),
		error: v.object({
			code: v.string(),
			message: v.optional(v.string(), ''),
			details: v.optional(v.unknown())
		})
	})
]);
type ServerFrameBesidesEvents = v.InferOutput<typeof ServerFrameBesidesEvents>;
const serverTypes: ReadonlySet<string> = new Set(
	ServerFrameBesidesEvents.options.map((option) => option.entries.type.literal)
);

/** What a signaling server sends. Field table: docs/protocol.md#signaling-socket */
export type ServerFrame = ServerFrameBesidesEvents | { type: 'event'; event: SignalingEvent };

const EventFrame = v.object({ event: v.unknown() });

/**
 * Reads one frame that a signaling server sent.
 * @returns `undefined` for a type, or an event, that Roost does not know
 * @throws {v.ValiError} for a known type with missing or malformed fields, or for no frame at all
 */
export function parseServerFrame(raw: unknown): ServerFrame | undefined {
	const { type } = v.parse(Envelope, raw);
	if (type === 'event') {
		const event = parseSignalingEvent(v.parse(EventFrame, raw).event);
		return event && { type, event };
	}
	return serverTypes.has(type) ? v.parse(ServerFrameBesidesEvents, raw) : undefined;
}
