/**
 * A bucket of permissions to do something: `capacity` at once, refilled evenly.
 * @param perSecond how many come back each second
 * @param now milliseconds
 */
export function createBucket(capacity: number, perSecond: number, now: () => number) {
	let level = capacity;
	let filledAt = now();
	return {
		/** @returns whether one more is allowed */
		take(): boolean {
			const time = now();
			level = Math.min(capacity, level + (Math.max(0, time - filledAt) * perSecond) / 1000);
			filledAt = time;
			if (level < 1) return false;
			level -= 1;
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
		take(key: string): boolean {
			let bucket = buckets.get(key);
			if (!bucket) {
				if (buckets.size >= 10_000) forgetFull();
				bucket = createBucket(capacity, perSecond, now);
				buckets.set(key, bucket);
			}
			return bucket.take();
		}
	};

	function forgetFull(): void {
		for (const [key, bucket] of buckets) if (bucket.isFull()) buckets.delete(key);
	}
}
