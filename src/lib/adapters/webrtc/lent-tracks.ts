import type { TrackId } from '../../domain/media/capture.ts';
import type { Ledger } from './ledger.ts';
import type { LocalTracks } from './local-tracks.ts';

/** The tracks that one connection has on loan. */
export interface LentTracks {
	/** The same object each time, until it is given back. @returns undefined for a track that is gone */
	take(trackId: TrackId): MediaStreamTrack | undefined;
	/** Gives back whatever is not among these: the tracks that are really being sent. */
	keepOnly(sent: ReadonlySet<MediaStreamTrack>): void;
	/** Gives everything back. */
	end(): void;
}

/** @param as `copy`: each connection sends a copy of its own, entered in the ledger under `owner` */
export function createLentTracks(
	localTracks: LocalTracks,
	ledger: Ledger,
	owner: string,
	as: 'itself' | 'copy'
): LentTracks {
	const loans = new Map<TrackId, { track: MediaStreamTrack; giveBack: () => void }>();
	let isOver = false;
	const giveBack = (trackId: TrackId) => {
		const loan = loans.get(trackId);
		loans.delete(trackId);
		loan?.giveBack();
	};

	return {
		take: (trackId) => {
			if (isOver) return undefined; // a command that was under way when the connection closed
			const known = loans.get(trackId);
			if (known && localTracks.get(trackId)) return known.track;
			giveBack(trackId); // its device was closed meanwhile
			const loan = localTracks.lend(trackId, as);
			if (!loan) return undefined;
			const leave = as === 'copy' ? ledger.enter(owner, 'track', () => giveBack(trackId)) : () => undefined;
			const end = () => {
				leave();
				loan.end();
			};
			loans.set(trackId, { track: loan.track, giveBack: end });
			return loan.track;
		},
		keepOnly: (sent) => {
			for (const [trackId, { track }] of [...loans]) if (!sent.has(track)) giveBack(trackId);
		},
		end: () => {
			isOver = true;
			for (const trackId of [...loans.keys()]) giveBack(trackId);
		}
	};
}
