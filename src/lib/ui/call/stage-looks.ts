import type { Look } from './stage-layout.ts';

/** What was told of each picture, and since when it is not to be seen any more, ms. */
export type ToldLooks = ReadonlyMap<Look['memberKey'], { lines: number; goneAt: number | null }>;

/** How long the video of somebody out of sight goes on: they may be back at once. */
const patienceMs = 3_000;

/**
 * What to tell of how pictures are looked at: what comes into sight at once, what goes out of it after three seconds.
 * @returns `againAt`: when to ask again, ms; null: when something changes
 */
export function patientLooks(
	told: ToldLooks,
	looks: readonly Look[],
	nowMs: number
): { told: ToldLooks; looks: Look[]; againAt: number | null } {
	const next = new Map(
		looks.map(({ memberKey, lines }) => {
			const before = told.get(memberKey);
			if (lines > 0 || !before || before.lines === 0) return [memberKey, { lines, goneAt: null }] as const;
			const goneAt = before.goneAt ?? nowMs;
			const isOver = nowMs - goneAt >= patienceMs;
			return [memberKey, isOver ? { lines: 0, goneAt: null } : { lines: before.lines, goneAt }] as const;
		})
	);
	const gone = [...next.values()].flatMap(({ goneAt }) => goneAt ?? []);
	return {
		told: next,
		looks: [...next].map(([memberKey, { lines }]) => ({ memberKey, lines })),
		againAt: gone.length === 0 ? null : Math.min(...gone) + patienceMs
	};
}
