const delaysMs = [500, 1_000, 2_000, 4_000, 8_000, 15_000] as const;

/**
 * How long to wait before the next attempt to reach the server. Grows from half a second to 15 s, then is spread by
 * 30 % both ways, so that the clients of a restarted server do not all return at once.
 * @param failures attempts failed in a row so far: an integer, 0 or more
 * @param random a number in [0, 1); passed in so that tests are repeatable
 * @returns milliseconds, 350 to 19 500, both included
 * @throws {RangeError} if `failures` is negative or not an integer: a bug in the caller
 */
export function reconnectDelay(failures: number, random: number): number {
	if (!Number.isInteger(failures) || failures < 0) throw new RangeError(`failures: ${failures}`);
	const delay = delaysMs[Math.min(failures, delaysMs.length - 1)] ?? delaysMs[0];
	return delay * (0.7 + 0.6 * random);
}
