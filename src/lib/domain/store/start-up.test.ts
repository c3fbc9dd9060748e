import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RoomToken, SessionId } from '../../protocol/ids.ts';
import { likelyMs, tabLeaseMs } from './next-row.ts';
import type { OngoingCall } from './ongoing-call.ts';
import {
	ghostOf,
	holderOf,
	isStale,
	isUnconfirmed,
	mayRing,
	recoveryOf,
	rejoinOfferMs,
	ringMaxMs,
	staleMs,
	surenessOf
} from './start-up.ts';

const now = 1_700_000_000_000;
const token = 'room' as RoomToken;
const row = (over: Partial<OngoingCall> = {}): OngoingCall => ({
	v: 1,
	account: 'https://cloud.example',
	token,
	roomName: 'Room',
	startedAt: 100,
	intent: 'room',
	kind: 'video',
	firstSeenAt: now,
	confirmedAt: now,
	server: 'active',
	own: 'joined',
	ownSessionId: 'ann-1' as SessionId,
	joinFlags: null,
	media: null,
	tabLease: { tabId: 'tab', until: now + tabLeaseMs },
	chatLastRead: null,
	...over
});
/** Its tab was last heard of so long ago. */
const silent = (ms: number, over: Partial<OngoingCall> = {}) =>
	row({ tabLease: { tabId: 'tab', until: now - ms + tabLeaseMs }, ...over });

const owns = ['none', 'ringing', 'dismissed', 'joining', 'joined', 'leaving', 'left', 'kicked'] as const;

describe('our own part', () => {
	it.each([
		['joining', 0, 'offer'],
		['joined', rejoinOfferMs - 1, 'offer'],
		['joined', rejoinOfferMs, 'give-up'],
		['joining', 24 * 3_600_000, 'give-up'],
		['leaving', 0, 'finish'],
		['leaving', 24 * 3_600_000, 'finish'],
		['none', 0, 'none'],
		['ringing', 0, 'none'],
		['dismissed', 0, 'none'],
		['left', 0, 'none'],
		['kicked', 0, 'none']
	] as const)(
		'P05 given a row that says %s, silent for %i ms, when the page starts, then %s',
		(own, ms, expected) => {
			expect(recoveryOf(silent(ms, { own }), { now, answered: false })).toBe(expected);
		}
	);

	it('P10 given a lease, when it has expired to the millisecond, then nobody is asked any more', () => {
		expect(holderOf(silent(tabLeaseMs - 1), now)).toEqual({ tabId: 'tab', token });
		expect(holderOf(silent(tabLeaseMs), now)).toBeNull();
		expect(holderOf(row({ own: 'left' }), now)).toBeNull();
	});

	it('P09 given a tab that answers, when its row is judged, then the call is elsewhere, however old the row', () => {
		for (const own of ['joining', 'joined', 'leaving'] as const) {
			expect(recoveryOf(silent(3_600_000, { own }), { now, answered: true })).toBe('elsewhere');
		}
	});

	it('given a crash, when the server lists our session, or does not tell, then it is a ghost; when it lists others, it is none', () => {
		const ghost = { token, tabId: 'tab', sessionId: 'ann-1' };
		expect(ghostOf(row(), null)).toEqual(ghost);
		expect(ghostOf(row(), ['ann-1' as SessionId])).toEqual(ghost);
		expect(ghostOf(row(), ['ben-1' as SessionId])).toBeNull();
		expect(ghostOf(row({ tabLease: null }), null)).toBeNull();
	});
});

describe('ringing', () => {
	const fresh = now / 1_000;

	it('P08 given a call that was dismissed, when the server tells of the same, then it does not ring, whatever else the row says', () => {
		expect(mayRing(row({ own: 'dismissed', startedAt: fresh }), fresh, now)).toBe(false);
		expect(mayRing(row({ own: 'dismissed', startedAt: 0 }), fresh, now)).toBe(false);
		expect(mayRing(row({ own: 'dismissed', startedAt: fresh - 1 }), fresh, now)).toBe(true);
	});

	it.each(owns)(
		'given a row that says %s, when the same call is told of, then it rings only who had no part in it',
		(own) => {
			const rings = own === 'none' || own === 'ringing';
			expect(mayRing(row({ own, startedAt: fresh }), fresh, now)).toBe(rings);
		}
	);

	it('given a call that began long ago, when it is told of, then it does not ring', () => {
		expect(mayRing(undefined, (now - ringMaxMs + 1) / 1_000, now)).toBe(true);
		expect(mayRing(undefined, (now - ringMaxMs) / 1_000, now)).toBe(false);
		expect(mayRing(undefined, 0, now)).toBe(true);
	});
});

describe('how sure we are', () => {
	it.each([
		[60_000, 'sure'],
		[60_001, 'likely'],
		[likelyMs, 'likely'],
		[likelyMs + 1, 'unknown']
	] as const)('given a confirmation %i ms ago, then the call goes on: %s', (ms, expected) => {
		expect(surenessOf(row({ confirmedAt: now - ms }), now)).toBe(expected);
		expect(isUnconfirmed(row({ confirmedAt: now - ms }), now)).toBe(expected === 'unknown');
	});

	it('P15 given a clock that jumped back, when rows are judged, then what lies in the future counts as now', () => {
		fc.assert(
			fc.property(fc.integer({ min: 0, max: 1e12 }), fc.constantFrom(...owns), (jump, own) => {
				const later = silent(-jump, { own, confirmedAt: now + jump, server: 'active' });
				expect(surenessOf(later, now)).toBe('sure');
				expect(isUnconfirmed(later, now)).toBe(false);
				expect(isStale({ ...later, server: 'unknown' }, now)).toBe(false);
				expect(recoveryOf(later, { now, answered: false })).toBe(
					recoveryOf(row({ own }), { now, answered: false })
				);
				expect(mayRing(undefined, (now + jump) / 1_000, now)).toBe(true);
			}),
			{ seed: 15 }
		);
	});

	it('P12 given a row that nobody confirmed for more than 24 hours, when it is not active, then it is stale', () => {
		expect(isStale(row({ server: 'unknown', confirmedAt: now - staleMs - 1 }), now)).toBe(true);
		expect(isStale(row({ server: 'unknown', confirmedAt: now - staleMs }), now)).toBe(false);
		expect(isStale(row({ server: 'active', confirmedAt: now - staleMs - 1 }), now)).toBe(false);
	});
});
