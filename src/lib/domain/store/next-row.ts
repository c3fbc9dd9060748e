import type { RoomToken, SessionId } from '../../protocol/ids.ts';
import type { CallPresence } from '../talk-api.ts';
import type { MediaChoice, OngoingCall } from './ongoing-call.ts';

/** What happened to a call, as far as the store is concerned. */
export type CallFact =
	/** The server says that a call is going on; `startedAt` 0 when it does not say since when. */
	| { fact: 'seen'; startedAt: number; roomName: string; kind: 'voice' | 'video' }
	/** Written before the request leaves: a crash in between is recognised. */
	| { fact: 'joining'; roomName: string; flags: CallPresence; media: MediaChoice; tabId: string }
	| { fact: 'joined'; sessionId: SessionId; tabId: string; media: MediaChoice; startedAt: number }
	/** Every 30 s, and when a choice changed. */
	| { fact: 'still-joined'; tabId: string; media: MediaChoice }
	/** `tabId`: whose word it is; another tab that holds the call meanwhile is not written over. */
	| { fact: 'leaving' | 'left' | 'kicked'; tabId?: string }
	/** The server, although it can be reached, has not said for long that the call goes on. */
	| { fact: 'unconfirmed' }
	| { fact: 'ringing' | 'dismissed' }
	/** A person wants to be in the call again, in this tab; nothing else is known anew. */
	| { fact: 'claimed'; tabId: string }
	| { fact: 'ended' };

/** A tab that has said nothing for longer has crashed. */
export const tabLeaseMs = 90_000;
/** How long a call is likely to go on after the server last said so. */
export const likelyMs = 10 * 60_000;

/**
 * The next row of one room, or null when it is to be deleted. Pure: the store applies it in one transaction.
 * @param now local clock, unix milliseconds
 */
export function nextRow(
	row: OngoingCall | undefined,
	fact: CallFact,
	key: { account: string; token: RoomToken },
	now: number
): OngoingCall | null {
	const base: OngoingCall = row ?? {
		v: 1,
		account: key.account,
		token: key.token,
		roomName: '',
		startedAt: 0,
		intent: 'room',
		kind: 'video',
		firstSeenAt: now,
		confirmedAt: now,
		server: 'unknown',
		own: 'none',
		ownSessionId: null,
		joinFlags: null,
		media: null,
		tabLease: null,
		chatLastRead: null
	};
	switch (fact.fact) {
		case 'seen': {
			const seen: OngoingCall = {
				...base,
				roomName: fact.roomName === '' ? base.roomName : fact.roomName,
				kind: fact.kind,
				startedAt: fact.startedAt === 0 ? base.startedAt : fact.startedAt,
				server: 'active',
				confirmedAt: now
			};
			const isOther = base.startedAt !== 0 && fact.startedAt !== 0 && fact.startedAt !== base.startedAt;
			return isOther ? { ...seen, firstSeenAt: now, own: 'none', ownSessionId: null, tabLease: null } : seen;
		}
		case 'joining':
			return {
				...base,
				roomName: fact.roomName,
				own: 'joining',
				joinFlags: fact.flags,
				media: fact.media,
				tabLease: { tabId: fact.tabId, until: now + tabLeaseMs }
			};
		case 'joined':
			return {
				...base,
				own: 'joined',
				ownSessionId: fact.sessionId,
				media: fact.media,
				// begun by ourselves: what was known is about an earlier one
				startedAt: fact.startedAt !== 0 || base.own !== 'joined' ? fact.startedAt : base.startedAt,
				server: 'active',
				confirmedAt: now,
				tabLease: { tabId: fact.tabId, until: now + tabLeaseMs }
			};
		case 'still-joined':
			return {
				...base,
				// a row that was cleared away meanwhile is one again
				own: 'joined',
				server: 'active',
				media: fact.media,
				confirmedAt: now,
				tabLease: { tabId: fact.tabId, until: now + tabLeaseMs }
			};
		case 'leaving':
			return isHeldByOther(base, fact.tabId, now) ? base : { ...base, own: 'leaving' };
		case 'left':
		case 'kicked':
			if (isHeldByOther(base, fact.tabId, now)) return base;
			return { ...base, own: fact.fact, ownSessionId: null, tabLease: null };
		case 'unconfirmed':
			if (row === undefined) return null;
			// another tab may have heard of it just now
			return ageOf(row.confirmedAt, now) > likelyMs ? { ...row, server: 'unknown' } : row;
		case 'ringing':
		case 'dismissed':
			return isTakingPart(base) ? base : { ...base, own: fact.fact };
		case 'claimed':
			if (row === undefined) return null;
			return row.tabLease === null ? row : { ...row, tabLease: { ...row.tabLease, tabId: fact.tabId } };
		case 'ended':
			return null;
	}
}

/** How long ago. A clock that jumped back counts as no time at all. */
export const ageOf = (at: number, now: number): number => Math.max(0, now - at);

/** As far as the row knows, this browser is in the call, on its way into it or on its way out. */
export const isTakingPart = ({ own }: Pick<OngoingCall, 'own'>): boolean =>
	own === 'joining' || own === 'joined' || own === 'leaving';

/** How long ago the tab that holds the call last wrote its row; what the server says of the call is no word of it. */
export const silenceOf = ({ until }: NonNullable<OngoingCall['tabLease']>, now: number): number =>
	ageOf(until - tabLeaseMs, now);

/** Whether another tab holds what the row is about, and has said so of late. */
export const isHeldByOther = (
	{ tabLease }: { tabLease?: OngoingCall['tabLease'] },
	tabId: string | undefined,
	now: number
): boolean => tabId !== undefined && tabLease != null && tabLease.tabId !== tabId && tabLease.until > now;

/** How long after the last word from it a reloaded tab goes straight back into its call. */
const reloadWindowMs = 5 * 60_000;
/** Beyond this gap the microphone comes back muted: what is said around it may no longer be meant for the call. */
const quietAfterMs = 2 * 60_000;

/**
 * Whether this tab was in the call and was only reloaded.
 * @returns what to restore, or null: show the pre-join page
 */
export function rejoinAfterReload(
	row: OngoingCall | undefined,
	tabId: string,
	now: number
): { media: MediaChoice } | null {
	if (row?.media == null || row.tabLease?.tabId !== tabId) return null;
	if (row.own !== 'joined' && row.own !== 'joining') return null;
	const gapMs = silenceOf(row.tabLease, now);
	if (gapMs > reloadWindowMs) return null;
	return { media: gapMs > quietAfterMs ? { ...row.media, microphone: 'off' } : row.media };
}

/** Whether another tab says that it is in the call of the row: to be asked before anything is shown. */
export const isHeldElsewhere = (row: OngoingCall | undefined, tabId: string, now: number): boolean =>
	row !== undefined && isTakingPart(row) && isHeldByOther(row, tabId, now);
