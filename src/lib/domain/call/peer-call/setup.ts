import { assign, enqueueActions, fromCallback, raise, sendTo, setup } from 'xstate';
import type { CallId, SessionId } from '../../../protocol/ids.ts';
import type {
	Candidate,
	Description,
	MemberState,
	PeerSignal,
	Purpose,
	StreamMetadata
} from '../../signaling.ts';
import type { IceServer } from '../../talk-api.ts';
import { buffered, earlyPartiesMax, endMark, isEndMark, isUsable } from '../candidates.ts';
import { isTold, readEndReason, type EndReason } from '../end-reason.ts';
import type {
	ConnectionStats,
	IceState,
	MediaLease,
	PeerConnectionCommand,
	PeerConnectionEvent,
	PeerConnectionOptions,
	SignalingState
} from '../peer-connection.ts';
import { timingsOf, type PeerCallTimings, type Profile } from '../profile.ts';

/** Everything one peer call needs to know at its start. */
export interface PeerCallInput {
	profile: Profile;
	purpose: Purpose;
	callId: CallId;
	/** Whom the connection belongs to. */
	member: SessionId;
	direction: 'outbound' | 'inbound';
	/** Local tracks at hand; a call that answers alone needs it from the start. */
	lease: MediaLease | null;
	muted: Muted;
	/** Group calls answer without a person: ringing is then never seen. */
	answersAlone: boolean;
	/** Which way media goes on this connection. */
	media: PeerConnectionOptions['media'];
	iceServers: readonly IceServer[];
	/** How many calls this session has placed to the member, this one included. */
	callSeq?: number;
	/** Our own id among several devices; native only. */
	partyId?: string;
	isSignalingUp?: boolean;
	timings?: Partial<PeerCallTimings>;
}

export interface Muted {
	audio: boolean;
	video: boolean;
}

export interface PeerCallOutput {
	callId: CallId;
	reason: EndReason;
	party: 'local' | 'remote';
	everConnected: boolean;
	stats: ConnectionStats | null;
}

type FromRemote = { callId: CallId; from: SessionId; partyId?: string };

export type RemoteEvent = FromRemote &
	(
		| {
				type: 'REMOTE_INVITE';
				description: Description;
				metadata: StreamMetadata;
				lifetimeMs: number;
				/** How old the invite was on arrival, by the server's word; 0 when unknown. */
				ageMs: number;
		  }
		| { type: 'REMOTE_ANSWER'; description: Description; metadata: StreamMetadata }
		| { type: 'REMOTE_CANDIDATES'; candidates: Candidate[] }
		| { type: 'REMOTE_NEGOTIATE'; description: Description; metadata: StreamMetadata }
		| { type: 'REMOTE_METADATA'; metadata: StreamMetadata }
		| { type: 'REMOTE_HANGUP'; reason: string | undefined }
		/** @property isOwnUser another device of our own user refused or took the call */
		| { type: 'REMOTE_REJECT'; isOwnUser?: boolean }
		| { type: 'REMOTE_SELECT_ANSWER'; selectedPartyId: string | undefined }
		/** Our own user answered on another device. */
		| { type: 'REMOTE_ANSWERED_ELSEWHERE' }
	);

type OwnerEvent =
	| { type: 'CALL'; lease: MediaLease | null; muted: Muted }
	| { type: 'ANSWER'; lease: MediaLease | null; muted: Muted }
	| { type: 'REJECT' }
	| { type: 'HANGUP'; reason: EndReason }
	| { type: 'CLOSE'; reason: EndReason }
	| { type: 'SET_MEDIA'; lease: MediaLease | null }
	| { type: 'SET_MUTED'; muted: Muted }
	| { type: 'SET_ICE_SERVERS'; iceServers: readonly IceServer[] }
	| SendState
	| { type: 'YIELD_TO'; callId: CallId }
	| { type: 'SIGNALING_DOWN' | 'SIGNALING_UP' };

/** Tell the other side over the data channel, if it is open; signaling carries the same. */
export interface SendState {
	type: 'SEND_STATE';
	state: MemberState;
}

export interface PeerConnectionInput {
	member: SessionId;
	options: PeerConnectionOptions;
}

export type TransportEvent =
	{ type: 'SEND_OK'; id: number } | { type: 'SEND_FAILED'; id: number; retryable: boolean };

/** What the phases tell the other regions. */
type InternalEvent =
	| { type: 'SETUP_DONE' }
	| { type: 'HANDED_OVER' }
	| { type: 'GATE_OPENED' }
	| { type: 'OVER'; reason: EndReason; party: 'local' | 'remote'; how: EndingHow };

/** What the other side is told: a hangup if it can know the call, a refusal, or nothing. */
type EndingHow = 'hangup' | 'reject' | 'silent';

export type PeerCallEvent = RemoteEvent | OwnerEvent | TransportEvent | PeerConnectionEvent | InternalEvent;

/** To the transport edge; it answers SEND_OK or SEND_FAILED with the same id. */
export interface SendCommand {
	type: 'SEND';
	id: number;
	to: SessionId;
	signal: PeerSignal;
}

/** Commands to the edge that are answered: one token for each kind is pending at most. */
type Operation = 'media' | 'local' | 'remote' | 'rollBack' | 'read' | 'stats';

export interface PeerCallContext {
	input: PeerCallInput;
	timings: PeerCallTimings;
	lease: MediaLease | null;
	/** The lease changed while the answer was being made: applied as soon as that is set. */
	isMediaKept: boolean;
	muted: Muted;
	/** undefined: nobody was chosen yet; null: chosen, and it named no id. */
	chosenParty: string | null | undefined;
	/** The remote description to apply, with the metadata that came along. */
	remoteDescription: Description | null;
	remoteMetadata: StreamMetadata;
	localDescription: Description | null;
	streamIds: string[];
	lastToken: number;
	pending: Partial<Record<Operation, number>>;
	/** Sends that are waited for, by what they carry. */
	lastSendId: number;
	setupSendId: number | null;
	setupSendFailures: number;
	candidateSendId: number | null;
	endingSendId: number | null;
	/** The invite or the answer was given to the transport: not "was acknowledged". */
	isHandedOver: boolean;
	isRemoteSet: boolean;
	wasRemoteHeard: boolean;
	isSignalingUp: boolean;
	isIceUp: boolean;
	iceState: IceState;
	everConnected: boolean;
	restarts: number;
	outgoing: Candidate[];
	/** How many of them belong to the flush under way; the others wait for the next batch. */
	toFlush: number;
	inFlight: Candidate[];
	endMark: 'none' | 'due' | 'sent';
	candidateFailures: number;
	incoming: Record<string, Candidate[]>;
	signalingState: SignalingState;
	negotiationPending: boolean;
	waitingNegotiate: { description: Description; metadata: StreamMetadata } | null;
	isIgnoringOffer: boolean;
	negotiationFailures: number;
	/** How long an inbound invite may ring, with its age taken off. */
	ringMs: number;
	tracks: { audio: boolean; video: boolean };
	streamKey: string | null;
	end: { reason: EndReason; party: 'local' | 'remote'; how: EndingHow; text?: string } | null;
	stats: ConnectionStats | null;
	/** Things that should not happen, by event type: logged, never thrown. */
	unexpected: Record<string, number>;
	dropped: { candidates: number; parties: number };
	warnings: string[];
}

export const initialContext = (input: PeerCallInput): PeerCallContext => ({
	input,
	timings: { ...timingsOf(input.profile, input.direction), ...input.timings },
	lease: input.lease,
	isMediaKept: false,
	muted: input.muted,
	chosenParty: undefined,
	remoteDescription: null,
	remoteMetadata: {},
	localDescription: null,
	streamIds: [],
	lastToken: 0,
	pending: {},
	lastSendId: 0,
	setupSendId: null,
	setupSendFailures: 0,
	candidateSendId: null,
	endingSendId: null,
	isHandedOver: false,
	isRemoteSet: false,
	wasRemoteHeard: false,
	isSignalingUp: input.isSignalingUp ?? true,
	isIceUp: false,
	iceState: 'new',
	everConnected: false,
	restarts: 0,
	outgoing: [],
	toFlush: 0,
	inFlight: [],
	endMark: 'none',
	candidateFailures: 0,
	incoming: {},
	signalingState: 'stable',
	negotiationPending: false,
	waitingNegotiate: null,
	isIgnoringOffer: false,
	negotiationFailures: 0,
	ringMs: 0,
	tracks: { audio: false, video: false },
	streamKey: null,
	end: null,
	stats: null,
	unexpected: {},
	dropped: { candidates: 0, parties: 0 },
	warnings: []
});

/** How many warnings one call keeps for its log. */
const warningsMax = 20;
/** An invite with less than this left is not presented. */
const ringGraceMs = 3_000;

const port = <TInput, TReceived extends { type: string }>(name: string) =>
	fromCallback<TReceived, TInput, PeerCallEvent>(() => {
		throw new Error(`port "${name}" was not provided`);
	});

const partyOf = (event: { partyId?: string }): string => event.partyId ?? '';
/** Party ids come from outside: one may be called "constructor". */
const candidatesOf = (context: PeerCallContext, party: string): Candidate[] =>
	Object.hasOwn(context.incoming, party) ? (context.incoming[party] ?? []) : [];
const upIce: ReadonlySet<IceState> = new Set(['connected', 'completed']);
const tokenOf = (event: PeerCallEvent): number | undefined => ('token' in event ? event.token : undefined);
const sendIdOf = (event: PeerCallEvent): number | undefined =>
	event.type === 'SEND_OK' || event.type === 'SEND_FAILED' ? event.id : undefined;
/** The owner decides about invites of other calls; this one never acts on them. */
const isOurInvite = (
	context: PeerCallContext,
	event: PeerCallEvent
): event is Extract<RemoteEvent, { type: 'REMOTE_INVITE' }> =>
	event.type === 'REMOTE_INVITE' && event.callId === context.input.callId;
const isFromChosenParty = (context: PeerCallContext, event: PeerCallEvent): boolean =>
	context.chosenParty !== undefined && (context.chosenParty ?? '') === partyOf(event as { partyId?: string });

/** Metadata of what we send, at this moment: the other side learns the mute state with the description. */
const ownMetadata = (context: PeerCallContext): StreamMetadata =>
	Object.fromEntries(
		context.streamIds.map((streamId) => [
			streamId,
			{
				purpose: context.input.purpose,
				audioMuted: context.muted.audio || context.lease?.tracks.audio === undefined,
				videoMuted: context.muted.video || context.lease?.tracks.video === undefined
			}
		])
	);

/** The other side can know this call: from the moment something was handed over, or something was heard. */
const otherSideMayKnow = (context: PeerCallContext): boolean =>
	context.isHandedOver || context.wasRemoteHeard;

const mayRestartIce = (context: PeerCallContext): boolean =>
	context.restarts < context.timings.iceRestarts &&
	(context.input.profile === 'native' ||
		(context.input.profile === 'talkMesh' && context.input.direction === 'outbound'));

const mustTell = (context: PeerCallContext): boolean =>
	context.end !== null &&
	context.end.how !== 'silent' &&
	isTold(context.end.reason) &&
	otherSideMayKnow(context);

/** `DistributiveOmit`: leaves the union a union. */
type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type SignalBody = Without<PeerSignal, 'callId' | 'purpose' | 'partyId' | 'seq'>;

/** Commands that carry nothing but their token. */
const operations = {
	local: 'SET_LOCAL',
	read: 'READ_LOCAL',
	rollBack: 'ROLL_BACK',
	stats: 'READ_STATS'
} as const;

export const peerCallSetup = setup({
	types: {
		context: {} as PeerCallContext,
		input: {} as PeerCallInput,
		events: {} as PeerCallEvent,
		output: {} as PeerCallOutput,
		children: {} as { pc: 'pc'; transport: 'transport' }
	},
	actors: {
		/** The peer-connection edge: PeerConnectionCommand in, PeerConnectionEvent out. */
		pc: port<PeerConnectionInput, PeerConnectionCommand | SendState>('pc'),
		/** Carries SEND to the member and says how that went. */
		transport: port<{ member: SessionId }, SendCommand>('transport')
	},
	guards: {
		isOutbound: ({ context }) => context.input.direction === 'outbound',
		isNative: ({ context }) => context.input.profile === 'native',
		isTalk: ({ context }) => context.input.profile !== 'native',
		isTalkOffer: ({ context, event }) => context.input.profile !== 'native' && isOurInvite(context, event),
		isPolite: ({ context }) => context.input.direction === 'inbound',
		isPoliteTalkOffer: ({ context, event }) =>
			context.input.profile !== 'native' &&
			context.input.direction === 'inbound' &&
			isOurInvite(context, event),
		isPoliteOffer: ({ context, event }) =>
			context.input.direction === 'inbound' &&
			event.type === 'REMOTE_NEGOTIATE' &&
			event.description.type === 'offer',
		isPendingRemoteAndFailedBefore: ({ context, event }) =>
			tokenOf(event) === context.pending.remote && context.negotiationFailures >= 1,
		answersAlone: ({ context }) => context.input.answersAlone,
		tricklesAtOnce: ({ context }) => context.timings.gatherWindowMs === 0,
		isPendingMedia: ({ context, event }) => tokenOf(event) === context.pending.media,
		isPendingLocal: ({ context, event }) => tokenOf(event) === context.pending.local,
		isPendingRemote: ({ context, event }) => tokenOf(event) === context.pending.remote,
		isPendingRollBack: ({ context, event }) => tokenOf(event) === context.pending.rollBack,
		isPendingRead: ({ context, event }) => tokenOf(event) === context.pending.read,
		isPendingStats: ({ context, event }) => tokenOf(event) === context.pending.stats,
		isSetupSend: ({ context, event }) => sendIdOf(event) === context.setupSendId,
		isCandidateSend: ({ context, event }) => sendIdOf(event) === context.candidateSendId,
		isEndingSend: ({ context, event }) => sendIdOf(event) === context.endingSendId,
		maySendAgain: ({ context, event }) =>
			sendIdOf(event) === context.setupSendId &&
			event.type === 'SEND_FAILED' &&
			event.retryable &&
			context.setupSendFailures < 2,
		hasReceivers: ({ context, event }) =>
			event.type === 'PC_REMOTE_SET' &&
			tokenOf(event) === context.pending.remote &&
			(event.receivers > 0 || event.hasData),
		/** The echo of an own invite is none. */
		isInvited: ({ context, event }) => context.input.direction === 'inbound' && isOurInvite(context, event),
		isInvitedInTime: ({ context, event }) =>
			context.input.direction === 'inbound' &&
			isOurInvite(context, event) &&
			event.lifetimeMs - event.ageMs >= ringGraceMs,
		isFromChosenParty: ({ context, event }) => isFromChosenParty(context, event),
		isConnectable: ({ context }) => context.isIceUp && context.isRemoteSet && context.isHandedOver,
		neverConnected: ({ context }) => !context.everConnected,
		isIceUp: ({ event }) => event.type === 'PC_ICE_STATE' && upIce.has(event.state),
		isIceLost: ({ event }) => event.type === 'PC_ICE_STATE' && event.state === 'disconnected',
		isIceFailed: ({ event }) => event.type === 'PC_ICE_STATE' && event.state === 'failed',
		/** One failure is reported by both states: the second report is none. */
		hasConnectionFailedAlone: ({ context, event }) =>
			event.type === 'PC_CONNECTION_STATE' && event.state === 'failed' && context.iceState !== 'failed',
		/** There is no path to mend before both descriptions are set. */
		isUndescribed: ({ context }) => !context.isRemoteSet || context.localDescription === null,
		isIceClosed: ({ event }) => event.type === 'PC_ICE_STATE' && event.state === 'closed',
		isIceChecking: ({ event }) => event.type === 'PC_ICE_STATE' && event.state === 'checking',
		/** Natively either side restarts; in Talk's mesh the offering one; towards an SFU the publisher is rebuilt. */
		canRestartIce: ({ context }) => context.isSignalingUp && mayRestartIce(context),
		mayRestartIce: ({ context }) => mayRestartIce(context),
		waitsForRestart: ({ context }) =>
			!context.isSignalingUp ||
			(context.input.profile === 'talkMesh' && context.input.direction === 'inbound') ||
			context.input.profile === 'sfuSubscriber',
		isSignalingDown: ({ context }) => !context.isSignalingUp,
		mustTell: ({ context }) => mustTell(context),
		endsWithoutTrace: ({ context, event }) =>
			!context.everConnected && event.type === 'OVER' && !mustTell({ ...context, end: event }),
		/** An edge that broke answers nothing. */
		hasStats: ({ context }) => context.everConnected && context.end?.reason !== 'unknown_error',
		isIceDown: ({ context }) => !context.isIceUp,
		isPendingLocalAndTrickles: ({ context, event }) =>
			tokenOf(event) === context.pending.local && context.timings.gatherWindowMs === 0,
		hasCandidatesToSend: ({ context }) => context.outgoing.length > 0 || context.endMark === 'due',
		isFlushUnfinished: ({ context }) => context.toFlush > 0 || context.endMark === 'due',
		candidateRetriesLeft: ({ context }) =>
			context.candidateFailures < context.timings.candidateRetryMs.length,
		hasWaitingNegotiate: ({ context }) => context.waitingNegotiate !== null,
		isNegotiationPending: ({ context }) => context.negotiationPending,
		isOfferLike: ({ event }) =>
			(event.type === 'REMOTE_NEGOTIATE' && event.description.type === 'offer') ||
			event.type === 'REMOTE_INVITE',
		isAnswerLike: ({ event }) =>
			(event.type === 'REMOTE_NEGOTIATE' && event.description.type === 'answer') ||
			event.type === 'REMOTE_ANSWER',
		selectsNobody: ({ event }) =>
			event.type === 'REMOTE_SELECT_ANSWER' && event.selectedPartyId === undefined,
		selectsUs: ({ context, event }) =>
			event.type === 'REMOTE_SELECT_ANSWER' && event.selectedPartyId === context.input.partyId,
		isOwnUser: ({ context, event }) =>
			context.input.direction === 'inbound' && event.type === 'REMOTE_REJECT' && event.isOwnUser === true,
		negotiationFailedBefore: ({ context }) => context.negotiationFailures >= 1
	},
	delays: {
		gatherWindow: ({ context }) => context.timings.gatherWindowMs,
		batch: ({ context }) => context.timings.batchMs,
		candidateRetry: ({ context }) => context.timings.candidateRetryMs[context.candidateFailures - 1] ?? 0,
		inviteLifetime: ({ context }) => context.timings.inviteLifetimeMs,
		ring: ({ context }) => context.ringMs,
		offerStall: ({ context }) => context.timings.offerStallMs,
		connectTimeout: ({ context }) => context.timings.connectTimeoutMs,
		iceRestartDelay: ({ context }) => context.timings.iceRestartDelayMs,
		iceDead: ({ context }) => context.timings.iceDeadMs,
		iceDeadExtra: ({ context }) => context.timings.iceDeadExtraMs,
		negotiateTimeout: ({ context }) => context.timings.negotiateTimeoutMs,
		negotiationPause: ({ context }) => context.timings.negotiationPauseMs,
		endingTimeout: ({ context }) => context.timings.endingTimeoutMs,
		statsTimeout: ({ context }) => context.timings.statsTimeoutMs
	},
	actions: {
		applyMedia: enqueueActions(({ context, enqueue }) => {
			const token = context.lastToken + 1;
			enqueue.assign({ lastToken: token, pending: { ...context.pending, media: token } });
			enqueue.sendTo('pc', {
				type: 'APPLY_MEDIA',
				token,
				lease: context.lease,
				offering: context.input.direction === 'outbound'
			});
		}),
		/** Gives the edge its next command, with a fresh token that its result has to carry. */
		operate: enqueueActions(({ context, enqueue }, params: { operation: keyof typeof operations }) => {
			const token = context.lastToken + 1;
			enqueue.assign({ lastToken: token, pending: { ...context.pending, [params.operation]: token } });
			enqueue.sendTo('pc', { type: operations[params.operation], token });
		}),
		setRemote: enqueueActions(({ context, enqueue }) => {
			if (context.remoteDescription === null) return;
			const token = context.lastToken + 1;
			enqueue.assign({ lastToken: token, pending: { ...context.pending, remote: token } });
			enqueue.sendTo('pc', { type: 'SET_REMOTE', token, description: context.remoteDescription });
		}),
		restartIce: enqueueActions(({ context, enqueue }) => {
			enqueue.assign({ restarts: context.restarts + 1, endMark: 'none' });
			enqueue.sendTo('pc', { type: 'RESTART_ICE' });
		}),
		sendState: sendTo('pc', ({ event }) => event as SendState),
		updateIceServers: sendTo('pc', ({ event }) => ({
			type: 'SET_ICE_SERVERS' as const,
			iceServers: event.type === 'SET_ICE_SERVERS' ? event.iceServers : []
		})),
		rememberMedia: assign(({ event }) =>
			event.type === 'CALL' || event.type === 'ANSWER'
				? { lease: event.lease, muted: event.muted }
				: event.type === 'SET_MEDIA'
					? { lease: event.lease }
					: event.type === 'SET_MUTED'
						? { muted: event.muted }
						: {}
		),
		keepMedia: assign({ isMediaKept: true }),
		applyKeptMedia: enqueueActions(({ context, enqueue }) => {
			if (!context.isMediaKept) return;
			enqueue.assign({ isMediaKept: false });
			enqueue.raise({ type: 'SET_MEDIA', lease: context.lease });
		}),
		rememberLocal: assign(({ event }) =>
			event.type === 'PC_LOCAL_SET' ? { localDescription: event.description, streamIds: event.streamIds } : {}
		),
		/** What the description carries is not sent again; the end mark is not part of it. */
		rememberGathered: assign(({ event }) =>
			event.type === 'PC_LOCAL_READ' ? { localDescription: event.description, outgoing: [] } : {}
		),
		/** Metadata that overtook its invite is the newer one. */
		rememberInvite: assign(({ context, event }) =>
			event.type === 'REMOTE_INVITE'
				? {
						chosenParty: event.partyId ?? null,
						remoteDescription: event.description,
						remoteMetadata: { ...event.metadata, ...context.remoteMetadata },
						ringMs: Math.max(0, event.lifetimeMs - event.ageMs),
						wasRemoteHeard: true
					}
				: {}
		),
		/** At once on receipt: candidates may come while the description is being applied. */
		chooseParty: assign(({ context, event }) =>
			event.type === 'REMOTE_ANSWER'
				? {
						chosenParty: event.partyId ?? null,
						remoteDescription: event.description,
						remoteMetadata: { ...context.remoteMetadata, ...event.metadata },
						wasRemoteHeard: true
					}
				: {}
		),
		rememberNegotiate: assign(({ context, event }) =>
			event.type === 'REMOTE_NEGOTIATE' || event.type === 'REMOTE_INVITE' || event.type === 'REMOTE_ANSWER'
				? {
						remoteDescription: event.description,
						remoteMetadata: { ...context.remoteMetadata, ...event.metadata },
						isIgnoringOffer: false
					}
				: {}
		),
		keepNegotiate: assign(({ event }) =>
			event.type === 'REMOTE_NEGOTIATE' || event.type === 'REMOTE_INVITE'
				? { waitingNegotiate: { description: event.description, metadata: event.metadata } }
				: {}
		),
		takeWaitingNegotiate: assign(({ context }) =>
			context.waitingNegotiate === null
				? {}
				: {
						remoteDescription: context.waitingNegotiate.description,
						remoteMetadata: { ...context.remoteMetadata, ...context.waitingNegotiate.metadata },
						waitingNegotiate: null,
						isIgnoringOffer: false
					}
		),
		ignoreOffer: assign({ isIgnoringOffer: true }),
		markNegotiationPending: assign({ negotiationPending: true }),
		clearNegotiationPending: assign({ negotiationPending: false }),
		countNegotiationFailure: assign({
			negotiationFailures: ({ context }) => context.negotiationFailures + 1
		}),
		forgetNegotiationFailures: assign({ negotiationFailures: 0 }),
		mergeMetadata: assign(({ context, event }) =>
			event.type === 'REMOTE_METADATA'
				? { remoteMetadata: { ...context.remoteMetadata, ...event.metadata }, wasRemoteHeard: true }
				: {}
		),
		markRemoteSet: assign({ isRemoteSet: true }),
		markHandedOver: assign({ isHandedOver: true }),
		countSetupFailure: assign({ setupSendFailures: ({ context }) => context.setupSendFailures + 1 }),
		markSignaling: assign(({ event }) =>
			event.type === 'SIGNALING_UP'
				? { isSignalingUp: true }
				: event.type === 'SIGNALING_DOWN'
					? { isSignalingUp: false }
					: {}
		),
		mirrorSignalingState: assign(({ event }) =>
			event.type === 'PC_SIGNALING_STATE' ? { signalingState: event.state } : {}
		),
		mirrorIceState: assign(({ event }) => (event.type === 'PC_ICE_STATE' ? { iceState: event.state } : {})),
		markIceUp: assign({ isIceUp: true, restarts: 0 }),
		markIceDown: assign({ isIceUp: false }),
		markConnected: assign({ everConnected: true }),
		rememberTrack: assign(({ context, event }) =>
			event.type === 'PC_TRACK' || event.type === 'PC_TRACK_GONE'
				? {
						tracks: { ...context.tracks, [event.kind]: event.type === 'PC_TRACK' },
						streamKey: event.streamId
					}
				: {}
		),
		/** `params` says what; the id is remembered where the answer is waited for. */
		sendSetup: enqueueActions(({ context, enqueue }, params: { kind: 'invite' | 'answer' }) => {
			if (context.localDescription === null) return;
			const id = context.lastSendId + 1;
			enqueue.assign({ lastSendId: id, setupSendId: id, isHandedOver: true });
			const description = context.localDescription;
			const metadata = ownMetadata(context);
			const { callSeq } = context.input;
			enqueue.sendTo(
				'transport',
				sendOf(
					context,
					id,
					params.kind === 'invite'
						? {
								kind: 'invite',
								description,
								metadata,
								lifetimeMs: context.timings.inviteLifetimeMs,
								...(callSeq === undefined ? {} : { callSeq })
							}
						: {
								kind: 'answer',
								description,
								metadata,
								...(callSeq === undefined ? {} : { callSeq })
							}
				)
			);
		}),
		sendNegotiate: enqueueActions(({ context, enqueue }) => {
			if (context.localDescription === null) return;
			const id = context.lastSendId + 1;
			enqueue.assign({ lastSendId: id });
			enqueue.sendTo(
				'transport',
				sendOf(context, id, {
					kind: 'negotiate',
					description: context.localDescription,
					metadata: ownMetadata(context),
					lifetimeMs: context.timings.negotiateTimeoutMs
				})
			);
		}),
		sendSelectAnswer: enqueueActions(({ context, enqueue }) => {
			if (context.input.profile !== 'native' || typeof context.chosenParty !== 'string') return;
			const id = context.lastSendId + 1;
			enqueue.assign({ lastSendId: id });
			enqueue.sendTo(
				'transport',
				sendOf(context, id, { kind: 'select_answer', selectedPartyId: context.chosenParty })
			);
		}),
		sendMetadata: enqueueActions(({ context, enqueue }) => {
			if (context.input.profile !== 'native') return;
			const id = context.lastSendId + 1;
			enqueue.assign({ lastSendId: id });
			enqueue.sendTo('transport', sendOf(context, id, { kind: 'metadata', metadata: ownMetadata(context) }));
		}),
		sendEnding: enqueueActions(({ context, enqueue }) => {
			const id = context.lastSendId + 1;
			enqueue.assign({ lastSendId: id, endingSendId: id });
			const isReject = context.end?.how === 'reject';
			enqueue.sendTo(
				'transport',
				sendOf(
					context,
					id,
					isReject ? { kind: 'reject' } : { kind: 'hangup', reason: context.end?.reason ?? 'user_hangup' }
				)
			);
		}),
		/** One more after the end means that gathering has begun again, by an ICE restart of either side. */
		queueCandidate: assign(({ context, event }) =>
			event.type === 'PC_CANDIDATE' && !isEndMark(event.candidate)
				? { outgoing: [...context.outgoing, event.candidate], endMark: 'none' as const }
				: {}
		),
		markGatheringComplete: assign(({ context }) =>
			context.timings.sendsEndMark && context.endMark === 'none' ? { endMark: 'due' as const } : {}
		),
		startFlush: assign(({ context }) => ({ toFlush: context.outgoing.length })),
		/** The next message: as many as fit, the end mark last. */
		sendCandidates: enqueueActions(({ context, enqueue }) => {
			const id = context.lastSendId + 1;
			const batch = context.outgoing.slice(0, context.timings.candidatesPerMessage);
			const rest = context.outgoing.slice(batch.length);
			const ends =
				context.endMark === 'due' && rest.length === 0 && batch.length < context.timings.candidatesPerMessage;
			if (ends) batch.push(endMark);
			enqueue.assign({
				lastSendId: id,
				candidateSendId: id,
				inFlight: batch,
				outgoing: rest,
				toFlush: Math.max(0, context.toFlush - batch.length),
				endMark: ends ? 'sent' : context.endMark
			});
			enqueue.sendTo('transport', sendOf(context, id, { kind: 'candidates', candidates: batch }));
		}),
		forgetInFlight: assign({ inFlight: [], candidateFailures: 0 }),
		/** Back to the front: the order of gathering is kept. */
		returnInFlight: assign(({ context }) => ({
			outgoing: [...context.inFlight.filter((candidate) => candidate !== endMark), ...context.outgoing],
			endMark: context.inFlight.includes(endMark) ? ('due' as const) : context.endMark,
			inFlight: [],
			candidateFailures: context.candidateFailures + 1
		})),
		bufferCandidates: assign(({ context, event }) => {
			if (event.type !== 'REMOTE_CANDIDATES') return {};
			const party = partyOf(event);
			const { kept, dropped } = buffered(candidatesOf(context, party), event.candidates);
			const parties = Object.entries({ ...context.incoming, [party]: kept });
			return {
				incoming: Object.fromEntries(parties.slice(-earlyPartiesMax)),
				dropped: { ...context.dropped, candidates: context.dropped.candidates + dropped }
			};
		}),
		applyBufferedCandidates: enqueueActions(({ context, enqueue }) => {
			const own = candidatesOf(context, context.chosenParty ?? '').filter(isUsable);
			if (own.length > 0) enqueue.sendTo('pc', { type: 'ADD_CANDIDATES', candidates: own });
			enqueue.assign({ incoming: {} });
		}),
		applyCandidates: enqueueActions(({ event, enqueue }) => {
			if (event.type !== 'REMOTE_CANDIDATES') return;
			const usable = event.candidates.filter(isUsable);
			if (usable.length > 0) enqueue.sendTo('pc', { type: 'ADD_CANDIDATES', candidates: usable });
		}),
		dropCandidates: assign(({ context, event }) =>
			event.type === 'REMOTE_CANDIDATES'
				? { dropped: { ...context.dropped, parties: context.dropped.parties + event.candidates.length } }
				: {}
		),
		/** Refusals are expected for the candidates of an offer that we ignore, else worth a line. */
		warnOfRefusedCandidate: assign(({ context, event }) =>
			event.type === 'PC_CANDIDATE_REFUSED' && !context.isIgnoringOffer
				? { warnings: [...context.warnings, event.message].slice(-warningsMax) }
				: {}
		),
		warn: assign({
			warnings: ({ context }, params: { text: string }) =>
				[...context.warnings, params.text].slice(-warningsMax)
		}),
		countUnexpected: assign(({ context, event }) => ({
			unexpected: { ...context.unexpected, [event.type]: (context.unexpected[event.type] ?? 0) + 1 }
		})),
		rememberStats: assign(({ event }) => (event.type === 'PC_STATS' ? { stats: event.stats } : {})),
		over: raise(({}, params: { reason: EndReason; party?: 'local' | 'remote'; how?: EndingHow }) => ({
			type: 'OVER' as const,
			reason: params.reason,
			party: params.party ?? ('local' as const),
			how: params.how ?? ('hangup' as const)
		})),
		hangUp: raise(({ event }) => ({
			type: 'OVER' as const,
			reason: event.type === 'HANGUP' ? event.reason : ('user_hangup' as const),
			party: 'local' as const,
			how: 'hangup' as const
		})),
		decline: raise(({ event }) => ({
			type: 'OVER' as const,
			reason: event.type === 'HANGUP' ? event.reason : ('user_hangup' as const),
			party: 'local' as const,
			how: 'reject' as const
		})),
		/** One ICE failure is a timeout for those who had media, a failure for those who never had. */
		overByIce: raise(({ context }) => ({
			type: 'OVER' as const,
			reason: context.everConnected ? ('ice_timeout' as const) : ('ice_failed' as const),
			party: 'local' as const,
			how: 'hangup' as const
		})),
		fail: assign({ end: { reason: 'unknown_error', party: 'local', how: 'silent' } }),
		openGate: raise({ type: 'GATE_OPENED' }),
		handOver: raise({ type: 'HANDED_OVER' }),
		finishSetup: raise({ type: 'SETUP_DONE' }),
		rememberEnd: assign(({ event }) => {
			switch (event.type) {
				case 'OVER':
					return { end: { reason: event.reason, party: event.party, how: event.how } };
				case 'CLOSE':
					return { end: { reason: event.reason, party: 'local' as const, how: 'silent' as const } };
				case 'REMOTE_HANGUP':
					return {
						end: {
							reason: readEndReason(event.reason),
							party: 'remote' as const,
							how: 'silent' as const,
							...(event.reason === undefined ? {} : { text: event.reason })
						}
					};
				default:
					return {};
			}
		})
	}
});

function sendOf(context: PeerCallContext, id: number, body: SignalBody): SendCommand {
	const { callId, purpose, partyId, member } = context.input;
	return {
		type: 'SEND',
		id,
		to: member,
		signal: { ...body, callId, purpose, ...(partyId === undefined ? {} : { partyId }) }
	};
}
