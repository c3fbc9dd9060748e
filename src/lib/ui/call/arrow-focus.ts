interface Arrangement {
	/** Which arrows move: `both` also takes those across, by `columns` at a time. */
	axis: 'horizontal' | 'vertical' | 'both';
	/** Items per row, for `both`; 1 unless given. */
	columns?: number;
	/** After the last comes the first: for toolbars and menus, not for lists that are read. */
	isRing?: boolean;
	isRtl: boolean;
}

/**
 * Where an arrow key, Home or End leads from one item of a group with a single tab stop.
 * @param index the item in focus, from 0; −1: none
 * @returns null: the key does not move the focus
 */
export function arrowTarget(
	key: string,
	index: number,
	count: number,
	{ axis, columns = 1, isRing = false, isRtl }: Arrangement
): number | null {
	if (count === 0) return null;
	if (key === 'Home') return 0;
	if (key === 'End') return count - 1;
	const forward = isRtl ? 'ArrowLeft' : 'ArrowRight';
	const backward = isRtl ? 'ArrowRight' : 'ArrowLeft';
	const across = axis === 'both' ? columns : 1;
	const steps = new Map<string, number>();
	if (axis !== 'vertical') steps.set(forward, 1).set(backward, -1);
	if (axis !== 'horizontal') steps.set('ArrowDown', across).set('ArrowUp', -across);
	const step = steps.get(key);
	if (step === undefined) return null;
	const target = index + step;
	if (isRing) return (target + count) % count;
	return target < 0 || target >= count ? index : target;
}

/** Whether text runs from right to left where the element stands. */
export const isRtl = (element: Element): boolean => getComputedStyle(element).direction === 'rtl';
