import * as v from 'valibot';
import type { ConnectionStats } from '../../domain/call/peer-connection.ts';

/** The entries of a statistics report that Roost reads; all others are passed over. */
const Entry = v.variant('type', [
	v.object({ type: v.literal('outbound-rtp'), bytesSent: v.optional(v.number(), 0) }),
	v.object({ type: v.literal('inbound-rtp'), bytesReceived: v.optional(v.number(), 0) }),
	v.object({
		type: v.literal('candidate-pair'),
		nominated: v.optional(v.boolean(), false),
		/** Seconds. */
		currentRoundTripTime: v.optional(v.number())
	})
]);

/** Sums a browser's report. @see https://www.w3.org/TR/webrtc-stats/ */
export function readStats(report: { forEach(look: (entry: unknown) => void): void }): ConnectionStats {
	const stats: ConnectionStats = { bytesSent: 0, bytesReceived: 0, roundTripMs: null };
	report.forEach((raw) => {
		const { success, output: entry } = v.safeParse(Entry, raw);
		if (!success) return;
		if (entry.type === 'outbound-rtp') stats.bytesSent += entry.bytesSent;
		else if (entry.type === 'inbound-rtp') stats.bytesReceived += entry.bytesReceived;
		else if (entry.nominated && entry.currentRoundTripTime !== undefined) {
			stats.roundTripMs = entry.currentRoundTripTime * 1_000;
		}
	});
	return stats;
}
