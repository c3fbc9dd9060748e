import type { CallId } from '../../protocol/ids.ts';
import type { PeerSignal } from '../signaling.ts';

/** Signals that may wait behind a gap; one more, and what is missing is given up. */
const waitingMax = 64;
/** Calls whose count is remembered. An evicted one that goes on is a gap like any other, not the end of it. */
const linesMax = 32;

/** What one sender says about one call, in the order of its numbers. */
interface Line {
	/** Names the timer of this line: ids from outside name nothing of ours. */
	ticket: number;
	callId: CallId;
	/** Devices that answer the same call each count for themselves. */
	partyId: string | undefined;
	/** The number that is due. */
	next: number;
	/** Came before what is due; in order, each number once. */
	waiting: readonly { seq: number; signal: PeerSignal }[];
}

/**
 * Puts the numbered signals of one member into the order in which they were sent. Calls do not wait for each other:
 * shared counting has blocked every later call behind one lost message.
 */
export interface SeqGate {
	/** Least recently heard first. */
	lines: readonly Line[];
	lastTicket: number;
}

export const emptyGate: SeqGate = { lines: [], lastTicket: 0 };

/** What came of one step, for the line that it concerned. */
export interface GateStep {
	gate: SeqGate;
	/** To be taken now, in this order. */
	ready: readonly PeerSignal[];
	ticket: number;
	/** Whether the line stands still, before a gap. */
	isWaiting: boolean;
	/** Numbers that were given up. */
	missing: number;
	isDuplicate: boolean;
	/** Forgotten to make room, with what waited in it. */
	evicted: { ticket: number; signals: number } | null;
}

/** The number of a signal in its call; what is no number counts as none. */
export const seqOf = ({ seq }: PeerSignal): number | undefined =>
	seq !== undefined && Number.isSafeInteger(seq) && seq >= 0 ? seq : undefined;

/**
 * Takes a signal that has a number. A hangup waits for nothing: it is the last word, whatever was said before it.
 * That comes too late then.
 */
export function admit(gate: SeqGate, signal: PeerSignal, seq: number): GateStep {
	const known = gate.lines.find(
		({ callId, partyId }) => callId === signal.callId && partyId === signal.partyId
	);
	const line: Line = known ?? {
		ticket: gate.lastTicket + 1,
		callId: signal.callId,
		partyId: signal.partyId,
		next: 0,
		waiting: []
	};
	const isDuplicate = seq < line.next || line.waiting.some((kept) => kept.seq === seq);
	const waiting = isDuplicate
		? line.waiting
		: [...line.waiting, { seq, signal }].sort((one, other) => one.seq - other.seq);
	const grown = { ...line, waiting };
	const isLastWord = signal.kind === 'hangup' && !isDuplicate;
	const step = isLastWord
		? { ...release({ ...line, next: seq, waiting: waiting.filter((kept) => kept.seq >= seq) }), missing: 0 }
		: waiting.length > waitingMax
			? giveUp(grown)
			: { ...release(grown), missing: 0 };
	return { ...replaced(gate, step.line), ...outcome(step), isDuplicate };
}

/** Gives up what is missing first in the line of this ticket; null: there is nothing to give up. */
export function skipGap(gate: SeqGate, ticket: number): GateStep | null {
	const line = gate.lines.find((known) => known.ticket === ticket);
	if (line === undefined || line.waiting.length === 0) return null;
	const step = giveUp(line);
	return { ...replaced(gate, step.line), ...outcome(step), isDuplicate: false };
}

/** Everything up to the next gap. */
function release(line: Line): { line: Line; ready: PeerSignal[] } {
	const ready: PeerSignal[] = [];
	let { next } = line;
	for (const { seq, signal } of line.waiting) {
		if (seq !== next) break;
		ready.push(signal);
		next += 1;
	}
	return { line: { ...line, next, waiting: line.waiting.slice(ready.length) }, ready };
}

function giveUp(line: Line): { line: Line; ready: PeerSignal[]; missing: number } {
	const first = line.waiting[0]?.seq ?? line.next;
	return { ...release({ ...line, next: first }), missing: first - line.next };
}

const outcome = ({ line, ready, missing }: { line: Line; ready: PeerSignal[]; missing: number }) => ({
	ready,
	ticket: line.ticket,
	isWaiting: line.waiting.length > 0,
	missing
});

function replaced(gate: SeqGate, line: Line): Pick<GateStep, 'gate' | 'evicted'> {
	const lines = [...gate.lines.filter(({ ticket }) => ticket !== line.ticket), line];
	const [oldest] = lines.length > linesMax ? lines.splice(0, 1) : [];
	return {
		gate: { lines, lastTicket: Math.max(gate.lastTicket, line.ticket) },
		evicted: oldest === undefined ? null : { ticket: oldest.ticket, signals: oldest.waiting.length }
	};
}
