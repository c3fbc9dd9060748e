/** Reactions of our own: at most three in two seconds. @param sentAt when the last ones were sent, ms */
export function mayReact(sentAt: readonly number[], nowMs: number): boolean {
	return sentAt.filter((at) => nowMs - at < 2_000).length < 3;
}

export interface SeenReaction {
	id: number;
	emoji: string;
	at: number;
}

/** Longer than this in the toolbar area is clutter, ms. */
export const reactionShownMs = 2_000;
/** More than these in a second are counted instead of shown one by one. */
const crowd = 10;

/** What stands above the controls: single reactions, or in a crowd of them each kind once with its number. */
export function reactionsShown(
	seen: readonly SeenReaction[],
	nowMs: number
): { key: string; emoji: string; count: number }[] {
	const shown = seen.filter(({ at }) => nowMs - at < reactionShownMs);
	if (shown.filter(({ at }) => nowMs - at < 1_000).length <= crowd) {
		return shown.map(({ id, emoji }) => ({ key: String(id), emoji, count: 1 }));
	}
	const counts = new Map<string, number>();
	for (const { emoji } of shown) counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
	return [...counts].map(([emoji, count]) => ({ key: emoji, emoji, count }));
}
