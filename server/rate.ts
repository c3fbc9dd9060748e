/**
 * A bucket of permissions to do something: `capacity` at once, refilled evenly.
 * @param perSecond how many come back each second
 * @param now milliseconds
 */
export function createBucket(capacity: number, perSecond: number, now: () => number) {
	let level = capacity;
	let filledAt = now();
	return {
		/** @returns whether so many more are allowed: all of them, or none is taken */
		take(count = 1): boolean {
			const time = now();
			level = Math.min(capacity, level + (Math.max(0, time - filledAt) * perSecond) / 1000);
			filledAt = time;
			if (level < count) return false;
			level -= count;
			return true;
		},
		isFull(): boolean {
			return level + (Math.max(0, now() - filledAt) * perSecond) / 1000 >= capacity;
		}
	};
}
export type Bucket = ReturnType<typeof createBucket>;

/** One bucket for each key; those that have filled up again are forgotten. */
export function createBuckets(capacity: number, perSecond: number, now: () => number) {
	const buckets = new Map<string, Bucket>();
	return {
		take(key: string, count = 1): boolean {
			let bucket = buckets.get(key);
			if (!bucket) {
				if (buckets.size >= 10_000) forgetFull();
				bucket = createBucket(capacity, perSecond, now);
				buckets.set(key, bucket);
			}
			return bucket.take(count);
		}
	};

	function forgetFull(): void {
		for (const [key, bucket] of buckets) if (bucket.isFull()) buckets.delete(key);
	}
}

/** How many guessers are remembered; beyond, those who guessed longest ago are forgotten. */
const mostGuessers = 10_000;

/**
 * Slows down guessing: each key may guess wrong a few times, and then once in a while.
 * @param most wrong guesses at once
 * @param restMs from one guess to the next after that
 * @param now milliseconds
 */
export function createGuesses(most: number, restMs: number, now: () => number) {
	/** When the guesses of a key are forgotten: each one puts it off by the rest. The latest guesser comes last. */
	const forgottenAt = new Map<string, number>();

	/** @returns when the guesses of a key are forgotten: what lies further ahead than they reach was before the clock was set back */
	const known = (key: string, time: number): number => {
		const at = forgottenAt.get(key) ?? 0;
		return at > time + most * restMs ? 0 : at;
	};

	return {
		/** Counts a guess before its answer is known. @returns 0, or how many milliseconds to wait: it was not counted */
		take(key: string): number {
			const time = now();
			const next = Math.max(time, known(key, time)) + restMs;
			const waitMs = next - most * restMs - time;
			if (waitMs > 0) return waitMs;
			forgottenAt.delete(key);
			forgottenAt.set(key, next);
			const [oldest] = forgottenAt.keys();
			if (forgottenAt.size > mostGuessers && oldest !== undefined) forgottenAt.delete(oldest);
			return 0;
		},
		/** @returns as `take`, without counting anything */
		waitMs(key: string): number {
			const time = now();
			return Math.max(0, Math.max(time, known(key, time)) + restMs - most * restMs - time);
		},
		/** The guess was right. */
		giveBack(key: string): void {
			const until = (forgottenAt.get(key) ?? 0) - restMs;
			if (until > now()) forgottenAt.set(key, until);
			else forgottenAt.delete(key);
		}
	};
}
