import type { Bench } from './peer-call-bench.ts';

/** What a browser says when something was added, removed or restarted. */
export const needNegotiation = (bench: Bench) => {
	bench.edge({ type: 'PC_NEGOTIATION_NEEDED', signalingState: 'stable' });
};

/** Descriptions of the other side that the browser was given, in order. */
export const givenDescriptions = (bench: Bench): string[] =>
	bench.commanded('SET_REMOTE').map(({ description }) => description.sdp);

/** What left after set-up, in order. */
export const negotiatedTypes = (bench: Bench): ('offer' | 'answer')[] =>
	bench.sent('negotiate').map(({ description }) => description.type);
