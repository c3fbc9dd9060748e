import { not } from 'xstate';
import { visitSetup } from './setup.ts';

/** The states of a visit whose call may be open in another tab of this browser. */

/**
 * Another tab says that it is in this call: it is asked before anything is shown. One that was only reloaded has
 * no time to lose; should it be a copy, the answer comes while it looks up the room.
 */
export const askingTab = visitSetup.createStateConfig({
	entry: 'askHolder',
	on: { JOIN: { actions: ['takeName', 'chooseMedia', 'wantIn'] } },
	always: { guard: not('isHeldElsewhere'), target: 'lookingUp' },
	after: { tabAnswer: 'lookingUp' }
});

/** A person decides; nothing of the other tab's call is touched until then. */
export const elsewhere = visitSetup.createStateConfig({
	entry: 'releaseDevices',
	on: {
		TAKE_OVER: 'takingOver',
		JOIN_BESIDE: {
			guard: 'isOtherGuest',
			target: 'lookingUp',
			actions: ['stayBeside', 'forgetReturn']
		},
		TAB_RELEASED: { guard: 'isReleasedToUs', target: 'lookingUp', actions: ['forgetHolder', 'forgetReturn'] },
		TAB_ALIVE: { guard: 'isHolderAlive', actions: 'noteHolder' }
	}
});

export const takingOver = visitSetup.createStateConfig({
	entry: ['askToLeave', 'wantBackIn'],
	on: {
		TAB_RELEASED: {
			guard: 'isReleasedToUs',
			target: 'lookingUp',
			actions: ['takeChoice', 'openIfClosed', 'forgetHolder']
		},
		TAB_ALIVE: {}
	},
	// it does not answer any more, or its version does not know how
	after: { takeOverTimeout: { target: 'lookingUp', actions: ['openIfClosed', 'forgetHolder'] } }
});
