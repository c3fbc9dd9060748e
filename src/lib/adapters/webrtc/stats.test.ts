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
		framesDecoded: 60,
		detail: {
			route: null,
			protocol: null,
			lossOut: null,
			availableBps: null,
			limitation: null,
			streams: [
				{ direction: 'sent', kind: 'audio', codec: null, width: null, height: null, fps: null },
				{ direction: 'sent', kind: 'video', codec: null, width: null, height: null, fps: null },
				{ direction: 'received', kind: 'audio', codec: null, width: null, height: null, fps: null },
				{ direction: 'received', kind: 'video', codec: null, width: null, height: null, fps: null }
			]
		}
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

it('given a relayed connection with a slow computer, when it is read, then route, codecs, sizes and what limits us are told', () => {
	const { detail } = readStats([
		{
			type: 'candidate-pair',
			nominated: true,
			availableOutgoingBitrate: 1_200_000,
			localCandidateId: 'L',
			remoteCandidateId: 'R'
		},
		{ id: 'L', type: 'local-candidate', candidateType: 'relay', protocol: 'udp', relayProtocol: 'tls' },
		{ id: 'R', type: 'remote-candidate', candidateType: 'host', protocol: 'udp' },
		{ id: 'C', type: 'codec', mimeType: 'video/VP8' },
		{
			type: 'outbound-rtp',
			kind: 'video',
			codecId: 'C',
			bytesSent: 5,
			frameWidth: 640,
			frameHeight: 360,
			framesPerSecond: 24,
			qualityLimitationReason: 'cpu'
		},
		{ type: 'outbound-rtp', kind: 'video', bytesSent: 5, active: false },
		{ type: 'remote-inbound-rtp', fractionLost: 0.02 },
		{ type: 'remote-inbound-rtp', fractionLost: 0.1 }
	]);

	expect(detail).toEqual({
		route: 'relay',
		protocol: 'tls',
		lossOut: 0.1,
		availableBps: 1_200_000,
		limitation: 'cpu',
		streams: [{ direction: 'sent', kind: 'video', codec: 'VP8', width: 640, height: 360, fps: 24 }]
	});
});
