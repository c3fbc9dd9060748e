import { describe, expect, it } from 'vitest';
import type { CallId, SessionId } from '../../protocol/ids.ts';
import { callQuality, linkQuality, linksBetween, type Link, type LinkSample } from './links.ts';
import type { ConnectionStats } from './peer-connection.ts';

const detail = {
	route: 'direct',
	protocol: 'udp',
	lossOut: null,
	availableBps: null,
	limitation: null,
	streams: []
} as const;
const link = (over: Partial<Link> & { of?: string } = {}): Link => ({
	callId: 'call' as CallId,
	kind: 'member',
	memberKey: (over.of ?? 'ann') as SessionId,
	roundTripMs: 40,
	jitterMs: 5,
	lossIn: 0,
	lossOut: 0,
	receivedBps: 0,
	sentBps: 0,
	hasVideoIn: true,
	quality: 'good',
	detail: null,
	...over
});
const sample = (stats: Partial<ConnectionStats>): LinkSample => ({
	callId: 'call' as CallId,
	kind: 'member',
	memberKey: 'ann' as SessionId,
	stats: { bytesSent: 0, bytesReceived: 0, roundTripMs: null, ...stats }
});

describe('a connection between two readings', () => {
	it('given two readings, when two seconds lie between them, then rates and losses are of that time', () => {
		const first = sample({ bytesReceived: 1_000, packetsReceived: 100, packetsLost: 50 });
		const second = sample({
			bytesReceived: 26_000,
			bytesSent: 5_000,
			packetsReceived: 190,
			packetsLost: 60,
			videoBytesReceived: 9,
			roundTripMs: 80,
			jitterMs: 4,
			detail: { ...detail, lossOut: 0.2 }
		});
		const before = new Map([[first.callId, first.stats]]);

		expect(linksBetween(before, [second], 2_000)).toMatchObject([
			{
				memberKey: 'ann',
				receivedBps: 100_000,
				sentBps: 20_000,
				lossIn: 0.1,
				lossOut: 0.2,
				roundTripMs: 80,
				jitterMs: 4,
				hasVideoIn: true,
				quality: 'very-weak'
			}
		]);
	});

	it('given a first reading, or no time between two, when they are compared, then nothing is said', () => {
		const only = sample({ bytesReceived: 5 });

		expect(linksBetween(new Map(), [only], 2_000)).toEqual([]);
		expect(linksBetween(new Map([[only.callId, only.stats]]), [only], 0)).toEqual([]);
	});
});

describe('how good it is', () => {
	it.each([
		[{ lossIn: 0.05, roundTripMs: 400 }, 'good'],
		[{ lossIn: 0.051 }, 'weak'],
		[{ lossOut: 0.06 }, 'weak'],
		[{ roundTripMs: 401 }, 'weak'],
		[{ lossIn: 0.16 }, 'very-weak'],
		[{ roundTripMs: 1_201 }, 'very-weak'],
		[{ lossIn: null, lossOut: null, roundTripMs: null }, 'good']
	] as const)('given %j, when it is judged, then it is %s', (over, quality) => {
		expect(linkQuality(link(over))).toBe(quality);
	});

	it.each([
		['nothing bad', [link(), link()], { quality: 'good', side: 'ours' }],
		['all bad', [link({ lossIn: 0.1 }), link({ lossIn: 0.2 })], { quality: 'very-weak', side: 'ours' }],
		[
			'one of three bad',
			[link(), link(), link({ of: 'ben', lossIn: 0.1 })],
			{ quality: 'weak', side: 'theirs', members: ['ben'] }
		],
		['one alone that misses ours', [link({ lossOut: 0.1, lossIn: 0.1 })], { side: 'ours' }],
		['one alone that we miss', [link({ lossIn: 0.1 })], { side: 'theirs', members: ['ann'] }],
		['one alone that only sends', [link({ lossIn: null, roundTripMs: 900 })], { side: 'ours' }]
	] as const)('given %s, when the call is judged, then the side is named', (_, links, expected) => {
		expect(callQuality(links)).toMatchObject(expected);
	});
});
