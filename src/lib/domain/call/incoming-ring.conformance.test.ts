import { createActor, SimulatedClock } from 'xstate';
import { describe, expect, it } from 'vitest';
import type { SessionId } from '../../protocol/ids.ts';
import { incomingRingMachine, type IncomingRingInput, type RingingParty } from './incoming-ring-machine.ts';

const own = { actorType: 'users', actorId: 'ann' };
const caller = { actorType: 'users', actorId: 'ben' };
const party = (actorId: string, sessionId: string): RingingParty => ({
	actorType: 'users',
	actorId,
	sessionId: sessionId as SessionId
});

function ring(input: Partial<IncomingRingInput> = {}) {
	const clock = new SimulatedClock();
	const actor = createActor(incomingRingMachine, {
		clock,
		input: {
			intent: 'ring',
			own,
			inCall: [party('ben', 'ben-1')],
			caller,
			ageMs: 0,
			isFromStore: false,
			isDismissed: false,
			...input
		}
	}).start();
	return {
		clock,
		actor,
		rings: () => actor.getSnapshot().matches('ringing'),
		end: () => actor.getSnapshot().output?.end
	};
}

describe('a call that rings', () => {
	it('given a fresh call that rings, when nobody does anything, then it rings for 45 s and no longer', () => {
		const { clock, rings, end } = ring();
		clock.increment(44_999);
		expect(rings()).toBe(true);
		clock.increment(1);

		expect(end()).toBe('timeout');
	});

	it('given a call that began 40 s ago, when it rings, then for the rest of its time', () => {
		const { clock, rings, end } = ring({ ageMs: 40_000 });
		clock.increment(4_999);
		expect(rings()).toBe(true);
		clock.increment(1);

		expect(end()).toBe('timeout');
	});

	it('M42 given a ring, when our own actor joins with another device, then it stops', () => {
		const { actor, rings, end } = ring();
		actor.send({ type: 'IN_CALL_CHANGED', inCall: [party('ben', 'ben-1'), party('cat', 'cat-1')] });
		expect(rings()).toBe(true);
		actor.send({ type: 'IN_CALL_CHANGED', inCall: [party('ben', 'ben-1'), party('ann', 'ann-9')] });

		expect(end()).toBe('answered-elsewhere');
	});

	it('M43 given a ring that was read from the store, when the page opens, then nothing rings', () => {
		expect(ring({ isFromStore: true }).end()).toBe('silent');
	});

	it.each([
		['that only prompts', { intent: 'prompt' }],
		['in a room that one walks into', { intent: 'room' }],
		['that was dismissed here', { isDismissed: true }],
		['that is 45 s old', { ageMs: 45_000 }],
		['that our own actor is in', { inCall: [party('ben', 'ben-1'), party('ann', 'ann-2')] }],
		['whose caller has left', { inCall: [party('cat', 'cat-1')] }],
		['that nobody is in', { inCall: [], caller: null }]
	] satisfies [string, Partial<IncomingRingInput>][])(
		'given a call %s, when it is seen, then nothing rings',
		(_, input) => {
			expect(ring(input).end()).toBe('silent');
		}
	);

	it.each([
		[{ type: 'CALL_ENDED' }, 'ended'],
		[{ type: 'DECLINE' }, 'declined'],
		[{ type: 'ACCEPT' }, 'accepted'],
		[{ type: 'IN_CALL_CHANGED', inCall: [party('cat', 'cat-1')] }, 'caller-left'],
		[{ type: 'IN_CALL_CHANGED', inCall: [] }, 'caller-left']
	] as const)(
		'given a ring, when %o happens, then it stops as %s, and no timer is left',
		(event, expected) => {
			const { actor, clock, end } = ring();
			actor.send(event);
			expect(end()).toBe(expected);
			clock.increment(60_000);

			expect(end()).toBe(expected);
		}
	);

	it('given a guest of whom the server knows no name, when others without one are in, then it is not taken for us', () => {
		const nameless = { actorType: 'guests', actorId: '' };
		const { rings } = ring({
			own: nameless,
			caller: null,
			inCall: [{ ...nameless, sessionId: 'x' as SessionId }]
		});

		expect(rings()).toBe(true);
	});
});
