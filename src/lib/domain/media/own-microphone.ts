/** What can be said of our own microphone from its loudness alone. Pure: each sample brings its time, in ms. */
export interface LevelSample {
	/** dB of full scale; the floor of the meter is nothing at all. */
	levelDb: number;
	nowMs: number;
}

/** Somebody talks, rather than breathes or types. */
const voiceDb = -50;
const voiceMs = 1_000;
const voiceWithinMs = 3_000;
const hintPauseMs = 20_000;

export interface MutedVoice {
	/** When voice was heard, and for how long each time. */
	heard: readonly { atMs: number; lastsMs: number }[];
	lastMs: number | null;
	/** When it was last said. */
	saidMs: number;
}

export const nobodySpoke: MutedVoice = { heard: [], lastMs: null, saidMs: Number.NEGATIVE_INFINITY };

/** Samples that come late stand for no more than this. */
const sampleMaxMs = 500;

/**
 * Whether somebody speaks who is muted: a second of voice within three, said at most once in twenty seconds.
 * @returns isHint the moment to say it
 */
export function nextMutedVoice(
	state: MutedVoice,
	{ levelDb, nowMs }: LevelSample
): { state: MutedVoice; isHint: boolean } {
	const lastsMs = state.lastMs === null ? 0 : Math.min(sampleMaxMs, nowMs - state.lastMs);
	const recent = state.heard.filter(({ atMs }) => nowMs - atMs < voiceWithinMs);
	const heard = levelDb > voiceDb ? [...recent, { atMs: nowMs, lastsMs }] : recent;
	const total = heard.reduce((sum, one) => sum + one.lastsMs, 0);
	const isHint = total >= voiceMs && nowMs - state.saidMs >= hintPauseMs;
	return {
		state: { heard: isHint ? [] : heard, lastMs: nowMs, saidMs: isHint ? nowMs : state.saidMs },
		isHint
	};
}

/** At this and below there is no signal at all: a switch on the device, or a driver that gives zeros. */
const nothingDb = -99;
const nothingMs = 3_000;
const nearSilenceDb = -65;
const nearSilenceMs = 15_000;

/** A microphone from the moment it is live. */
export interface SilentMicrophone {
	sinceMs: number | null;
	/** Nothing at all came since then; null: something came just now. */
	nothingSinceMs: number | null;
	/** Something was heard, or its silence was said: what is near to silence says nothing any more. */
	isSettled: boolean;
	/** Said for this stretch of nothing. */
	isSaid: boolean;
}

export const justLive: SilentMicrophone = {
	sinceMs: null,
	nothingSinceMs: null,
	isSettled: false,
	isSaid: false
};

/** Whether a microphone that is live gives nothing. @returns isHint the moment to say it */
export function nextSilence(
	before: SilentMicrophone,
	{ levelDb, nowMs }: LevelSample
): { state: SilentMicrophone; isHint: boolean } {
	const sinceMs = before.sinceMs ?? nowMs;
	const isNothing = levelDb <= nothingDb;
	const nothingSinceMs = isNothing ? (before.nothingSinceMs ?? nowMs) : null;
	const isDead = nothingSinceMs !== null && nowMs - nothingSinceMs >= nothingMs && !before.isSaid;
	const isQuiet = !before.isSettled && levelDb < nearSilenceDb && nowMs - sinceMs >= nearSilenceMs;
	const isHint = isDead || isQuiet;
	return {
		state: {
			sinceMs,
			nothingSinceMs,
			isSettled: before.isSettled || isHint || levelDb >= nearSilenceDb,
			isSaid: isNothing && (before.isSaid || isHint)
		},
		isHint
	};
}
