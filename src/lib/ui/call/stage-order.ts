/** Who stands where in the grid: by time of joining, except for those who were brought to the page that is shown. */
export interface StageOrder {
	/** In the order to show. */
	keys: readonly string[];
	/** Since when each of those who want to be seen does, ms. */
	wantedSince: ReadonlyMap<string, number>;
	/** When each was last heard, ms. */
	heardAt: ReadonlyMap<string, number>;
	/** When each was brought to a page, ms. */
	promotedAt: ReadonlyMap<string, number>;
	/** When two changed places last, ms. */
	swappedAt: number;
}

export interface StageMoment {
	/** Of all others, by time of joining. */
	keys: readonly string[];
	/** Those on the page that is shown. */
	visible: ReadonlySet<string>;
	speaking: ReadonlySet<string>;
	/** Raised hands and shared screens: brought to the page like speakers. */
	prominent: ReadonlySet<string>;
	/** Those who keep their place whatever happens: pinned, sharing, with a raised hand. */
	kept: ReadonlySet<string>;
}

const enoughMs = 1_500;
const betweenSwapsMs = 3_000;
const staysMs = 10_000;
const never = Number.NEGATIVE_INFINITY;

export const noOrder: StageOrder = {
	keys: [],
	wantedSince: new Map(),
	heardAt: new Map(),
	promotedAt: new Map(),
	swappedAt: never
};

/** Known ones in their places, newcomers after them: nobody moves unless somebody before them leaves. */
export function inOrder<Tile extends { key: string }>(
	tiles: readonly Tile[],
	order: readonly string[]
): Tile[] {
	const places = new Map(order.map((key, index) => [key, index]));
	const placeOf = ({ key }: Tile) => places.get(key) ?? order.length;
	return [...tiles].sort((one, other) => placeOf(one) - placeOf(other));
}

/**
 * Brings whoever speaks on another page for 1.5 s to the page that is shown: they change places with the tile that
 * has been silent longest, and nobody else moves. At most one change in three seconds; who was brought stays for ten.
 * Pure; call it whenever something changes, and as often as a change should be noticed.
 * @param nowMs never going back
 */
export function nextOrder(state: StageOrder, moment: StageMoment, nowMs: number): StageOrder {
	const { visible, speaking, prominent, kept } = moment;
	const keys = inOrder(
		moment.keys.map((key) => ({ key })),
		state.keys
	).map(({ key }) => key);
	const present = new Set(keys);
	const only = (times: ReadonlyMap<string, number>) => [...times].filter(([key]) => present.has(key));
	const wants = (key: string) => speaking.has(key) || prominent.has(key);
	const wantedSince = new Map(
		keys.filter(wants).map((key) => [key, state.wantedSince.get(key) ?? nowMs] as const)
	);
	const heardAt = new Map([...only(state.heardAt), ...[...speaking].map((key) => [key, nowMs] as const)]);
	const promotedAt = new Map(only(state.promotedAt));
	const next: StageOrder = { keys, wantedSince, heardAt, promotedAt, swappedAt: state.swappedAt };
	if (nowMs - state.swappedAt < betweenSwapsMs) return next;

	const [comes] = keys
		.filter((key) => !visible.has(key) && nowMs - (wantedSince.get(key) ?? nowMs) >= enoughMs)
		.sort((one, other) => (wantedSince.get(one) ?? 0) - (wantedSince.get(other) ?? 0));
	const silentSince = (key: string) => heardAt.get(key) ?? never;
	const goes = keys
		.filter((key) => visible.has(key) && !wants(key) && !kept.has(key))
		.filter((key) => nowMs - (promotedAt.get(key) ?? never) >= staysMs)
		// of those who never spoke, whoever came last
		.reduce<string | undefined>(
			(one, other) => (one === undefined || silentSince(other) <= silentSince(one) ? other : one),
			undefined
		);
	if (comes === undefined || goes === undefined) return next;
	return {
		...next,
		keys: keys.map((key) => (key === comes ? goes : key === goes ? comes : key)),
		promotedAt: promotedAt.set(comes, nowMs),
		swappedAt: nowMs
	};
}
