import * as v from 'valibot';
import type { ConnectionDetail, ConnectionStats, StreamDetail } from '../../domain/call/peer-connection.ts';

const counter = v.optional(v.number(), 0);
const kind = v.optional(v.picklist(['audio', 'video']));
const flow = {
	kind,
	codecId: v.optional(v.string()),
	frameWidth: v.optional(v.number()),
	frameHeight: v.optional(v.number()),
	framesPerSecond: v.optional(v.number())
};
/** Words of the browser: a new one is no reason to pass the entry over. */
const word = v.optional(v.string());

/** The entries of a statistics report that Roost reads; all others are passed over. */
const Entry = v.variant('type', [
	v.object({
		type: v.literal('outbound-rtp'),
		...flow,
		bytesSent: counter,
		active: v.optional(v.boolean(), true),
		qualityLimitationReason: word
	}),
	v.object({
		type: v.literal('inbound-rtp'),
		...flow,
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
	v.object({ type: v.literal('remote-inbound-rtp'), fractionLost: v.optional(v.number()) }),
	v.object({
		type: v.literal('candidate-pair'),
		nominated: v.optional(v.boolean(), false),
		/** Seconds. */
		currentRoundTripTime: v.optional(v.number()),
		availableOutgoingBitrate: v.optional(v.number()),
		localCandidateId: word,
		remoteCandidateId: word
	}),
	v.object({
		type: v.picklist(['local-candidate', 'remote-candidate']),
		id: v.string(),
		candidateType: word,
		protocol: word,
		relayProtocol: word
	}),
	v.object({ type: v.literal('codec'), id: v.string(), mimeType: word })
]);
type Entry = v.InferOutput<typeof Entry>;
type Of<Type extends Entry['type']> = Extract<Entry, { type: Type }>;
type Candidate = Of<'local-candidate' | 'remote-candidate'>;

const reasons = ['cpu', 'bandwidth', 'other', 'none'] as const;
const oneOf = <Word extends string>(words: readonly Word[], said: string | undefined): Word | null =>
	words.find((known) => known === said) ?? null;

/** Sums a browser's report. @see https://www.w3.org/TR/webrtc-stats/ */
export function readStats(report: {
	forEach(look: (entry: unknown) => void): void;
}): Required<ConnectionStats> {
	const entries: Entry[] = [];
	report.forEach((raw) => {
		const { success, output } = v.safeParse(Entry, raw);
		if (success) entries.push(output);
	});
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
		framesDecoded: 0,
		detail: detailOf(entries)
	};
	for (const entry of entries) {
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
		} else if (isChosen(entry) && entry.currentRoundTripTime !== undefined) {
			stats.roundTripMs = entry.currentRoundTripTime * 1_000;
		}
	}
	return stats;
}

const isChosen = (entry: Entry): entry is Of<'candidate-pair'> =>
	entry.type === 'candidate-pair' && entry.nominated;

function detailOf(entries: readonly Entry[]): ConnectionDetail {
	const pair = entries.find(isChosen);
	const candidate = (id: string | undefined) =>
		entries.find(
			(entry): entry is Candidate => entry.type.endsWith('-candidate') && 'id' in entry && entry.id === id
		);
	const [local, remote] = [candidate(pair?.localCandidateId), candidate(pair?.remoteCandidateId)];
	const codecs = new Map(
		entries.flatMap((entry) => (entry.type === 'codec' ? [[entry.id, entry.mimeType] as const] : []))
	);
	const losses = entries.flatMap((entry) =>
		entry.type === 'remote-inbound-rtp' ? (entry.fractionLost ?? []) : []
	);
	const limitations = entries.map((entry) =>
		entry.type === 'outbound-rtp' ? oneOf(reasons, entry.qualityLimitationReason) : null
	);
	const isRelayed = [local, remote].some((one) => one?.candidateType === 'relay');
	return {
		route: local === undefined ? null : isRelayed ? 'relay' : 'direct',
		protocol: oneOf(['udp', 'tcp', 'tls'], local?.relayProtocol ?? local?.protocol),
		lossOut: losses.length === 0 ? null : Math.max(...losses),
		availableBps: pair?.availableOutgoingBitrate ?? null,
		limitation:
			limitations.find((one) => one !== null && one !== 'none') ??
			(limitations.includes('none') ? 'none' : null),
		streams: entries.flatMap((entry) => streamOf(entry, codecs) ?? [])
	};
}

/** @returns null for what is no stream, and for one that nothing went through yet */
function streamOf(entry: Entry, codecs: ReadonlyMap<string, string | undefined>): StreamDetail | null {
	if (entry.type !== 'outbound-rtp' && entry.type !== 'inbound-rtp') return null;
	if (entry.kind === undefined) return null;
	const isSent = entry.type === 'outbound-rtp';
	if (isSent ? !entry.active || entry.bytesSent === 0 : entry.bytesReceived === 0) return null;
	const mimeType = entry.codecId === undefined ? undefined : codecs.get(entry.codecId);
	return {
		direction: isSent ? 'sent' : 'received',
		kind: entry.kind,
		codec: mimeType?.replace(/^\w+\//, '') ?? null,
		width: entry.frameWidth ?? null,
		height: entry.frameHeight ?? null,
		fps: entry.framesPerSecond ?? null
	};
}
