/*
 * Measures of a voice. The page takes `nextTalking` for its rings, and who fills its stage from `ui/call/stage-speaker.ts`;
 * the others are those of Matrix clients, for other programs on this engine (docs/engine.md).
 */

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

/** Of ten samples a second: two loud ones in a row begin (200 ms), six quiet ones in a row end (600 ms). */
const [loudInARow, quietInARow] = [2, 6];

/** What is told of a voice, so that a ring around it neither flickers with a cough nor trails behind. */
export interface Talking {
	isSpeaking: boolean;
	/** Samples in a row that say otherwise. */
	against: number;
}

export const quiet: Talking = { isSpeaking: false, against: 0 };

/** The state of a ring from loudness. Pure; call it ten times a second. @param sample dB of full scale */
export function nextTalking({ isSpeaking, against }: Talking, sample: number): Talking {
	if (sample > thresholdDb === isSpeaking) return { isSpeaking, against: 0 };
	const isEnough = against + 1 >= (isSpeaking ? quietInARow : loudInARow);
	return isEnough ? { isSpeaking: !isSpeaking, against: 0 } : { isSpeaking, against: against + 1 };
}

/** How long somebody must speak without a pause to count as a speaker, and be silent to stop being one. */
const attackMs = 1_000;
const releaseMs = 60_000;

/** Whether somebody takes part in the talk, which a cough does not begin and a pause does not end. */
export interface Speaker {
	isSpeaker: boolean;
	isSpeaking: boolean;
	/** When speaking began or ended, ms; −Infinity: has never spoken. */
	sinceMs: number;
}

export const listener: Speaker = { isSpeaker: false, isSpeaking: false, sinceMs: Number.NEGATIVE_INFINITY };

/**
 * A speaker from speaking. Pure; call it whenever speaking changes, and as often as a change should be noticed.
 * @param nowMs never going back
 * @see Element Call orders its tiles by the same two times
 */
export function nextSpeaker(state: Speaker, isSpeaking: boolean, nowMs: number): Speaker {
	const sinceMs = isSpeaking === state.isSpeaking ? state.sinceMs : nowMs;
	const lastedMs = nowMs - sinceMs;
	const isSpeaker = isSpeaking
		? state.isSpeaker || lastedMs >= attackMs
		: state.isSpeaker && lastedMs < releaseMs;
	return { isSpeaker, isSpeaking, sinceMs };
}

/** One voice: a party of the call, or ourselves. */
export interface Feed {
	key: string;
	isLocal: boolean;
	/** Its last samples, dB of full scale. */
	window: readonly number[];
}

/** Each sample is clamped: one moment of utter silence, −Infinity, must not drown the rest. */
const meanOf = ({ window }: Feed) =>
	window.reduce((sum, level) => sum + Math.max(thresholdDb, level), 0) / Math.max(1, window.length);

/**
 * Who is heard most. Pure; call it once a second.
 * @param last who it was so far; stays when nobody is loud enough. We ourselves count only when alone.
 * @returns null: nobody has been heard yet, or whoever it was has gone
 */
export function activeSpeaker(feeds: readonly Feed[], last: string | null): string | null {
	const remote = feeds.filter(({ isLocal }) => !isLocal);
	const heard = (remote.length === 0 ? feeds : remote)
		.filter(({ window }) => window.length > 0)
		.map((feed) => ({ key: feed.key, mean: meanOf(feed) }))
		.filter(({ mean }) => mean > thresholdDb);
	const [loudest] = heard.sort((a, b) => b.mean - a.mean);
	return loudest?.key ?? (feeds.some(({ key }) => key === last) ? last : null);
}
