import * as v from 'valibot';
import { CallId, SessionId } from './ids.ts';
import { WireInteger } from './wire.ts';

/** Talk's word is text; a number is read as text, since some clients send their clock as it is. */
const Sid = v.pipe(
	v.union([v.string(), v.number()]),
	v.transform((sid) => String(sid)),
	CallId
);

const routed = {
	to: v.optional(SessionId),
	/** which connection is meant; servers before `update-sdp` leave it out */
	sid: v.optional(Sid),
	/** the sharer's own id, in screen connections of a mesh */
	broadcaster: v.optional(SessionId),
	roomType: v.optional(v.picklist(['video', 'screen', 'audio']), 'video')
};

const described = <const Type extends 'offer' | 'answer'>(type: Type) =>
	v.object({
		...routed,
		type: v.literal(type),
		payload: v.object({ type: v.literal(type), sdp: v.string(), nick: v.nullish(v.string()) })
	});

const bare = <const Type extends string>(type: Type) => v.object({ ...routed, type: v.literal(type) });

const carrying = <const Type extends string, const Payload extends v.ObjectEntries>(
	type: Type,
	payload: Payload
) => v.object({ ...routed, type: v.literal(type), payload: v.object(payload) });

const IceCandidate = v.object({
	/** empty text marks the end */
	candidate: v.string(),
	sdpMid: v.nullish(v.string()),
	sdpMLineIndex: v.nullish(WireInteger),
	usernameFragment: v.nullish(v.string())
});

/** What sessions relay to each other. Field table: docs/protocol.md#what-sessions-say-to-each-other */
export const PeerMessage = v.variant('type', [
	described('offer'),
	described('answer'),
	carrying('candidate', { candidate: IceCandidate }),
	bare('endOfCandidates'),
	bare('requestoffer'),
	bare('sendoffer'),
	carrying('selectStream', {
		substream: v.optional(WireInteger),
		temporal: v.optional(WireInteger),
		audio: v.optional(v.boolean()),
		video: v.optional(v.boolean())
	}),
	carrying('mute', { name: v.optional(v.string()) }),
	carrying('unmute', { name: v.optional(v.string()) }),
	carrying('nickChanged', { name: v.string() }),
	carrying('raiseHand', { state: v.boolean(), timestamp: v.optional(v.number()) }),
	carrying('reaction', { reaction: v.string() }),
	bare('unshareScreen'),
	bare('connectivityError'),
	bare('startedTyping'),
	bare('stoppedTyping')
]);
export type PeerMessage = v.InferOutput<typeof PeerMessage>;
const peerTypes: ReadonlySet<string> = new Set(
	PeerMessage.options.map((option) => option.entries.type.literal)
);

const Typed = v.object({ type: v.string() });

/**
 * Reads one relayed message.
 * @returns `undefined` for a type Roost does not know: newer Talk versions add types, old clients go on
 * @throws {v.ValiError} for a known type with missing or malformed fields
 */
export function parsePeerMessage(raw: unknown): PeerMessage | undefined {
	const { type } = v.parse(Typed, raw);
	return peerTypes.has(type) ? v.parse(PeerMessage, raw) : undefined;
}

/** `lowerHand` is Roost's own; Talk's clients pass it over. */
const orders = ['forceMute', 'lowerHand'] as const;
const Order = v.object({ action: v.picklist(orders), peerId: SessionId });
/** A moderator's order, believed only when it came as a `control` frame, never as a plain message. */
export type ControlMessage = v.InferOutput<typeof Order>;
const Ordered = v.object({ action: v.optional(v.string()) });

/**
 * Reads the data of a `control` frame.
 * @returns `undefined` for an order Roost does not know
 * @throws {v.ValiError} for a known one with missing or malformed fields
 */
export function parseControlMessage(raw: unknown): ControlMessage | undefined {
	const { action } = v.parse(Ordered, raw);
	return orders.some((order) => order === action) ? v.parse(Order, raw) : undefined;
}

const plain = <const Type extends string>(type: Type) => v.object({ type: v.literal(type) });

/** What travels on the data channel of a connection. Field table: docs/protocol.md#what-sessions-say-to-each-other */
export const ChannelMessage = v.variant('type', [
	plain('audioOn'),
	plain('audioOff'),
	plain('videoOn'),
	plain('videoOff'),
	plain('speaking'),
	plain('stoppedSpeaking'),
	v.object({
		type: v.literal('nickChanged'),
		/** text from a guest, an object from a person with an account */
		payload: v.union([v.string(), v.object({ name: v.string(), userid: v.nullish(v.string()) })])
	})
]);
export type ChannelMessage = v.InferOutput<typeof ChannelMessage>;
const channelTypes: ReadonlySet<string> = new Set(
	ChannelMessage.options.map((option) => option.entries.type.literal)
);

/**
 * Reads one message of a data channel.
 * @returns `undefined` for a type Roost does not know
 * @throws {v.ValiError} for a known type with missing or malformed fields
 */
export function parseChannelMessage(raw: unknown): ChannelMessage | undefined {
	const { type } = v.parse(Typed, raw);
	return channelTypes.has(type) ? v.parse(ChannelMessage, raw) : undefined;
}
