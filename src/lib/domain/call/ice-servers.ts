import type { IceServer } from '../talk-api.ts';

/** Credentials of the TURN REST scheme carry their end: `<unix seconds>:<whatever>`. */
const timedUsername = /^(\d{9,11})(?::|$)/;

/**
 * When the first of the TURN credentials ends.
 * @param nowMs local clock, unix milliseconds
 * @returns unix milliseconds, never before now; null: none of them says so
 */
export function turnExpiry(iceServers: readonly IceServer[], nowMs: number): number | null {
	const ends = iceServers
		.filter(({ urls }) => urls.some((url) => /^turns?:/i.test(url)))
		.flatMap(({ username }) => {
			const seconds = timedUsername.exec(username ?? '')?.[1];
			return seconds === undefined ? [] : [Number(seconds) * 1_000];
		});
	return ends.length === 0 ? null : Math.max(nowMs, Math.min(...ends));
}
