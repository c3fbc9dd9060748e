/**
 * Does something as soon as the page has nothing more urgent to do.
 * @param withinMs after this long at the latest
 * @returns takes it back
 */
export function whenIdle(deed: () => void, withinMs: number): () => void {
	// not every browser tells when it is idle: then as soon as what is under way is done
	if (!('requestIdleCallback' in globalThis)) {
		const timer = setTimeout(deed);
		return () => clearTimeout(timer);
	}
	const handle = requestIdleCallback(deed, { timeout: withinMs });
	return () => cancelIdleCallback(handle);
}
