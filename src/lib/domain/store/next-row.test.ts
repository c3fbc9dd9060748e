import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RoomToken, SessionId } from '../../protocol/ids.ts';
import {
	isHeldElsewhere,
	likelyMs,
	nextRow,
	rejoinAfterReload,
	tabLeaseMs,
	type CallFact
} from './next-row.ts';
import type { MediaChoice, OngoingCall } from './ongoing-call.ts';

const now = 1_700_000_000_000;
const key = { account: 'https://cloud.example', token: 'a|b\u0000/c' as RoomToken };
const media: MediaChoice = { microphone: 'on', camera: 'on', microphoneDevice: null, cameraDevice: null };
const flags = { inCall: true, audio: true, video: false };
const seen = (over: { startedAt?: number; roomName?: string; kind?: 'voice' | 'video' } = {}): CallFact => ({
	fact: 'seen',
	startedAt: 100,
	roomName: 'Room',
	kind: 'video',
	...over
});
const joining: CallFact = { fact: 'joining', roomName: 'Room', flags, media, tabId: 'tab' };
const joined = (startedAt = 100): CallFact => ({
	fact: 'joined',
	sessionId: 'ann-1' as SessionId,
	tabId: 'tab',
	media,
	startedAt
});
const still: CallFact = { fact: 'still-joined', tabId: 'tab', media };
const after = (...facts: CallFact[]) =>
	facts.reduce<OngoingCall | undefined>((row, fact) => nextRow(row, fact, key, now) ?? undefined, undefined);

describe('what happens to a row', () => {
	it('P01 given a call seen twice, when it is written, then it is the same row, confirmed anew', () => {
		const first = nextRow(undefined, seen(), key, now);
		const second = nextRow(first ?? undefined, seen(), key, now + 5);

		expect(second).toEqual({ ...first, confirmedAt: now + 5 });
		expect(first).toMatchObject({ ...key, server: 'active', own: 'none', firstSeenAt: now });
	});

	it('P02 given a call whose kind changes, when it is seen, then the same row says so', () => {
		expect(after(seen(), joining, seen({ kind: 'voice' }))).toMatchObject({ kind: 'voice', own: 'joining' });
	});

	it('P03 given a token with separators, when a row is made, then it is kept as it is', () => {
		expect(after(seen())?.token).toBe(key.token);
	});

	it('P04 given any row, when the server says that the call is over, then it is deleted', () => {
		expect(nextRow(after(seen(), joining, joined()), { fact: 'ended' }, key, now)).toBeNull();
		expect(nextRow(undefined, { fact: 'ended' }, key, now)).toBeNull();
	});

	it('P07 given a call we were in, when another one is seen in its place, then our part in it is none', () => {
		const row = nextRow(after(seen(), joining, joined()), seen({ startedAt: 200 }), key, now + 9);

		expect(row).toMatchObject({
			startedAt: 200,
			own: 'none',
			ownSessionId: null,
			tabLease: null,
			firstSeenAt: now + 9
		});
	});

	it.each([
		['the server does not say since when', seen({ startedAt: 0 })],
		['it is seen by its time', seen({ startedAt: 100 })]
	])('given a call we are in, when %s, then our part and its identity stay', (_, fact) => {
		expect(after(seen(), joining, joined(), fact)).toMatchObject({
			own: 'joined',
			ownSessionId: 'ann-1',
			startedAt: 100
		});
	});

	it('given a name that is not told, when the call is seen, then the one we know stays', () => {
		expect(after(seen(), seen({ roomName: '' }))?.roomName).toBe('Room');
	});

	it('given a press of Join, when it is written, then before the request: with flags, choices and the lease of this tab', () => {
		expect(after(joining)).toMatchObject({
			own: 'joining',
			joinFlags: flags,
			media,
			tabLease: { tabId: 'tab', until: now + tabLeaseMs }
		});
	});

	it('given an old call in the row, when we begin a new one, then the row does not take it for the old one', () => {
		const old = after(seen({ startedAt: 50 }), { fact: 'left' });
		const row = [joining, joined(0)].reduce<OngoingCall | undefined>(
			(known, fact) => nextRow(known, fact, key, now) ?? undefined,
			old
		);
		expect(row?.startedAt).toBe(0);

		expect(nextRow(row, seen({ startedAt: 300 }), key, now)).toMatchObject({ own: 'joined', startedAt: 300 });
	});

	it('given a call we are in, when it is joined anew after a restart, then its identity stays', () => {
		expect(after(joining, joined(0), seen({ startedAt: 300 }), joined(0))?.startedAt).toBe(300);
	});

	it('given a call we are in, when half a minute is over, then it is confirmed and the lease renewed', () => {
		const row = nextRow(after(joining, joined()), still, key, now + 30_000);

		expect(row).toMatchObject({
			own: 'joined',
			confirmedAt: now + 30_000,
			tabLease: { tabId: 'tab', until: now + 30_000 + tabLeaseMs }
		});
	});

	it('given a row that was cleared away, when we are still in the call, then it says so again', () => {
		expect(after(still)).toMatchObject({ own: 'joined', server: 'active' });
	});

	it.each(['left', 'kicked'] as const)(
		'given a call we are in, when we are out (%s), then no tab holds it',
		(fact) => {
			expect(after(joining, joined(), { fact: 'leaving' })).toMatchObject({
				own: 'leaving',
				ownSessionId: 'ann-1'
			});
			expect(after(joining, joined(), { fact })).toMatchObject({
				own: fact,
				ownSessionId: null,
				tabLease: null
			});
		}
	);
});

describe('a row that several tabs write', () => {
	const held = after(seen(), joining, joined());

	it.each(['leaving', 'left', 'kicked'] as const)(
		'given a call that another tab holds by now, when the earlier one says %s, then the row stays',
		(fact) => {
			expect(nextRow(held, { fact, tabId: 'earlier' }, key, now + 1)).toEqual(held);
			expect(nextRow(held, { fact, tabId: 'tab' }, key, now + 1)?.own).toBe(fact);
			// a lease that has expired is nobody's
			expect(nextRow(held, { fact, tabId: 'earlier' }, key, now + tabLeaseMs)?.own).toBe(fact);
		}
	);

	it('given a person who goes back in from another tab, when the row is claimed, then it is that tab’s and as old as it was', () => {
		const claimed = nextRow(held, { fact: 'claimed', tabId: 'here' }, key, now + 60_000);

		expect(claimed).toEqual({ ...held, tabLease: { tabId: 'here', until: now + tabLeaseMs } });
		expect(rejoinAfterReload(claimed ?? undefined, 'here', now + 60_000)).toEqual({ media });
		expect(nextRow(undefined, { fact: 'claimed', tabId: 'here' }, key, now)).toBeNull();
		expect(nextRow(after(seen()), { fact: 'claimed', tabId: 'here' }, key, now)?.tabLease).toBeNull();
	});

	it('given a call that nobody confirmed for 10 minutes, when that is noted, then it is unknown, unless somebody did meanwhile', () => {
		const row = after(seen());
		const note = (at: number) => nextRow(row, { fact: 'unconfirmed' }, key, at)?.server;

		expect(note(now + likelyMs)).toBe('active');
		expect(note(now + likelyMs + 1)).toBe('unknown');
		expect(note(now - 1)).toBe('active');
		expect(nextRow(undefined, { fact: 'unconfirmed' }, key, now)).toBeNull();
	});

	it.each(['ringing', 'dismissed'] as const)(
		'given a call that we are in, when it is %s, then we are still in it; else the row says so',
		(fact) => {
			expect(nextRow(held, { fact }, key, now)?.own).toBe('joined');
			expect(nextRow(after(seen()), { fact }, key, now)?.own).toBe(fact);
		}
	);

	it('P08 given a call that was dismissed, when it is seen again, then it stays dismissed', () => {
		expect(after(seen(), { fact: 'dismissed' }, seen())?.own).toBe('dismissed');
	});

	it('P07 given a call that was dismissed, when another one is seen in its place, then that one is not', () => {
		expect(after(seen(), { fact: 'dismissed' }, seen({ startedAt: 200 }))?.own).toBe('none');
	});

	it('P09 given a row, when another tab holds a lease on it, then it is held elsewhere until the lease ends', () => {
		expect(isHeldElsewhere(held, 'other', now + tabLeaseMs - 1)).toBe(true);
		expect(isHeldElsewhere(held, 'other', now + tabLeaseMs)).toBe(false);
		expect(isHeldElsewhere(held, 'tab', now)).toBe(false);
		expect(isHeldElsewhere(after(seen(), joining, joined(), { fact: 'left' }), 'other', now)).toBe(false);
		expect(isHeldElsewhere(undefined, 'other', now)).toBe(false);
	});
});

describe('after a reload', () => {
	const row = (facts: CallFact[], at = now) =>
		facts.reduce<OngoingCall | undefined>(
			(known, fact) => nextRow(known, fact, key, at) ?? undefined,
			undefined
		);

	it.each([
		['joining', [joining], true],
		['joined', [joining, joined()], true],
		['leaving', [joining, joined(), { fact: 'leaving' }], false],
		['left', [joining, joined(), { fact: 'left' }], false],
		['kicked', [joining, joined(), { fact: 'kicked' }], false],
		['seen', [seen()], false]
	] as [string, CallFact[], boolean][])(
		'P05 given a crash while %s, when the tab is back, then it goes straight in: %s',
		(_, facts, goesIn) => {
			expect(rejoinAfterReload(row(facts), 'tab', now + 1_000) !== null).toBe(goesIn);
		}
	);

	it('given another tab, or none, when it opens the room, then it shows the pre-join page', () => {
		expect(rejoinAfterReload(row([joining, joined()]), 'other', now)).toBeNull();
		expect(rejoinAfterReload(undefined, 'tab', now)).toBeNull();
	});

	it('given a gap, when it is up to two minutes, then all is as it was; up to five, muted; longer, not at all', () => {
		const known = row([joining, joined()]);
		expect(rejoinAfterReload(known, 'tab', now + 120_000)).toEqual({ media });
		expect(rejoinAfterReload(known, 'tab', now + 120_001)).toEqual({
			media: { ...media, microphone: 'off' }
		});
		expect(rejoinAfterReload(known, 'tab', now + 300_000)).not.toBeNull();
		expect(rejoinAfterReload(known, 'tab', now + 300_001)).toBeNull();
	});

	it('given a tab that is gone for long, when the server says meanwhile that the call goes on, then that is no word of the tab', () => {
		const known = nextRow(row([joining, joined()]), seen(), key, now + 3_600_000);

		expect(rejoinAfterReload(known ?? undefined, 'tab', now + 3_600_001)).toBeNull();
	});

	it('P15 given a clock that jumped back, when the tab is back, then it counts as no time at all', () => {
		expect(rejoinAfterReload(row([joining, joined()]), 'tab', now - 3_600_000)).toEqual({ media });
	});
});

it('given any history, when a row is made, then it has exactly the fields of the schema, and belongs to its key', () => {
	const fact = fc.constantFrom<CallFact>(
		seen(),
		seen({ startedAt: 0 }),
		seen({ startedAt: 7 }),
		joining,
		joined(),
		joined(0),
		still,
		{ fact: 'leaving' },
		{ fact: 'left' },
		{ fact: 'kicked' },
		{ fact: 'left', tabId: 'other' },
		{ fact: 'unconfirmed' },
		{ fact: 'ringing' },
		{ fact: 'dismissed' },
		{ fact: 'claimed', tabId: 'other' },
		{ fact: 'ended' }
	);
	const fields = Object.keys(after(seen()) ?? {}).sort();
	fc.assert(
		fc.property(
			fc.array(fc.tuple(fact, fc.integer({ min: -1e9, max: 1e9 })), { minLength: 1 }),
			(history) => {
				let row: OngoingCall | undefined;
				for (const [next, jump] of history) row = nextRow(row, next, key, now + jump) ?? undefined;
				if (row === undefined) return;
				expect(Object.keys(row).sort()).toEqual(fields);
				expect(row).toMatchObject(key);
				// who is in no call holds none
				if (!['joining', 'joined', 'leaving'].includes(row.own)) expect(row.tabLease).toBeNull();
			}
		),
		{ seed: 17 }
	);
});
