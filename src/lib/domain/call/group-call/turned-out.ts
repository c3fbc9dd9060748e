import { groupCallSetup } from './setup.ts';

/**
 * The server took us out of the call, alone or with all others, or refused to let us back in. Nothing is sent any more;
 * only the room can say whether a moderator did that on purpose, or closed the lobby with us in front of it, or whether
 * the call has ended meanwhile. In doubt it is what it looks like.
 */
export const turnedOut = groupCallSetup.createStateConfig({
	entry: 'stopMembers',
	invoke: {
		src: 'lookUpRoom',
		input: ({ context }) => ({ api: context.input.ports.api, token: context.input.room.token }),
		onDone: [
			{
				guard: { type: 'isHeldBy', params: ({ event }) => ({ room: event.output }) },
				target: 'removed',
				actions: ['endHeld', 'persistLeft']
			},
			{
				guard: { type: 'isRefusedStart', params: ({ event }) => ({ room: event.output }) },
				target: 'removed',
				actions: ['endUnstarted', 'persistLeft']
			},
			{ target: 'removed', actions: 'persistTurnedOut' }
		],
		onError: { target: 'removed', actions: 'persistTurnedOut' }
	},
	after: { leaveTimeout: { target: 'removed', actions: 'persistTurnedOut' } },
	on: {
		LEAVE: { target: 'removed', actions: 'persistTurnedOut' },
		CALL_ENDED_FOR_ALL: {},
		REMOVED_FROM_ROOM: { target: 'removed', actions: ['endByServer', 'persistRemoval'] },
		// nobody is let back in, and nothing is heard any more
		PARTICIPANTS_CHANGED: {},
		SESSIONS_LEFT: {},
		MEMBERSHIP_EXPIRED: {},
		MEDIA_CHANGED: {},
		PEER_SIGNAL_RECEIVED: {}
	}
});
