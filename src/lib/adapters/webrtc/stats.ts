import * as v from 'valibot';
import type { ConnectionStats } from '../../domain/call/peer-connection.ts';

const counter = v.optional(v.number(), 0);

/** The entries of a statistics report that Roost reads; all others are passed over. */
const Entry = v.variant('type', [
	v.object({ type: v.literal('outbound-rtp'), bytesSent: counter }),
	v.object({
		type: v.literal('inbound-rtp'),
		kind: v.optional(v.picklist(['audio', 'video'])),
		bytesReceived: counter,
		packetsReceived: counter,
		/** Below zero when packets arrived twice. */
		packetsLost: counter,
		/** Seconds. */
		jitter: v.optional(v.number()),
		concealedSamples: counter,
		totalSamplesReceived: counter,
		framesDecoded: counter
	}),
	v.object({
		type: v.literal('candidate-pair'),
		nominated: v.optional(v.boolean(), false),
		/** Seconds. */
		currentRoundTripTime: v.optional(v.number())
	})
]);

/** Sums a browser's report. @see https://www.w3.org/TR/webrtc-stats/ */
export function readStats(report: {
	forEach(look: (entry: unknown) => void): void;
}): Required<ConnectionStats> {
	const stats: Required<ConnectionStats> = {
		bytesSent: 0,
		bytesReceived: 0,
		roundTripMs: null,
		audioBytesReceived: 0,
		videoBytesReceived: 0,
		packetsReceived: 0,
		packetsLost: 0,
		jitterMs: null,
		concealedSamples: 0,
		totalSamples: 0,
		framesDecoded: 0
	};
	report.forEach((raw) => {
		const { success, output: entry } = v.safeParse(Entry, raw);
		if (!success) return;
		if (entry.type === 'outbound-rtp') stats.bytesSent += entry.bytesSent;
		else if (entry.type === 'inbound-rtp') {
			stats.bytesReceived += entry.bytesReceived;
			if (entry.kind === 'audio') stats.audioBytesReceived += entry.bytesReceived;
			if (entry.kind === 'video') stats.videoBytesReceived += entry.bytesReceived;
			stats.packetsReceived += entry.packetsReceived;
			stats.packetsLost += Math.max(0, entry.packetsLost);
			// a section that nothing came through has a jitter of nothing
			if (entry.jitter !== undefined && entry.packetsReceived > 0) {
				stats.jitterMs = Math.max(stats.jitterMs ?? 0, entry.jitter * 1_000);
			}
			stats.concealedSamples += entry.concealedSamples;
			stats.totalSamples += entry.totalSamplesReceived;
			stats.framesDecoded += entry.framesDecoded;
		} else if (entry.nominated && entry.currentRoundTripTime !== undefined) {
			stats.roundTripMs = entry.currentRoundTripTime * 1_000;
		}
	});
	return stats;
}
