/** Samples that decide, five a second: one loud one begins, eight quiet ones end (1.6 s). */
const windowSize = 8;
const thresholdDb = -60;

export interface Speaking {
	window: readonly number[];
	isSpeaking: boolean;
}

export const silence: Speaking = { window: [], isSpeaking: false };

/**
 * Speaking from loudness. Pure; call it five times a second.
 * @param sample dB of full scale; −Infinity is silence
 * @see matrix-js-sdk and Hydrogen use the same threshold and window
 */
export function nextSpeaking({ window }: Speaking, sample: number): Speaking {
	const next = [...window, sample].slice(-windowSize);
	return { window: next, isSpeaking: next.some((level) => level > thresholdDb) };
}
