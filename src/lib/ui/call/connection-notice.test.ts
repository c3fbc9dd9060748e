import { expect, it } from 'vitest';
import { clock, connectionNotice, isLost } from './connection-notice.ts';

it.each([
	[1_900, 'none'],
	[2_000, 'reconnecting'],
	[7_900, 'reconnecting'],
	[8_000, 'lost'],
	[60_000, 'long-lost']
] as const)('given an outage, when it lasts %i ms, then it shows as %s', (lasts, notice) => {
	expect(connectionNotice({ network: 'lost', lostSince: 1_000 }, 1_000 + lasts)).toBe(notice);
	expect(connectionNotice({ network: 'reconnecting', lostSince: 1_000 }, 1_000 + lasts)).toBe(notice);
});

it('given media that goes on, when signaling is away for long, then the call is not called lost', () => {
	const notice = connectionNotice({ network: 'catching-up', lostSince: 0 }, 100_000);
	expect(notice).toBe('catching-up');
	expect(isLost(notice)).toBe(false);
});

it('given no outage, then nothing is shown', () => {
	expect(connectionNotice({ network: 'good', lostSince: null }, 5_000)).toBe('none');
});

it('given a time in the call, then it reads like a clock', () => {
	expect([0, 59_999, 247_000, 3_847_000, -5].map(clock)).toEqual(['0:00', '0:59', '4:07', '1:04:07', '0:00']);
});
