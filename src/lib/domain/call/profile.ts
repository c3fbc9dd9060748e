import type { SessionId } from '../../protocol/ids.ts';

/**
 * How two ends of a connection agree on who does what. Input of every machine, never read from a global.
 * `native`: both ends are Roost over a plain relay; `talkMesh`: Talk without a media server; the `sfu…` ones: with one.
 */
export type Profile = 'native' | 'talkMesh' | 'sfuPublisher' | 'sfuSubscriber';

/** Durations of one peer call, in milliseconds, and its bounds. */
export interface PeerCallTimings {
	/** How long to collect candidates into the first description; 0: send it at once and trickle. */
	gatherWindowMs: number;
	/** Candidates are sent together this long after the first of them came. */
	batchMs: number;
	candidatesPerMessage: number;
	/** Waits after the first, second, … failed sending of candidates; one more failure ends the call. */
	candidateRetryMs: readonly number[];
	sendsEndMark: boolean;
	/**
	 * How long after our answer the other side's candidates are used. A media server answers no check before it has the
	 * answer, and a browser repeats one only after 50 ms: better a little later, and once.
	 */
	answerLeadMs: number;
	/** From invite to answer. */
	inviteLifetimeMs: number;
	/** No negotiation-needed after media was applied. */
	offerStallMs: number;
	/** One command to the browser that neither succeeds nor fails. */
	edgeTimeoutMs: number;
	connectTimeoutMs: number;
	iceRestartDelayMs: number;
	/** How much longer a path to a media server may stay lost, signaling being up, until another one is made. */
	iceRebuildMs: number;
	iceDeadMs: number;
	/** Added to `iceDeadMs` while signaling is down: no restart could get through. */
	iceDeadExtraMs: number;
	iceRestarts: number;
	negotiateTimeoutMs: number;
	/** Changes within this time share one offer. */
	negotiationPauseMs: number;
	/** Between two announcements of the own mute state; what changes meanwhile shares the second. */
	metadataPauseMs: number;
	endingTimeoutMs: number;
	statsTimeoutMs: number;
}

const native: PeerCallTimings = {
	gatherWindowMs: 200,
	batchMs: 2_000,
	candidatesPerMessage: 20,
	candidateRetryMs: [500, 1_000, 2_000, 4_000, 8_000],
	sendsEndMark: true,
	answerLeadMs: 0,
	inviteLifetimeMs: 60_000,
	offerStallMs: 10_000,
	edgeTimeoutMs: 30_000,
	connectTimeoutMs: 30_000,
	iceRestartDelayMs: 2_000,
	iceRebuildMs: 4_000,
	iceDeadMs: 30_000,
	iceDeadExtraMs: 30_000,
	iceRestarts: 3,
	negotiateTimeoutMs: 10_000,
	negotiationPauseMs: 100,
	metadataPauseMs: 100,
	endingTimeoutMs: 2_000,
	statsTimeoutMs: 500
};

/** Talk's clients read one candidate from a message, answer within 10 s or not at all, and expect no end mark. */
const talk: PeerCallTimings = {
	...native,
	gatherWindowMs: 0,
	batchMs: 0,
	candidatesPerMessage: 1,
	sendsEndMark: false,
	inviteLifetimeMs: 10_000,
	iceRestarts: 5
};

/** @param direction the callee of a native call batches its candidates for a shorter time */
export function timingsOf(profile: Profile, direction: 'outbound' | 'inbound'): PeerCallTimings {
	if (profile === 'sfuSubscriber') return { ...talk, answerLeadMs: 15 };
	if (profile !== 'native') return talk;
	return direction === 'outbound' ? native : { ...native, batchMs: 500 };
}

/** What a session announced to have: in the call or not, and whether it has anything to send. */
export interface Announced {
	inCall: boolean;
	hasStreams: boolean;
}

/**
 * Who places the call between two sessions, decided alike on both sides: for every pair exactly one side gets `us`,
 * or both get `nobody`. Ids are compared by code unit, never by locale.
 * In Talk the larger session id offers; natively the smaller one does.
 */
export function shouldInitiate(
	profile: Profile,
	ours: { id: SessionId } & Announced,
	theirs: { id: SessionId } & Announced
): 'us' | 'them' | 'nobody' {
	if (!ours.inCall || !theirs.inCall) return 'nobody';
	// a publisher's messages go to our own session: the media server takes them
	if (ours.id === theirs.id && profile !== 'sfuPublisher') return 'nobody';
	switch (profile) {
		case 'native':
			return ours.id < theirs.id ? 'us' : 'them';
		case 'talkMesh':
			if (!ours.hasStreams && !theirs.hasStreams) return 'nobody';
			if (!theirs.hasStreams) return 'us';
			if (!ours.hasStreams) return 'them';
			return ours.id > theirs.id ? 'us' : 'them';
		case 'sfuPublisher':
			return ours.hasStreams ? 'us' : 'nobody';
		case 'sfuSubscriber':
			return theirs.hasStreams ? 'them' : 'nobody';
	}
}
