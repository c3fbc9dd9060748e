import { expect, it } from 'vitest';
import { readStats } from './stats.ts';

/** A report as Chromium gives it, without what nobody reads. */
const chromium = [
	{ id: 'CF1', type: 'certificate', timestamp: 1 },
	{ id: 'T01', type: 'transport', bytesReceived: 99_999, dtlsState: 'connected' },
	{ id: 'CP1', type: 'candidate-pair', nominated: true, state: 'succeeded', currentRoundTripTime: 0.042 },
	{ id: 'CP2', type: 'candidate-pair', nominated: false, state: 'waiting', currentRoundTripTime: 9 },
	{ id: 'OA', type: 'outbound-rtp', kind: 'audio', bytesSent: 1_000 },
	{ id: 'OV', type: 'outbound-rtp', kind: 'video', bytesSent: 20_000 },
	{
		id: 'IA',
		type: 'inbound-rtp',
		kind: 'audio',
		bytesReceived: 3_000,
		packetsReceived: 100,
		packetsLost: 4,
		jitter: 0.003,
		concealedSamples: 960,
		totalSamplesReceived: 96_000
	},
	{
		id: 'IV',
		type: 'inbound-rtp',
		kind: 'video',
		bytesReceived: 40_000,
		packetsReceived: 200,
		packetsLost: 1,
		jitter: 0.012,
		framesDecoded: 60
	}
];

it('given a report of a call that goes well, when it is read, then sound and pictures are told apart and summed', () => {
	expect(readStats(chromium)).toEqual({
		bytesSent: 21_000,
		bytesReceived: 43_000,
		roundTripMs: 42,
		audioBytesReceived: 3_000,
		videoBytesReceived: 40_000,
		packetsReceived: 300,
		packetsLost: 5,
		jitterMs: 12,
		concealedSamples: 960,
		totalSamples: 96_000,
		framesDecoded: 60
	});
});

it('given sections without a packet and packets that came twice, when they are read, then there is no jitter and no loss', () => {
	const firefox = [
		{ type: 'inbound-rtp', kind: 'audio', packetsReceived: 0, packetsLost: 0, jitter: 0 },
		{ type: 'inbound-rtp', kind: 'video', packetsReceived: 7, packetsLost: -3 },
		{ type: 'candidate-pair', nominated: true }
	];

	expect(readStats(firefox)).toMatchObject({ jitterMs: null, packetsLost: 0, roundTripMs: null });
});

it('given nothing, or nonsense, when it is read, then nothing was sent and received', () => {
	const nothing = readStats([]);

	expect(nothing).toMatchObject({ bytesSent: 0, audioBytesReceived: 0, jitterMs: null });
	expect(readStats([null, 7, { type: 'inbound-rtp', bytesReceived: 'many' }, { type: 'else' }])).toEqual(
		nothing
	);
});
