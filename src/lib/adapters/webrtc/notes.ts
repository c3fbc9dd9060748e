import type { Ledger } from './ledger.ts';
import type { SharedAudio } from './shared-audio.ts';

/** One tone, in seconds from the start of the first. */
export interface Note {
	hertz: number;
	at: number;
	length: number;
}

export interface NotesEdges {
	audio: SharedAudio;
	/** `() => new Audio()` in a browser: only an element can be sent to one output while others use another. */
	createElement: () => HTMLAudioElement;
	/** What sounds is entered under the owner `audio`. */
	ledger: Ledger;
}

/** Seconds: fading in and out, so that nothing clicks. */
const fade = 0.05;

/**
 * Plays notes and gives everything back. Browsers play nothing before the first press on a page.
 * @param gain 0 to 1, of full scale
 * @param deviceId where to; ignored by browsers that cannot choose, the default when empty
 * @returns resolves when they are over or `signal` was aborted
 * @throws what the browser throws when the output is gone or the page may not use it
 */
export async function playNotes(
	{ audio, createElement, ledger }: NotesEdges,
	notes: readonly Note[],
	gain: number,
	deviceId: string,
	signal?: AbortSignal
): Promise<void> {
	const share = audio.acquire();
	const { context } = share;
	const output = context.createMediaStreamDestination();
	const element = createElement();
	const over = new AbortController();
	const played = new AbortController();
	const leave = ledger.enter('audio', 'audio-node', () => over.abort());
	const tones: OscillatorNode[] = [];
	try {
		element.srcObject = output.stream;
		if (deviceId !== '' && 'setSinkId' in element) await element.setSinkId(deviceId);
		await element.play();
		const now = context.currentTime;
		for (const { hertz, at, length } of notes) {
			const [start, end] = [now + at, now + at + length];
			const tone = context.createOscillator();
			const volume = context.createGain();
			tone.frequency.value = hertz;
			volume.gain.setValueAtTime(0, start);
			volume.gain.linearRampToValueAtTime(gain, start + fade);
			volume.gain.setValueAtTime(gain, end - fade);
			volume.gain.linearRampToValueAtTime(0, end);
			tone.connect(volume).connect(output);
			tone.start(start);
			tone.stop(end);
			tones.push(tone);
		}
		await new Promise<void>((settle) => {
			tones.at(-1)?.addEventListener('ended', () => settle(), { once: true });
			for (const stop of [signal, over.signal]) {
				// whoever may stop sounds lives for the whole visit: it must not keep each that was played
				stop?.addEventListener('abort', () => settle(), { once: true, signal: played.signal });
				if (stop?.aborted) settle();
			}
		});
	} finally {
		leave();
		played.abort();
		for (const tone of tones) tone.disconnect();
		element.srcObject = null;
		share.release();
	}
}
