import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { RoomNews } from '../rooms/model.ts';

/** Requests that wait for something to happen in the chat of a room. */
export function createChatWaiters() {
	const waiting = new Map<RoomToken, Set<() => void>>();

	/**
	 * Waits for news, the end of time, or the client's going away, whichever comes first.
	 * @param timeoutMs 0 or more
	 */
	function wait(token: RoomToken, timeoutMs: number, gone: AbortSignal): Promise<void> {
		return new Promise((resolve) => {
			const wake = () => {
				clearTimeout(timer);
				gone.removeEventListener('abort', wake);
				waiting.get(token)?.delete(wake);
				if (waiting.get(token)?.size === 0) waiting.delete(token);
				resolve();
			};
			const timer = setTimeout(wake, timeoutMs);
			gone.addEventListener('abort', wake);
			waiting.set(token, (waiting.get(token) ?? new Set()).add(wake));
			if (gone.aborted) wake();
		});
	}

	function wakeAll(tokens: Iterable<RoomToken>): void {
		for (const token of [...tokens]) for (const wake of [...(waiting.get(token) ?? [])]) wake();
	}

	return {
		wait,
		announce(news: RoomNews): void {
			if (news.type === 'messagePosted' || news.type === 'readMarkerMoved') wakeAll([news.token]);
			// a request of somebody who left is answered with what it would get now
			if (news.type === 'sessionEnded') wakeAll([news.token]);
		},
		stop: () => wakeAll(waiting.keys())
	};
}
export type ChatWaiters = ReturnType<typeof createChatWaiters>;
