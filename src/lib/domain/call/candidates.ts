import type { Candidate } from '../signaling.ts';

/** Most candidates kept for one party before its description came. Overflow drops the oldest. */
const earlyCandidatesMax = 256;

/** Parties of one call whose candidates are kept; natively an invite reaches all devices of a person. */
export const earlyPartiesMax = 16;

export const endMark: Candidate = { candidate: '', sdpMid: null, sdpMLineIndex: null };

export const isEndMark = (candidate: Candidate): boolean => candidate.candidate === '';

/** A candidate that no browser could place is skipped alone; the rest of its batch goes on. */
export const isUsable = (candidate: Candidate): boolean =>
	isEndMark(candidate) || candidate.sdpMid !== null || candidate.sdpMLineIndex !== null;

/**
 * Adds to a bounded buffer.
 * @returns the newest `max` candidates in order of arrival, and how many old ones had to go
 */
export function buffered(
	buffer: readonly Candidate[],
	more: readonly Candidate[],
	max = earlyCandidatesMax
): { kept: Candidate[]; dropped: number } {
	const all = [...buffer, ...more];
	const dropped = Math.max(0, all.length - max);
	return { kept: all.slice(dropped), dropped };
}
