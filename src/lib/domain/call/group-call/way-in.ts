import { announcing, backOnline } from './announcing.ts';
import { groupCallSetup } from './setup.ts';

/**
 * Asks for the room, and says what each answer leads to. A person who has decided for this tab takes it from the other, and a
 * tab that was in the call alone from itself: without a network it could not say goodbye.
 */
const enteringRoom = ({ takeOver }: { takeOver: boolean }) =>
	groupCallSetup.createStateConfig({
		invoke: {
			src: 'enterRoom',
			input: ({ context: { input } }) => ({ input, takeOver: takeOver || input.isAbandoned?.() === true }),
			onDone: [
				{
					guard: 'isLeaving',
					target: '#call.leaving',
					actions: [{ type: 'takeRoom', params: ({ event }) => ({ room: event.output }) }, 'applyPermissions']
				},
				{
					guard: { type: 'mustWait', params: ({ event }) => ({ room: event.output }) },
					target: 'held',
					actions: [
						{ type: 'takeRoom', params: ({ event }) => ({ room: event.output }) },
						'applyPermissions',
						'dropSignaling'
					]
				},
				{
					target: 'signaling',
					actions: [{ type: 'takeRoom', params: ({ event }) => ({ room: event.output }) }, 'applyPermissions']
				}
			],
			onError: [
				{ guard: 'isLeaving', target: '#call.over', actions: 'persistLeft' },
				{
					guard: { type: 'isOccupied', params: ({ event }) => ({ error: event.error }) },
					target: 'occupied'
				},
				{
					guard: { type: 'isNotFoundAgain', params: ({ event }) => ({ error: event.error }) },
					target: '#call.over',
					actions: [{ type: 'endRefused', params: ({ event }) => ({ error: event.error }) }, 'persistLeft']
				},
				{
					guard: { type: 'isNotFound', params: ({ event }) => ({ error: event.error }) },
					target: 'lookingAgain',
					actions: 'countNotFound'
				},
				{
					guard: { type: 'isGuessThrottled', params: ({ event }) => ({ error: event.error }) },
					target: '#call.over',
					actions: [{ type: 'endRefused', params: ({ event }) => ({ error: event.error }) }, 'persistLeft']
				},
				{
					guard: { type: 'isRefusal', params: ({ event }) => ({ error: event.error }) },
					target: '#call.over',
					actions: [{ type: 'endRefused', params: ({ event }) => ({ error: event.error }) }, 'persistLeft']
				},
				{
					target: 'retryWait',
					actions: { type: 'countFailure', params: ({ event }) => ({ error: event.error }) }
				}
			]
		},
		initial: 'wanted',
		on: { LEAVE: { target: '.unwanted', actions: 'markLeaving' } },
		states: {
			// after the question for the room: that is what everybody waits for
			wanted: { entry: 'startSignaling' },
			/** The request is under way: what it makes at the server is ours to take away again. */
			unwanted: {
				entry: 'persistLeaving',
				on: { LEAVE: {}, MEDIA_CHANGED: { actions: ['takeMedia', 'reconcile'] } },
				after: { leaveTimeout: { target: '#call.over', actions: 'persistLeft' } }
			}
		}
	});

/**
 * From the press of Join until the server has confirmed that we are in.
 *
 *     enteringRoom (a socket is opened meanwhile) → signaling → announcing → confirming
 *     (occupied: open in another tab; retryWait: the server does not answer; held: in front of a closed lobby)
 */
export const wayIn = groupCallSetup.createStateConfig({
	initial: 'arriving',
	entry: 'persistJoining',
	on: {
		LEAVE: { target: '#call.leaving', actions: 'markLeaving' },
		REMOVED_FROM_ROOM: { target: '#call.removed', actions: ['endByServer', 'persistRemoval'] },
		// what is chosen on the way in counts after a crash as well: who has muted comes back muted
		MEDIA_CHANGED: { actions: ['takeMedia', 'reconcile', 'persistJoining'] },
		// it is read once we are in
		CHAT_CHANGED: {},
		// ours, if we are in it; else whoever was in it is not in the one that we begin
		CALL_ENDED_FOR_ALL: [
			{ guard: 'isConfirmed', target: '#call.removed', actions: ['endByServer', 'persistEnded'] },
			{ actions: 'endForOthers' }
		],
		SENT_TO_ROOM: { target: '#call.removed', actions: ['endSent', 'persistLeft'] }
	},
	states: {
		arriving: { always: [{ guard: 'beginsHeld', target: 'held' }, { target: 'enteringRoom' }] },
		enteringRoom: enteringRoom({ takeOver: false }),
		/** A starting server may say 404 once: only the second time is believed. */
		lookingAgain: { entry: 'dropSignaling', after: { secondLook: 'enteringRoom' } },
		/** Open in another tab of this browser; a person decides, unless that tab was this one. */
		occupied: {
			entry: 'dropSignaling',
			after: { otherTabSilence: { guard: 'isAbandoned', target: 'takingOver' } },
			on: {
				TAKE_OVER: 'takingOver',
				// the row is the other tab's
				MEDIA_CHANGED: { actions: ['takeMedia', 'reconcile'] }
			}
		},
		takingOver: enteringRoom({ takeOver: true }),
		retryWait: {
			entry: 'dropSignaling',
			on: { CONNECT_NOW: 'enteringRoom' },
			after: { retry: 'enteringRoom' }
		},
		/** In the room, but not let into the call: we look now and then, and enter anew, as who we are by then. */
		held: {
			entry: 'noteHeld',
			initial: 'resting',
			states: {
				resting: {
					on: { CONNECT_NOW: 'due' },
					after: { heldLook: 'due' }
				},
				due: { always: [{ guard: 'hasEntered', target: 'looking' }, { target: 'opened' }] },
				looking: {
					invoke: {
						src: 'lookUpRoom',
						input: ({ context }) => ({ api: context.input.ports.api, token: context.input.room.token }),
						onDone: [
							{
								guard: { type: 'mustWait', params: ({ event }) => ({ room: event.output }) },
								target: 'resting',
								actions: { type: 'takeLook', params: ({ event }) => ({ room: event.output }) }
							},
							// also for a server that has forgotten us: it tells strangers of no lobby
							{ target: 'opened' }
						],
						onError: [
							{
								guard: { type: 'isNotFound', params: ({ event }) => ({ error: event.error }) },
								target: 'opened'
							},
							{
								target: 'resting',
								actions: { type: 'countFailedLook', params: ({ event }) => ({ error: event.error }) }
							}
						]
					}
				},
				opened: { always: '#call.joining.enteringRoom' }
			}
		},
		signaling: {
			entry: 'tellSignalingRoom',
			on: {
				SIGNALING_UP: { target: 'announcing', actions: ['takeSession', 'tellMembersLink'] },
				OPEN_CHAT: { guard: 'isSignalingRefused', actions: 'startChat' }
			}
		},
		/** Only now: an announcement before the room answered would reach nobody. */
		announcing: {
			...announcing({ told: 'confirming', wait: 'announceWait', silent: false }),
			on: {
				SIGNALING_UP: backOnline('announcing'),
				// there are members once the server shows us in the call, which may overtake its answer: they need not wait
				MEMBERS_CHANGED: { actions: 'followMembers' }
			}
		},
		announceWait: {
			after: { retry: 'announcing' },
			on: { SIGNALING_UP: backOnline('announcing') }
		},
		confirming: {
			always: { guard: 'isConfirmed', target: '#call.joined' },
			after: { confirmTimeout: 'announcing' },
			on: {
				SIGNALING_UP: backOnline('announcing'),
				CALL_ENDED_FOR_ALL: {
					target: '#call.removed',
					actions: ['endByServer', 'persistEnded']
				}
			}
		}
	}
});
