export interface StageSpeaker {
	/** Who fills the stage; null: nobody has spoken yet. */
	key: string | null;
	/** When they took it, in ms. */
	since: number;
	/** When this was thought about last, in ms. */
	at: number;
	/** When each voice was heard in the last two seconds, in ms; the last span of one that is heard now ends at `at`. */
	spans: ReadonlyMap<string, readonly Span[]>;
	/** Since when each voice has been much louder than that of the stage, in ms. */
	louderSince: ReadonlyMap<string, number>;
}

interface Span {
	from: number;
	to: number;
}

export const nobody: StageSpeaker = {
	key: null,
	since: -Infinity,
	at: -Infinity,
	spans: new Map(),
	louderSince: new Map()
};

const enoughMs = 1_000;
const [enoughInAllMs, withinMs] = [1_500, 2_000];
const keepMs = 3_000;
const [louderDb, louderForMs] = [6, 2_000];

/**
 * Who fills the stage. Somebody who has spoken for 1 s without a pause, or for 1.5 s of the last 2, takes it from
 * somebody who is silent; from somebody who still speaks, only by being 6 dB louder for 2 s. Everybody has it for 3 s
 * at least, and silence changes nothing.
 * @param speaking remote tiles that speak now, with how loud they are in dB; null: not known
 * @param now ms, never going back; call it whenever somebody begins or ends, too
 */
export function nextSpeaker(
	state: StageSpeaker,
	speaking: ReadonlyMap<string, number | null>,
	now: number
): StageSpeaker {
	const spans = new Map<string, readonly Span[]>();
	for (const key of new Set([...state.spans.keys(), ...speaking.keys()])) {
		const before = state.spans.get(key) ?? [];
		const last = before.at(-1);
		const goesOn = last?.to === state.at;
		const all = !speaking.has(key)
			? before
			: goesOn
				? [...before.slice(0, -1), { from: last.from, to: now }]
				: [...before, { from: now, to: now }];
		const recent = all.filter(({ to }) => to >= now - withinMs);
		if (recent.length > 0) spans.set(key, recent);
	}
	const startOf = (key: string) => spans.get(key)?.at(-1)?.from ?? now;
	const hasSpokenEnough = (key: string) => {
		const heard = spans.get(key) ?? [];
		const total = heard.reduce((sum, { from, to }) => sum + to - Math.max(from, now - withinMs), 0);
		return now - startOf(key) >= enoughMs || total >= enoughInAllMs;
	};

	const stage = state.key === null ? undefined : speaking.get(state.key);
	const isLouder = (level: number | null) => level !== null && stage != null && level - stage >= louderDb;
	const louderSince = new Map(
		[...speaking].flatMap(([key, level]) =>
			isLouder(level) ? [[key, state.louderSince.get(key) ?? now] as const] : []
		)
	);
	const next = { ...state, at: now, spans, louderSince };
	if (now - state.since < keepMs) return next;
	const [candidate] = [...speaking.keys()]
		.filter((key) => key !== state.key && hasSpokenEnough(key))
		.filter((key) => stage === undefined || now - (louderSince.get(key) ?? now) >= louderForMs)
		.sort((one, other) => startOf(one) - startOf(other));
	return candidate === undefined ? next : { ...next, key: candidate, since: now, louderSince: new Map() };
}
