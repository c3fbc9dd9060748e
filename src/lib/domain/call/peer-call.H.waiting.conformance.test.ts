import { describe, expect, it } from 'vitest';
import { microtasks, openCaller, remote, type Bench } from '../../../../tests/support/peer-call-bench.ts';
import type { PeerCallEvent } from './peer-call/setup.ts';
import { waitForPhase } from './wait-for-phase.ts';

/** Conformance of H10 and H11: waiting for a phase. */
const close: PeerCallEvent = { type: 'CLOSE', reason: 'new_session' };

describe('H10 and H11: waiting for a phase', () => {
	/** As much of an abort signal as is listened to, counting its listeners. */
	function abortable() {
		const listeners = new Set<() => void>();
		const signal = {
			aborted: false,
			reason: new Error('not any more'),
			addEventListener: (_: 'abort', listener: () => void) => void listeners.add(listener),
			removeEventListener: (_: 'abort', listener: () => void) => void listeners.delete(listener)
		};
		const abort = () => {
			signal.aborted = true;
			for (const listener of [...listeners]) listener();
		};
		return { signal, abort, listeners };
	}
	/** Counts who listens to the call: subscriptions are made through this. */
	function watched(bench: Bench) {
		const count = { open: 0 };
		const actor = {
			clock: bench.actor.clock,
			getSnapshot: () => bench.actor.getSnapshot(),
			subscribe: ((...args: Parameters<typeof bench.actor.subscribe>) => {
				const subscription = bench.actor.subscribe(...args);
				count.open += 1;
				return {
					unsubscribe: () => {
						count.open -= 1;
						subscription.unsubscribe();
					}
				};
			}) as typeof bench.actor.subscribe
		};
		return { actor, count };
	}

	it('H10 given somebody who waits for connected, when the call ends, then the wait is refused', async () => {
		const bench = openCaller('inviteSent');
		const { actor, count } = watched(bench);
		const waiting = waitForPhase(actor, ['connected'], { timeoutMs: 100_000 });

		bench.post(remote.hangup());

		await expect(waiting).rejects.toThrow('the call ended first');
		expect(count.open).toBe(0);
		expect(bench.timers()).toBe(0);
	});

	it('H10 given a call that ended, when somebody starts to wait, then the wait is refused at once', async () => {
		const bench = openCaller('inviteSent');
		bench.post(close);

		await expect(waitForPhase(bench.actor, ['connected'])).rejects.toThrow('the call ended first');
		await expect(waitForPhase(bench.actor, ['connected', 'ended'])).resolves.toBe('ended');
	});

	it('H10 given somebody who waits, when one of the phases is reached, then the wait is over and nothing listens', async () => {
		const bench = openCaller('inviteSent');
		const { actor, count } = watched(bench);
		const { signal, listeners } = abortable();
		const timersBefore = bench.timers();
		const waiting = waitForPhase(actor, ['connecting', 'connected'], { timeoutMs: 5_000, signal });
		expect([count.open, listeners.size, bench.timers()]).toEqual([1, 1, timersBefore + 1]);

		bench.post(remote.answer());

		await expect(waiting).resolves.toBe('connecting');
		expect([count.open, listeners.size]).toEqual([0, 0]);
	});

	it('H10 given a call in the phase already, when somebody waits for it, then the wait is over at once', async () => {
		const bench = openCaller('inviteSent');
		const { actor, count } = watched(bench);

		await expect(waitForPhase(actor, ['inviteSent'])).resolves.toBe('inviteSent');

		expect(count.open).toBe(0);
	});

	it('H10 given somebody who waits for so long, when the time is over, then the wait is refused', async () => {
		const bench = openCaller('inviteSent');
		const { actor, count } = watched(bench);
		const waiting = waitForPhase(actor, ['connected'], { timeoutMs: 1_000 });

		bench.advance(1_000);

		await expect(waiting).rejects.toThrow('not within 1000 ms');
		expect(count.open).toBe(0);
	});

	it('H11 given somebody who waits with a signal, when it aborts, then the wait is refused with its reason and nothing listens', async () => {
		const bench = openCaller('inviteSent');
		const { actor, count } = watched(bench);
		const { signal, abort, listeners } = abortable();
		const timersBefore = bench.timers();
		const waiting = waitForPhase(actor, ['connected'], { timeoutMs: 5_000, signal });

		abort();

		await expect(waiting).rejects.toBe(signal.reason);
		expect([count.open, listeners.size, bench.timers()]).toEqual([0, 0, timersBefore]);
		bench.post(remote.answer());
		bench.ice('connected');
		await microtasks();
	});

	it('H11 given a signal that aborted before, when somebody starts to wait, then the wait is refused at once', async () => {
		const bench = openCaller('connected');
		const { actor, count } = watched(bench);
		const controller = new AbortController();
		controller.abort(new Error('too late'));

		await expect(waitForPhase(actor, ['connected'], { signal: controller.signal })).rejects.toThrow(
			'too late'
		);

		expect(count.open).toBe(0);
	});
});
