import * as v from 'valibot';
import { permission } from '../../src/lib/protocol/call.ts';

/** The part of an offer or answer that says what its sender is going to send. */
const Description = v.object({
	type: v.picklist(['offer', 'answer']),
	roomType: v.optional(v.string(), 'video'),
	payload: v.object({ sdp: v.string() })
});

/**
 * Which permission bits somebody needs who says this to another session.
 * @param message as it is relayed; nothing in it has been checked
 * @returns 0 for whatever announces no media
 */
export function bitsToPublish(message: unknown): number {
	const read = v.safeParse(Description, message);
	if (!read.success) return 0;
	const { roomType, payload } = read.output;
	const kinds = kindsSent(payload.sdp);
	if (roomType === 'screen') return kinds.size > 0 ? permission.publishScreen : 0;
	return (
		(kinds.has('audio') ? permission.publishAudio : 0) | (kinds.has('video') ? permission.publishVideo : 0)
	);
}

/** Kinds of media with a section that sends: one says so, or says nothing, which in SDP means the same. */
function kindsSent(sdp: string): ReadonlySet<string> {
	const [session = '', ...sections] = sdp.split(/^(?=m=)/m);
	const byDefault = directionOf(session) ?? 'sendrecv';
	const sending = sections.filter((section) => (directionOf(section) ?? byDefault).startsWith('send'));
	return new Set(sending.map((section) => /^m=(audio|video)\b/.exec(section)?.[1] ?? ''));
}

const directionOf = (lines: string): string | undefined =>
	/^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m.exec(lines)?.[1];
