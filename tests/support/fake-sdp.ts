/** The little SDP that fake peer connections speak: real syntax, few lines. */

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
export type SectionKind = 'audio' | 'video' | 'application';

export interface Section {
	kind: SectionKind;
	mid: string;
	direction: Direction;
	/** Streams that the sender announces. */
	streamIds: string[];
	isRejected: boolean;
}

export interface Sdp {
	ufrag: string;
	sections: Section[];
	candidates: string[];
	/** Who begins the DTLS handshake: an offer leaves it open, unless somebody says otherwise. */
	setup: 'actpass' | 'active' | 'passive';
}

export const sends = (direction: string | null) => direction === 'sendrecv' || direction === 'sendonly';
export const receives = (direction: string | null) => direction === 'sendrecv' || direction === 'recvonly';
export const toDirection = (isSending: boolean, isReceiving: boolean): Direction =>
	isSending ? (isReceiving ? 'sendrecv' : 'sendonly') : isReceiving ? 'recvonly' : 'inactive';
/** The same direction, seen from the other side. */
export const reversed = (direction: Direction): Direction =>
	toDirection(receives(direction), sends(direction));
export const intersected = (a: Direction, b: Direction): Direction =>
	toDirection(sends(a) && sends(b), receives(a) && receives(b));

export function writeSdp({ ufrag, sections, candidates, setup }: Sdp): string {
	const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0'];
	lines.push(`a=group:BUNDLE ${sections.map(({ mid }) => mid).join(' ')}`);
	for (const [index, { kind, mid, direction, streamIds, isRejected }] of sections.entries()) {
		const port = isRejected ? 0 : 9;
		lines.push(
			kind === 'application'
				? `m=application ${port} UDP/DTLS/SCTP webrtc-datachannel`
				: `m=${kind} ${port} UDP/TLS/RTP/SAVPF ${kind === 'audio' ? 111 : 96}`
		);
		lines.push('c=IN IP4 0.0.0.0', `a=mid:${mid}`);
		lines.push(`a=ice-ufrag:${ufrag}`, `a=ice-pwd:${ufrag.padEnd(22, '0')}`, `a=setup:${setup}`);
		if (kind === 'application') lines.push('a=sctp-port:5000');
		else lines.push(`a=${direction}`, ...streamIds.map((id) => `a=msid:${id} track-of-${mid}`));
		if (index === 0) lines.push(...candidates.map((candidate) => `a=${candidate}`));
	}
	return `${lines.join('\r\n')}\r\n`;
}

/** @throws OperationError for text that no browser would take */
export function readSdp(text: string): Sdp {
	if (!text.startsWith('v=0'))
		throw new DOMException('Failed to parse SessionDescription.', 'OperationError');
	const sdp: Sdp = { ufrag: '', sections: [], candidates: [], setup: 'actpass' };
	for (const line of text.split(/\r?\n/)) {
		const media = /^m=(audio|video|application) (\d+)/.exec(line);
		if (media) {
			const kind = media[1] === 'audio' || media[1] === 'video' ? media[1] : 'application';
			const isRejected = media[2] === '0';
			sdp.sections.push({ kind, mid: '', direction: 'sendrecv', streamIds: [], isRejected });
		}
		const [, name = '', value = ''] = /^a=([a-z-]+):?(.*)$/.exec(line) ?? [];
		const section = sdp.sections.at(-1);
		if (name === 'ice-ufrag') sdp.ufrag ||= value;
		if (name === 'setup' && (value === 'active' || value === 'passive')) sdp.setup = value;
		if (name === 'candidate') sdp.candidates.push(`candidate:${value}`);
		if (section && name === 'mid') section.mid = value;
		if (section && name === 'msid' && !value.startsWith('- ')) {
			section.streamIds.push(value.split(' ')[0] ?? ''); // a dash: the track belongs to no stream
		}
		if (section && /^(sendrecv|sendonly|recvonly|inactive)$/.test(name)) {
			section.direction = toDirection(sends(name), receives(name));
		}
	}
	return sdp;
}
