/** Where no picture comes although the page counts as seen, nothing waits longer for one. */
const latestMs = 50;

const due = new Set<() => void>();
let withdraw: (() => void) | undefined;

function doAll(): void {
	withdraw?.();
	withdraw = undefined;
	const deeds = [...due];
	due.clear();
	for (const deed of deeds) deed();
}

/**
 * Does something together with the next picture of the page, once however often it is asked for until then, in one task
 * with everything else that was. At once in a page that nobody sees: it has no pictures.
 * @returns takes it back
 */
export function withNextFrame(deed: () => void): () => void {
	if (document.visibilityState === 'hidden') {
		due.delete(deed);
		deed();
		return () => undefined;
	}
	due.add(deed);
	if (withdraw === undefined) {
		const frame = requestAnimationFrame(doAll);
		const timer = setTimeout(doAll, latestMs);
		withdraw = () => {
			cancelAnimationFrame(frame);
			clearTimeout(timer);
		};
	}
	return () => due.delete(deed);
}
