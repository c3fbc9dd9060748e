import type { TrackId } from '../../domain/media/capture.ts';

/** What one connection got of a track. */
interface TrackLoan {
	track: MediaStreamTrack;
	/** Gives it back. A copy is stopped with it, the track itself never. A second call does nothing. */
	end: () => void;
}

/** The objects behind the ids: the only place where a local track and its name meet. */
export interface LocalTracks {
	/** Names a track. The name is new each time, even for the same object. */
	add(track: MediaStreamTrack): TrackId;
	/** @returns undefined for a track that was given back */
	get(trackId: TrackId): MediaStreamTrack | undefined;
	/** The track and every copy of it that is lent. */
	withCopies(trackId: TrackId): MediaStreamTrack[];
	/** Silences the track and every copy of it that is lent, or lets them all be heard, at once. */
	setEnabled(trackId: TrackId, enabled: boolean): void;
	/**
	 * Gives the track to a connection. A copy has the state of its original and follows `setEnabled`.
	 * @returns undefined for a track that was given back
	 */
	lend(trackId: TrackId, as: 'itself' | 'copy'): TrackLoan | undefined;
	/**
	 * A copy to measure or to record: it is heard while the track is muted, and stopped when the track is forgotten.
	 * @returns undefined for a track that was given back
	 */
	listen(trackId: TrackId): TrackLoan | undefined;
	/** Whether some connection has not given it back yet. */
	isLent(trackId: TrackId): boolean;
	/** Forgets the name and stops the copies: one that went on would keep the device open. The track is not stopped. */
	remove(trackId: TrackId): void;
	/**
	 * A stream of these tracks, for a preview. The same object for the same set of tracks, in whatever order, as long
	 * as all of them are known, so that a video element is not started anew. Unknown tracks are left out.
	 */
	streamOf(trackIds: readonly TrackId[]): MediaStream;
}

interface Entry {
	track: MediaStreamTrack;
	loans: Set<TrackLoan>;
	/** Copies that nobody else hears. */
	ears: Set<TrackLoan>;
}

/** @param createStream `(tracks) => new MediaStream(tracks)` in a browser */
export function createLocalTracks(createStream: (tracks: MediaStreamTrack[]) => MediaStream): LocalTracks {
	const entries = new Map<TrackId, Entry>();
	const streams = new Map<string, { trackIds: readonly TrackId[]; stream: MediaStream }>();

	return {
		add: (track) => {
			const trackId = crypto.randomUUID() as string as TrackId;
			entries.set(trackId, { track, loans: new Set(), ears: new Set() });
			return trackId;
		},
		get: (trackId) => entries.get(trackId)?.track,
		withCopies: (trackId) => {
			const entry = entries.get(trackId);
			return entry ? [...new Set([entry.track, ...[...entry.loans].map(({ track }) => track)])] : [];
		},
		setEnabled: (trackId, enabled) => {
			const entry = entries.get(trackId);
			if (!entry) return;
			entry.track.enabled = enabled;
			for (const { track } of entry.loans) track.enabled = enabled;
		},
		lend: (trackId, as) => {
			const entry = entries.get(trackId);
			if (!entry) return undefined;
			const { track: original, loans } = entry;
			const track = as === 'copy' ? original.clone() : original;
			const loan: TrackLoan = {
				track,
				end: () => {
					if (loans.delete(loan) && track !== original) track.stop();
				}
			};
			loans.add(loan);
			return loan;
		},
		listen: (trackId) => {
			const entry = entries.get(trackId);
			if (!entry) return undefined;
			const track = entry.track.clone();
			track.enabled = true;
			const ear: TrackLoan = {
				track,
				end: () => {
					if (entry.ears.delete(ear)) track.stop();
				}
			};
			entry.ears.add(ear);
			return ear;
		},
		isLent: (trackId) => (entries.get(trackId)?.loans.size ?? 0) > 0,
		remove: (trackId) => {
			const { loans = [], ears = [] } = entries.get(trackId) ?? {};
			for (const { end } of [...loans, ...ears]) end();
			entries.delete(trackId);
			for (const [key, { trackIds }] of streams) {
				if (trackIds.includes(trackId)) streams.delete(key);
			}
		},
		streamOf: (trackIds) => {
			const known = [...new Set(trackIds)].filter((trackId) => entries.has(trackId)).sort();
			const key = known.join(' ');
			const kept = streams.get(key);
			if (kept) return kept.stream;
			const stream = createStream(known.flatMap((trackId) => entries.get(trackId)?.track ?? []));
			streams.set(key, { trackIds: known, stream });
			return stream;
		}
	};
}
