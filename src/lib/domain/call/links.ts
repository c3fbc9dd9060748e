import type { CallId, SessionId } from '../../protocol/ids.ts';
import type { Collected } from './call-stats.ts';
import type { ConnectionDetail, ConnectionStats } from './peer-connection.ts';

/** What a connection carries, seen from here. */
type LinkKind = 'member' | 'share-out' | 'share-in' | 'publisher' | 'screen';

/** One connection as it was in the time between two readings. Shares are in 0 … 1; null: nothing to go by. */
export interface Link {
	callId: CallId;
	kind: LinkKind;
	/** Whom it is with; with a media server, our own session for what we send. */
	memberKey: SessionId;
	roundTripMs: number | null;
	jitterMs: number | null;
	lossIn: number | null;
	lossOut: number | null;
	receivedBps: number;
	sentBps: number;
	hasVideoIn: boolean;
	detail: ConnectionDetail | null;
	quality: LinkQuality;
}

export interface LinkSample {
	callId: CallId;
	kind: LinkKind;
	memberKey: SessionId;
	stats: ConnectionStats;
}

/** @param lastedMs since the readings of `before`; connections that have no earlier one are left out */
export function linksBetween(before: Collected, samples: readonly LinkSample[], lastedMs: number): Link[] {
	return samples.flatMap(({ stats, ...whose }) => {
		const last = before.get(whose.callId);
		if (last === undefined || lastedMs <= 0) return [];
		const grown = (now = 0, then = 0) => Math.max(0, now - then);
		const lost = grown(stats.packetsLost, last.packetsLost);
		const arrived = grown(stats.packetsReceived, last.packetsReceived);
		const bps = (bytes: number) => Math.round((bytes * 8_000) / lastedMs);
		const link = {
			...whose,
			roundTripMs: stats.roundTripMs,
			jitterMs: stats.jitterMs ?? null,
			lossIn: lost + arrived === 0 ? null : lost / (lost + arrived),
			lossOut: stats.detail?.lossOut ?? null,
			receivedBps: bps(grown(stats.bytesReceived, last.bytesReceived)),
			sentBps: bps(grown(stats.bytesSent, last.bytesSent)),
			hasVideoIn: grown(stats.videoBytesReceived, last.videoBytesReceived) > 0,
			detail: stats.detail ?? null
		};
		return [{ ...link, quality: linkQuality(link) }];
	});
}

export type LinkQuality = 'good' | 'weak' | 'very-weak';

/** Above these a person notices: share lost, ms. */
const weakest = { loss: 0.05, roundTripMs: 400 };
const veryWeakest = { loss: 0.15, roundTripMs: 1_200 };

const qualityOf = (loss: number | null, roundTripMs: number | null): LinkQuality => {
	const exceeds = (limit: typeof weakest) =>
		(loss ?? 0) > limit.loss || (roundTripMs ?? 0) > limit.roundTripMs;
	return exceeds(veryWeakest) ? 'very-weak' : exceeds(weakest) ? 'weak' : 'good';
};
const ranks: readonly LinkQuality[] = ['good', 'weak', 'very-weak'];
const worst = (all: readonly LinkQuality[]): LinkQuality =>
	ranks[Math.max(0, ...all.map((one) => ranks.indexOf(one)))] ?? 'good';

export const linkQuality = ({
	lossIn,
	lossOut,
	roundTripMs
}: Pick<Link, 'lossIn' | 'lossOut' | 'roundTripMs'>): LinkQuality =>
	worst([qualityOf(lossIn, roundTripMs), qualityOf(lossOut, null)]);

/** How the call as a whole does, and on whose side the trouble most likely is. */
export interface CallQuality {
	quality: LinkQuality;
	side: 'ours' | 'theirs';
	/** With whom it is bad, when it is theirs. */
	members: readonly SessionId[];
}

/**
 * What all connections suffer from is our own side; what a few of several do is theirs. Of one alone, only what we send
 * and they do not get is surely not theirs to mend: where just their media is late or lost, it is taken for theirs.
 */
export function callQuality(links: readonly Link[]): CallQuality {
	const bad = links.filter((link) => linkQuality(link) !== 'good');
	const good: CallQuality = { quality: 'good', side: 'ours', members: [] };
	if (bad.length === 0) return good;
	const isSentBadly = bad.some(({ lossOut }) => qualityOf(lossOut, null) !== 'good');
	const isOurs = links.length === 1 ? isSentBadly || bad[0]?.lossIn == null : bad.length * 2 > links.length;
	return {
		quality: worst(bad.map(linkQuality)),
		side: isOurs ? 'ours' : 'theirs',
		members: isOurs ? [] : [...new Set(bad.map(({ memberKey }) => memberKey))]
	};
}
