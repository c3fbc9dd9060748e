import {
	assign,
	enqueueActions,
	fromCallback,
	fromPromise,
	sendTo,
	setup,
	type ActorRefFrom,
	type SnapshotFrom
} from 'xstate';
import type { CallId, RoomToken, SessionId } from '../../../protocol/ids.ts';
import { reconnectDelay } from '../../backoff.ts';
import { chatMachine } from '../../chat/chat-machine.ts';
import { errorCodeOf, retryAfterMsOf, type ErrorCode } from '../../errors.ts';
import type { MediaOffer } from '../../media/media-offer.ts';
import type { MemberState, SignalingNews, SignalingTransport } from '../../signaling.ts';
import type { CallFact } from '../../store/next-row.ts';
import type { MediaChoice, Outbox } from '../../store/ongoing-call.ts';
import type { CallPeer, CallPresence, EnteredRoom, IceServer, RoomInfo, TalkApi } from '../../talk-api.ts';
import { enterUnderName } from '../enter-under-name.ts';
import { earlySignalsTtlMs, keepSignal, type EarlySignal } from '../early-messages.ts';
import { memberMachine, type MemberInput } from '../member-machine.ts';
import type { MediaLease } from '../peer-connection.ts';
import type { Profile } from '../profile.ts';
import {
	diffMembers,
	mergeRoster,
	mergeSaid,
	othersInCall,
	withoutSessions,
	type Roster,
	type RosterEntry,
	type SaidState
} from '../roster.ts';
import {
	signalingSessionMachine,
	type SignalingReport,
	type SignalingSessionEvent
} from '../signaling-session-machine.ts';

/** The world as a call needs it: ports, clock and chance, all from outside. */
export interface CallPorts {
	api: TalkApi;
	transport: SignalingTransport;
	outbox: Outbox;
	/** Local clock, unix milliseconds. */
	now: () => number;
	/** In [0, 1). */
	random: () => number;
	newCallId: () => CallId;
	/** For messages: at most 64 characters, never used before. */
	newReferenceId: () => string;
	/** Closes what a failed peer call left open. */
	releaseResources: (owner: CallId) => void;
}

export interface GroupCallInput {
	ports: CallPorts;
	profile: Profile;
	/** Server and identity, as in the store of ongoing calls. */
	account: string;
	room: RoomInfo;
	name: string;
	password: string | undefined;
	tabId: string;
	media: MediaOffer;
	mediaChoice: MediaChoice;
	consent: boolean;
	maxChatLength: number;
}

export interface GroupCallOutput {
	reason: 'left' | 'ended-for-all' | 'removed' | 'replaced' | 'refused';
	/** Why it was refused. */
	code: ErrorCode | null;
	roomName: string;
	durationMs: number;
}

export type GroupCallEvent =
	| { type: 'LEAVE'; forEveryone?: boolean }
	| { type: 'MEDIA_CHANGED'; media: MediaOffer; choice: MediaChoice }
	| { type: 'RAISE_HAND' | 'LOWER_HAND' }
	| { type: 'REACT'; emoji: string }
	/** Our own voice, as measured here; goes over the data channels only. */
	| { type: 'SPEAKING'; state: 'on' | 'off' }
	| { type: 'RETRY_MEMBER'; memberKey: SessionId }
	/** The session in the room is open elsewhere, and a person wants it here. */
	| { type: 'TAKE_OVER' }
	| { type: 'CONNECT_NOW' }
	| { type: 'ANNOUNCE_STATE' }
	| { type: 'TELL_STATE'; to: SessionId }
	| { type: 'FORGET_SIGNAL'; ticket: number }
	| { type: 'CLEAR_REACTION'; of: SessionId | 'self'; count: number }
	| { type: 'CHANNEL_OPENED'; member: SessionId }
	| { type: `xstate.snapshot.${string}`; snapshot: SnapshotFrom<typeof memberMachine> }
	| { type: `xstate.done.actor.${string}`; output: unknown; actorId: string }
	| { type: `xstate.error.actor.${string}`; error: unknown; actorId: string }
	| SignalingReport
	| SignalingNews;

export interface GroupCallContext {
	input: GroupCallInput;
	room: EnteredRoom | null;
	ownSessionId: SessionId | null;
	iceServers: readonly IceServer[];
	isOnline: boolean;
	/** Local clock; null: online. */
	lostSince: number | null;
	roster: Roster;
	said: Readonly<Record<SessionId, SaidState>>;
	/** Names by room session, for servers that do not send them along. */
	peerNames: Readonly<Record<string, string>>;
	/** Room sessions that were asked about. */
	askedNames: readonly string[];
	early: readonly EarlySignal[];
	ticket: number;
	dropped: number;
	media: MediaOffer;
	mediaChoice: MediaChoice;
	/** What the server was told that we have. */
	announced: CallPresence | null;
	hand: { state: 'raised' | 'lowered'; at: number };
	ownReaction: { emoji: string; count: number } | null;
	/** Attempts to join failed in a row. */
	failures: number;
	/** The server asked us to wait at least this long. */
	pauseMs: number;
	/** 404s in a row: one may be a server that is just starting. */
	notFound: number;
	joinedAt: number | null;
	end: { reason: GroupCallOutput['reason']; code: ErrorCode | null };
	forEveryone: boolean;
	/** Why joining takes so long; null: it does not. */
	trouble: ErrorCode | null;
}

/** Full state is told to a newcomer more than once: it may still be on its way into the call. */
const tellStateAtMs = [0, 2_000, 8_000] as const;
const announceMs = 100;
const reactionMs = 4_000;
/** Set-ups under way at once, started by us. */
const dialWidth = 4;
/** Connections of a mesh; beyond it nobody's uplink suffices. */
const meshMax = 16;

const memberId = (id: SessionId) => `member:${id}`;
const shareOutId = (id: SessionId) => `share-out:${id}`;
const shareInId = (id: SessionId) => `share-in:${id}`;

export type MemberRef = ActorRefFrom<typeof memberMachine>;

/** The members among the children of a call, by what they are for. */
export function membersOf(
	children: Record<string, unknown>,
	prefix: 'member' | 'share-out' | 'share-in'
): Map<SessionId, MemberRef> {
	const found = new Map<SessionId, MemberRef>();
	for (const [id, ref] of Object.entries(children)) {
		if (id.startsWith(`${prefix}:`)) found.set(id.slice(prefix.length + 1) as SessionId, ref as MemberRef);
	}
	return found;
}

/** All of them, whatever they are for. To be told things by reference: one that was just stopped then hears nothing. */
const everyMember = (children: Record<string, unknown>): MemberRef[] =>
	(['member', 'share-out', 'share-in'] as const).flatMap((prefix) => [
		...membersOf(children, prefix).values()
	]);

const ownPresence = (context: GroupCallContext): CallPresence => ({
	inCall: true,
	...context.media.has
});

/** Our own entry says that we are in the call: only then do the others listen to us. */
const isConfirmed = (context: GroupCallContext): boolean =>
	context.ownSessionId !== null && context.roster[context.ownSessionId]?.presence.inCall === true;

const refusals: ReadonlySet<ErrorCode> = new Set([
	'room.password',
	'room.banned',
	'room.lobby',
	'call.forbidden',
	'call.consent',
	'server.refused'
]);

const hasStreams = ({ presence }: Pick<RosterEntry, 'presence'>) => presence.audio || presence.video;

const sides = (context: GroupCallContext, entry: RosterEntry): Pick<MemberInput, 'ours' | 'theirs'> => {
	const own = context.ownSessionId === null ? undefined : context.roster[context.ownSessionId];
	return {
		ours: {
			id: context.ownSessionId ?? ('' as SessionId),
			inCall: own?.presence.inCall === true,
			hasStreams: own !== undefined && hasStreams(own)
		},
		theirs: { id: entry.sessionId, inCall: entry.presence.inCall, hasStreams: hasStreams(entry) }
	};
};

const memberInput = (
	context: GroupCallContext,
	entry: RosterEntry,
	what: { purpose: MemberInput['purpose']; initiator: MemberInput['initiator']; lease: MediaLease | null }
): MemberInput => ({
	profile: context.input.profile,
	...what,
	...sides(context, entry),
	muted:
		what.purpose === 'usermedia'
			? { audio: context.media.microphone === 'off', video: context.media.camera === 'off' }
			: { audio: false, video: false },
	iceServers: context.iceServers,
	isSignalingUp: context.isOnline,
	newCallId: context.input.ports.newCallId,
	releaseResources: context.input.ports.releaseResources,
	random: context.input.ports.random
});

/** Everything about us that others show beside our media. */
const fullState = (context: GroupCallContext): MemberState[] => [
	{ kind: 'microphone', state: context.media.microphone },
	{ kind: 'camera', state: context.media.camera },
	{ kind: 'name', name: context.input.name },
	...(context.hand.state === 'raised'
		? [{ kind: 'hand' as const, state: 'raised' as const, at: context.hand.at }]
		: [])
];

export const groupCallSetup = setup({
	types: {
		context: {} as GroupCallContext,
		input: {} as GroupCallInput,
		events: {} as GroupCallEvent,
		output: {} as GroupCallOutput
	},
	actors: {
		member: memberMachine,
		signaling: signalingSessionMachine,
		chat: chatMachine,
		/** Joins the room and gives our name. */
		enterRoom: fromPromise<EnteredRoom, { input: GroupCallInput; takeOver: boolean }>(
			({ input: { input, takeOver } }) =>
				enterUnderName(input.ports.api, input.room.token, {
					name: input.name,
					password: input.password,
					takeOver
				})
		),
		joinCall: fromPromise<CallPresence, { context: GroupCallContext; silent: boolean }>(
			async ({ input: { context, silent } }) => {
				const { input } = context;
				const presence = ownPresence(context);
				await input.ports.api.joinCall(input.room.token, presence, { silent, consent: input.consent });
				return presence;
			}
		),
		updateCall: fromPromise<CallPresence, GroupCallContext>(async ({ input: context }) => {
			const presence = ownPresence(context);
			await context.input.ports.api.updateCall(context.input.room.token, presence);
			return presence;
		}),
		/**
		 * The way out: the call first, then the room. A failure changes nothing: the server notices by itself. Whoever has
		 * not entered has nothing to leave; a room that is open in another tab is none of ours.
		 */
		leaveCall: fromPromise<void, GroupCallContext>(async ({ input: { input, room, forEveryone } }) => {
			if (room === null) return;
			const { api } = input.ports;
			await api.leaveCall(input.room.token, { keepalive: true, forEveryone }).catch(() => undefined);
			await api.leaveRoom(input.room.token, { keepalive: true });
		}),
		fetchPeers: fromPromise<CallPeer[], { api: TalkApi; token: RoomToken }>(({ input }) =>
			input.api.listCallPeers(input.token)
		),
		/** Writes to the store of ongoing calls; provided from outside, and its failures never come back. */
		store: fromCallback<{ type: 'PERSIST'; fact: CallFact }, { account: string; token: RoomToken }>(
			() => undefined
		)
	},
	guards: {
		isConfirmed: ({ context }) => isConfirmed(context),
		isOccupied: (_, params: { error: unknown }) => errorCodeOf(params.error) === 'room.occupied',
		isNotFound: (_, params: { error: unknown }) => errorCodeOf(params.error) === 'room.not-found',
		isNotFoundAgain: ({ context }, params: { error: unknown }) =>
			errorCodeOf(params.error) === 'room.not-found' && context.notFound > 0,
		isSessionLost: (_, params: { error: unknown }) => errorCodeOf(params.error) === 'session.lost',
		isRefusal: (_, params: { error: unknown }) => refusals.has(errorCodeOf(params.error)),
		isOwnEntryOut: ({ context, event }) =>
			event.type === 'PARTICIPANTS_CHANGED' &&
			isConfirmed(context) &&
			event.participants.some(
				({ sessionId, presence }) => sessionId === context.ownSessionId && presence?.inCall === false
			),
		isOwnSessionGone: ({ context, event }) =>
			event.type === 'SESSIONS_LEFT' && event.sessionIds.some((id) => id === context.ownSessionId),
		/** Nothing gets through without it, and it does not come back by itself. */
		isSignalingBroken: ({ event }) => 'actorId' in event && event.actorId === 'signaling',
		isFreshSession: ({ event }) => event.type === 'SIGNALING_UP' && !event.resumed,
		isPresenceStale: ({ context }) =>
			context.announced !== null &&
			(context.announced.audio !== context.media.has.audio ||
				context.announced.video !== context.media.has.video),
		hasNamelessMembers: ({ context }) => nameless(context).length > 0
	},
	delays: {
		confirmTimeout: 10_000,
		leaveTimeout: 3_000,
		secondLook: 5_000,
		retry: ({ context }) =>
			Math.max(
				context.pauseMs,
				reconnectDelay(Math.max(0, context.failures - 1), context.input.ports.random())
			),
		flagsRetry: 2_000,
		namesRetry: 10_000,
		persistEvery: 30_000
	},
	actions: {
		takeRoom: assign((_, params: { room: EnteredRoom }) => ({
			room: params.room,
			failures: 0,
			notFound: 0,
			trouble: null
		})),
		countNotFound: assign({ notFound: ({ context }) => context.notFound + 1 }),
		reenterRoom: assign(({ event }) => (event.type === 'ROOM_REENTERED' ? { room: event.room } : {})),
		takeAnnounced: assign((_, params: { presence: CallPresence }) => ({
			announced: params.presence,
			failures: 0,
			trouble: null
		})),
		countFailure: assign(({ context }, params: { error: unknown }) => ({
			failures: context.failures + 1,
			pauseMs: retryAfterMsOf(params.error),
			trouble: errorCodeOf(params.error)
		})),
		noteTrouble: assign(({ event }) => (event.type === 'SIGNALING_TROUBLE' ? { trouble: event.code } : {})),
		startSignaling: enqueueActions(({ context, enqueue, self }) => {
			const { room, input } = context;
			if (room === null) return;
			enqueue.spawnChild('signaling', {
				id: 'signaling',
				systemId: 'signaling',
				input: {
					api: input.ports.api,
					transport: input.ports.transport,
					token: room.token,
					nextcloudSessionId: room.nextcloudSessionId,
					password: input.password,
					name: input.name,
					random: input.ports.random,
					owner: self
				}
			});
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
					maxLength: input.maxChatLength,
					now: input.ports.now,
					random: input.ports.random,
					newReferenceId: input.ports.newReferenceId
				}
			});
		}),
		takeSession: assign(({ event }) =>
			event.type === 'SIGNALING_UP'
				? {
						ownSessionId: event.sessionId,
						iceServers: event.iceServers,
						isOnline: true,
						lostSince: null,
						trouble: null
					}
				: {}
		),
		/** Session ids change with the session: nothing of the old roster, and no connection, belongs to us any more. */
		forgetEverybody: enqueueActions(({ enqueue, self }) => {
			for (const member of everyMember(self.getSnapshot().children)) enqueue.stopChild(member);
			enqueue.assign({ roster: {}, said: {}, early: [] });
		}),
		markOffline: assign(({ context }) => ({
			isOnline: false,
			lostSince: context.lostSince ?? context.input.ports.now()
		})),
		tellMembersLink: enqueueActions(({ event, enqueue, self }) => {
			const isUp = event.type === 'SIGNALING_UP';
			const { children } = self.getSnapshot();
			for (const member of everyMember(children)) {
				enqueue.sendTo(member, { type: isUp ? 'SIGNALING_UP' : 'SIGNALING_DOWN' });
			}
			if (children['chat'] !== undefined) enqueue.sendTo('chat', { type: isUp ? 'ONLINE' : 'OFFLINE' });
		}),
		/** What those said who are no longer in the call does not count when they come back. */
		mergeParticipants: assign(({ context, event }) => {
			if (event.type === 'PARTICIPANTS_CHANGED') {
				const roster = mergeRoster(context.roster, event.participants);
				const out = event.participants.filter(({ presence }) => presence?.inCall === false);
				return {
					roster,
					said: withoutSessions(
						context.said,
						out.map(({ sessionId }) => sessionId)
					)
				};
			}
			if (event.type !== 'SESSIONS_LEFT') return {};
			return {
				roster: withoutSessions(context.roster, event.sessionIds),
				said: withoutSessions(context.said, event.sessionIds)
			};
		}),
		/** Makes the members those that the roster and our own sharing ask for: idempotent, whatever came before. */
		reconcile: enqueueActions(({ context, enqueue, self }) => {
			const others = isConfirmed(context) ? othersInCall(context.roster, context.ownSessionId) : [];
			const entries = new Map(others.slice(0, meshMax).map((entry) => [entry.sessionId, entry]));
			const wanted = [...entries.keys()];
			const { children } = self.getSnapshot();
			const plans = [
				{
					prefix: 'member',
					idOf: memberId,
					wanted,
					what: { purpose: 'usermedia', initiator: 'compare', lease: context.media.lease }
				},
				{
					prefix: 'share-out',
					idOf: shareOutId,
					wanted: context.media.screen === null ? [] : wanted,
					what: { purpose: 'screenshare', initiator: 'us', lease: context.media.screen }
				},
				{
					prefix: 'share-in',
					idOf: shareInId,
					// made when an offer comes, kept while their owner stays
					wanted: [...membersOf(children, 'share-in').keys()].filter((id) => entries.has(id)),
					what: { purpose: 'screenshare', initiator: 'them', lease: null }
				}
			] as const;
			for (const { prefix, idOf, wanted: ids, what } of plans) {
				const known = membersOf(children, prefix);
				const { added, kept, removed } = diffMembers([...known.keys()], ids);
				for (const id of removed) enqueue.stopChild(idOf(id));
				for (const id of kept) {
					const [member, entry] = [known.get(id), entries.get(id)];
					if (member !== undefined && entry !== undefined) {
						enqueue.sendTo(member, { type: 'UPDATE', ...sides(context, entry) });
					}
				}
				for (const id of added) {
					const entry = entries.get(id);
					if (entry === undefined) continue;
					enqueue.spawnChild('member', {
						id: idOf(id),
						syncSnapshot: true,
						input: memberInput(context, entry, what)
					});
					if (prefix !== 'member') continue;
					for (const delay of tellStateAtMs) {
						enqueue.raise({ type: 'TELL_STATE', to: id }, { delay, id: `tell:${id}:${delay}` });
					}
					for (const { signal } of context.early.filter(({ from }) => from === id)) {
						if (signal.purpose === 'usermedia') enqueue.sendTo(idOf(id), { type: 'SIGNAL', signal });
						// a screen gets its own member, once this step is done
						else enqueue.raise({ type: 'PEER_SIGNAL_RECEIVED', from: id, signal }, { delay: 1 });
					}
				}
			}
			enqueue.assign({ early: context.early.filter(({ from }) => !entries.has(from)) });
		}),
		routeSignal: enqueueActions(({ context, event, enqueue, self }) => {
			if (event.type !== 'PEER_SIGNAL_RECEIVED') return;
			const { from, signal } = event;
			const { children } = self.getSnapshot();
			const member = membersOf(children, 'member').get(from);
			const entry = context.roster[from];
			if (member === undefined || entry === undefined) {
				const ticket = context.ticket + 1;
				const { kept, dropped } = keepSignal(context.early, { from, signal, ticket });
				enqueue.assign({ early: kept, ticket, dropped: context.dropped + dropped });
				enqueue.raise({ type: 'FORGET_SIGNAL', ticket }, { delay: earlySignalsTtlMs });
				return;
			}
			if (signal.purpose === 'usermedia') {
				enqueue.sendTo(member, { type: 'SIGNAL', signal });
				return;
			}
			const out = membersOf(children, 'share-out').get(from);
			if (out?.getSnapshot().context.current === signal.callId) {
				enqueue.sendTo(out, { type: 'SIGNAL', signal });
				return;
			}
			if (children[shareInId(from)] === undefined) {
				// only an offer begins a share: anything else is late, from one that has ended
				if (signal.kind !== 'invite') return enqueue.assign({ dropped: context.dropped + 1 });
				enqueue.spawnChild('member', {
					id: shareInId(from),
					syncSnapshot: true,
					input: memberInput(context, entry, { purpose: 'screenshare', initiator: 'them', lease: null })
				});
			}
			enqueue.sendTo(shareInId(from), { type: 'SIGNAL', signal });
		}),
		forgetSignal: assign(({ context, event }) =>
			event.type === 'FORGET_SIGNAL'
				? { early: context.early.filter(({ ticket }) => ticket !== event.ticket) }
				: {}
		),
		takeState: enqueueActions(({ context, event, enqueue, self }) => {
			if (event.type !== 'MEMBER_STATE_RECEIVED') return;
			const { from, state } = event;
			const next = mergeSaid(context.said[from], state);
			enqueue.assign({ said: { ...context.said, [from]: next } });
			if (state.kind === 'reaction') {
				const count = next.reaction?.count ?? 0;
				enqueue.raise({ type: 'CLEAR_REACTION', of: from, count }, { delay: reactionMs });
			}
			if (state.kind !== 'screenshare') return;
			enqueue.assign({
				early: context.early.filter((early) => early.from !== from || early.signal.purpose !== 'screenshare')
			});
			if (self.getSnapshot().children[shareInId(from)] !== undefined) enqueue.stopChild(shareInId(from));
		}),
		clearReaction: assign(({ context, event }) => {
			if (event.type !== 'CLEAR_REACTION') return {};
			if (event.of === 'self') {
				return context.ownReaction?.count === event.count ? { ownReaction: null } : {};
			}
			const said = context.said[event.of];
			return said?.reaction?.count === event.count
				? { said: { ...context.said, [event.of]: { ...said, reaction: null } } }
				: {};
		}),
		takeMedia: assign(({ event }) =>
			event.type === 'MEDIA_CHANGED' ? { media: event.media, mediaChoice: event.choice } : {}
		),
		passMedia: enqueueActions(({ context, event, enqueue, self }) => {
			if (event.type !== 'MEDIA_CHANGED') return;
			const { media } = event;
			const { children } = self.getSnapshot();
			const muted = { audio: media.microphone === 'off', video: media.camera === 'off' };
			for (const member of membersOf(children, 'member').values()) {
				if (media.version !== context.media.version) {
					enqueue.sendTo(member, { type: 'SET_MEDIA', lease: media.lease });
				}
				enqueue.sendTo(member, { type: 'SET_MUTED', muted });
			}
			if (context.media.screen !== null && media.screen === null) {
				// told first: their tile goes before the picture freezes
				const to = othersInCall(context.roster, context.ownSessionId).map(({ sessionId }) => sessionId);
				enqueue.sendTo('signaling', {
					type: 'SEND_STATE_TO',
					to,
					state: { kind: 'screenshare', state: 'stopped' }
				} satisfies SignalingSessionEvent);
			}
			if (media.microphone !== context.media.microphone || media.camera !== context.media.camera) {
				enqueue.cancel('announce');
				enqueue.raise({ type: 'ANNOUNCE_STATE' }, { delay: announceMs, id: 'announce' });
			}
		}),
		announceState: enqueueActions(({ context, enqueue, self }) => {
			const to = othersInCall(context.roster, context.ownSessionId).map(({ sessionId }) => sessionId);
			for (const state of fullState(context)) {
				if (to.length > 0) {
					enqueue.sendTo('signaling', { type: 'SEND_STATE_TO', to, state } satisfies SignalingSessionEvent);
				}
				for (const member of membersOf(self.getSnapshot().children, 'member').values()) {
					enqueue.sendTo(member, { type: 'SEND_STATE', state });
				}
			}
		}),
		tellState: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'TELL_STATE' || context.roster[event.to]?.presence.inCall !== true) return;
			for (const state of fullState(context)) {
				enqueue.sendTo('signaling', {
					type: 'SEND_STATE_TO',
					to: [event.to],
					state
				} satisfies SignalingSessionEvent);
			}
		}),
		tellChannel: enqueueActions(({ context, event, enqueue, self }) => {
			if (event.type !== 'CHANNEL_OPENED') return;
			const member = membersOf(self.getSnapshot().children, 'member').get(event.member);
			if (member === undefined) return;
			for (const state of fullState(context)) enqueue.sendTo(member, { type: 'SEND_STATE', state });
		}),
		tellSpeaking: enqueueActions(({ event, enqueue, self }) => {
			if (event.type !== 'SPEAKING') return;
			for (const member of membersOf(self.getSnapshot().children, 'member').values()) {
				enqueue.sendTo(member, { type: 'SEND_STATE', state: { kind: 'speaking', state: event.state } });
			}
		}),
		moveHand: assign(({ context, event }) => ({
			hand: {
				state: event.type === 'RAISE_HAND' ? ('raised' as const) : ('lowered' as const),
				at: context.input.ports.now()
			}
		})),
		tellHand: enqueueActions(({ context, enqueue }) => {
			const to = othersInCall(context.roster, context.ownSessionId).map(({ sessionId }) => sessionId);
			enqueue.sendTo('signaling', {
				type: 'SEND_STATE_TO',
				to,
				state: { kind: 'hand', ...context.hand }
			} satisfies SignalingSessionEvent);
		}),
		/** Sharing may have ended while nobody could be told; that it began is told by the offer. */
		tellScreen: enqueueActions(({ context, enqueue }) => {
			if (context.media.screen !== null) return;
			const to = othersInCall(context.roster, context.ownSessionId).map(({ sessionId }) => sessionId);
			enqueue.sendTo('signaling', {
				type: 'SEND_STATE_TO',
				to,
				state: { kind: 'screenshare', state: 'stopped' }
			} satisfies SignalingSessionEvent);
		}),
		react: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'REACT') return;
			const count = (context.ownReaction?.count ?? 0) + 1;
			const to = othersInCall(context.roster, context.ownSessionId).map(({ sessionId }) => sessionId);
			enqueue.assign({ ownReaction: { emoji: event.emoji, count } });
			enqueue.raise({ type: 'CLEAR_REACTION', of: 'self', count }, { delay: reactionMs });
			enqueue.sendTo('signaling', {
				type: 'SEND_STATE_TO',
				to,
				state: { kind: 'reaction', emoji: event.emoji }
			} satisfies SignalingSessionEvent);
		}),
		/** A few set-ups at a time, in the order of the sessions, so that nobody's uplink is swamped. */
		grantDials: enqueueActions(({ context, enqueue, self }) => {
			if (!context.isOnline) return;
			const members = everyMember(self.getSnapshot().children)
				.sort((one, other) => (one.id < other.id ? -1 : 1))
				.map((member) => ({ member, snapshot: member.getSnapshot() }));
			const busy = members.filter(({ snapshot }) => snapshot.matches({ present: { dialling: 'inSlot' } }));
			const queued = members.filter(
				({ snapshot }) => snapshot.matches({ present: 'queued' }) || snapshot.matches({ present: 'overdue' })
			);
			for (const { member } of queued.slice(0, Math.max(0, dialWidth - busy.length))) {
				enqueue.sendTo(member, { type: 'DIAL' });
			}
		}),
		retryMember: enqueueActions(({ event, enqueue, self }) => {
			if (event.type !== 'RETRY_MEMBER') return;
			const ids = [memberId, shareInId, shareOutId].map((idOf) => idOf(event.memberKey));
			for (const member of everyMember(self.getSnapshot().children)) {
				if (ids.includes(member.id)) enqueue.sendTo(member, { type: 'RETRY' });
			}
		}),
		/** The network came back: those who had given up try once more. */
		rearmMembers: enqueueActions(({ enqueue, self }) => {
			for (const member of everyMember(self.getSnapshot().children))
				enqueue.sendTo(member, { type: 'RETRY' });
		}),
		/**
		 * One member's failure stays with that member: it is taken out, and the roster puts it back afresh. A machine that
		 * failed stops nothing of its own: its calls are closed here. Other children stay where they are, since sending
		 * to one that has failed is harmless, while sending to none is not.
		 */
		dropFailed: enqueueActions(({ context, event, enqueue, self }) => {
			if (!('actorId' in event) || !/^(member|share-in|share-out):/.test(event.actorId)) return;
			const member = self.getSnapshot().children[event.actorId] as MemberRef | undefined;
			for (const call of Object.values(member?.getSnapshot().children ?? {})) {
				if (call === undefined) continue;
				enqueue.sendTo(call, { type: 'CLOSE', reason: 'unknown_error' });
				const { callId } = call.getSnapshot().context.input;
				enqueue(() => context.input.ports.releaseResources(callId));
			}
			enqueue.stopChild(event.actorId);
		}),
		connectNow: enqueueActions(({ enqueue, self }) => {
			if (self.getSnapshot().children['signaling'] !== undefined) {
				enqueue.sendTo('signaling', { type: 'CONNECT_NOW' } satisfies SignalingSessionEvent);
			}
		}),
		refreshChat: sendTo('chat', { type: 'REFRESH' }),
		askAgain: assign({ askedNames: [] }),
		askedForNames: assign({
			askedNames: ({ context }) => [...context.askedNames, ...nameless(context)]
		}),
		takeNames: assign(({ context }, params: { peers: CallPeer[] }) => ({
			peerNames: {
				...context.peerNames,
				...Object.fromEntries(params.peers.map(({ nextcloudSessionId, name }) => [nextcloudSessionId, name]))
			}
		})),
		persistJoining: sendTo('store', ({ context }) => ({
			type: 'PERSIST' as const,
			fact: {
				fact: 'joining' as const,
				roomName: context.input.room.name,
				flags: ownPresence(context),
				media: context.mediaChoice,
				tabId: context.input.tabId
			}
		})),
		persistJoined: sendTo('store', ({ context }) => ({
			type: 'PERSIST' as const,
			fact: {
				fact: 'joined' as const,
				sessionId: context.ownSessionId ?? ('' as SessionId),
				tabId: context.input.tabId,
				media: context.mediaChoice,
				startedAt: context.room?.callStartedAt ?? 0
			}
		})),
		persistStill: sendTo('store', ({ context }) => ({
			type: 'PERSIST' as const,
			fact: { fact: 'still-joined' as const, tabId: context.input.tabId, media: context.mediaChoice }
		})),
		persist: sendTo('store', (_, params: { fact: 'leaving' | 'left' | 'kicked' | 'ended' }) => ({
			type: 'PERSIST' as const,
			fact: { fact: params.fact }
		})),
		/** The row belongs to the tab that took the session over. */
		persistRemoval: enqueueActions(({ event, enqueue }) => {
			if (event.type !== 'REMOVED_FROM_ROOM' || event.reason === 'replaced') return;
			enqueue.sendTo('store', { type: 'PERSIST' as const, fact: { fact: 'kicked' as const } });
		}),
		markJoined: assign(({ context }) => ({ joinedAt: context.joinedAt ?? context.input.ports.now() })),
		markLeaving: assign(({ event }) => ({
			forEveryone: event.type === 'LEAVE' && event.forEveryone === true
		})),
		/** The server does not know our session in the room: the signaling session makes a new one, and comes back. */
		renewRoomSession: enqueueActions(({ enqueue, self }) => {
			if (self.getSnapshot().children['signaling'] !== undefined) {
				enqueue.sendTo('signaling', { type: 'ROOM_SESSION_LOST' } satisfies SignalingSessionEvent);
			}
		}),
		stopSignaling: enqueueActions(({ enqueue, self }) => {
			if (self.getSnapshot().children['signaling'] !== undefined) {
				enqueue.sendTo('signaling', { type: 'STOP' } satisfies SignalingSessionEvent);
			}
		}),
		stopMembers: enqueueActions(({ enqueue, self }) => {
			for (const member of everyMember(self.getSnapshot().children)) enqueue.stopChild(member);
		}),
		endAs: assign((_, params: { reason: GroupCallOutput['reason']; code?: ErrorCode }) => ({
			end: { reason: params.reason, code: params.code ?? null }
		})),
		endRefused: assign((_, params: { error: unknown }) => ({
			end: { reason: 'refused' as const, code: errorCodeOf(params.error) }
		})),
		endBroken: assign({ end: { reason: 'refused', code: 'server.unexpected' } }),
		endByServer: assign(({ event }) => {
			if (event.type === 'SIGNALING_REFUSED') {
				return { end: { reason: 'refused' as const, code: event.code } };
			}
			if (event.type === 'REMOVED_FROM_ROOM') return { end: { reason: event.reason, code: null } };
			return { end: { reason: 'ended-for-all' as const, code: null } };
		})
	}
});

/** Room sessions in the call whose name nobody has told, and that were not asked about yet. */
function nameless(context: GroupCallContext): string[] {
	return othersInCall(context.roster, context.ownSessionId).flatMap((entry) => {
		const session = entry.nextcloudSessionId;
		const isUnknown =
			entry.name === '' &&
			!entry.isInternal &&
			session !== null &&
			context.peerNames[session] === undefined &&
			!context.askedNames.includes(session);
		return isUnknown ? [session] : [];
	});
}
