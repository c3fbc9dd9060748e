import type { CallId } from '../../protocol/ids.ts';
import type { ConnectionStats } from './peer-connection.ts';

/** One connection's counters, as read just now. */
export interface StatsSample {
	callId: CallId;
	stats: ConnectionStats;
	/** What the other side says to be sending: what it does not send cannot be missed. */
	sends: { audio: boolean; video: boolean };
}

/** The last counters of each connection. A map: ids come from outside. */
export type Collected = ReadonlyMap<CallId, ConnectionStats>;

/** How well media gets through, over all connections. Shares are in 0 … 1; null: nothing to go by yet. */
export interface CallStatsSummary {
	/** Connections that should be there, and those that are. */
	expected: number;
	connected: number;
	audioReceived: number | null;
	videoReceived: number | null;
	mediaReceived: number | null;
	maxJitterMs: number | null;
	/** Of the packets since the last collection, where it was worst. */
	maxLoss: number | null;
	/** Of the sound since the last collection, how much was made up for what was lost, where it was worst. */
	maxConcealed: number | null;
	maxRoundTripMs: number | null;
}

const share = (parts: readonly boolean[]): number | null =>
	parts.length === 0 ? null : parts.filter(Boolean).length / parts.length;

const highest = (values: readonly (number | null | undefined)[]): number | null =>
	values.reduce<number | null>(
		(most, value) => (value == null ? most : Math.max(most ?? value, value)),
		null
	);

/**
 * Sums up one collection. The first one of a connection is only remembered: counters say nothing without an earlier
 * reading. Muted or absent media counts as received.
 * @param expected connections wanted at this moment
 */
export function summarise(
	before: Collected,
	samples: readonly StatsSample[],
	expected: number
): { collected: Collected; summary: CallStatsSummary } {
	const deltas = samples.flatMap(({ callId, stats, sends }) => {
		const last = before.get(callId);
		return last === undefined ? [] : [{ sends, stats, last }];
	});
	const grows = (now: number | undefined, then: number | undefined) => (now ?? 0) > (then ?? 0);
	const audio = deltas.map(
		({ sends, stats, last }) => !sends.audio || grows(stats.audioBytesReceived, last.audioBytesReceived)
	);
	const video = deltas.map(
		({ sends, stats, last }) => !sends.video || grows(stats.videoBytesReceived, last.videoBytesReceived)
	);
	const grown = (now: number | undefined, then: number | undefined) => Math.max(0, (now ?? 0) - (then ?? 0));
	const losses = deltas.map(({ stats, last }) => {
		const lost = grown(stats.packetsLost, last.packetsLost);
		const arrived = grown(stats.packetsReceived, last.packetsReceived);
		return lost + arrived === 0 ? null : lost / (lost + arrived);
	});
	const concealed = deltas.map(({ stats, last }) => {
		const played = grown(stats.totalSamples, last.totalSamples);
		return played === 0 ? null : grown(stats.concealedSamples, last.concealedSamples) / played;
	});
	return {
		collected: new Map(samples.map(({ callId, stats }) => [callId, stats])),
		summary: {
			expected,
			connected: samples.length,
			audioReceived: share(audio),
			videoReceived: share(video),
			mediaReceived: share(audio.map((isHeard, index) => isHeard && video[index] === true)),
			maxJitterMs: highest(deltas.map(({ stats }) => stats.jitterMs)),
			maxLoss: highest(losses),
			maxConcealed: highest(concealed),
			maxRoundTripMs: highest(deltas.map(({ stats }) => stats.roundTripMs))
		}
	};
}
