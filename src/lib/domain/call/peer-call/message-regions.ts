import { and, not } from 'xstate';
import { peerCallSetup } from './setup.ts';

/**
 * Our mute state between descriptions: told whenever it differs from what the other side was last told, one message at
 * a time, always the whole and latest state. A description that is being made carries it instead.
 */
export const metadataRegion = peerCallSetup.createStateConfig({
	initial: 'told',
	states: {
		told: {
			always: {
				guard: and(['hasNews', not('isDescriptionDue')]),
				actions: 'sendMetadata',
				target: 'pausing'
			}
		},
		/** A burst of changes shares the second message. */
		pausing: { after: { metadataPause: 'told' } }
	}
});

/**
 * Messages after set-up that could not be sent: natively a number that never comes keeps the other side waiting, so each
 * is sent again as it was. One that fails for good, or too often, is given up: the call goes on without it.
 */
export const resendingRegion = peerCallSetup.createStateConfig({
	initial: 'idle',
	on: {
		SEND_OK: { guard: 'isResentSend', actions: 'forgetSend' },
		SEND_FAILED: [
			{ guard: 'mayResend', actions: 'markSendFailed' },
			{ guard: 'isResentSend', actions: 'forgetSend' }
		]
	},
	states: {
		idle: {
			on: {
				SEND_FAILED: [
					{ guard: 'mayResend', actions: 'markSendFailed', target: 'backoff' },
					{ guard: 'isResentSend', actions: 'forgetSend' }
				]
			}
		},
		backoff: {
			after: {
				resendRetry: [
					{ guard: 'isSignalingDown', target: 'paused' },
					{ actions: 'resend', target: 'idle' }
				]
			}
		},
		/** Nothing would get through, and failures would be counted against the message. */
		paused: { on: { SIGNALING_UP: { actions: ['markSignaling', 'resend'], target: 'idle' } } }
	}
});
