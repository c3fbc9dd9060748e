import type { RoomToken, SessionId } from '../../protocol/ids.ts';
import { ageOf, isTakingPart, likelyMs, silenceOf, type CallFact } from './next-row.ts';
import type { OngoingCall } from './ongoing-call.ts';
import type { TabCall } from './tab-channel.ts';

/** What the server said of a room that it was asked about. */
export interface CallReport {
	token: RoomToken;
	/** null: no call runs there, or there is no such room. */
	call: {
		/** Server clock, unix seconds; 0 when it does not say. */
		startedAt: number;
		roomName: string;
		kind: 'voice' | 'video';
		/** Who is in it; null: not told to those outside. */
		sessions: readonly SessionId[] | null;
	} | null;
}

/** A session that a tab of this browser left behind when it crashed. */
export interface Ghost extends TabCall {
	sessionId: SessionId | null;
}

/** How long after the last word of a crashed tab a person is offered to go back into its call. */
export const rejoinOfferMs = 2 * 60_000;
/** Rows that nobody confirmed for so long say nothing any more. */
export const staleMs = 24 * 60 * 60_000;
/** A call rings no longer than this after it began. */
export const ringMaxMs = 45_000;
const sureMs = 60_000;

/** What a report means for the row of its room. */
export const factOf = ({ call }: CallReport): CallFact =>
	call === null
		? { fact: 'ended' }
		: { fact: 'seen', startedAt: call.startedAt, roomName: call.roomName, kind: call.kind };

/** Which tab has to be asked whether it is still in the call of the row. Who has been silent for too long is not asked. */
export const holderOf = (row: OngoingCall, now: number): TabCall | null =>
	isTakingPart(row) && row.tabLease !== null && row.tabLease.until > now
		? { tabId: row.tabLease.tabId, token: row.token }
		: null;

/** What has become of our own part in a call. */
type Recovery =
	/** We have none. */
	| 'none'
	/** Another tab is in the call. */
	| 'elsewhere'
	/** The tab crashed on its way out: the way out is gone to its end, without a word. */
	| 'finish'
	/** It crashed a short while ago: a person is asked whether to go back in. */
	| 'offer'
	/** It crashed, and by now nobody waits for it any more. */
	| 'give-up';

/** @param answered the tab that holds the call answered */
export function recoveryOf(
	row: OngoingCall,
	{ now, answered }: { now: number; answered: boolean }
): Recovery {
	if (!isTakingPart(row)) return 'none';
	if (answered) return 'elsewhere';
	if (row.own === 'leaving') return 'finish';
	return row.tabLease !== null && silenceOf(row.tabLease, now) < rejoinOfferMs ? 'offer' : 'give-up';
}

/**
 * What a crashed tab left at the server, as far as we know.
 * @param sessions who is in the call; null: not told, so that the session may still be there
 */
export function ghostOf(
	{ token, tabLease, ownSessionId }: OngoingCall,
	sessions: readonly SessionId[] | null
): Ghost | null {
	if (tabLease === null) return null;
	if (sessions !== null && (ownSessionId === null || !sessions.includes(ownSessionId))) return null;
	return { token, tabId: tabLease.tabId, sessionId: ownSessionId };
}

/**
 * Whether a call that the server has just told of makes this browser ring. A row that says `ringing` is none of that
 * news: it is left over from an earlier page.
 * @param startedAt server clock, unix seconds; 0: not told, so that it has just begun as far as we know
 */
export function mayRing(row: OngoingCall | undefined, startedAt: number, now: number): boolean {
	if (startedAt !== 0 && ageOf(startedAt * 1_000, now) >= ringMaxMs) return false;
	if (row === undefined) return true;
	if (isTakingPart(row)) return false;
	const isSame = row.startedAt === 0 || startedAt === 0 || row.startedAt === startedAt;
	return !isSame || row.own === 'none' || row.own === 'ringing';
}

/** How sure we are that the call of the row goes on. A confirmation in the future counts as one of now. */
export function surenessOf({ server, confirmedAt }: OngoingCall, now: number): 'sure' | 'likely' | 'unknown' {
	const age = ageOf(confirmedAt, now);
	if (server !== 'active' || age > likelyMs) return 'unknown';
	return age <= sureMs ? 'sure' : 'likely';
}

/** Nobody said for ten minutes that it goes on, although the server could be asked. */
export const isUnconfirmed = ({ server, confirmedAt }: OngoingCall, now: number): boolean =>
	server === 'active' && ageOf(confirmedAt, now) > likelyMs;

/** The sweeper deletes it. */
export const isStale = ({ server, confirmedAt }: OngoingCall, now: number): boolean =>
	server !== 'active' && ageOf(confirmedAt, now) > staleMs;
