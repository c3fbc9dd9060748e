import * as v from 'valibot';
import { SessionId } from './ids.ts';
import { ParticipantEntry } from './signaling-event.ts';

/** Body of `POST v3/signaling/{token}`: a list of `SentItem`s, written as JSON text inside the JSON. */
export const SendSignalsBody = v.object({ messages: v.string() });
export type SendSignalsBody = v.InferInput<typeof SendSignalsBody>;

const SentItem = v.object({
	ev: v.literal('message'),
	/** the message, once more as JSON text */
	fn: v.string(),
	/** the sender's own; an item in the name of another session goes nowhere */
	sessionId: SessionId
});
export type SentItem = v.InferInput<typeof SentItem>;

/** What goes from one session to another. Beside what routes it, it is read by the receiver only. */
const SentMessage = v.looseObject({ to: SessionId, type: v.string() });
export type SentMessage = v.InferOutput<typeof SentMessage>;

/**
 * Reads the `messages` of a sending request.
 * @returns who claims to send what; items that are no message are left out, as Talk does: clients send some to see
 * whether the server answers
 * @throws {v.ValiError} if the text is no list in JSON
 */
export function parseSentItems(text: string): { sender: SessionId; message: SentMessage }[] {
	return v.parse(v.array(v.unknown()), fromJson(text)).flatMap((raw) => {
		const item = v.safeParse(SentItem, raw);
		const message = v.safeParse(SentMessage, item.success ? fromJson(item.output.fn) : undefined);
		return item.success && message.success
			? [{ sender: item.output.sessionId, message: message.output }]
			: [];
	});
}

const PulledItem = v.variant('type', [
	/** `data` is JSON text; some servers have decoded it already */
	v.object({ type: v.literal('message'), data: v.unknown() }),
	/** everybody who is there: whoever is not in it has gone */
	v.object({ type: v.literal('usersInRoom'), data: v.array(ParticipantEntry) })
]);
/** What the answer to a pull consists of. Field table: docs/protocol.md#signaling-without-a-socket */
export type PulledItem = v.InferOutput<typeof PulledItem>;
const pulledTypes: ReadonlySet<string> = new Set(
	PulledItem.options.map((option) => option.entries.type.literal)
);
const Typed = v.object({ type: v.string() });

/**
 * Reads the data of `GET v3/signaling/{token}`.
 * @returns the items in order, without those of types that Roost does not know
 * @throws {v.ValiError} for anything but a list of items, or for a malformed one of a known type
 */
export function parsePulledItems(data: unknown): PulledItem[] {
	return v
		.parse(v.array(Typed), data)
		.flatMap(({ type }, index) =>
			pulledTypes.has(type) ? [v.parse(PulledItem, (data as unknown[])[index])] : []
		);
}

const PulledMessage = v.looseObject({
	/** written by the server: the only thing that says who sent it */
	from: SessionId,
	type: v.string(),
	payload: v.optional(v.unknown())
});
export type PulledMessage = v.InferOutput<typeof PulledMessage>;

/**
 * Reads what one item of a pull carries.
 * @throws {v.ValiError} without a sender or a type
 */
export function parsePulledMessage(data: unknown): PulledMessage {
	return v.parse(PulledMessage, typeof data === 'string' ? fromJson(data) : data);
}

/** @returns `undefined` for what is no JSON: no schema takes it */
function fromJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
