import { linkRegion } from './group-call/link-region.ts';
import { groupCallSetup } from './group-call/setup.ts';
import {
	chatRegion,
	flagsRegion,
	namesRegion,
	ringRegion,
	rowRegion,
	standingRegion,
	statsRegion,
	turnRegion
} from './group-call/side-regions.ts';
import { othersOf } from './group-call/selectors.ts';
import { turnedOut } from './group-call/turned-out.ts';
import { wayIn } from './group-call/way-in.ts';
import { noMembers } from './group-call/wiring.ts';
import { emptyRoster } from './roster.ts';

/**
 * A call in a room, from the press of Join to the way out. This file is the table of contents; the states of joining
 * and of each region, and what each word does, are in the files of group-call/. Members are dialled only once the server
 * has confirmed that we are in, or the others would take us for strangers.
 *
 *     joining  enteringRoom → signaling → announcing → confirming
 *              (occupied: open in another tab; retryWait: the server does not answer; held: in front of a lobby)
 *     joined   link      online ⇄ offline; after a lost session: reannouncing → reconfirming → online
 *              flags     told ⇄ telling          standing  recognised → announcing → resting
 *              names     known ⇄ asking          row       kept every 30 s
 *              turn      lasting → fetching      stats     ignored ⇄ watched
 *              ring      ringing → together      chat      due → open
 *     turnedOut  by the server: because of the lobby?
 *     leaving  at most 3 s
 *     over     final, with the reason
 */
export const groupCallMachine = groupCallSetup.createMachine({
	id: 'call',
	context: ({ input }) => ({
		input,
		room: null,
		ownSessionId: null,
		topology: input.profile === 'native' ? 'native' : 'mesh',
		iceServers: [],
		isOnline: false,
		lostSince: null,
		roster: emptyRoster,
		...noMembers,
		hasSimulcast: false,
		tellsOfChat: true,
		takesUpdates: false,
		looks: new Map(),
		saving: 'nothing',
		sendWish: null,
		said: {},
		peerNames: {},
		nameless: [],
		askedNames: [],
		early: [],
		ticket: 0,
		publishedAs: null,
		dropped: 0,
		offered: input.media,
		// what a stranger is told of the room says nothing about those who have entered it
		media: input.media,
		mediaChoice: input.mediaChoice,
		sends: { audio: true, video: true },
		told: null,
		announced: null,
		hand: { state: 'lowered', at: 0 },
		ownReaction: null,
		failures: 0,
		pauseMs: 0,
		notFound: 0,
		rejoinedAt: null,
		rejoins: 0,
		isOutUnseen: false,
		ringOutcome: null,
		refusals: 0,
		turnFailures: 0,
		statsEveryMs: 0,
		stats: null,
		links: [],
		linkStats: new Map(),
		linksAt: 0,
		joinedAt: null,
		isHeld: input.isHeld === true,
		heldLooks: 0,
		end: { reason: 'left', code: null },
		forEveryone: false,
		isLeaving: false,
		trouble: null
	}),
	output: ({ context }) => ({
		...context.end,
		...(context.end.reason === 'left' && !context.forEveryone && { othersLeft: othersOf(context).length }),
		roomName: context.room?.name ?? context.input.room.name,
		durationMs: context.joinedAt === null ? 0 : Math.max(0, context.input.ports.now() - context.joinedAt)
	}),
	invoke: [
		{
			src: 'store',
			id: 'store',
			input: ({ context }) => ({ account: context.input.account, token: context.input.room.token })
		},
		{ src: 'watcher', id: 'watcher', input: ({ self }) => ({ call: self }) }
	],
	initial: 'joining',
	on: {
		// the roster grows in every state, so that confirmation may overtake the answer to the join request
		PARTICIPANTS_CHANGED: {
			actions: ['mergeParticipants', 'applyPermissions', 'reconcile', 'greet', 'watchExpiry']
		},
		SESSIONS_LEFT: { actions: ['mergeParticipants', 'reconcile', 'greet'] },
		MEMBERSHIP_EXPIRED: { actions: ['expire', 'reconcile', 'greet'] },
		PEER_SIGNAL_RECEIVED: { actions: 'routeSignal' },
		MEMBER_STATE_RECEIVED: { actions: ['takeState', 'endShare'] },
		FORGET_SIGNAL: { actions: 'forgetSignal' },
		LOOK_AT: { actions: 'lookAt' },
		TELL_LOOKS: { actions: 'tellLooks' },
		SAVE_PICTURES: { actions: 'savePictures' },
		LIMIT_SENDING: { actions: 'limitSending' },
		CLEAR_REACTION: { actions: 'clearReaction' },
		MEDIA_CHANGED: { actions: ['takeMedia', 'reconcile'] },
		CONNECT_NOW: { actions: 'connectNow' },
		SIGNALING_DOWN: { actions: ['markOffline', 'tellMembersLink'] },
		SIGNALING_TROUBLE: { actions: 'noteTrouble' },
		ROOM_REENTERED: [
			{ guard: 'isPutInLobby', target: '.removed', actions: ['endHeld', 'persistLeft'] },
			{ actions: ['reenterRoom', 'applyPermissions'] }
		],
		ROOM_READ: [
			{ guard: 'isPutInLobby', target: '.removed', actions: ['endHeld', 'persistLeft'] },
			{ actions: ['takeReadRoom', 'applyPermissions'] }
		],
		RECORDING_CHANGED: { actions: 'takeRecording' },
		SIGNALING_REFUSED: { target: '.over', actions: ['endByServer', 'persistLeft'] },
		// members come to be before we are in, but nobody dials yet
		MEMBERS_CHANGED: { actions: 'noteDemands' },
		'xstate.snapshot.*': {},
		'xstate.done.actor.*': {},
		'xstate.error.actor.*': [
			{ guard: 'isSignalingBroken', target: '.over', actions: ['endBroken', 'persistLeft'] },
			{ actions: 'dropFailed' }
		]
	},
	states: {
		joining: wayIn,
		joined: {
			// the connections first; what we send may have failed for good while the answer was waited for
			entry: ['markJoined', 'grantDials', 'announceState', 'persistJoined', 'lookAtPublisher'],
			type: 'parallel',
			always: {
				guard: 'mayNotStay',
				target: 'removed',
				actions: [{ type: 'endAs', params: { reason: 'removed' } }, 'persistKicked']
			},
			on: {
				LEAVE: { target: 'leaving', actions: 'markLeaving' },
				CALL_ENDED_FOR_ALL: { target: 'turnedOut', actions: 'endByServer' },
				REMOVED_FROM_ROOM: { target: 'removed', actions: ['endByServer', 'persistRemoval'] },
				// the server takes us out of this room once we are in the other
				SENT_TO_ROOM: { target: 'removed', actions: ['endSent', 'persistLeft'] },
				MEDIA_CHANGED: { actions: ['takeMedia', 'reconcile', 'persistStill'] },
				RAISE_HAND: { actions: ['moveHand', 'tellHand'] },
				LOWER_HAND: { actions: ['moveHand', 'tellHand'] },
				REACT: { actions: 'react' },
				ORDER: { actions: 'giveOrder' },
				MUTED_BY_MODERATOR: { actions: 'passMuted' },
				HAND_LOWERED_BY_MODERATOR: { actions: 'obeyHand' },
				SPEAKING: { actions: 'tellSpeaking' },
				ANNOUNCE_STATE: { actions: 'announceChanges' },
				TELL_STATE: { actions: 'tellState' },
				CHANNEL_OPENED: { actions: 'tellChannel' },
				RETRY_MEMBER: { actions: 'retryMember' },
				LOOK_AT_PUBLISHER: { actions: 'lookAtPublisher' },
				CHAT_CHANGED: { actions: 'refreshChat' },
				MEMBERS_CHANGED: { actions: 'followMembers' }
			},
			states: {
				link: linkRegion,
				flags: flagsRegion,
				standing: standingRegion,
				chat: chatRegion,
				names: namesRegion,
				row: rowRegion,
				turn: turnRegion,
				stats: statsRegion,
				ring: ringRegion
			}
		},
		turnedOut,
		leaving: {
			entry: ['persistLeaving', 'stopMembers', 'partSignaling'],
			exit: ['persistLeft', 'stopSignaling'],
			invoke: {
				src: 'leaveCall',
				input: ({ context }) => context,
				onDone: 'over',
				onError: 'over'
			},
			after: { leaveTimeout: 'over' },
			on: {
				SIGNALING_REFUSED: 'over',
				// nobody is let back in, and nothing is heard any more
				PARTICIPANTS_CHANGED: {},
				SESSIONS_LEFT: {},
				MEMBERSHIP_EXPIRED: {},
				MEDIA_CHANGED: {},
				PEER_SIGNAL_RECEIVED: {}
			}
		},
		/** Over without our doing: nothing is sent, everything is closed. */
		removed: { entry: ['stopMembers', 'stopSignaling'], always: 'over' },
		over: { type: 'final' }
	}
});
