import type { PersonView } from '$lib/domain/call/call-view.ts';

/** So long somebody counts as having spoken recently. */
export const recentMs = 10_000;

/**
 * Raised hands by the time they went up, then those who spoke a moment ago, then by name.
 * @param spokeAt when each was last heard, unix milliseconds
 */
export function peopleInOrder(
	people: readonly PersonView[],
	{
		spokeAt,
		now,
		nameOf,
		collator
	}: {
		spokeAt: ReadonlyMap<string, number>;
		now: number;
		nameOf: (person: PersonView) => string;
		collator: Intl.Collator;
	}
): PersonView[] {
	const hasSpoken = ({ memberKey, isSpeaking }: PersonView) =>
		Number(isSpeaking === true || now - (spokeAt.get(memberKey) ?? -Infinity) < recentMs);
	return [...people].sort(
		(one, other) =>
			(one.handOrder ?? Infinity) - (other.handOrder ?? Infinity) ||
			hasSpoken(other) - hasSpoken(one) ||
			collator.compare(nameOf(one), nameOf(other))
	);
}

/** Beyond so many rows only those that can be seen are in the page. */
const wholeMax = 60;
/** Rows kept above and below those that can be seen. */
const margin = 8;

/** Which of the rows of one group are in the page. @param top, height of what can be seen, from the group's first row */
export function windowOf(
	count: number,
	total: number,
	view: { top: number; height: number; rowHeight: number }
): { from: number; to: number } {
	if (total <= wholeMax) return { from: 0, to: count };
	const first = Math.floor(view.top / view.rowHeight) - margin;
	const last = Math.ceil((view.top + view.height) / view.rowHeight) + margin;
	const from = Math.min(Math.max(0, first), count);
	return { from, to: Math.max(from, Math.min(count, last)) };
}
