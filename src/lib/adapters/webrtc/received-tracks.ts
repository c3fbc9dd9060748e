import type { PeerConnectionEvent } from '../../domain/call/peer-connection.ts';
import type { CallId } from '../../protocol/ids.ts';
import type { RemoteStreams } from './remote-streams.ts';

const receives = ({ currentDirection }: RTCRtpTransceiver) =>
	currentDirection === 'sendrecv' || currentDirection === 'recvonly';

/**
 * Keeps the stream of one connection in step with what is received.
 * @returns `check`, to be called after each description: no event says everywhere that a track is no longer sent
 */
export function createReceivedTracks(
	connection: RTCPeerConnection,
	callId: CallId,
	streams: RemoteStreams,
	emit: (event: PeerConnectionEvent) => void,
	signal: AbortSignal
): { check(): void } {
	const present = new Set<MediaStreamTrack>();
	const kindOf = (track: MediaStreamTrack) => (track.kind === 'audio' ? 'audio' : 'video');

	const forget = (track: MediaStreamTrack) => {
		if (!present.delete(track)) return;
		streams.remove(callId, track);
		emit({ type: 'PC_TRACK_GONE', kind: kindOf(track), streamId: callId, remoteStreamId: null });
	};
	const arrive = ({ track }: RTCTrackEvent) => {
		if (present.has(track)) return;
		present.add(track);
		streams.add(callId, track);
		track.addEventListener('ended', () => forget(track), { signal });
		emit({ type: 'PC_TRACK', kind: kindOf(track), streamId: callId, remoteStreamId: null });
	};
	connection.addEventListener('track', arrive, { signal });

	return {
		check: () => {
			if (connection.signalingState !== 'stable') return; // directions are not agreed on yet
			const receiving = new Set(
				connection
					.getTransceivers()
					.filter(receives)
					.map(({ receiver }) => receiver.track)
			);
			for (const track of [...present]) if (!receiving.has(track)) forget(track);
		}
	};
}
