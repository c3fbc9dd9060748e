export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** The only place that reads SDP, and the one change made to any. */
interface SdpFacts {
	hasData: boolean;
	/** What its author wants to do with each section of sound or pictures, by mid; rejected sections are left out. */
	directions: ReadonlyMap<string, Direction>;
}

/** What the last line of a kind says, which is the one that counts. */
const lastIn = (lines: readonly string[], kind: RegExp) =>
	lines.map((line) => kind.exec(line)?.[1]).findLast((said) => said !== undefined);
const directionIn = (lines: readonly string[]) =>
	lastIn(lines, /^a=(sendrecv|sendonly|recvonly|inactive)/) as Direction | undefined;

/** Never throws: what cannot be read is left out, since the browser is the judge of a description. */
export function readSdp(sdp: string): SdpFacts {
	const [session = [], ...media] = `\n${sdp}`.split(/[\r\n]+(?=m=)/).map((part) => part.split(/[\r\n]+/));
	const common = directionIn(session) ?? 'sendrecv';
	const directions = new Map<string, Direction>();
	let hasData = false;
	for (const section of media) {
		const [, type, port] = /^m=(\w*) (\d*) /.exec(section[0] ?? '') ?? [];
		const mid = lastIn(section, /^a=mid:(\S*)/);
		// port 0 rejects a section, unless it shares the transport of another one
		if (port === '0' && lastIn(section, /^a=(bundle-only)/) === undefined) continue;
		if (type === 'application') hasData = true;
		else if (mid !== undefined) directions.set(mid, directionIn(section) ?? common);
	}
	return { hasData, directions };
}

/** An offer that leaves open who begins the DTLS handshake, as one whose author does (RFC 8842: our answer is passive). */
export const withDtlsBegunByAuthor = (sdp: string): string =>
	sdp.replace(/^a=setup:actpass(?=\r?$)/gm, 'a=setup:active');

/** @param direction null: not negotiated yet */
export const sends = (direction: RTCRtpTransceiverDirection | null) =>
	direction === 'sendrecv' || direction === 'sendonly';
/** @param direction null: not negotiated yet */
export const receives = (direction: RTCRtpTransceiverDirection | null) =>
	direction === 'sendrecv' || direction === 'recvonly';
const direct = (isSending: boolean, isReceiving: boolean): Direction =>
	isSending ? (isReceiving ? 'sendrecv' : 'sendonly') : isReceiving ? 'recvonly' : 'inactive';

/** What we may do of what we want, when the other side offered this. */
export const allowedDirection = (wanted: Direction, offered: Direction): Direction =>
	direct(sends(wanted) && receives(offered), receives(wanted) && sends(offered));
