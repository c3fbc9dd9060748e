export interface StageSpeaker {
	/** Who fills the stage; null: nobody has spoken yet. */
	key: string | null;
	/** When they took it, in ms. */
	since: number;
	/** When each voice that is heard now began, in ms. */
	speakingSince: ReadonlyMap<string, number>;
}

export const nobody: StageSpeaker = { key: null, since: -Infinity, speakingSince: new Map() };

const enoughMs = 1_000;
const keepMs = 3_000;

/**
 * Who fills the stage: somebody who has spoken for one second without a pause takes it from somebody who is silent
 * and has had it for at least three. Silence changes nothing.
 * @param speaking keys of the remote tiles that speak now
 * @param now ms, never going back
 */
export function nextSpeaker(state: StageSpeaker, speaking: readonly string[], now: number): StageSpeaker {
	const speakingSince = new Map(speaking.map((key) => [key, state.speakingSince.get(key) ?? now]));
	const isKept = state.key !== null && (speakingSince.has(state.key) || now - state.since < keepMs);
	const [candidate] = [...speakingSince].sort(([, a], [, b]) => a - b);
	if (isKept || !candidate || now - candidate[1] < enoughMs) return { ...state, speakingSince };
	return { key: candidate[0], since: now, speakingSince };
}
