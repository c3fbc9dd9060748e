import { createActor, SimulatedClock } from 'xstate';
import { expect, it } from 'vitest';
import { aloneMachine } from './alone-machine.ts';

const minute = 60_000;

function open() {
	const clock = new SimulatedClock();
	let forgotten = 0;
	const actor = createActor(aloneMachine, { clock, input: { now: () => clock.now() } });
	actor.on('FORGOTTEN', () => (forgotten += 1));
	actor.start();
	return {
		actor,
		clock,
		forgotten: () => forgotten,
		leavesAt: () => actor.getSnapshot().context.leavesAt
	};
}

it('given somebody alone, when ten minutes have passed, then they are asked, and two minutes later they are out', () => {
	const { actor, clock, forgotten, leavesAt } = open();
	actor.send({ type: 'ALONE' });
	clock.increment(10 * minute - 1);
	expect(leavesAt()).toBeNull();
	clock.increment(1);
	expect(leavesAt()).toBe(12 * minute);
	clock.increment(2 * minute - 1);
	expect(forgotten()).toBe(0);

	clock.increment(1);

	expect(forgotten()).toBe(1);
	expect(leavesAt()).toBeNull();
});

it('given the question, when they stay, then they are asked again only after ten minutes more', () => {
	const { actor, clock, forgotten, leavesAt } = open();
	actor.send({ type: 'ALONE' });
	clock.increment(10 * minute);

	actor.send({ type: 'STAY' });
	clock.increment(9 * minute);
	expect(leavesAt()).toBeNull();
	clock.increment(minute);

	expect(leavesAt()).not.toBeNull();
	expect(forgotten()).toBe(0);
});

it('given the question, when somebody comes, then nobody is asked or put out', () => {
	const { actor, clock, forgotten, leavesAt } = open();
	actor.send({ type: 'ALONE' });
	clock.increment(11 * minute);

	actor.send({ type: 'ACCOMPANIED' });
	clock.increment(60 * minute);

	expect(leavesAt()).toBeNull();
	expect(forgotten()).toBe(0);
});
