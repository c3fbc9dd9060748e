import { describe, expect, it } from 'vitest';
import type { CallId } from '../../protocol/ids.ts';
import { summarise, type StatsSample } from './call-stats.ts';

const sample = (id: string, stats: Partial<StatsSample['stats']>, sends = { audio: true, video: true }) => ({
	callId: id as CallId,
	stats: { bytesSent: 0, bytesReceived: 0, roundTripMs: null, ...stats },
	sends
});
const nothing = new Map();

describe('the sum of a collection', () => {
	it('given first readings, when they are summed up, then connections are counted and nothing else is said', () => {
		const { summary, collected } = summarise(
			nothing,
			[sample('a', { audioBytesReceived: 5, jitterMs: 9 })],
			3
		);

		expect(summary).toEqual({
			expected: 3,
			connected: 1,
			audioReceived: null,
			videoReceived: null,
			mediaReceived: null,
			maxJitterMs: null,
			maxLoss: null,
			maxConcealed: null,
			maxRoundTripMs: null
		});
		expect([...collected.keys()]).toEqual(['a']);
	});

	it('given two readings, when they are summed up, then shares are of those that arrived, and the worst is named', () => {
		const first = [
			sample('a', { audioBytesReceived: 1, videoBytesReceived: 1, packetsReceived: 10, packetsLost: 0 }),
			sample('b', { audioBytesReceived: 1, videoBytesReceived: 1, packetsReceived: 10, packetsLost: 5 })
		];
		const second = [
			sample('a', {
				audioBytesReceived: 2,
				videoBytesReceived: 1,
				packetsReceived: 19,
				packetsLost: 1,
				jitterMs: 3,
				totalSamples: 100,
				concealedSamples: 50
			}),
			sample('b', {
				audioBytesReceived: 1,
				videoBytesReceived: 2,
				packetsReceived: 20,
				packetsLost: 5,
				jitterMs: 8,
				roundTripMs: 40
			})
		];
		const { collected } = summarise(nothing, first, 2);

		expect(summarise(collected, second, 2).summary).toEqual({
			expected: 2,
			connected: 2,
			audioReceived: 0.5,
			videoReceived: 0.5,
			mediaReceived: 0,
			maxJitterMs: 8,
			maxLoss: 0.1,
			maxConcealed: 0.5,
			maxRoundTripMs: 40
		});
	});

	it('given somebody muted and without a camera, when nothing of them arrives, then nothing is missing', () => {
		const quiet = { audio: false, video: false };
		const { collected } = summarise(nothing, [sample('a', {}, quiet)], 1);

		expect(summarise(collected, [sample('a', {}, quiet)], 1).summary).toMatchObject({
			audioReceived: 1,
			videoReceived: 1,
			mediaReceived: 1
		});
	});

	it('given a packet that counts as found again, when losses are summed up, then there are none below zero', () => {
		const { collected } = summarise(nothing, [sample('a', { packetsReceived: 5, packetsLost: 3 })], 1);
		const { summary } = summarise(collected, [sample('a', { packetsReceived: 15, packetsLost: 2 })], 1);

		expect(summary.maxLoss).toBe(0);
	});

	it('given a connection called "__proto__", when it is read twice, then it is one like any other', () => {
		const { collected } = summarise(nothing, [sample('__proto__', { audioBytesReceived: 1 })], 1);

		expect(
			summarise(collected, [sample('__proto__', { audioBytesReceived: 2 })], 1).summary.audioReceived
		).toBe(1);
	});
});
