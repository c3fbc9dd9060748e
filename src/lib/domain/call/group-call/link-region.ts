import { announcing, backOnline } from './announcing.ts';
import { groupCallSetup } from './setup.ts';

/**
 * Whether the server knows us as one of the call. Media goes on without it; only when it has lost us, or when what we
 * send through its media server fails again and again, we come in once more: the first time at once, then with pauses.
 *
 *     online ⇄ offline       a new session: reannouncing → reconfirming → online
 *     online → steppingOut → steppedOut → reannouncing
 */
export const linkRegion = groupCallSetup.createStateConfig({
	initial: 'online',
	states: {
		online: {
			on: {
				SIGNALING_DOWN: { target: 'offline', actions: ['markOffline', 'tellMembersLink'] },
				// the server took us out of the call: a moderator did, or we joined elsewhere
				PARTICIPANTS_CHANGED: [
					{
						guard: 'isOwnDoing',
						target: 'reconfirming',
						actions: ['mergeParticipants', 'applyPermissions', 'reconcile', 'greet', 'watchExpiry']
					},
					{
						guard: 'isOwnEntryOut',
						target: '#call.turnedOut',
						actions: { type: 'endAs', params: { reason: 'removed' } }
					},
					{
						actions: [
							'mergeParticipants',
							'applyPermissions',
							'reconcile',
							'greet',
							'watchExpiry',
							// whoever left has made room
							'grantDials'
						]
					}
				],
				// our socket says otherwise: the server gets it wrong, and is told once more
				SESSIONS_LEFT: [
					{
						guard: 'hasLostOwnSessionAgain',
						target: 'rejoinPause',
						actions: ['mergeParticipants', 'reconcile', 'greet', 'countRejoin']
					},
					{
						guard: 'isOwnSessionGone',
						target: 'reannouncing',
						actions: ['mergeParticipants', 'reconcile', 'greet', 'countRejoin']
					},
					{ actions: ['mergeParticipants', 'reconcile', 'greet', 'grantDials'] }
				],
				// coming back did not help: the others are seen and heard meanwhile
				PUBLISHER_BROKEN: [
					{ guard: 'hasRejoinedLately', actions: 'lookAgainAtPublisher' },
					{ target: 'steppingOut', actions: 'countRejoin' }
				]
			}
		},
		/** Media goes on without signaling; nothing is torn down. */
		offline: {
			on: {
				SIGNALING_UP: [
					{
						guard: 'isFreshSession',
						target: 'reannouncing',
						actions: ['forgetEverybody', 'takeSession', 'tellMembersLink']
					},
					// whoever went offline on the way back in is not in yet
					{ guard: 'isUnconfirmed', target: 'reannouncing', actions: ['takeSession', 'tellMembersLink'] },
					{
						target: 'online',
						actions: [
							'takeSession',
							'tellMembersLink',
							'rearmMembers',
							// what changed meanwhile was said to nobody
							'announceState',
							'tellHand',
							'tellScreen',
							'grantDials'
						]
					}
				]
			}
		},
		rejoinPause: {
			on: { SIGNALING_DOWN: { target: 'offline', actions: ['markOffline', 'tellMembersLink'] } },
			after: { rejoinPause: 'reannouncing' },
			always: { guard: 'isConfirmed', target: 'online' }
		},
		/** Every connection with the media server goes, and our membership with it: only so all of it begins anew. */
		steppingOut: {
			entry: 'stopMembers',
			invoke: {
				src: 'stepOut',
				input: ({ context }) => context,
				onDone: 'steppedOut',
				onError: 'steppedOut'
			},
			on: {
				SIGNALING_UP: backOnline('reannouncing'),
				PARTICIPANTS_CHANGED: { actions: 'mergeParticipants' },
				SESSIONS_LEFT: { actions: 'mergeParticipants' },
				PEER_SIGNAL_RECEIVED: {},
				MEDIA_CHANGED: { actions: ['takeMedia', 'persistStill'] }
			}
		},
		/** The list that still has us would be taken for a confirmation of what comes next. */
		steppedOut: {
			always: { guard: 'canReturn', target: 'reannouncing' },
			after: {
				confirmTimeout: [
					{ guard: 'isOnline', target: 'reannouncing', actions: 'noteOutUnseen' },
					{ target: 'steppedOut', reenter: true }
				]
			},
			on: {
				SIGNALING_UP: backOnline('reannouncing'),
				PARTICIPANTS_CHANGED: { actions: 'mergeParticipants' },
				SESSIONS_LEFT: { actions: 'mergeParticipants' },
				PEER_SIGNAL_RECEIVED: {},
				MEDIA_CHANGED: { actions: ['takeMedia', 'persistStill'] }
			}
		},
		/** A new session is a stranger to the server until the call is joined once more. */
		reannouncing: {
			...announcing({ told: 'reconfirming', wait: 'reannounceWait', silent: true }),
			on: { SIGNALING_DOWN: { target: 'offline', actions: ['markOffline', 'tellMembersLink'] } }
		},
		reannounceWait: {
			after: { retry: 'reannouncing' },
			on: { SIGNALING_DOWN: { target: 'offline', actions: ['markOffline', 'tellMembersLink'] } }
		},
		reconfirming: {
			entry: 'persistJoined',
			always: { guard: 'isConfirmed', target: 'online', actions: 'grantDials' },
			after: { confirmTimeout: 'reannouncing' },
			on: { SIGNALING_DOWN: { target: 'offline', actions: ['markOffline', 'tellMembersLink'] } }
		}
	}
});
