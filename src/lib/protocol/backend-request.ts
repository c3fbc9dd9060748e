import * as v from 'valibot';
import { NextcloudSessionId, RoomToken } from './ids.ts';
import { HelloV1Params } from './signaling-settings.ts';

const Auth = v.object({ type: v.literal('auth'), auth: v.object({ params: HelloV1Params }) });

const Room = v.object({
	type: v.literal('room'),
	room: v.object({
		roomid: v.string(),
		/** empty for clients of the signaling server's own, such as a recorder */
		sessionid: v.optional(v.string(), ''),
		/** who a session without a client stands for, such as a telephone; its id is the signaling server's then */
		actorid: v.optional(v.string(), ''),
		actortype: v.optional(v.string(), ''),
		action: v.optional(v.picklist(['', 'join', 'leave']), 'join')
	})
});

const Ping = v.object({
	type: v.literal('ping'),
	/** one room, or several together: the sessions say where they are */
	ping: v.object({ entries: v.optional(v.nullable(v.array(v.object({ sessionid: v.string() }))), []) })
});

/** A session without a client of its own, such as a telephone. */
const Session = v.object({ type: v.literal('session'), session: v.object({ roomid: v.string() }) });

const BackendRequest = v.variant('type', [Auth, Room, Ping, Session]);
/** What a signaling server asks the server of the rooms. Table: docs/protocol.md#external-signaling-server */
export type BackendRequest = v.InferOutput<typeof BackendRequest>;

const known: ReadonlySet<string> = new Set(BackendRequest.options.map(({ entries }) => entries.type.literal));
const Typed = v.looseObject({ type: v.string() });

/**
 * Reads one request of a signaling server whose checksum was right.
 * @returns `undefined` for a type that is not known
 * @throws {v.ValiError} for anything that is malformed
 */
export function parseBackendRequest(raw: unknown): BackendRequest | undefined {
	const { type } = v.parse(Typed, raw);
	return known.has(type) ? v.parse(BackendRequest, raw) : undefined;
}

/** @returns `undefined` for what cannot be a token */
export function roomTokenOf(text: string): RoomToken | undefined {
	const read = v.safeParse(RoomToken, text);
	return read.success ? read.output : undefined;
}

/** @returns `undefined` for what cannot be the id of a session */
export function sessionIdOf(text: string): NextcloudSessionId | undefined {
	const read = v.safeParse(NextcloudSessionId, text);
	return read.success ? read.output : undefined;
}
