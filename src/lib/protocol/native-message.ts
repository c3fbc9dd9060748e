import * as v from 'valibot';
import { CallId } from './ids.ts';
import { WireInteger } from './wire.ts';

/**
 * The words of Matrix VoIP (MSC2746, MSC2747, MSC3077, with `seq` of MSC3401), as two Roosts say them to each other
 * over a relay that only carries messages from session to session. Who sent one is said by the envelope.
 */
const Metadata = v.record(
	v.string(),
	v.object({
		/** `m.usermedia` or `m.screenshare`; others are not shown */
		purpose: v.string(),
		audio_muted: v.optional(v.boolean(), false),
		video_muted: v.optional(v.boolean(), false)
	})
);

const named = {
	call_id: CallId,
	/** one of several devices of a person */
	party_id: v.optional(v.string()),
	/** counts the messages of one call from 0: a relay may reorder or repeat them */
	seq: v.optional(WireInteger)
};
const described = { sdp_stream_metadata: v.optional(Metadata, {}) };
/** how many calls the sender has placed to the receiver: an invite may be overtaken by a later one */
const counted = { call_seq: v.optional(WireInteger) };

const description = <const Type extends string>(...types: Type[]) =>
	v.object({ type: v.picklist(types), sdp: v.string() });

const Candidate = v.object({
	/** empty text marks the end */
	candidate: v.string(),
	sdpMid: v.nullish(v.string()),
	sdpMLineIndex: v.nullish(WireInteger),
	usernameFragment: v.nullish(v.string())
});
/** More in one message is an attack or a bug. */
const candidatesMax = 256;

const message = <const Type extends string, const Content extends v.ObjectEntries>(
	type: Type,
	content: Content
) => v.object({ type: v.literal(type), content: v.object({ ...named, ...content }) });

/** Field table: docs/protocol.md#native-messages */
export const NativeMessage = v.variant('type', [
	message('m.call.invite', {
		...described,
		...counted,
		/** milliseconds */
		lifetime: WireInteger,
		offer: description('offer')
	}),
	message('m.call.answer', { ...described, ...counted, answer: description('answer') }),
	message('m.call.candidates', { candidates: v.pipe(v.array(Candidate), v.maxLength(candidatesMax)) }),
	message('m.call.negotiate', {
		...described,
		lifetime: WireInteger,
		/** of an answer: `seq` of the offer it answers */
		answers_seq: v.optional(WireInteger),
		description: description('offer', 'answer')
	}),
	message('m.call.select_answer', { selected_party_id: v.string() }),
	message('m.call.reject', {}),
	message('m.call.hangup', { reason: v.optional(v.string()) }),
	message('m.call.sdp_stream_metadata_changed', { sdp_stream_metadata: Metadata })
]);
export type NativeMessage = v.InferOutput<typeof NativeMessage>;
const nativeTypes: ReadonlySet<string> = new Set(
	NativeMessage.options.map((option) => option.entries.type.literal)
);

const Typed = v.object({ type: v.string() });

/**
 * Reads one message of a native call.
 * @returns `undefined` for a type that is none of these
 * @throws {v.ValiError} for a known type with missing or malformed fields
 */
export function parseNativeMessage(raw: unknown): NativeMessage | undefined {
	const { type } = v.parse(Typed, raw);
	return nativeTypes.has(type) ? v.parse(NativeMessage, raw) : undefined;
}
