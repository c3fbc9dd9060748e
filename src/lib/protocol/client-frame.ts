import * as v from 'valibot';
import { NextcloudSessionId, ResumeId, RoomToken, SessionId } from './ids.ts';
import { InternalRequest } from './internal-client.ts';
import { objectOf } from './wire.ts';

const id = v.optional(v.pipe(v.string(), v.maxLength(64)));
const Envelope = v.object({ type: v.string() });

/** Whom a relayed message is for. `call` reaches only sessions in the call. */
const Recipient = v.variant('type', [
	v.object({ type: v.literal('session'), sessionid: SessionId }),
	v.object({ type: v.literal('user'), userid: v.pipe(v.string(), v.nonEmpty()) }),
	v.object({ type: v.literal('room') }),
	v.object({ type: v.literal('call') })
]);
export type Recipient = v.InferOutput<typeof Recipient>;

const Outgoing = v.object({ recipient: Recipient, data: v.unknown() });

/** What a client can do; others in the room are told of it. */
const ClientFeatures = v.pipe(v.array(v.pipe(v.string(), v.maxLength(64))), v.maxLength(64));

const Hello = v.union([
	v.object({ version: v.string(), resumeid: ResumeId }),
	v.object({
		/** `2.0` proves itself with a signed token, `1.0` with a ticket */
		version: v.string(),
		auth: v.object({
			/** `internal` proves itself with the secret of internal clients, whatever the version, and has no `url` */
			type: v.optional(v.string(), 'client'),
			url: v.optional(v.string(), ''),
			params: v.unknown()
		}),
		features: v.optional(ClientFeatures)
	})
]);

/** A name in the transient data of a room. */
const Key = v.pipe(v.string(), v.nonEmpty(), v.maxLength(200));

/** What a client sends. Field table: docs/protocol.md#signaling-socket */
const ClientFrame = v.variant('type', [
	v.object({ id, type: v.literal('hello'), hello: Hello }),
	v.object({ id, type: v.literal('bye'), bye: v.optional(objectOf(v.object({})), {}) }),
	v.object({
		id,
		type: v.literal('room'),
		room: v.union([
			v.object({ roomid: v.literal('') }),
			v.object({
				roomid: RoomToken,
				sessionid: v.optional(NextcloudSessionId),
				federation: v.optional(v.unknown())
			})
		])
	}),
	v.object({ id, type: v.literal('message'), message: Outgoing }),
	v.object({ id, type: v.literal('control'), control: Outgoing }),
	v.object({
		id,
		type: v.literal('transient'),
		transient: v.variant('type', [
			v.object({
				type: v.literal('set'),
				key: Key,
				/** null or nothing takes the key away */
				value: v.optional(v.unknown()),
				/** nanoseconds; 0 or nothing: for as long as somebody is in the room */
				ttl: v.optional(v.pipe(v.number(), v.minValue(0)), 0)
			}),
			v.object({ type: v.literal('remove'), key: Key })
		])
	}),
	v.object({ id, type: v.literal('internal'), internal: InternalRequest })
]);
export type ClientFrame = v.InferOutput<typeof ClientFrame>;
const clientTypes: ReadonlySet<string> = new Set(
	ClientFrame.options.map((option) => option.entries.type.literal)
);

/**
 * Reads one frame that a client sent.
 * @returns `undefined` for a type Roost does not know
 * @throws {v.ValiError} for a known type with missing or malformed fields, or for no frame at all
 */
export function parseClientFrame(raw: unknown): ClientFrame | undefined {
	const { type } = v.parse(Envelope, raw);
	return clientTypes.has(type) ? v.parse(ClientFrame, raw) : undefined;
}
