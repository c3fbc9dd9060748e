import type { MediaLease, PeerConnectionOptions } from '../../domain/call/peer-connection.ts';
import type { MediaKind } from '../../domain/media/capture.ts';
import type { LocalTracks } from './local-tracks.ts';
import { allowedDirection, readSdp, type Direction } from './sdp.ts';

/**
 * The transceivers of one connection: at most one for sound and one for pictures. Allocated once, they keep their place;
 * tracks come and go by replaceTrack, which needs no negotiation. Tracks are lent: they are never stopped here.
 */
interface MediaSections {
	/**
	 * Attaches the tracks of the lease, or none. The offering side allocates what is missing; the answering side waits
	 * for the offer. Kinds that the options do not send, and tracks given back meanwhile, are left out.
	 */
	apply(lease: MediaLease | null, isOffering: boolean): Promise<void>;
	/** After a remote offer was set: attaches the remembered lease to the sections that it made. */
	adoptOffer(sdp: string): Promise<void>;
	/** How many sections of sound and pictures are negotiated or being so. */
	count(): number;
	/** Ids of the stream that our tracks are announced in; empty when nothing is sent. */
	streamIds(): string[];
}

type WantedMedia = PeerConnectionOptions['media'];

const mediaKinds: readonly MediaKind[] = ['audio', 'video'];
const directions: Record<WantedMedia['audio'], Direction> = {
	both: 'sendrecv',
	send: 'sendonly',
	receive: 'recvonly',
	none: 'inactive'
};
const isStopped = ({ direction }: RTCRtpTransceiver) => direction === 'stopped';
const isNegotiated = (transceiver: RTCRtpTransceiver) => transceiver.mid !== null && !isStopped(transceiver);

/** @param ownStream never holds a track: its id alone groups what we send into one stream on the other side */
export function createMediaSections(
	connection: RTCPeerConnection,
	media: WantedMedia,
	localTracks: LocalTracks,
	ownStream: MediaStream
): MediaSections {
	const own = new Map<MediaKind, RTCRtpTransceiver>();
	/** Made by an offer of the other side: what we do with them follows each new offer. */
	const adopted = new Set<MediaKind>();
	let lease: MediaLease | null = null;
	let isApplied = false;

	const sends = (kind: MediaKind) => media[kind] === 'both' || media[kind] === 'send';
	const trackFor = (kind: MediaKind) => {
		const trackId = sends(kind) ? lease?.tracks[kind] : undefined;
		return trackId === undefined ? null : (localTracks.get(trackId) ?? null);
	};
	const findNegotiated = (kind: MediaKind) =>
		connection
			.getTransceivers()
			.find((transceiver) => isNegotiated(transceiver) && transceiver.receiver.track.kind === kind);

	const allocate = (kind: MediaKind) => {
		if (media[kind] === 'none') return;
		const init = { direction: directions[media[kind]], streams: sends(kind) ? [ownStream] : [] };
		own.set(kind, connection.addTransceiver(trackFor(kind) ?? kind, init));
	};

	const attach = async (kind: MediaKind) => {
		const sender = own.get(kind)?.sender;
		const track = trackFor(kind);
		if (sender && sender.track !== track) await sender.replaceTrack(track);
	};

	/**
	 * Allocated for an offer of ours that was rolled back: a remote offer never takes such a transceiver over. It is not
	 * stopped either, since Chromium then asks for negotiation for ever; it costs one idle section.
	 */
	const retire = async (transceiver: RTCRtpTransceiver) => {
		transceiver.direction = 'inactive';
		await transceiver.sender.replaceTrack(null);
	};

	const adopt = async (kind: MediaKind, offered: ReadonlyMap<string, Direction>) => {
		const found = findNegotiated(kind);
		if (!found) return;
		const before = own.get(kind);
		own.set(kind, found);
		adopted.add(kind);
		found.direction = allowedDirection(directions[media[kind]], offered.get(found.mid ?? '') ?? 'inactive');
		// absent in some older browsers; then the other side gets our tracks without a stream
		if (sends(kind) && 'setStreams' in found.sender) found.sender.setStreams(ownStream);
		await attach(kind);
		if (before && before !== found) await retire(before);
	};

	return {
		apply: async (next, isOffering) => {
			lease = next;
			isApplied = true;
			for (const kind of mediaKinds) {
				const current = own.get(kind);
				if (current && isStopped(current)) {
					own.delete(kind);
					adopted.delete(kind);
				}
				if (own.has(kind)) await attach(kind);
				else if (isOffering) allocate(kind);
				else if (connection.remoteDescription) {
					await adopt(kind, readSdp(connection.remoteDescription.sdp).directions);
				}
			}
		},
		adoptOffer: async (sdp) => {
			if (!isApplied) return;
			const offered = readSdp(sdp).directions;
			for (const kind of mediaKinds) {
				const current = own.get(kind);
				if (current && isNegotiated(current) && !adopted.has(kind)) await attach(kind);
				else await adopt(kind, offered);
			}
		},
		count: () => connection.getTransceivers().filter(isNegotiated).length,
		streamIds: () =>
			[...own.values()].some(({ direction }) => direction === 'sendrecv' || direction === 'sendonly')
				? [ownStream.id]
				: []
	};
}
