import { peerNews, signalMessages } from '../../src/lib/adapters/talk/signaling/peer-messages.ts';
import type { PeerSignal } from '../../src/lib/domain/signaling.ts';
import type { SessionId } from '../../src/lib/protocol/ids.ts';
import type { Name } from './steps.ts';

/** What is said through the relay: signals, and the server's word on who is there. */
type News = { kind: 'signal'; signal: PeerSignal } | { kind: 'came' } | { kind: 'left' };

/** One thing on its way to one party. */
export interface Parcel {
	/** When it was said, simulated milliseconds. */
	saidAt: number;
	from: SessionId;
	to: SessionId | null;
	news: News;
}

export interface Relay {
	/** On its way to each party, oldest first. */
	lines: Record<Name, Parcel[]>;
	/** What signals become on the wire, for the party that is addressed. */
	post: (to: Name, from: SessionId, session: SessionId, signal: PeerSignal, saidAt: number) => void;
	/** The server's news to the other party. */
	announce: (to: Name, from: SessionId, news: 'came' | 'left', saidAt: number) => void;
	/** Takes one out of the line: the head, or any other where things overtake each other. */
	take: (to: Name, at: number) => Parcel | undefined;
	/** Puts a copy of a parcel that is still on its way behind all others. */
	duplicate: (to: Name) => boolean;
	/** The parcel at the head is lost. The server's own news is not. @returns whether there was something to lose */
	lose: (to: Name) => boolean;
	clear: (to: Name) => void;
}

/**
 * A plain relay between two sessions, which keeps what it is given until the schedule lets it through. In profile
 * `native` it carries every signal as it is; in the others whatever Talk's words can say, through the real translation.
 */
export function createRelay(isNative: boolean): Relay {
	const lines: Relay['lines'] = { ann: [], ben: [] };
	const put = (to: Name, parcel: Parcel) => void lines[to].push(parcel);
	return {
		lines,
		post: (to, from, session, signal, saidAt) => {
			const said = isNative ? [signal] : inTalksWords(signal, session, from);
			for (const heard of said)
				put(to, { saidAt, from, to: session, news: { kind: 'signal', signal: heard } });
		},
		announce: (to, from, kind, saidAt) => put(to, { saidAt, from, to: null, news: { kind } }),
		take: (to, at) => {
			const line = lines[to];
			if (line.length === 0) return undefined;
			// the server's news is a barrier: what was said before it is heard before it
			const barrier = line.findIndex(({ news }) => news.kind !== 'signal');
			const free = barrier < 0 ? line.length : barrier;
			return line.splice(free === 0 ? 0 : at % free, 1)[0];
		},
		duplicate: (to) => {
			const parcel = lines[to].find(({ news }) => news.kind === 'signal');
			if (parcel === undefined) return false;
			const barrier = lines[to].findIndex(({ news }) => news.kind !== 'signal');
			lines[to].splice(barrier < 0 ? lines[to].length : barrier, 0, parcel);
			return true;
		},
		lose: (to) => {
			const index = lines[to].findIndex(({ news }) => news.kind === 'signal');
			if (index < 0) return false;
			lines[to].splice(index, 1);
			return true;
		},
		clear: (to) => void lines[to].splice(0)
	};
}

/** What is left of a signal once Talk's words have carried it. */
const inTalksWords = (signal: PeerSignal, to: SessionId, from: SessionId): PeerSignal[] =>
	signalMessages(signal, to, from)
		.flatMap((message) => peerNews(message, from))
		.flatMap((news) => (news.type === 'PEER_SIGNAL_RECEIVED' ? [news.signal] : []));
