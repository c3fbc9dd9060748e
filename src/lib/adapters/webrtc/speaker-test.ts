import { toCaptureError } from './capture-errors.ts';
import type { Ledger } from './ledger.ts';
import type { SharedAudio } from './shared-audio.ts';

/** Seconds. */
const toneLength = 1;
/** Seconds: fading in and out, so that nothing clicks. */
const fade = 0.05;

export interface SpeakerTest {
	/**
	 * Plays a soft tone of one second. Call it from a click: browsers play nothing before.
	 * @param deviceId where to; ignored by browsers that cannot choose, the default when empty
	 * @returns resolves when the tone is over or `signal` was aborted
	 * @throws `media.none` when the output is gone, `media.denied` when the page may not use it
	 */
	play: (deviceId: string, signal?: AbortSignal) => Promise<void>;
}

interface SpeakerEdges {
	audio: SharedAudio;
	/** `() => new Audio()` in a browser: only an element can be sent to one output while others use another. */
	createElement: () => HTMLAudioElement;
	/** A tone is entered under the owner `audio`. */
	ledger: Ledger;
}

export function createSpeakerTest({ audio, createElement, ledger }: SpeakerEdges): SpeakerTest {
	return {
		play: async (deviceId, signal) => {
			const share = audio.acquire();
			const { context } = share;
			const tone = context.createOscillator();
			const volume = context.createGain();
			const output = context.createMediaStreamDestination();
			const element = createElement();
			const silence = () => {
				tone.disconnect();
				element.srcObject = null;
				share.release();
			};
			const over = new AbortController();
			const leave = ledger.enter('audio', 'audio-node', () => over.abort());
			try {
				tone.connect(volume).connect(output);
				element.srcObject = output.stream;
				if (deviceId !== '' && 'setSinkId' in element) await element.setSinkId(deviceId);
				await element.play();

				const start = context.currentTime;
				const end = start + toneLength;
				volume.gain.setValueAtTime(0, start);
				volume.gain.linearRampToValueAtTime(0.2, start + fade);
				volume.gain.setValueAtTime(0.2, end - fade);
				volume.gain.linearRampToValueAtTime(0, end);
				tone.start(start);
				tone.stop(end);
				await new Promise<void>((settle) => {
					tone.addEventListener('ended', () => settle(), { once: true });
					for (const stop of [signal, over.signal]) {
						stop?.addEventListener('abort', () => settle(), { once: true });
						if (stop?.aborted) settle();
					}
				});
			} catch (cause) {
				throw toCaptureError('the speaker', cause);
			} finally {
				leave();
				silence();
			}
		}
	};
}
