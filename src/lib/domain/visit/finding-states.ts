import { visitSetup } from './setup.ts';

/** The states of a visit whose room is not known yet, does not answer, is not there or cannot be called in. */

export const lookingUp = visitSetup.createStateConfig({
	exit: 'markLooked',
	initial: 'preparing',
	states: {
		/** On the way back in no press is needed. */
		preparing: {
			always: [{ guard: 'isReturningWithMedia', actions: 'openDevices', target: 'open' }, { target: 'open' }]
		},
		open: {}
	},
	on: {
		TURN_ON: { actions: 'openDevices' },
		JOIN: { actions: ['takeName', 'chooseMedia', 'openIfClosed', 'wantIn'] },
		CANCEL: { actions: 'forgetReturn' }
	},
	invoke: {
		src: 'lookUp',
		input: ({ context }) => context,
		onDone: [
			{
				guard: { type: 'isLocked', params: ({ event }) => event.output },
				target: 'locked',
				actions: [{ type: 'takeFound', params: ({ event }) => event.output }, 'markLocked']
			},
			{
				guard: 'wantsIn',
				target: 'settling',
				actions: { type: 'takeFound', params: ({ event }) => event.output }
			},
			{ target: 'ready', actions: { type: 'takeFound', params: ({ event }) => event.output } }
		],
		onError: [
			{
				guard: { type: 'isNotFound', params: ({ event }) => ({ error: event.error }) },
				target: 'lookingAgain'
			},
			{
				guard: { type: 'isEncrypted', params: ({ event }) => ({ error: event.error }) },
				target: 'lost',
				actions: { type: 'fail', params: ({ event }) => ({ error: event.error }) }
			},
			{
				target: 'troubled',
				actions: { type: 'fail', params: ({ event }) => ({ error: event.error }) }
			}
		]
	}
});

/** A starting server may say 404 once: only the second time, from a server that answers, is believed. */
export const lookingAgain = visitSetup.createStateConfig({
	initial: 'waiting',
	on: {
		TURN_ON: { actions: 'openDevices' },
		JOIN: { actions: ['takeName', 'chooseMedia', 'openIfClosed', 'wantIn'] },
		CANCEL: { actions: 'forgetReturn' }
	},
	states: {
		waiting: { after: { secondLook: 'asking' } },
		asking: {
			invoke: {
				src: 'lookUp',
				input: ({ context }) => context,
				onDone: [
					{
						guard: { type: 'isLocked', params: ({ event }) => event.output },
						target: '#visit.locked',
						actions: [{ type: 'takeFound', params: ({ event }) => event.output }, 'markLocked']
					},
					{
						guard: 'wantsIn',
						target: '#visit.settling',
						actions: { type: 'takeFound', params: ({ event }) => event.output }
					},
					{
						target: '#visit.ready',
						actions: { type: 'takeFound', params: ({ event }) => event.output }
					}
				],
				onError: [
					{
						guard: { type: 'isNotFound', params: ({ event }) => ({ error: event.error }) },
						target: '#visit.lost',
						actions: { type: 'fail', params: ({ event }) => ({ error: event.error }) }
					},
					{
						guard: { type: 'isEncrypted', params: ({ event }) => ({ error: event.error }) },
						target: '#visit.lost',
						actions: { type: 'fail', params: ({ event }) => ({ error: event.error }) }
					},
					{
						target: '#visit.troubled',
						actions: { type: 'fail', params: ({ event }) => ({ error: event.error }) }
					}
				]
			}
		}
	}
});

export const troubled = visitSetup.createStateConfig({
	on: { TRY_NOW: 'lookingUp' },
	after: { retry: 'lookingUp' }
});

export const lost = visitSetup.createStateConfig({
	entry: ['releaseDevices', 'forgetReturn'],
	on: { TRY_NOW: 'lookingUp' }
});

/** Nobody calls in this room now. It is looked at until that is over; then a person decides, as before. */
export const locked = visitSetup.createStateConfig({
	entry: ['releaseDevices', 'forgetReturn'],
	initial: 'resting',
	on: { TAB_ALIVE: {}, TRY_NOW: '.looking' },
	states: {
		resting: { after: { lockedLook: 'looking' } },
		looking: {
			invoke: {
				src: 'lookUp',
				input: ({ context }) => ({ ...context, hasLooked: true }),
				onDone: [
					{
						guard: { type: 'isLocked', params: ({ event }) => event.output },
						target: 'resting',
						actions: [{ type: 'takeFound', params: ({ event }) => event.output }, 'markLocked']
					},
					// what kept us out was something else, and nobody has changed it
					{ guard: 'wasNeverLocked', target: '#visit.refused' },
					{ target: '#visit.ready', actions: { type: 'takeFound', params: ({ event }) => event.output } }
				],
				onError: 'resting'
			}
		}
	}
});
