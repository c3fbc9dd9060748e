import type { NextcloudSessionId, RoomToken } from '../../src/lib/protocol/ids.ts';
import type { EndOfSession, RoomNews } from '../rooms/model.ts';

/**
 * How the waiting of a pull ended: there may be something to take or a changed list, another pull of the session took
 * over, the session is over, the time is, or the server is.
 */
export type EndOfPull = 'news' | 'superseded' | 'replaced' | 'gone' | 'time' | 'stopping';

interface Seat {
	token: RoomToken;
	/** who is there has changed since the session was told */
	isListStale: boolean;
	/** ends the waiting of the pull that is under way */
	wake: ((end: EndOfPull) => void) | undefined;
	/** the session is over */
	end: 'replaced' | 'gone' | undefined;
}

/** The requests that wait for signaling, at most one of each session, and what each session has not been told yet. */
export function createPulls() {
	const seats = new Map<NextcloudSessionId, Seat>();
	let isStopped = false;

	/** A session asks for the first time, or again: a request of it that still waits is answered. */
	function begin(id: NextcloudSessionId, token: RoomToken): void {
		const seat = seats.get(id);
		if (seat) return seat.wake?.('superseded');
		seats.set(id, { token, isListStale: true, wake: undefined, end: undefined });
		listChanged(token, id);
	}

	/**
	 * Whoever leaves the room is out of its call first, which all there are told: the end of the session counts more.
	 * @param over aborted when there is no more point in waiting
	 */
	async function wait(id: NextcloudSessionId, over: AbortSignal): Promise<EndOfPull> {
		const seat = seats.get(id);
		if (!seat) return isStopped ? 'stopping' : 'gone';
		const end = await untilWoken(seat, over);
		return seat.end ?? end;
	}

	function untilWoken(seat: Seat, over: AbortSignal): Promise<EndOfPull> {
		return new Promise((resolve) => {
			const wake = (end: EndOfPull) => {
				over.removeEventListener('abort', timeOver);
				if (seat.wake === wake) seat.wake = undefined;
				resolve(end);
			};
			const timeOver = () => wake('time');
			over.addEventListener('abort', timeOver);
			if (isStopped) return wake('stopping');
			if (over.aborted) return wake('time');
			seat.wake = wake;
		});
	}

	/** @param except knows already */
	function listChanged(token: RoomToken, except?: NextcloudSessionId): void {
		for (const [id, seat] of seats) {
			if (seat.token !== token || id === except) continue;
			seat.isListStale = true;
			seat.wake?.('news');
		}
	}

	function ended(id: NextcloudSessionId, reason: EndOfSession): void {
		const seat = seats.get(id);
		if (!seat) return;
		seats.delete(id);
		seat.end = reason === 'replaced' ? 'replaced' : 'gone';
		seat.wake?.(seat.end);
	}

	return {
		begin,
		wait,
		listChanged,
		isListStale: (id: NextcloudSessionId) => seats.get(id)?.isListStale === true,
		setListStale(id: NextcloudSessionId, isStale: boolean): void {
			const seat = seats.get(id);
			if (seat) seat.isListStale = isStale;
		},
		/** These sessions have something to take. */
		wake(ids: Iterable<NextcloudSessionId>): void {
			for (const id of ids) seats.get(id)?.wake?.('news');
		},
		announce(news: RoomNews): void {
			// names are not in the list
			if (news.type === 'participantsChanged' && news.about !== 'person') listChanged(news.room.token);
			if (news.type === 'roomChanged') listChanged(news.token);
			if (news.type !== 'sessionEnded') return;
			ended(news.sessionId, news.reason);
			listChanged(news.token);
		},
		stop(): void {
			isStopped = true;
			for (const { wake } of seats.values()) wake?.('stopping');
		}
	};
}
export type Pulls = ReturnType<typeof createPulls>;
