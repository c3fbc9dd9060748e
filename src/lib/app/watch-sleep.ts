const tickMs = 1_000;

/**
 * Says when this page has not run for longer than `ms`: the lid was closed, and nothing else tells. By the clock of the day, as others
 * stop while a computer sleeps. A page that is hidden has its timers once a minute at least, so `ms` is to be well above that.
 * @returns a function that ends the watch
 */
export function watchSleep(ms: number, onwake: () => void): () => void {
	let aliveAt = Date.now();
	const timer = setInterval(() => {
		const sleptMs = Date.now() - aliveAt;
		aliveAt += sleptMs;
		if (sleptMs > ms) onwake();
	}, tickMs);
	return () => clearInterval(timer);
}
