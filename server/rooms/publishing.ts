import * as v from 'valibot';
import { permission } from '../../src/lib/protocol/call.ts';

/** The part of an offer or answer that says what its sender is going to send. */
const Description = v.object({
	type: v.picklist(['offer', 'answer']),
	roomType: v.optional(v.string(), 'video'),
	payload: v.object({ sdp: v.string() })
});

/** The same in the words that two Roosts may say it in: the purposes are those of the streams that are sent. */
const NativeDescription = v.object({
	type: v.picklist(['m.call.invite', 'm.call.answer', 'm.call.negotiate']),
	content: v.object({
		offer: v.optional(v.object({ sdp: v.string() })),
		answer: v.optional(v.object({ sdp: v.string() })),
		description: v.optional(v.object({ sdp: v.string() })),
		sdp_stream_metadata: v.optional(v.record(v.string(), v.object({ purpose: v.string() })), {})
	})
});

/**
 * Which permission bits somebody needs who says this to another session.
 * @param message as it is relayed; nothing in it has been checked
 * @returns 0 for whatever announces no media
 */
export function bitsToPublish(message: unknown): number {
	const read = v.safeParse(Description, message);
	if (!read.success) return bitsOfNative(message);
	const { roomType, payload } = read.output;
	return roomType === 'screen' ? bitsOfScreen(payload.sdp) : bitsOfKinds(payload.sdp);
}

function bitsOfNative(message: unknown): number {
	const read = v.safeParse(NativeDescription, message);
	if (!read.success) return 0;
	const { offer, answer, description, sdp_stream_metadata: metadata } = read.output.content;
	const sdps = [offer, answer, description].flatMap((part) => part?.sdp ?? []);
	const purposes = Object.values(metadata).map(({ purpose }) => purpose);
	const isScreenOnly = purposes.length > 0 && purposes.every((purpose) => purpose === 'm.screenshare');
	const ofScreen = purposes.includes('m.screenshare') ? bitsOfScreen : () => 0;
	const ofKinds = isScreenOnly ? () => 0 : bitsOfKinds;
	return sdps.reduce((bits, sdp) => bits | ofScreen(sdp) | ofKinds(sdp), 0);
}

const bitsOfScreen = (sdp: string) => (kindsSent(sdp).size > 0 ? permission.publishScreen : 0);

function bitsOfKinds(sdp: string): number {
	const kinds = kindsSent(sdp);
	return (
		(kinds.has('audio') ? permission.publishAudio : 0) | (kinds.has('video') ? permission.publishVideo : 0)
	);
}

/**
 * Kinds of media with a section that sends: one says so, or says nothing, which in SDP means the same. Of several
 * directions in a section browsers take the last: any that sends counts.
 */
function kindsSent(sdp: string): ReadonlySet<string> {
	// nothing else ends a line for a browser, though more does for `^`
	const lines = sdp.split(/\r\n|\n|\r/);
	const starts = lines.flatMap((line, index) => (line.startsWith('m=') ? [index] : []));
	const session = directionOf(lines.slice(0, starts[0])) ?? 'sends';
	const sending = starts.filter(
		(start, index) => (directionOf(lines.slice(start, starts[index + 1])) ?? session) === 'sends'
	);
	return new Set(sending.map((start) => /^m=(audio|video)\b/.exec(lines[start] ?? '')?.[1] ?? ''));
}

function directionOf(lines: readonly string[]): 'sends' | 'is still' | undefined {
	if (lines.some((line) => /^a=send(?:recv|only)(?![\w-])/.test(line))) return 'sends';
	return lines.some((line) => /^a=(?:recvonly|inactive)\s*$/.test(line)) ? 'is still' : undefined;
}
