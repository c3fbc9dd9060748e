import { groupCallSetup } from './setup.ts';

/** What goes on beside the connections while we are in the call; each minds its own business. */

/** What the server was told that we have. */
export const flagsRegion = groupCallSetup.createStateConfig({
	initial: 'told',
	states: {
		told: { always: { guard: 'isPresenceStale', target: 'telling' } },
		telling: {
			invoke: {
				src: 'updateCall',
				input: ({ context }) => context,
				onDone: {
					target: 'told',
					actions: { type: 'takeAnnounced', params: ({ event }) => ({ presence: event.output }) }
				},
				onError: 'waiting'
			}
		},
		waiting: { after: { flagsRetry: 'told' } }
	}
});

/** A media server that does not know us as one of the call makes no offers: the second time we announce ourselves again. */
export const standingRegion = groupCallSetup.createStateConfig({
	initial: 'recognised',
	states: {
		recognised: {
			entry: 'forgetRefusals',
			on: {
				REQUEST_REFUSED: [
					{ guard: 'isOfferRefusedAgain', target: 'announcing', actions: 'passRefusal' },
					{ guard: 'isOfferRefused', actions: ['passRefusal', 'countRefusal'] }
				]
			}
		},
		announcing: {
			invoke: {
				src: 'joinCall',
				input: ({ context }) => ({ context, silent: true }),
				onDone: {
					target: 'resting',
					actions: { type: 'takeAnnounced', params: ({ event }) => ({ presence: event.output }) }
				},
				onError: 'resting'
			},
			on: { REQUEST_REFUSED: { guard: 'isOfferRefused', actions: 'passRefusal' } }
		},
		resting: {
			on: { REQUEST_REFUSED: { guard: 'isOfferRefused', actions: 'passRefusal' } },
			after: { announcementRest: 'recognised' }
		}
	}
});

/** Read once the connections are on their way: on a slow device each request more makes them wait. */
export const chatRegion = groupCallSetup.createStateConfig({
	initial: 'due',
	states: {
		due: { after: { aside: 'open' } },
		open: { entry: 'startChat' }
	}
});

/** Names of those whose name the lists do not tell. */
export const namesRegion = groupCallSetup.createStateConfig({
	initial: 'known',
	states: {
		known: { after: { aside: 'looking' } },
		looking: { always: { guard: 'hasNamelessMembers', target: 'asking' } },
		asking: {
			entry: 'askedForNames',
			invoke: {
				src: 'fetchPeers',
				input: ({ context }) => ({ api: context.input.ports.api, token: context.input.room.token }),
				onDone: {
					target: 'known',
					actions: { type: 'takeNames', params: ({ event }) => ({ peers: event.output }) }
				},
				onError: 'unknown'
			}
		},
		unknown: { after: { namesRetry: { target: 'looking', actions: 'askAgain' } } }
	}
});

/** Our row in the store of ongoing calls. */
export const rowRegion = groupCallSetup.createStateConfig({
	initial: 'kept',
	states: {
		kept: { after: { persistEvery: { target: 'kept', reenter: true, actions: 'persistStill' } } }
	}
});

/** TURN credentials end: new ones are there before, for what connects later and for every restart of ICE. */
export const turnRegion = groupCallSetup.createStateConfig({
	initial: 'looking',
	on: { SIGNALING_UP: '.looking' },
	states: {
		looking: {
			always: [
				{ guard: 'isTurnDue', target: 'fetching' },
				{ guard: 'hasTurnExpiry', target: 'lasting' },
				{ target: 'endless' }
			]
		},
		endless: {},
		lasting: { after: { turnLook: 'looking' } },
		fetching: {
			invoke: {
				src: 'fetchSettings',
				input: ({ context }) => ({ api: context.input.ports.api, token: context.input.room.token }),
				onDone: {
					target: 'resting',
					actions: [
						{ type: 'takeIceServers', params: ({ event }) => ({ iceServers: event.output.iceServers }) },
						'tellMembersIce'
					]
				},
				onError: { target: 'waiting', actions: 'countTurnFailure' }
			}
		},
		/** A server whose credentials live no longer than our margin is not asked all the time. */
		resting: { after: { turnRest: 'looking' } },
		/** The call goes on with what it has. */
		waiting: { after: { turnRetry: 'fetching' } }
	}
});

/** How well media gets through, for as long as somebody wants to know. */
export const statsRegion = groupCallSetup.createStateConfig({
	initial: 'ignored',
	on: { WATCH_STATS: { target: '.watched', actions: 'watchStats' } },
	states: {
		ignored: {},
		watched: {
			initial: 'waiting',
			on: { IGNORE_STATS: { target: 'ignored', actions: 'forgetStats' } },
			states: {
				waiting: { after: { statsEvery: { target: 'gathering', actions: 'askForStats' } } },
				gathering: { after: { statsWait: { target: 'waiting', actions: 'sumUpStats' } } }
			}
		}
	}
});

/**
 * Whether the one we ring answers. Being alone ends the call by itself only after somebody was there, or when nobody
 * came for as long as devices ring; a call that has just begun and is still empty goes on.
 */
export const ringRegion = groupCallSetup.createStateConfig({
	initial: 'deciding',
	states: {
		deciding: { always: [{ guard: 'rings', target: 'ringing' }, { target: 'silent' }] },
		silent: {},
		ringing: {
			always: { guard: 'hasCompany', target: 'together', actions: 'noteAccepted' },
			on: {
				RING_DECLINED: [
					{ guard: 'leavesAlone', target: '#call.leaving', actions: 'noteDeclined' },
					{ target: 'silent', actions: 'noteDeclined' }
				]
			},
			after: {
				ringMax: [
					{ guard: 'leavesAlone', target: '#call.leaving', actions: 'noteUnanswered' },
					{ target: 'silent', actions: 'noteUnanswered' }
				]
			}
		},
		/** A new session knows nobody yet: that is no leaving. */
		scattered: { always: { guard: 'hasCompany', target: 'together' } },
		together: {
			on: { SIGNALING_UP: { guard: 'isFreshSession', target: 'scattered' } },
			always: [
				{ guard: 'isLeftAlone', target: '#call.leaving' },
				{ guard: 'isAlone', target: 'silent' }
			]
		}
	}
});
