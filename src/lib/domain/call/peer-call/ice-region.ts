import { peerCallSetup } from './setup.ts';

/**
 * The health of the path. `lost` covers everything from the first "disconnected" to "up again": its timer ends the
 * call, its substates decide when to restart. Entering it again does not stack timers.
 */
export const iceRegion = peerCallSetup.createStateConfig({
	initial: 'new',
	on: {
		PC_ICE_STATE: [
			{ guard: 'isIceUp', actions: ['mirrorIceState', 'markIceUp'], target: '.up' },
			{ guard: 'isIceClosed', actions: { type: 'over', params: { reason: 'unknown_error' } } },
			{ guard: 'isUndescribed', actions: ['mirrorIceState', 'markIceDown'] },
			{ guard: 'isIceFailed', actions: ['mirrorIceState', 'markIceDown'], target: '.lost.failing' },
			{ guard: 'isIceLost', actions: ['mirrorIceState', 'markIceDown'], target: '.lost' },
			{ guard: 'isIceChecking', actions: 'mirrorIceState', target: '.checking' },
			{ actions: 'mirrorIceState' }
		],
		PC_CONNECTION_STATE: [
			{ guard: 'isUndescribed' },
			{ guard: 'hasConnectionFailedAlone', actions: 'markIceDown', target: '.lost.failing' },
			{}
		]
	},
	states: {
		new: {},
		checking: {},
		up: {},
		lost: {
			initial: 'grace',
			on: {
				PC_ICE_STATE: [
					{ guard: 'isIceUp', actions: ['mirrorIceState', 'markIceUp'], target: 'up' },
					{ guard: 'isIceClosed', actions: { type: 'over', params: { reason: 'unknown_error' } } },
					{ guard: 'isIceFailed', actions: 'mirrorIceState', target: '.failing' },
					{ actions: 'mirrorIceState' } // disconnected again, checking after a restart
				],
				// Chromium: the ICE state may stay "disconnected" while the connection as a whole has failed
				PC_CONNECTION_STATE: [{ guard: 'hasConnectionFailedAlone', target: '.failing' }, {}]
			},
			after: {
				iceDead: [
					{ guard: 'isSignalingDown', target: '#peerCall.open.alive.ice.lostLonger' },
					{ actions: 'overByIce' }
				]
			},
			states: {
				grace: {
					after: {
						iceRestartDelay: [
							{ guard: 'canRestartIce', actions: 'restartIce', target: 'restarting' },
							{ target: 'waiting' }
						]
					}
				},
				/** ICE gave up: restart now, wait for the side that can, or end so that the owner builds a new connection. */
				failing: {
					always: [
						{ guard: 'canRestartIce', actions: 'restartIce', target: 'restarting' },
						{ guard: 'waitsForRestart', target: 'waiting' },
						{ actions: 'overByIce', target: 'waiting' }
					]
				},
				restarting: {},
				/** Signaling is down, or the other side has to restart, or a media server does not come back by itself. */
				waiting: {
					on: {
						SIGNALING_UP: [
							{ guard: 'mayRestartIce', actions: ['markSignaling', 'restartIce'], target: 'restarting' },
							// the path may be back with it
							{ actions: 'markSignaling', target: 'waiting', reenter: true }
						]
					},
					after: { iceRebuild: [{ guard: 'mayBeRebuilt', actions: 'overByIce' }, {}] }
				}
			}
		},
		/** The path has been dead for long, but no restart could have got through: media may still come back. */
		lostLonger: {
			on: {
				PC_ICE_STATE: [
					{ guard: 'isIceUp', actions: ['mirrorIceState', 'markIceUp'], target: 'up' },
					{ guard: 'isIceClosed', actions: { type: 'over', params: { reason: 'unknown_error' } } },
					{ actions: 'mirrorIceState' } // anything else leaves the last timer running
				],
				PC_CONNECTION_STATE: {},
				SIGNALING_UP: {
					guard: 'mayRestartIce',
					actions: ['markSignaling', 'restartIce'],
					target: 'lost.restarting'
				}
			},
			after: { iceDeadExtra: { actions: 'overByIce' } }
		}
	}
});
