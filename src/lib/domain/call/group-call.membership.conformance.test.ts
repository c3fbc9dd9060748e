import { describe, expect, it } from 'vitest';
import { openCallBench, type CallBench } from '../../../../tests/support/call-bench.ts';
import { BenchClock } from '../../../../tests/support/peer-call-bench.ts';
import type { SessionId } from '../../protocol/ids.ts';
import type { ParticipantUpdate } from '../signaling.ts';

const inCall = { inCall: true, audio: true, video: true };
const startMs = 1_700_000_000_000;
const ben2 = 'ben-2' as SessionId;
const zoe9 = 'zoe-9' as SessionId;

/** As browsers: timers hold 31 bits, and what does not fit fires at once. */
class NarrowClock extends BenchClock {
	tooLong = 0;
	override setTimeout(run: () => void, delayMs: number): number {
		if (delayMs > 2 ** 31 - 1) this.tooLong += 1;
		return super.setTimeout(run, delayMs > 2 ** 31 - 1 ? 1 : delayMs);
	}
}

const openNative = (clock = new BenchClock()): CallBench => {
	const bench = openCallBench({ clock });
	bench.defaults.profile = 'native';
	return bench;
};
const listed = (bench: CallBench, leftMs: number): ParticipantUpdate => ({
	sessionId: zoe9,
	presence: inCall,
	expiresAt: startMs + bench.clock.now() + leftMs
});

describe('memberships that run out', () => {
	it('M30 given a member whom we are connected with, when their membership runs out, then they stay until the connection ends', async () => {
		const bench = openNative();
		const [ann, ben] = await bench.joinAll('ann', 'ben');
		await bench.advance(4_000);
		await bench.describe(ben2, { expiresAt: startMs + bench.clock.now() + 60_000 });
		await bench.advance(120_000);
		expect(ann?.members()).toEqual({ 'ben-2': 'up' });

		ben?.actor.stop(); // the machine of ben is gone, without a word
		bench.network.isDown = true;
		for (const connection of bench.network.connections) connection.failIce();
		await bench.advance(120_000);

		expect(ann?.members()).toEqual({});
		expect(ann?.ledger.snapshot()).toEqual({});
	});

	it('M31 given a member whom nobody reaches, when their membership runs out, then they are gone at that moment, and no later list brings them back', async () => {
		const bench = openNative();
		const [ann] = await bench.joinAll('ann');
		const entry = listed(bench, 60_000);
		await ann?.hear({ type: 'PARTICIPANTS_CHANGED', participants: [entry] });
		await bench.advance(59_999);
		expect(Object.keys(ann?.members() ?? {})).toEqual(['zoe-9']);
		await bench.advance(1);
		expect(ann?.members()).toEqual({});
		expect(ann?.ledger.snapshot()).toEqual({});

		await ann?.hear({ type: 'PARTICIPANTS_CHANGED', participants: [entry] });
		await bench.advance(1);
		expect(ann?.members()).toEqual({});
	});

	it('M31 given a membership that is renewed in time, when the first end comes, then its member stays until the second', async () => {
		const bench = openNative();
		const [ann] = await bench.joinAll('ann');
		await ann?.hear({ type: 'PARTICIPANTS_CHANGED', participants: [listed(bench, 60_000)] });
		await bench.advance(50_000);
		await ann?.hear({ type: 'PARTICIPANTS_CHANGED', participants: [listed(bench, 60_000)] });
		await bench.advance(59_999);
		expect(Object.keys(ann?.members() ?? {})).toEqual(['zoe-9']);
		await bench.advance(1);

		expect(ann?.members()).toEqual({});
	});

	it('M31 given a member whose membership has run out, when a new one is announced, then they are called again', async () => {
		const bench = openNative();
		const [ann] = await bench.joinAll('ann');
		await ann?.hear({ type: 'PARTICIPANTS_CHANGED', participants: [listed(bench, -1)] });
		await bench.advance(1);
		expect(ann?.members()).toEqual({});
		await ann?.hear({ type: 'PARTICIPANTS_CHANGED', participants: [listed(bench, 60_000)] });
		await bench.advance(1);

		expect(Object.keys(ann?.members() ?? {})).toEqual(['zoe-9']);
	});

	it('M31 given many memberships, when lists come, then each has one timer of its own', async () => {
		const bench = openNative();
		const [ann] = await bench.joinAll('ann');
		const before = bench.clock.pending;
		const many = Array.from({ length: 10 }, (_, index) => ({
			...listed(bench, 60_000 + index),
			sessionId: `out-${index}` as SessionId,
			presence: { inCall: false, audio: false, video: false }
		}));
		for (let list = 0; list < 5; list += 1) {
			await ann?.hear({ type: 'PARTICIPANTS_CHANGED', participants: many });
		}

		expect(bench.clock.pending - before).toBe(10);
	});

	it('M32 given a membership that ends in ten years, when it is listed, then it is accepted, and holds', async () => {
		const clock = new NarrowClock();
		const bench = openNative(clock);
		const [ann] = await bench.joinAll('ann', 'ben');
		await bench.advance(4_000);
		const tenYears = 10 * 365 * 24 * 60 * 60_000;
		await ann?.hear({
			type: 'PARTICIPANTS_CHANGED',
			participants: [
				{ sessionId: ben2, expiresAt: startMs + tenYears },
				{ sessionId: zoe9, presence: inCall, expiresAt: startMs + tenYears }
			]
		});
		await bench.advance(60_000);

		expect(ann?.broken).toEqual([]);
		expect(clock.tooLong).toBe(0);
		expect(ann?.members()).toMatchObject({ 'ben-2': 'up' });
		expect(Object.keys(ann?.members() ?? {})).toContain('zoe-9');
	});

	it('M32 given an end beyond what a timer holds, when it comes, then the member goes then', async () => {
		const clock = new NarrowClock();
		const bench = openNative(clock);
		const ann = bench.openParty('ann', { has: { audio: false, video: false } });
		await ann.join();
		const fortyDays = 40 * 24 * 60 * 60_000;
		await ann.hear({ type: 'PARTICIPANTS_CHANGED', participants: [listed(bench, fortyDays)] });
		const due = () => ann.context().roster[zoe9]?.presence.inCall;
		// what else happens in forty days is not looked at
		clock.increment(fortyDays - 1);
		await bench.settle();
		expect(due()).toBe(true);
		clock.increment(1);
		await bench.settle();

		expect(due()).toBe(false);
		expect(clock.tooLong).toBe(0);
	});

	it('given a list of Talk, which names no end, when time passes, then everybody in it stays', async () => {
		const bench = openCallBench();
		const [ann] = await bench.joinAll('ann');
		await ann?.hear({ type: 'PARTICIPANTS_CHANGED', participants: [{ sessionId: zoe9, presence: inCall }] });
		await bench.advance(24 * 60 * 60_000);

		expect(Object.keys(ann?.members() ?? {})).toEqual(['zoe-9']);
	}, 30_000);
});
