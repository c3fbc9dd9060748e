import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { candidate, relayed } from '../../../../tests/support/peer-call-bench.ts';
import type { CallId } from '../../protocol/ids.ts';
import type { PeerSignal } from '../signaling.ts';
import { admit, emptyGate, seqOf, skipGap, type GateStep } from './seq-gate.ts';

const said = (seq: number, of = 'x', partyId?: string): PeerSignal => ({
	...relayed.candidates([candidate(seq)], of as CallId),
	seq,
	...(partyId === undefined ? {} : { partyId })
});
/** Lets signals in, one after the other. */
function admitAll(signals: readonly PeerSignal[], gate = emptyGate) {
	const ready: PeerSignal[] = [];
	let last: GateStep | undefined;
	for (const signal of signals) {
		last = admit(gate, signal, seqOf(signal) ?? -1);
		({ gate } = last);
		ready.push(...last.ready);
	}
	return { gate, last, seqs: ready.map(({ seq }) => seq), ready };
}

it('given any order, with repetitions, of what several senders said, when it is let in, then each is heard in order, once, and whole', () => {
	const lines = ['x', '__proto__', 'constructor'].flatMap((of) => [
		{ of, partyId: undefined },
		{ of, partyId: 'phone' }
	]);
	const everything = lines.flatMap(({ of, partyId }) => [0, 1, 2, 3, 4].map((seq) => said(seq, of, partyId)));
	fc.assert(
		fc.property(
			fc.shuffledSubarray(everything, { minLength: everything.length }),
			fc.array(fc.constantFrom(...everything), { maxLength: 10 }),
			fc.nat(),
			(order, repeated, at) => {
				const cut = at % order.length;
				const { ready } = admitAll([...order.slice(0, cut), ...repeated, ...order.slice(cut), ...repeated]);
				expect(ready).toHaveLength(everything.length);
				for (const { of, partyId } of lines) {
					const line = ready.filter((signal) => signal.callId === of && signal.partyId === partyId);
					expect(line.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4]);
				}
			}
		),
		{ seed: 15, numRuns: 200 }
	);
});

describe('gaps', () => {
	it('given two gaps, when the first is given up, then what follows it is heard up to the second', () => {
		const { gate, last } = admitAll([said(0), said(2), said(3), said(6)]);
		const first = skipGap(gate, last?.ticket ?? 0);
		expect(first).toMatchObject({ missing: 1, isWaiting: true });
		expect(first?.ready.map(({ seq }) => seq)).toEqual([2, 3]);

		const second = first === null ? null : skipGap(first.gate, first.ticket);
		expect(second).toMatchObject({ missing: 2, isWaiting: false });
		expect(second?.ready.map(({ seq }) => seq)).toEqual([6]);
		expect(second === null ? undefined : skipGap(second.gate, second.ticket)).toBeNull();
	});

	it('given what was given up, when it comes after all, then it is too late', () => {
		const { gate, last } = admitAll([said(0), said(2)]);
		const skipped = skipGap(gate, last?.ticket ?? 0);

		expect(admit(skipped?.gate ?? emptyGate, said(1), 1)).toMatchObject({ ready: [], isDuplicate: true });
	});

	it('given a gap, when a hangup comes after it, then it is heard at once, and nothing said before it any more', () => {
		const hangup = { ...relayed.hangup('x' as CallId), seq: 5 };
		const { ready, last } = admitAll([said(0), said(2), hangup, said(1), said(3)]);

		expect(ready.map(({ seq }) => seq)).toEqual([0, 5]);
		expect(last?.isWaiting).toBe(false);
	});
});

describe('bounds', () => {
	it('given more than 64 signals behind a gap, when one more comes, then the gap is given up and none of them lost', () => {
		const behind = Array.from({ length: 65 }, (_, index) => said(index + 1));
		const { seqs, last } = admitAll(behind);

		expect(seqs).toEqual(behind.map(({ seq }) => seq));
		expect(last).toMatchObject({ missing: 1, isWaiting: false });
	});

	it('given more than 32 calls, when one more speaks, then the one that was silent longest is forgotten', () => {
		const calls = Array.from({ length: 32 }, (_, index) => said(1, `call ${index}`));
		const { gate, last } = admitAll([...calls, said(2, 'call 0'), said(1, 'call 32')]);

		expect(gate.lines).toHaveLength(32);
		expect(last?.evicted?.signals).toBe(1);
		expect(gate.lines.some(({ callId }) => callId === 'call 1')).toBe(false);
		expect(gate.lines.some(({ callId }) => callId === 'call 0')).toBe(true);
	});

	it.each([undefined, -1, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER + 1])(
		'given %s for a number, when it is read, then it is none',
		(seq) => {
			expect(seqOf({ ...relayed.hangup(), ...(seq === undefined ? {} : { seq }) })).toBeUndefined();
		}
	);
});
