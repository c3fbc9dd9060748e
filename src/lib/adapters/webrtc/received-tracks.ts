import type { PeerConnectionEvent, PeerConnectionOptions } from '../../domain/call/peer-connection.ts';
import type { RemoteStreams } from './remote-streams.ts';
import { receives } from './sdp.ts';

interface Place {
	streamId: string;
	remoteStreamId: string | null;
}

const kindOf = (track: MediaStreamTrack) => (track.kind === 'audio' ? 'audio' : 'video');

/**
 * Keeps the streams of one connection in step with what is received: one for all its tracks, or one for each stream of
 * the other side. Tracks without a stream share a stream of their own.
 * @returns `check`, to be called after each description: no event says everywhere that a track is no longer sent
 */
export function createReceivedTracks(
	connection: RTCPeerConnection,
	{ callId, streams: telling }: PeerConnectionOptions,
	streams: RemoteStreams,
	emit: (event: PeerConnectionEvent) => void,
	signal: AbortSignal
): { check(): void } {
	const present = new Map<MediaStreamTrack, Place>();
	const watched = new WeakSet<MediaStreamTrack>();

	/** A stream may hold two tracks of a kind for a moment, while one section takes over from another. */
	const isOnlyOne = (of: MediaStreamTrack, { streamId }: Place) =>
		![...present].some(
			([track, place]) => track !== of && track.kind === of.kind && place.streamId === streamId
		);
	const forget = (track: MediaStreamTrack) => {
		const place = present.get(track);
		if (!place) return;
		present.delete(track);
		streams.remove(place.streamId, track);
		if (isOnlyOne(track, place)) emit({ type: 'PC_TRACK_GONE', kind: kindOf(track), ...place });
	};
	const placeOf = (stream: MediaStream | undefined): Place => {
		const remoteStreamId = stream?.id ?? null;
		const isOwn = telling === 'described' && remoteStreamId !== null;
		return { streamId: isOwn ? `${callId}/${remoteStreamId}` : callId, remoteStreamId };
	};
	const arrive = ({ track, streams: [stream] }: RTCTrackEvent) => {
		const place = placeOf(stream);
		const before = present.get(track);
		if (before?.streamId === place.streamId) return;
		forget(track); // it was announced anew, in another stream
		present.set(track, place);
		streams.add(place.streamId, track);
		if (!watched.has(track)) {
			watched.add(track);
			track.addEventListener('ended', () => forget(track), { signal });
		}
		emit({ type: 'PC_TRACK', kind: kindOf(track), ...place });
	};
	connection.addEventListener('track', arrive, { signal });
	signal.addEventListener('abort', () => {
		for (const { streamId } of present.values()) streams.drop(streamId);
	});

	return {
		check: () => {
			if (connection.signalingState !== 'stable') return; // directions are not agreed on yet
			const receiving = new Set(
				connection
					.getTransceivers()
					.filter(({ currentDirection }) => receives(currentDirection))
					.map(({ receiver }) => receiver.track)
			);
			for (const track of [...present.keys()]) if (!receiving.has(track)) forget(track);
		}
	};
}
