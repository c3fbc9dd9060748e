import { parse } from 'sdp-transform';

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';

/** The only place that reads SDP. */
interface SdpFacts {
	hasData: boolean;
	/** What its author wants to do with each section of sound or pictures, by mid; rejected sections are left out. */
	directions: ReadonlyMap<string, Direction>;
}

/** Never throws: what cannot be read is left out, since the browser is the judge of a description. */
export function readSdp(sdp: string): SdpFacts {
	const { media, direction: common = 'sendrecv' } = parse(sdp);
	const directions = new Map<string, Direction>();
	let hasData = false;
	for (const section of media) {
		const mid: unknown = section.mid; // said to be text, but the parser makes numbers of digits
		// port 0 rejects a section, unless it shares the transport of another one
		if (section.port === 0 && !('bundleOnly' in section)) continue;
		if (section.type === 'application') hasData = true;
		else if (typeof mid === 'string' || typeof mid === 'number')
			directions.set(String(mid), section.direction ?? common);
	}
	return { hasData, directions };
}

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
