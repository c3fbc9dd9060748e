/* what a region offers first: its field, or the one stop of its tiles or controls */
const stops = 'textarea, input, [data-tile][tabindex="0"], [data-control][tabindex="0"]';
const others = 'button:not([tabindex="-1"]), a[href], [tabindex="0"], [tabindex="-1"]';

/** Moves the focus to the next or the previous part of the screen, in the order they are seen. */
export function focusRegion(root: ParentNode, by: 1 | -1): void {
	const regions = [...root.querySelectorAll<HTMLElement>('[data-region]')];
	const current = regions.findIndex((region) => region.contains(document.activeElement));
	const from = current < 0 && by === -1 ? 0 : current;
	const region = regions[(from + by + regions.length) % regions.length];
	const stop = region?.querySelector<HTMLElement>(stops) ?? region?.querySelector<HTMLElement>(others);
	(stop ?? region)?.focus();
}
