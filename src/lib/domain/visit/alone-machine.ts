import { assign, emit, setup } from 'xstate';

const answerWithinMs = 2 * 60_000;

type AloneEvent = { type: 'ALONE' | 'ACCOMPANIED' | 'STAY' };

/**
 * Whether somebody forgot a call that nobody else is in: asked after ten minutes alone, and out of it two minutes later
 * unless they stay. Somebody who comes ends it.
 *
 *     accompanied → alone → asking → gone;   STAY: asking → alone
 */
export const aloneMachine = setup({
	types: {
		context: {} as { now: () => number; leavesAt: number | null },
		input: {} as { now: () => number },
		events: {} as AloneEvent,
		emitted: {} as { type: 'FORGOTTEN' }
	},
	delays: { askAfter: 10 * 60_000, answerWithin: answerWithinMs }
}).createMachine({
	id: 'alone',
	context: ({ input }) => ({ now: input.now, leavesAt: null }),
	initial: 'accompanied',
	on: { ACCOMPANIED: '.accompanied' },
	states: {
		accompanied: { on: { ALONE: 'alone' } },
		alone: { after: { askAfter: 'asking' } },
		asking: {
			entry: assign({ leavesAt: ({ context }) => context.now() + answerWithinMs }),
			exit: assign({ leavesAt: null }),
			on: { STAY: 'alone' },
			after: { answerWithin: 'gone' }
		},
		gone: { entry: emit({ type: 'FORGOTTEN' }), on: { ACCOMPANIED: {} } }
	}
});
