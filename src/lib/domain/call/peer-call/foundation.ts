import { fromCallback, or, setup, stateIn } from 'xstate';
import type { SessionId } from '../../../protocol/ids.ts';
import type { PeerConnectionCommand } from '../peer-connection.ts';
import type {
	PeerCallContext,
	PeerCallEvent,
	PeerCallInput,
	PeerCallOutput,
	PeerConnectionInput,
	SendCommand,
	SendState
} from './context.ts';
import {
	answersOurOffer,
	isForeign,
	isExpired,
	isFromChosenParty,
	isIncomplete,
	isNative,
	isNegotiate,
	isOurInvite,
	isPolite,
	isTalkOffer,
	isUpState,
	mayRestartIce,
	mustTell,
	neverOffers,
	sendIdOf,
	tokenOf
} from './facts.ts';
import { isSameMetadata, ownMetadata } from './outgoing.ts';

/** An invite with less than this left is not presented. */
const ringGraceMs = 3_000;

const port = <TInput, TReceived extends { type: string }>(name: string) =>
	fromCallback<TReceived, TInput, PeerCallEvent>(() => {
		throw new Error(`port "${name}" was not provided`);
	});

const sendOf = (context: PeerCallContext, event: PeerCallEvent) =>
	context.unacknowledged.find(({ sendId }) => sendId === sendIdOf(event));

/** What everything else of the peer call is built on: its types, ports, guards and delays. */
export const foundation = setup({
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
		// who we are
		isOutbound: ({ context }) => !isPolite(context),
		isTalk: ({ context }) => !isNative(context),
		neverOffers: ({ context }) => neverOffers(context),
		/** The server answers one offer of a publisher, no second one: what needs another needs another connection. */
		mustRebuild: ({ context }) => context.input.profile === 'sfuPublisher' && context.input.updates !== true,
		answersAlone: ({ context }) => context.input.answersAlone,
		tricklesAtOnce: ({ context }) => context.timings.gatherWindowMs === 0,

		// what comes from the other side
		isForeign: ({ context, event }) => isForeign(context, event),
		isOurs: ({ context, event }) => !isForeign(context, event),
		isIncomplete: ({ event }) => isIncomplete(event),
		isExpired: ({ event }) => isExpired(event),
		/** The echo of an own invite is none. */
		isInvited: ({ context, event }) => isPolite(context) && isOurInvite(context, event),
		/** Talk's offers do not say how long they live: they are answered as long as they are kept. */
		isInvitedInTime: ({ context, event }) =>
			isPolite(context) &&
			isOurInvite(context, event) &&
			(!isNative(context) || event.lifetimeMs - event.ageMs >= ringGraceMs),
		/** Towards the one under way: the same again is a duplicate. */
		isLaterTalkOffer: ({ context, event }) =>
			isTalkOffer(context, event) &&
			isOurInvite(context, event) &&
			event.description.sdp !== context.remoteDescription?.sdp,
		isTalkOffer: ({ context, event }) => isTalkOffer(context, event),
		isPoliteTalkOffer: ({ context, event }) => isPolite(context) && isTalkOffer(context, event),
		isTalkAnswer: ({ context, event }) => !isNative(context) && !isForeign(context, event),
		isOffer: ({ context, event }) => isNegotiate(context, event, 'offer'),
		isPoliteOffer: ({ context, event }) => isPolite(context) && isNegotiate(context, event, 'offer'),
		isAnswer: ({ context, event }) =>
			isNegotiate(context, event, 'answer') && answersOurOffer(context, event),
		isFromChosenParty: ({ context, event }) => isFromChosenParty(context, event),
		selectsNobody: ({ event }) =>
			event.type === 'REMOTE_SELECT_ANSWER' && event.selectedPartyId === undefined,
		selectsUs: ({ context, event }) =>
			event.type === 'REMOTE_SELECT_ANSWER' && event.selectedPartyId === context.input.partyId,
		isOwnUser: ({ context, event }) =>
			isPolite(context) && event.type === 'REMOTE_REJECT' && event.isOwnUser === true,

		// results of the edge: a token that is not the pending one is late
		isPendingMedia: ({ context, event }) => tokenOf(event) === context.pending.media,
		isPendingMediaAndFailedBefore: ({ context, event }) =>
			tokenOf(event) === context.pending.media && context.mediaFailures >= 1,
		isPendingLocal: ({ context, event }) => tokenOf(event) === context.pending.local,
		isPendingLocalAndTrickles: ({ context, event }) =>
			tokenOf(event) === context.pending.local && context.timings.gatherWindowMs === 0,
		isPendingRemote: ({ context, event }) => tokenOf(event) === context.pending.remote,
		isPendingRemoteAndFailedBefore: ({ context, event }) =>
			tokenOf(event) === context.pending.remote && context.negotiationFailures >= 1,
		isPendingRollBack: ({ context, event }) => tokenOf(event) === context.pending.rollBack,
		isPendingRead: ({ context, event }) => tokenOf(event) === context.pending.read,
		isPendingStats: ({ context, event }) => tokenOf(event) === context.pending.stats,
		hasReceivers: ({ context, event }) =>
			event.type === 'PC_REMOTE_SET' &&
			tokenOf(event) === context.pending.remote &&
			(event.receivers > 0 || event.hasData),

		// results of the transport
		isSetupSend: ({ context, event }) => sendIdOf(event) === context.setupSendId,
		maySendAgain: ({ context, event }) =>
			sendIdOf(event) === context.setupSendId &&
			event.type === 'SEND_FAILED' &&
			event.retryable &&
			context.setupSendFailures < 2,
		isCandidateSend: ({ context, event }) => sendIdOf(event) === context.candidateSendId,
		isEndingSend: ({ context, event }) => sendIdOf(event) === context.endingSendId,
		isResentSend: ({ context, event }) => sendOf(context, event) !== undefined,
		mayResend: ({ context, event }) => {
			const failed = sendOf(context, event);
			return (
				failed !== undefined &&
				event.type === 'SEND_FAILED' &&
				event.retryable &&
				failed.failures < context.timings.candidateRetryMs.length
			);
		},

		// candidates
		hasCandidatesToSend: ({ context }) =>
			context.inFlight.length > 0 || context.outgoing.length > 0 || context.endMark === 'due',
		isFlushUnfinished: ({ context }) => context.toFlush > 0 || context.endMark === 'due',
		candidateRetriesLeft: ({ context }) =>
			context.candidateFailures < context.timings.candidateRetryMs.length,

		needsAnswerFirst: ({ context }) => context.timings.answerLeadMs > 0,

		// ICE
		isIceUp: ({ event }) => event.type === 'PC_ICE_STATE' && isUpState(event.state),
		isIceLost: ({ event }) => event.type === 'PC_ICE_STATE' && event.state === 'disconnected',
		isIceFailed: ({ event }) => event.type === 'PC_ICE_STATE' && event.state === 'failed',
		isIceClosed: ({ event }) => event.type === 'PC_ICE_STATE' && event.state === 'closed',
		isIceChecking: ({ event }) => event.type === 'PC_ICE_STATE' && event.state === 'checking',
		isIceDown: ({ context }) => !context.isIceUp,
		/** One failure is reported by both states: the second report is none. */
		hasConnectionFailedAlone: ({ context, event }) =>
			event.type === 'PC_CONNECTION_STATE' && event.state === 'failed' && context.iceState !== 'failed',
		/** There is no path to mend before both descriptions are set. */
		isUndescribed: ({ context }) => !context.isRemoteSet || context.localDescription === null,
		canRestartIce: ({ context }) => context.isSignalingUp && mayRestartIce(context),
		mayRestartIce: ({ context }) => mayRestartIce(context),
		/** A subscriber does not wait: only a new connection helps one that failed, and its owner asks for it. */
		waitsForRestart: ({ context }) =>
			!context.isSignalingUp || (context.input.profile === 'talkMesh' && isPolite(context)),
		/** The browser itself takes much longer to give up a path, and a server that has lost us needs a new one. */
		mayBeRebuilt: ({ context }) => context.isSignalingUp && context.input.profile.startsWith('sfu'),
		isSignalingDown: ({ context }) => !context.isSignalingUp,
		isConnectable: ({ context }) => context.isIceUp && context.isRemoteSet && context.isHandedOver,
		neverConnected: ({ context }) => !context.everConnected,

		// negotiation and metadata
		hasWaitingNegotiate: ({ context }) => context.waitingNegotiate !== null,
		isNegotiationPending: ({ context }) => context.negotiationPending && !neverOffers(context),
		negotiationFailedBefore: ({ context }) => context.negotiationFailures >= 1,
		/** A description that is being made will carry the metadata of its moment. */
		isDescriptionDue: or(
			(['makingOffer', 'applyingOffer'] as const).map((negotiation) =>
				stateIn({ open: { alive: { negotiation } } })
			)
		),
		/** One announcement is on its way at most; what changes meanwhile shares the next. */
		hasNews: ({ context }) =>
			isNative(context) &&
			context.isHandedOver &&
			context.isSignalingUp &&
			context.unacknowledged.every(({ signal }) => signal.kind !== 'metadata') &&
			!isSameMetadata(context.announced, ownMetadata(context)),

		// the end
		mustTell: ({ context }) => mustTell(context),
		endsWithoutTrace: ({ context, event }) =>
			!context.everConnected && event.type === 'OVER' && !mustTell({ ...context, end: event }),
		/** An edge that broke answers nothing. */
		hasStats: ({ context }) => context.everConnected && context.end?.reason !== 'unknown_error'
	},
	delays: {
		gatherWindow: ({ context }) => context.timings.gatherWindowMs,
		batch: ({ context }) => context.timings.batchMs,
		answerLead: ({ context }) => context.timings.answerLeadMs,
		candidateRetry: ({ context }) => context.timings.candidateRetryMs[context.candidateFailures - 1] ?? 0,
		/** The same waits as for candidates, by the message that failed most often. */
		resendRetry: ({ context }) =>
			context.timings.candidateRetryMs[
				Math.max(1, ...context.unacknowledged.map(({ failures }) => failures)) - 1
			] ?? 0,
		metadataPause: ({ context }) => context.timings.metadataPauseMs,
		inviteLifetime: ({ context }) => context.timings.inviteLifetimeMs,
		ring: ({ context }) => context.ringMs,
		offerStall: ({ context }) => context.timings.offerStallMs,
		edgeTimeout: ({ context }) => context.timings.edgeTimeoutMs,
		connectTimeout: ({ context }) => context.timings.connectTimeoutMs,
		iceRestartDelay: ({ context }) => context.timings.iceRestartDelayMs,
		iceRebuild: ({ context }) => context.timings.iceRebuildMs,
		iceDead: ({ context }) => context.timings.iceDeadMs,
		iceDeadExtra: ({ context }) => context.timings.iceDeadExtraMs,
		negotiateTimeout: ({ context }) => context.timings.negotiateTimeoutMs,
		negotiationPause: ({ context }) => context.timings.negotiationPauseMs,
		endingTimeout: ({ context }) => context.timings.endingTimeoutMs,
		statsTimeout: ({ context }) => context.timings.statsTimeoutMs
	}
});
