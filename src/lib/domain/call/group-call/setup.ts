import { reconnectDelay } from '../../backoff.ts';
import { errorCodeOf, type ErrorCode } from '../../errors.ts';
import { otherTabSilenceMs } from '../../store/tab-channel.ts';
import { turnExpiry } from '../ice-servers.ts';
import { inCallBeside } from '../roster.ts';
import { announcementActions } from './announcements.ts';
import { groupCallBase } from './base.ts';
import { expiryActions } from './expiry.ts';
import { followingActions } from './following.ts';
import { memberActions } from './members.ts';
import { ownMediaActions } from './own-media.ts';
import { routingActions } from './routing.ts';
import { rowActions } from './rows.ts';
import { isConfirmed, isOwnEntryOut, ownEntry, ownPermissions } from './selectors.ts';
import { rejoinMemoryMs, sessionActions } from './session.ts';
import { statisticsActions } from './statistics.ts';
import type { RoomInfo } from '../../talk-api.ts';
import type { GroupCallContext } from './types.ts';

export { membersOf, type MemberRef } from './wiring.ts';
export type {
	CallPorts,
	GroupCallContext,
	GroupCallEmitted,
	GroupCallInput,
	GroupCallOutput
} from './types.ts';

const refusals: ReadonlySet<ErrorCode> = new Set([
	'room.password',
	'room.banned',
	'room.lobby',
	'call.forbidden',
	'call.consent',
	'server.refused'
]);

/** New TURN credentials are fetched this long before the old ones end. */
const turnMarginMs = 60_000;
/** A look at the clock at least this often: timers of browsers hold 31 bits. */
const turnLookMs = 24 * 60 * 60_000;
/** So many connections are asked for their statistics as often as it is wanted. */
const askedAtOnce = 12;

const turnDueIn = ({ iceServers, input }: GroupCallContext): number | null => {
	const now = input.ports.now();
	const end = turnExpiry(iceServers, now);
	return end === null ? null : Math.max(0, end - turnMarginMs - now);
};

/** Somebody else has to begin it. One who may not join at all, or nobody at the time, would wait in vain. */
const isUnstarted = ({ hasCall, isReadOnly, permissions }: RoomInfo) =>
	!hasCall && !isReadOnly && permissions.joinCall && !permissions.startCall;

const isAlone = ({ roster, ownSessionId }: GroupCallContext) =>
	inCallBeside(roster, ownSessionId).length === 0;

/** All words of the call's machine: guards, delays, and the actions of the files beside. */
export const groupCallSetup = groupCallBase.extend({
	guards: {
		isConfirmed: ({ context }) => isConfirmed(context),
		isUnconfirmed: ({ context }) => !isConfirmed(context),
		isOnline: ({ context }) => context.isOnline,
		canReturn: ({ context }) => context.isOnline && !isConfirmed(context),
		/** Asked to leave while something is under way that has to be undone first. */
		isLeaving: ({ context }) => context.isLeaving,
		/** As a guest whom the lobby turned out of the call. */
		beginsHeld: ({ context }) => context.input.isHeld === true,
		hasEntered: ({ context }) => context.room !== null,
		isAbandoned: ({ context: { input } }) => input.isAbandoned?.() === true,
		isHeldBy: (_, params: { room: RoomInfo }) => params.room.isLobbyActive,
		/** That may be why the server refused to let us back in. */
		isRefusedStart: ({ context }, params: { room: RoomInfo }) =>
			context.end.reason === 'refused' && isUnstarted(params.room),
		/** In front of the lobby, or of a call that has not started and that we may not start. */
		mustWait: (_, params: { room: RoomInfo }) => params.room.isLobbyActive || isUnstarted(params.room),
		/** What the server says of the room meanwhile: we have to wait in front of it. */
		isPutInLobby: ({ context, event }) =>
			(event.type === 'ROOM_REENTERED' || event.type === 'ROOM_READ') &&
			event.room.isLobbyActive &&
			!context.isLeaving,
		/** Too many wrong passwords: the same one once more would not be ours to try. */
		isGuessThrottled: ({ context }, params: { error: unknown }) =>
			errorCodeOf(params.error) === 'server.throttled' &&
			context.input.password !== undefined &&
			context.room === null,
		isSignalingRefused: ({ context }) => context.trouble === 'signaling.refused',
		isOccupied: (_, params: { error: unknown }) => errorCodeOf(params.error) === 'room.occupied',
		isNotFound: (_, params: { error: unknown }) => errorCodeOf(params.error) === 'room.not-found',
		isNotFoundAgain: ({ context }, params: { error: unknown }) =>
			errorCodeOf(params.error) === 'room.not-found' && context.notFound > 0,
		isSessionLost: (_, params: { error: unknown }) => errorCodeOf(params.error) === 'session.lost',
		isRefusal: (_, params: { error: unknown }) => refusals.has(errorCodeOf(params.error)),
		isOwnEntryOut: ({ context, event }) => isConfirmed(context) && isOwnEntryOut(context, event),
		/** The list is an old one: it tells of the time between our stepping out and our coming back. */
		isOwnDoing: ({ context, event }) =>
			context.isOutUnseen &&
			context.rejoinedAt !== null &&
			context.input.ports.now() - context.rejoinedAt < rejoinMemoryMs &&
			isOwnEntryOut(context, event),
		isOwnSessionGone: ({ context, event }) =>
			event.type === 'SESSIONS_LEFT' && event.sessionIds.some((id) => id === context.ownSessionId),
		/** It did not help for long: once more, but not at once. */
		hasRejoinedLately: ({ context }) =>
			context.rejoinedAt !== null && context.input.ports.now() - context.rejoinedAt < rejoinMemoryMs,
		hasLostOwnSessionAgain: ({ context, event }) =>
			event.type === 'SESSIONS_LEFT' &&
			event.sessionIds.some((id) => id === context.ownSessionId) &&
			context.rejoinedAt !== null &&
			context.input.ports.now() - context.rejoinedAt < rejoinMemoryMs,
		/** The room takes the right to be in the call from somebody who is in it. */
		mayNotStay: ({ context }) =>
			ownEntry(context) !== undefined && ownPermissions(context)?.joinCall === false,
		/** Nothing gets through without it, and it does not come back by itself. */
		isSignalingBroken: ({ event }) => 'actorId' in event && event.actorId === 'signaling',
		isFreshSession: ({ event }) => event.type === 'SIGNALING_UP' && !event.resumed,
		isPresenceStale: ({ context }) =>
			context.announced !== null &&
			(context.announced.audio !== context.media.has.audio ||
				context.announced.video !== context.media.has.video),
		hasNamelessMembers: ({ context }) => context.nameless.length > 0,
		hasTurnExpiry: ({ context }) => turnDueIn(context) !== null,
		isTurnDue: ({ context }) => turnDueIn(context) === 0,
		isOfferRefused: ({ context, event }) =>
			context.topology === 'sfu' && event.type === 'REQUEST_REFUSED' && event.code === 'not_allowed',
		isOfferRefusedAgain: ({ context, event }) =>
			context.topology === 'sfu' &&
			event.type === 'REQUEST_REFUSED' &&
			event.code === 'not_allowed' &&
			context.refusals > 0,
		rings: ({ context }) => context.input.ring !== undefined,
		leavesAlone: ({ context }) => context.input.ring?.autoLeave === true,
		isAlone: ({ context }) => isAlone(context),
		isLeftAlone: ({ context }) => context.input.ring?.autoLeave === true && isAlone(context),
		hasCompany: ({ context }) => !isAlone(context)
	},
	delays: {
		confirmTimeout: 10_000,
		leaveTimeout: 3_000,
		secondLook: 5_000,
		otherTabSilence: otherTabSilenceMs,
		retry: ({ context }) =>
			Math.max(
				context.pauseMs,
				reconnectDelay(Math.max(0, context.failures - 1), context.input.ports.random())
			),
		/** In front of a lobby: soon at first, then every eight seconds, and not all who wait at once. */
		heldLook: ({ context }) =>
			Math.max(
				context.pauseMs,
				Math.min(context.input.ports.isHidden?.() === true ? 20_000 : 8_000, 2_000 * 2 ** context.heldLooks) *
					(0.7 + 0.6 * context.input.ports.random())
			),
		rejoinPause: ({ context }) => reconnectDelay(context.rejoins, context.input.ports.random()),
		flagsRetry: 2_000,
		/** Between two announcements that only repeat what was announced. */
		announcementRest: 10_000,
		/** What nobody waits for lets the first connections go before it. */
		aside: 300,
		namesRetry: 10_000,
		persistEvery: 30_000,
		ringMax: 45_000,
		turnLook: ({ context }) => Math.min(turnLookMs, turnDueIn(context) ?? turnLookMs),
		turnRest: 60_000,
		turnRetry: ({ context }) =>
			reconnectDelay(Math.max(0, context.turnFailures - 1), context.input.ports.random()),
		/** Asking costs the page about a millisecond for each: many connections are asked less often. */
		statsEvery: ({ context }) => context.statsEveryMs * Math.max(1, context.wiring.member.size / askedAtOnce),
		/** As long as one connection may take to count. */
		statsWait: 1_000
	},
	actions: {
		...sessionActions,
		...memberActions,
		...routingActions,
		...followingActions,
		...expiryActions,
		...announcementActions,
		...ownMediaActions,
		...rowActions,
		...statisticsActions
	}
});
