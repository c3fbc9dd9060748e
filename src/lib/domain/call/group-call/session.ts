import { assign } from 'xstate';
import { errorCodeOf, retryAfterMsOf, type ErrorCode } from '../../errors.ts';
import type { ChatEvent } from '../../chat/chat-machine.ts';
import type { CallPeer, CallPresence, EnteredRoom, IceServer, RoomInfo } from '../../talk-api.ts';
import { mergeRoster, outOfCall, withoutSessions } from '../roster.ts';
import type { SignalingSessionEvent } from '../signaling-session-machine.ts';
import { groupCallBase } from './base.ts';
import { isChatAlone, isOwnEntryOut, namelessIn, othersOf } from './selectors.ts';
import type { GroupCallContext, GroupCallEvent, GroupCallOutput, RingOutcome } from './types.ts';

/** Our way into the room and the call, what the server says of those in it, and the way out. */

type Changes = Partial<GroupCallContext>;

/** An assignment with parameters. */
const take = <Params>(change: (context: GroupCallContext, params: Params) => Changes) =>
	assign<GroupCallContext, GroupCallEvent, Params, GroupCallEvent, never>(({ context }, params) =>
		change(context, params)
	);

/** What became of our ringing; whoever rang for us hears it. */
const ringEnd = (outcome: RingOutcome) =>
	groupCallBase.enqueueActions(({ enqueue }) => {
		enqueue.assign({ ringOutcome: outcome });
		enqueue.emit({ type: 'RING_OUTCOME', outcome });
	});

/** Came back less than this ago: then the next time does not follow at once. */
export const rejoinMemoryMs = 60_000;

export const sessionActions = {
	takeRoom: take((_, { room }: { room: EnteredRoom }) => ({ room, failures: 0, notFound: 0, trouble: null })),
	noteHeld: groupCallBase.assign({ isHeld: true }),
	/** How the room in front of which we wait is by now. */
	takeLook: take((context, { room }: { room: RoomInfo }) => ({
		room: context.room === null ? null : { ...context.room, ...room },
		heldLooks: context.heldLooks + 1,
		failures: 0,
		pauseMs: 0,
		trouble: null
	})),
	/** The server may be starting: soon again. */
	countFailedLook: take((_, { error }: { error: unknown }) => ({
		heldLooks: 0,
		pauseMs: retryAfterMsOf(error),
		trouble: errorCodeOf(error)
	})),
	countNotFound: groupCallBase.assign({ notFound: ({ context }) => context.notFound + 1 }),
	reenterRoom: groupCallBase.assign(({ event }) =>
		event.type === 'ROOM_REENTERED' ? { room: event.room } : {}
	),
	takeReadRoom: groupCallBase.assign(({ context, event }) =>
		event.type === 'ROOM_READ' && context.room !== null ? { room: { ...context.room, ...event.room } } : {}
	),
	takeRecording: groupCallBase.assign(({ context: { room }, event }) =>
		event.type === 'RECORDING_CHANGED' && room !== null
			? { room: { ...room, isRecording: event.isRecording } }
			: {}
	),
	takeAnnounced: take((_, { presence }: { presence: CallPresence }) => ({
		announced: presence,
		failures: 0,
		trouble: null
	})),
	countFailure: take((context, { error }: { error: unknown }) => ({
		failures: context.failures + 1,
		pauseMs: retryAfterMsOf(error),
		trouble: errorCodeOf(error)
	})),
	countRejoin: groupCallBase.assign(({ context }) => {
		const now = context.input.ports.now();
		const isSoon = context.rejoinedAt !== null && now - context.rejoinedAt < rejoinMemoryMs;
		return { rejoinedAt: now, rejoins: isSoon ? context.rejoins + 1 : 0 };
	}),
	noteOutUnseen: groupCallBase.assign({ isOutUnseen: true }),
	noteTrouble: groupCallBase.assign(({ event }) =>
		event.type === 'SIGNALING_TROUBLE' ? { trouble: event.code } : {}
	),
	/** Its socket is opened while the room is being entered. */
	startSignaling: groupCallBase.spawnChild('signaling', {
		id: 'signaling',
		systemId: 'signaling',
		input: ({ context: { input }, self }) => ({
			api: input.ports.api,
			transport: input.ports.transport,
			token: input.room.token,
			settings: input.ports.takeSettings?.(input.room.token) ?? null,
			nextcloudSessionId: null,
			password: input.password,
			name: input.name,
			random: input.ports.random,
			owner: self
		})
	}),
	/** We were not let in, or not yet: the server need not keep what it may have of us. */
	dropSignaling: groupCallBase.enqueueActions(({ enqueue, self }) => {
		if (self.getSnapshot().children['signaling'] === undefined) return;
		enqueue.sendTo('signaling', { type: 'STOP' } satisfies SignalingSessionEvent);
		enqueue.stopChild('signaling');
	}),
	tellSignalingRoom: groupCallBase.enqueueActions(({ context, enqueue }) => {
		const { room } = context;
		if (room === null) return;
		enqueue.sendTo('signaling', {
			type: 'ROOM_ENTERED',
			nextcloudSessionId: room.nextcloudSessionId
		} satisfies SignalingSessionEvent);
	}),
	startChat: groupCallBase.enqueueActions(({ context, enqueue, self }) => {
		const { room, input } = context;
		if (room === null) return;
		// a person may have opened it already, while signaling took nobody
		if (self.getSnapshot().children['chat'] === undefined) {
			enqueue.spawnChild('chat', {
				id: 'chat',
				systemId: 'chat',
				syncSnapshot: true,
				input: {
					api: input.ports.api,
					outbox: input.ports.outbox,
					account: input.account,
					token: room.token,
					own: { actorType: room.actorType, actorId: room.actorId, name: input.name },
					mayWrite: room.permissions.chat && !room.isReadOnly,
					isModerator: room.isModerator,
					features: input.features ?? [],
					maxLength: input.maxChatLength,
					now: input.ports.now,
					random: input.ports.random,
					newReferenceId: input.ports.newReferenceId
				}
			});
		}
		const isTold = context.isOnline && context.tellsOfChat;
		if (context.isOnline || isChatAlone(context))
			enqueue.sendTo('chat', { type: 'ONLINE', isTold } satisfies ChatEvent);
	}),
	/** A resumed session is the one that was: its topology stays, and its credentials may be older than ours. */
	takeSession: groupCallBase.assign(({ context, event }) => {
		if (event.type !== 'SIGNALING_UP') return {};
		const { profile } = context.input;
		return {
			ownSessionId: event.sessionId,
			isOnline: true,
			lostSince: null,
			trouble: null,
			tellsOfChat: event.tellsOfChat,
			...(event.resumed
				? {}
				: {
						iceServers: event.iceServers,
						hasSimulcast: event.hasSimulcast,
						takesUpdates: event.takesUpdates,
						topology:
							profile === 'native'
								? ('native' as const)
								: event.hasMediaServer
									? ('sfu' as const)
									: ('mesh' as const)
					})
		};
	}),
	takeIceServers: take((_, { iceServers }: { iceServers: readonly IceServer[] }) => ({
		iceServers,
		turnFailures: 0
	})),
	countTurnFailure: groupCallBase.assign({ turnFailures: ({ context }) => context.turnFailures + 1 }),
	markOffline: groupCallBase.assign(({ context }) => ({
		isOnline: false,
		lostSince: context.lostSince ?? context.input.ports.now()
	})),
	/** What those said who are no longer in the call does not count when they come back. */
	mergeParticipants: groupCallBase.assign(({ context, event }) => {
		let { roster, said } = context;
		if (event.type === 'PARTICIPANTS_CHANGED') {
			const ghosts = context.input.ghosts ?? [];
			const participants = event.participants.filter(
				({ sessionId }) => sessionId === context.ownSessionId || !ghosts.includes(sessionId)
			);
			roster = mergeRoster(roster, participants);
			const out = event.participants.filter(({ presence }) => presence?.inCall === false);
			said = withoutSessions(
				said,
				out.map(({ sessionId }) => sessionId)
			);
		} else if (event.type === 'SESSIONS_LEFT') {
			roster = withoutSessions(roster, event.sessionIds);
			said = withoutSessions(said, event.sessionIds);
		}
		const seen = isOwnEntryOut(context, event) ? { isOutUnseen: false } : {};
		if (roster === context.roster && said === context.said) return seen;
		return { ...seen, roster, said, nameless: namelessIn({ ...context, roster }) };
	}),
	endForOthers: groupCallBase.assign(({ context }) => ({
		roster: outOfCall(context.roster, othersOf(context))
	})),
	askAgain: groupCallBase.assign(({ context }) => ({
		askedNames: [],
		nameless: namelessIn({ ...context, askedNames: [] })
	})),
	askedForNames: groupCallBase.assign(({ context }) => ({
		askedNames: [...context.askedNames, ...context.nameless],
		nameless: []
	})),
	takeNames: take((context, { peers }: { peers: CallPeer[] }) => {
		const peerNames = {
			...context.peerNames,
			...Object.fromEntries(peers.map(({ nextcloudSessionId, name }) => [nextcloudSessionId, name]))
		};
		return { peerNames, nameless: namelessIn({ ...context, peerNames }) };
	}),
	connectNow: groupCallBase.enqueueActions(({ enqueue, self }) => {
		if (self.getSnapshot().children['signaling'] !== undefined) {
			enqueue.sendTo('signaling', { type: 'CONNECT_NOW' } satisfies SignalingSessionEvent);
		}
	}),
	/** The server does not know our session in the room: the signaling session makes a new one, and comes back. */
	renewRoomSession: groupCallBase.enqueueActions(({ enqueue, self }) => {
		if (self.getSnapshot().children['signaling'] !== undefined) {
			enqueue.sendTo('signaling', { type: 'ROOM_SESSION_LOST' } satisfies SignalingSessionEvent);
		}
	}),
	partSignaling: groupCallBase.enqueueActions(({ enqueue, self }) => {
		if (self.getSnapshot().children['signaling'] !== undefined) {
			enqueue.sendTo('signaling', { type: 'PARTING' } satisfies SignalingSessionEvent);
		}
	}),
	stopSignaling: groupCallBase.enqueueActions(({ enqueue, self }) => {
		if (self.getSnapshot().children['signaling'] !== undefined) {
			enqueue.sendTo('signaling', { type: 'STOP' } satisfies SignalingSessionEvent);
		}
	}),
	refreshChat: groupCallBase.enqueueActions(({ enqueue, self }) => {
		// one that is still to be started reads everything anyway
		if (self.getSnapshot().children['chat'] === undefined) return;
		enqueue.sendTo('chat', { type: 'REFRESH' });
	}),
	markJoined: groupCallBase.enqueueActions(({ context, enqueue }) => {
		if (context.joinedAt !== null) return;
		enqueue.assign({ joinedAt: context.input.ports.now() });
		enqueue.emit({ type: 'ARRIVED', others: othersOf(context).length });
	}),
	markLeaving: groupCallBase.assign(({ context, event }) => ({
		isLeaving: true,
		forEveryone: event.type === 'LEAVE' && event.forEveryone === true,
		end:
			event.type === 'LEAVE' && event.reason !== undefined
				? { reason: event.reason, code: null }
				: context.end
	})),
	noteAccepted: ringEnd('accepted'),
	noteDeclined: ringEnd('declined'),
	noteUnanswered: ringEnd('timeout'),
	countRefusal: groupCallBase.assign({ refusals: ({ context }) => context.refusals + 1 }),
	forgetRefusals: groupCallBase.assign({ refusals: 0 }),
	endAs: take((_, { reason, code }: { reason: GroupCallOutput['reason']; code?: ErrorCode }) => ({
		end: { reason, code: code ?? null }
	})),
	endRefused: take((_, { error }: { error: unknown }) => ({
		end: { reason: 'refused', code: errorCodeOf(error), retryAfterMs: retryAfterMsOf(error) }
	})),
	endUnstarted: groupCallBase.assign(({ context: { end } }) => ({
		end: { ...end, isUnstarted: true as const }
	})),
	endHeld: groupCallBase.assign({ end: { reason: 'refused', code: 'room.lobby' } }),
	endBroken: groupCallBase.assign({ end: { reason: 'refused', code: 'server.unexpected' } }),
	endSent: groupCallBase.assign(({ event }) =>
		event.type === 'SENT_TO_ROOM' ? { end: { reason: 'left', code: null, sentTo: event.token } } : {}
	),
	endByServer: groupCallBase.assign(({ event }) => {
		if (event.type === 'SIGNALING_REFUSED') {
			return { end: { reason: 'refused' as const, code: event.code } };
		}
		if (event.type === 'REMOVED_FROM_ROOM') return { end: { reason: event.reason, code: null } };
		return { end: { reason: 'ended-for-all' as const, code: null } };
	})
};
