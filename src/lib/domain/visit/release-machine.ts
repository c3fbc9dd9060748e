import { fromCallback, setup } from 'xstate';

interface ReleaseInput {
	/** Calls back whenever nothing is open, and at once if that is so now. @returns ends it */
	onEmpty: (listener: () => void) => () => void;
	tellReleased: () => void;
	tellLeftOpen: () => void;
}

/** `VISIT_GOES_ON`: devices and connections may be open; `VISIT_RESTS`: whatever is open now has no use any more. */
type ReleaseEvent = { type: 'VISIT_GOES_ON' } | { type: 'VISIT_RESTS' } | { type: 'RELEASED' };

/**
 * Whether everything is given back after a call. It outlives the visit: what a machine forgot is no longer its own.
 *
 *     inUse → releasing → released, or leftOpen when it takes too long
 */
export const releaseMachine = setup({
	types: {
		context: {} as ReleaseInput,
		input: {} as ReleaseInput,
		events: {} as ReleaseEvent
	},
	actors: {
		openResources: fromCallback<ReleaseEvent, Pick<ReleaseInput, 'onEmpty'>>(({ input, sendBack }) =>
			input.onEmpty(() => sendBack({ type: 'RELEASED' }))
		)
	},
	// a camera goes on for the length of its last frames, and a replaced track until the connections have changed over
	delays: { releaseTimeout: 5_000 },
	actions: {
		tellReleased: ({ context }) => context.tellReleased(),
		tellLeftOpen: ({ context }) => context.tellLeftOpen()
	}
}).createMachine({
	id: 'release',
	context: ({ input }) => input,
	initial: 'inUse',
	on: { VISIT_GOES_ON: '.inUse' },
	states: {
		inUse: { on: { VISIT_GOES_ON: {}, VISIT_RESTS: 'releasing' } },
		releasing: {
			invoke: { src: 'openResources', input: ({ context }) => ({ onEmpty: context.onEmpty }) },
			on: { RELEASED: 'released' },
			after: { releaseTimeout: 'leftOpen' }
		},
		released: { entry: 'tellReleased' },
		leftOpen: { entry: 'tellLeftOpen' }
	}
});
