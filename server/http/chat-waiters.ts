import type { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { RoomNews } from '../rooms/model.ts';

/** Requests that wait for something to happen in the chat of a room. */
export function createChatWaiters() {
	const waiting = new Map<RoomToken, Set<() => void>>();
	let isStopped = false;

	/**
	 * Waits for something to happen, or for the time to be over.
	 * @param over aborted when there is no more point in waiting
	 * @returns whether to look again: false once the time is over or the server stops
	 */
	function wait(token: RoomToken, over: AbortSignal): Promise<boolean> {
		return new Promise((resolve) => {
			const wake = () => {
				over.removeEventListener('abort', wake);
				waiting.get(token)?.delete(wake);
				if (waiting.get(token)?.size === 0) waiting.delete(token);
				resolve(!over.aborted && !isStopped);
			};
			over.addEventListener('abort', wake);
			waiting.set(token, (waiting.get(token) ?? new Set()).add(wake));
			if (over.aborted || isStopped) wake();
		});
	}

	function wakeAll(tokens: Iterable<RoomToken>): void {
		for (const token of [...tokens]) for (const wake of [...(waiting.get(token) ?? [])]) wake();
	}

	return {
		wait,
		announce(news: RoomNews): void {
			// at the end of a session, so that a request of somebody who left is answered with what it would get now
			if (news.type !== 'participantsChanged') wakeAll([news.token]);
		},
		stop(): void {
			isStopped = true;
			wakeAll(waiting.keys());
		}
	};
}
export type ChatWaiters = ReturnType<typeof createChatWaiters>;
