import type { CallView } from '$lib/domain/call/call-view.ts';

/** How much of an outage is shown: the longer it lasts, the more. */
export type ConnectionNotice = 'none' | 'reconnecting' | 'lost' | 'long-lost' | 'catching-up';

/**
 * Nothing for two seconds, since most gaps mend themselves; then a pill, after eight seconds a banner, after a minute
 * a card. An outage of signaling alone is never shown as a lost call.
 * @param now local clock, ms
 */
export function connectionNotice(
	{ network, lostSince }: Pick<CallView, 'network' | 'lostSince'>,
	now: number
): ConnectionNotice {
	if (network === 'good') return 'none';
	const lastsMs = lostSince === null ? 0 : now - lostSince;
	if (lastsMs < 2_000) return 'none';
	if (network === 'catching-up') return 'catching-up';
	if (lastsMs < 8_000) return 'reconnecting';
	return lastsMs < 60_000 ? 'lost' : 'long-lost';
}

export const isLost = (notice: ConnectionNotice): boolean => notice === 'lost' || notice === 'long-lost';

/** "4:07", "1:04:07": the time in the call. */
export function clock(ms: number): string {
	const seconds = Math.max(0, Math.floor(ms / 1_000));
	const two = (value: number) => String(value).padStart(2, '0');
	const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
	return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
