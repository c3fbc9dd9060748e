import type { TrackId } from '../../domain/media/capture.ts';
import type { Ledger } from './ledger.ts';
import type { LocalTracks } from './local-tracks.ts';
import type { SharedAudio } from './shared-audio.ts';

/** Loudness that counts as silence, in dB. */
const floor = -100;

export interface LevelMeter {
	/**
	 * Measures how loud something is: the strongest frequency, in dB relative to full scale, -100 (silence) to 0. Speech
	 * is about -60 to -25. A local track is measured even while it is muted, through a copy that is stopped with the
	 * watch; until then the device stays open. What cannot be measured is never reported, and logged once.
	 * @param source a local audio track, or a stream that has sound
	 * @param listener called `hz` times a second
	 * @returns ends the watch; a second call does nothing
	 */
	watchLevel(
		source: TrackId | MediaStream,
		listener: (levelDb: number) => void,
		options?: { hz?: number }
	): () => void;
}

interface MeterEdges {
	audio: SharedAudio;
	localTracks: LocalTracks;
	createStream: (tracks: MediaStreamTrack[]) => MediaStream;
	/** Watches and copies are entered under the owner `audio`. */
	ledger: Ledger;
	warn: (message: string, cause: unknown) => void;
}

/** The strongest of some frequencies. @param bins dB; an analyser says -Infinity for silence */
function strongestLevel(bins: Float32Array): number {
	let strongest = floor;
	for (const bin of bins) if (bin > strongest) strongest = bin;
	return Math.min(strongest, 0);
}

export function createLevelMeter(edges: MeterEdges): LevelMeter {
	return {
		watchLevel: (source, listener, { hz = 15 } = {}) => {
			const undo: (() => void)[] = [];
			const stop = () => {
				for (const step of undo.splice(0).reverse()) step();
			};
			try {
				const stream = typeof source === 'string' ? copyOf(source, edges, undo) : source;
				if (!stream) return () => undefined;
				const read = connectAnalyser(stream, edges.audio, undo);
				undo.push(edges.ledger.enter('audio', 'audio-node', stop));
				const timer = setInterval(() => listener(read()), 1_000 / hz);
				undo.push(() => clearInterval(timer));
			} catch (cause) {
				stop();
				edges.warn('a level could not be measured', cause);
			}
			return stop;
		}
	};
}

/** A copy that stays switched on when the track is muted. */
function copyOf(
	trackId: TrackId,
	{ localTracks, createStream, ledger }: MeterEdges,
	undo: (() => void)[]
): MediaStream | undefined {
	const copy = localTracks.listen(trackId);
	if (!copy) return undefined;
	undo.push(copy.end);
	undo.push(ledger.enter('audio', 'track', copy.end));
	return createStream([copy.track]);
}

function connectAnalyser(stream: MediaStream, audio: SharedAudio, undo: (() => void)[]): () => number {
	const share = audio.acquire();
	const { context } = share;
	undo.push(() => share.release());
	const source = context.createMediaStreamSource(stream);
	const analyser = context.createAnalyser();
	analyser.fftSize = 512;
	analyser.smoothingTimeConstant = 0.1;
	source.connect(analyser);
	undo.push(() => source.disconnect());
	const bins = new Float32Array(analyser.frequencyBinCount);
	return () => {
		analyser.getFloatFrequencyData(bins);
		return strongestLevel(bins);
	};
}
