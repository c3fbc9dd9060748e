import type { TrackId } from '../../domain/media/capture.ts';

/** The objects behind the ids: the only place where a local track and its name meet. */
export interface LocalTracks {
	/** Names a track. The name is new each time, even for the same object. */
	add(track: MediaStreamTrack): TrackId;
	/** @returns undefined for a track that was given back */
	get(trackId: TrackId): MediaStreamTrack | undefined;
	/** Forgets the name; the track itself is not stopped. */
	remove(trackId: TrackId): void;
	/**
	 * A stream of these tracks, for a preview. The same object for the same set of tracks, in whatever order, as long
	 * as all of them are known, so that a video element is not started anew. Unknown tracks are left out.
	 */
	streamOf(trackIds: readonly TrackId[]): MediaStream;
}

/** @param createStream `(tracks) => new MediaStream(tracks)` in a browser */
export function createLocalTracks(createStream: (tracks: MediaStreamTrack[]) => MediaStream): LocalTracks {
	const tracks = new Map<TrackId, MediaStreamTrack>();
	const streams = new Map<string, { trackIds: readonly TrackId[]; stream: MediaStream }>();

	return {
		add: (track) => {
			const trackId = crypto.randomUUID() as string as TrackId;
			tracks.set(trackId, track);
			return trackId;
		},
		get: (trackId) => tracks.get(trackId),
		remove: (trackId) => {
			tracks.delete(trackId);
			for (const [key, { trackIds }] of streams) {
				if (trackIds.includes(trackId)) streams.delete(key);
			}
		},
		streamOf: (trackIds) => {
			const known = [...new Set(trackIds)].filter((trackId) => tracks.has(trackId)).sort();
			const key = known.join(' ');
			const kept = streams.get(key);
			if (kept) return kept.stream;
			const stream = createStream(known.flatMap((trackId) => tracks.get(trackId) ?? []));
			streams.set(key, { trackIds: known, stream });
			return stream;
		}
	};
}
