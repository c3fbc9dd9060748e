import type { CallId, SessionId } from '../../protocol/ids.ts';
import type { Candidate, PeerSignal } from '../signaling.ts';
import { buffered } from './candidates.ts';

/** How long something that came too early is kept. */
export const earlyCandidatesTtlMs = 60_000;
export const earlySignalsTtlMs = 30_000;
/** Signals kept for one unknown session, and for all of them together. */
export const earlySignalsMax = { perSession: 64, total: 256 };
/** Batches of early candidates, one for each call and party, per member: more is an attack or a bug. */
const earlyBatchesMax = 8;

/** Ended call ids that a member remembers, so that what arrives late finds nothing to revive. */
const tombstonesMax = 32;
export const buried = (tombstones: readonly CallId[], callId: CallId): CallId[] =>
	tombstones.includes(callId) ? [...tombstones] : [...tombstones, callId].slice(-tombstonesMax);

/** Candidates that overtook their invite. A list, since ids come from outside: one may be called "constructor". */
export interface EarlyCandidates {
	callId: CallId;
	partyId: string | undefined;
	candidates: readonly Candidate[];
}

/** Adds to what waits for this call and party; beyond the bounds the oldest go. */
export function keepCandidates(
	early: readonly EarlyCandidates[],
	{ callId, partyId, candidates }: EarlyCandidates
): readonly EarlyCandidates[] {
	const isSame = (batch: EarlyCandidates) => batch.callId === callId && batch.partyId === partyId;
	const known = early.find(isSame);
	const grown = { callId, partyId, candidates: buffered(known?.candidates ?? [], candidates).kept };
	const next =
		known === undefined ? [...early, grown] : early.map((batch) => (isSame(batch) ? grown : batch));
	return next.slice(-earlyBatchesMax);
}

/** A signal from a session that is not (yet) listed as in the call. */
export interface EarlySignal {
	from: SessionId;
	signal: PeerSignal;
	/** unix milliseconds */
	arrivedAt: number;
	/** Counts up; the timer that ends its wait names it. */
	ticket: number;
}

/** What was kept, when it is given on: an offer has not begun to live just now. */
export const givenOn = ({ signal, arrivedAt }: EarlySignal, now: number): PeerSignal =>
	signal.kind === 'invite' || signal.kind === 'negotiate'
		? { ...signal, ageMs: Math.max(0, now - arrivedAt) }
		: signal;

/** Keeps a signal within the bounds; the newest is refused when the session has its share, the oldest goes for the total. */
export function keepSignal(
	early: readonly EarlySignal[],
	next: EarlySignal
): { kept: readonly EarlySignal[]; dropped: number } {
	if (early.filter(({ from }) => from === next.from).length >= earlySignalsMax.perSession) {
		return { kept: early, dropped: 1 };
	}
	const all = [...early, next];
	const dropped = Math.max(0, all.length - earlySignalsMax.total);
	return { kept: all.slice(dropped), dropped };
}
