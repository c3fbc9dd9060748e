import type { TrackId } from '../../domain/media/capture.ts';
import { RoostError } from '../../domain/errors.ts';
import type { Ledger } from './ledger.ts';
import type { LocalTracks } from './local-tracks.ts';

/** A recording under way. */
export interface VoiceRecording {
	/** Ends it. @returns what was recorded, which never leaves the page */
	finish: () => Promise<Blob>;
	/** Ends it and forgets it. */
	cancel: () => void;
}

interface RecordingEdges {
	localTracks: LocalTracks;
	createStream: (tracks: MediaStreamTrack[]) => MediaStream;
	createElement: () => HTMLAudioElement;
	/** `(stream) => new MediaRecorder(stream)` in a browser. */
	createRecorder: (stream: MediaStream) => MediaRecorder;
	/** Recordings and playing are entered under the owner `audio`. */
	ledger: Ledger;
}

/**
 * Records a microphone for whoever sits in front of it, muted or not: through a copy, as the level meter does.
 * @throws `media.none` when the track is gone
 */
export function recordVoice(edges: RecordingEdges, trackId: TrackId): VoiceRecording {
	const copy = edges.localTracks.listen(trackId);
	if (!copy) throw new RoostError('media.none', 'the microphone is not open');
	const recorder = edges.createRecorder(edges.createStream([copy.track]));
	const parts: Blob[] = [];
	const end = () => {
		leave();
		if (recorder.state !== 'inactive') recorder.stop();
		copy.end();
	};
	const leave = edges.ledger.enter('audio', 'track', end);
	const ended = new Promise<Blob>((settle) => {
		recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
		recorder.addEventListener('stop', () => settle(new Blob(parts, { type: recorder.mimeType })));
	});
	recorder.start();
	return {
		finish: () => {
			end();
			return ended;
		},
		cancel: end
	};
}

/** Plays a recording to its end, or until `signal` is aborted. */
export async function playRecording(
	{ createElement, ledger }: RecordingEdges,
	recording: Blob,
	deviceId: string,
	signal: AbortSignal
): Promise<void> {
	const element = createElement();
	const address = URL.createObjectURL(recording);
	const over = new AbortController();
	const leave = ledger.enter('audio', 'audio-node', () => over.abort());
	try {
		element.src = address;
		if (deviceId !== '' && 'setSinkId' in element) await element.setSinkId(deviceId);
		await element.play();
		await new Promise<void>((settle) => {
			element.addEventListener('ended', () => settle(), { once: true });
			for (const stop of [signal, over.signal]) {
				stop.addEventListener('abort', () => settle(), { once: true });
				if (stop.aborted) settle();
			}
		});
	} finally {
		leave();
		element.pause();
		element.removeAttribute('src');
		URL.revokeObjectURL(address);
	}
}
