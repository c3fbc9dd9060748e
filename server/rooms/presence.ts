import type { NextcloudSessionId } from '../../src/lib/protocol/ids.ts';

/** Milliseconds: how old a last ping may be to count as present, and how old to be kept at all. */
export interface PresenceLimits {
	presentMs: number;
	expiryMs: number;
}

/** Times as `elapsed` says them. */
interface Sign {
	lastPingMs: number;
	/** gone after this, whatever the last ping says; set for sessions found at the start */
	deadlineMs?: number;
	/** a signaling session stands in the room for it */
	isHeld: boolean;
}

/**
 * Who gave a sign of life when. In memory only: after a restart everybody starts anew.
 * @param now milliseconds since 1970
 * @param elapsed milliseconds since some time, whatever happens to the clock: when it is set, or the machine has slept, nobody
 * has been silent for longer than before
 */
export function createPresence(
	now: () => number,
	{ presentMs, expiryMs }: PresenceLimits,
	elapsed: () => number = now
) {
	const signs = new Map<NextcloudSessionId, Sign>();
	const silenceMs = (sign: Sign) => (sign.isHeld ? 0 : elapsed() - sign.lastPingMs);

	return {
		/** A request or a frame came from the session. */
		ping(id: NextcloudSessionId): void {
			signs.set(id, { lastPingMs: elapsed(), isHeld: signs.get(id)?.isHeld ?? false });
		},
		/** From now until it is forgotten it counts as present: its signaling session looks after its end. */
		hold(id: NextcloudSessionId): void {
			signs.set(id, { lastPingMs: elapsed(), isHeld: true });
		},
		/** Its signaling session could not end it: from now on it is overdue like any other. */
		release(id: NextcloudSessionId): void {
			const sign = signs.get(id);
			if (sign) sign.isHeld = false;
		},
		/** Found in the storage at the start: it has this long to come back. */
		expect(id: NextcloudSessionId, withinMs: number): void {
			signs.set(id, { lastPingMs: elapsed(), isHeld: false, deadlineMs: elapsed() + withinMs });
		},
		forget(id: NextcloudSessionId): void {
			signs.delete(id);
		},
		/** @returns milliseconds since 1970 of the last sign of life, 0 if there was none */
		lastPingMs(id: NextcloudSessionId): number {
			const sign = signs.get(id);
			return sign ? now() - silenceMs(sign) : 0;
		},
		isPresent(id: NextcloudSessionId): boolean {
			const sign = signs.get(id);
			return sign !== undefined && silenceMs(sign) <= presentMs;
		},
		/** @returns the sessions that have been silent for too long */
		overdue(): NextcloudSessionId[] {
			return [...signs]
				.filter(([, sign]) => !sign.isHeld && elapsed() > (sign.deadlineMs ?? sign.lastPingMs + expiryMs))
				.map(([id]) => id);
		}
	};
}
export type Presence = ReturnType<typeof createPresence>;
