import { assign, enqueueActions, setup, type ActorRefFrom } from 'xstate';
import type { CallId } from '../../../protocol/ids.ts';
import type { MediaKind } from '../../media/capture.ts';
import type { PeerSignal } from '../../signaling.ts';
import { buried, earlyCandidatesTtlMs, keepCandidates } from '../early-messages.ts';
import { relayActor } from '../edges.ts';
import { retriesAfter } from '../end-reason.ts';
import { decideInvite, type CallUnderWay } from '../glare.ts';
import type { PeerConnectionOptions } from '../peer-connection.ts';
import { layerOf } from '../picture-size.ts';
import { peerCallMachine } from '../peer-call-machine.ts';
import type { PeerCallInput, SendCommand } from '../peer-call/setup.ts';
import { shouldInitiate } from '../profile.ts';
import { admit, seqOf, skipGap, type GateStep } from '../seq-gate.ts';
import type { MemberContext, MemberEvent, MemberInput } from './context.ts';
import { remoteEvent } from './remote-event.ts';

/** Events that every peer call of the member gets as they are. */
type PassedOn = Extract<
	MemberEvent,
	{
		type:
			| 'SET_MEDIA'
			| 'SET_MUTED'
			| 'SET_LIMITS'
			| 'SET_ICE_SERVERS'
			| 'SEND_STATE'
			| 'GATHER_STATS'
			| 'SIGNALING_UP'
			| 'SIGNALING_DOWN';
	}
>;

const offerWaitMs = 10_000;
const offerWaitJitterMs = 3_000;
const retryBaseMs = 1_000;
const refusalMaxMs = 10_000;
const replacementsMax = 3;
const warningsMax = 20;

/** Each by a quarter more or less. */
const spread = (ms: number, random: () => number) => ms * (0.75 + 0.5 * random());

const peerOf = (callId: CallId) => `peer:${callId}` as const;
const callOf = (actorId: string) => actorId.replace(/^peer:/, '') as CallId;

type PeerRef = ActorRefFrom<typeof peerCallMachine>;

/** The peer calls among the children of a member, oldest first: the current one and perhaps one in limbo. */
export function callsOf(children: Record<string, unknown>): Map<CallId, PeerRef> {
	const found = new Map<CallId, PeerRef>();
	for (const [id, ref] of Object.entries(children)) {
		if (id.startsWith('peer:')) found.set(callOf(id), ref as PeerRef);
	}
	return found;
}

const initiatorOf = (context: MemberContext) =>
	context.initiator !== 'compare'
		? context.ours.inCall && context.theirs.inCall
			? context.initiator
			: 'nobody'
		: shouldInitiate(context.profile, context.ours, context.theirs);

/** The media server offers, but only to those who ask. */
const asksForOffers = (context: MemberContext) =>
	context.profile === 'sfuSubscriber' && initiatorOf(context) === 'them';

const underWay = (context: MemberContext, children: Record<string, unknown>): CallUnderWay | null => {
	if (context.current === null) return null;
	const snapshot = callsOf(children).get(context.current)?.getSnapshot();
	if (snapshot === undefined) return null;
	const { isHandedOver, isRemoteSet, input } = snapshot.context;
	return {
		callId: context.current,
		direction: input.direction,
		stage: !isHandedOver ? 'unsent' : isRemoteSet ? 'answered' : 'unanswered'
	};
};

/** The signal to be acted on: at once if it has no number, else when its turn has come. */
const signalOf = (event: MemberEvent): PeerSignal | null =>
	event.type === 'SIGNAL' || event.type === 'SIGNAL_DUE' ? event.signal : null;

const isOrdered = ({ profile }: MemberContext, signal: PeerSignal) =>
	profile === 'native' && seqOf(signal) !== undefined;

/** Others announce themselves anew, or we do: what failed before may succeed now. */
const isNews = (context: MemberContext, event: MemberEvent) =>
	event.type === 'UPDATE' &&
	(['ours', 'theirs'] as const).some(
		(side) =>
			event[side].inCall !== context[side].inCall || event[side].hasStreams !== context[side].hasStreams
	);

const hasFailed = ({ lastEnd }: MemberContext) => lastEnd !== null && retriesAfter(lastEnd.reason) > 0;

/** By a second offer, which not every client of Talk answers. */
const wasAskedToPause = ({ profile, pictureAsked }: MemberContext, callId: CallId) =>
	profile !== 'sfuSubscriber' && pictureAsked?.callId === callId;

const warned = ({ warnings }: MemberContext, ...texts: string[]) =>
	[...warnings, ...texts].slice(-warningsMax);

export const memberSetup = setup({
	types: {
		context: {} as MemberContext,
		input: {} as MemberInput,
		events: {} as MemberEvent,
		children: {} as { [id: `peer:${string}`]: 'peerCall'; transport: 'transport' }
	},
	actors: {
		peerCall: peerCallMachine,
		/** For what is said about calls that have no machine: theirs that we refuse, and those that we ask for. */
		transport: relayActor
	},
	guards: {
		weOffer: ({ context }) => initiatorOf(context) === 'us',
		theyOffer: ({ context }) => initiatorOf(context) === 'them',
		nobodyOffers: ({ context }) => initiatorOf(context) === 'nobody',
		asksForOffers: ({ context }) => asksForOffers(context),
		isOrdered: ({ context, event }) => event.type === 'SIGNAL' && isOrdered(context, event.signal),
		isInvite: ({ event }) => signalOf(event)?.kind === 'invite',
		hasCurrent: ({ context }) => context.current !== null,
		isConnected: ({ context }) => context.current !== null && context.isConnected,
		isEnded: ({ context }) => context.current === null,
		/** The other side has started anew. */
		isReplaced: ({ context }) => context.current !== null && !context.isConnected,
		isUnwanted: ({ context }) => context.current === null && initiatorOf(context) === 'nobody',
		mayRetry: ({ context }) =>
			context.current === null &&
			context.lastEnd !== null &&
			retriesAfter(context.lastEnd.reason) > context.retries,
		/** Towards a media server nothing can collide: the first new attempt is made at once. */
		mayRetryAtOnce: ({ context }) =>
			context.profile.startsWith('sfu') &&
			context.retries === 0 &&
			context.lastEnd !== null &&
			retriesAfter(context.lastEnd.reason) > 0,
		wasReplaced: ({ context }) =>
			context.current === null &&
			context.lastEnd?.reason === 'replaced' &&
			context.lastEnd.party === 'remote' &&
			context.retries < replacementsMax,
		/**
		 * Ended for the connection that is to follow: no failure, no wait. A publisher needed a second offer, or the room
		 * lets us send something else than before.
		 */
		wasOutgrown: ({ context }) =>
			context.current === null && context.lastEnd?.reason === 'replaced' && context.lastEnd.party === 'local',
		/** Nobody but its owner can offer a screen. */
		isTheirsAlone: ({ context }) => context.initiator === 'them',
		isDown: ({ context }) => !context.isSignalingUp,
		isNews: ({ context, event }) => isNews(context, event),
		isNewsAfterFailure: ({ context, event }) => isNews(context, event) && hasFailed(context),
		/** What a person did not want, or what nobody else has, is not tried again for the media's sake. */
		lackedMedia: ({ context }) =>
			context.lastEnd?.reason === 'no_user_media' || context.lastEnd?.reason === 'user_media_failed'
	},
	delays: {
		offerWait: ({ context }) => offerWaitMs + context.random() * offerWaitJitterMs,
		/** An offer that was asked for: the media server itself waits as long for a publisher. */
		askAgain: 10_000,
		/** 1, 2, 4, 8, 10, 10, … s. */
		refusalWait: ({ context }) =>
			spread(Math.min(refusalMaxMs, 1_000 * 2 ** (context.refusals - 1)), context.random),
		replaceGrace: 5_000,
		limboTtl: 10_000,
		earlyTtl: earlyCandidatesTtlMs,
		/** How long a line of numbered signals may stand still. */
		seqGap: 5_000,
		/** A set-up that takes longer no longer keeps others waiting. */
		slot: 5_000,
		publisherMemory: 60_000,
		/** 1, 2, 4 s. */
		retryDelay: ({ context }) => spread(retryBaseMs * 2 ** (context.retries - 1), context.random)
	},
	actions: {
		placeCall: enqueueActions(({ context, enqueue }) => {
			const callId = context.newCallId();
			// each attempt starts from nothing
			if (context.limbo !== null)
				enqueue.sendTo(peerOf(context.limbo), { type: 'CLOSE', reason: 'replaced' });
			enqueue.spawnChild('peerCall', {
				id: peerOf(callId),
				syncSnapshot: true,
				input: { ...peerInput(context, callId, 'outbound'), callSeq: context.placed + 1 }
			});
			enqueue.sendTo(peerOf(callId), { type: 'CALL', lease: context.lease, muted: context.muted });
			enqueue.assign({ current: callId, isConnected: false, placed: context.placed + 1, lastEnd: null });
		}),
		/** Nothing would get through while signaling is down; it is asked for again by time, or when it is back. */
		requestOffer: enqueueActions(({ context, enqueue }) => {
			if (!context.isSignalingUp) return;
			const id = context.lastSendId + 1;
			const { purpose, newCallId } = context;
			enqueue.assign({ lastSendId: id });
			enqueue.sendTo(
				'transport',
				sendOf(context, id, { kind: 'request_offer', callId: newCallId(), purpose, isUpdate: false })
			);
		}),
		/** Once for each connection and size; what is lost on the way is asked for when signaling is back. */
		askForPicture: enqueueActions(({ context, enqueue }) => {
			const { current: callId, picture, pictureAsked, purpose } = context;
			if (picture === undefined || callId === null || !context.isConnected || !context.isSignalingUp) return;
			const asked = pictureAsked?.callId === callId ? pictureAsked.picture : 'large';
			if (asked === picture) return;
			if (context.profile !== 'sfuSubscriber') {
				if (context.cannotPause) return;
				enqueue.assign({ pictureAsked: { callId, picture } });
				enqueue.sendTo(peerOf(callId), { type: 'SET_RECEIVING', video: picture !== 'none' });
				return;
			}
			const id = context.lastSendId + 1;
			enqueue.assign({ lastSendId: id, pictureAsked: { callId, picture } });
			enqueue.sendTo(
				'transport',
				sendOf(context, id, { kind: 'select_stream', callId, purpose, layer: layerOf(picture) })
			);
		}),
		forgetPictureAsked: assign({ pictureAsked: null }),
		countRefusal: assign({ refusals: ({ context }) => context.refusals + 1 }),
		/** Numbered signals wait for those before them; each line that stands still has one timer. */
		putInOrder: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'SIGNAL') return;
			const seq = seqOf(event.signal);
			const step = seq === undefined ? null : admit(context.gate, event.signal, seq);
			if (step === null) return;
			enqueue.assign(passed(context, step));
			if (step.evicted !== null) enqueue.cancel(gapTimer(step.evicted.ticket));
			if (step.isDuplicate) return;
			const { ticket } = step;
			const hadGap = context.gate.lines.some((line) => line.ticket === ticket && line.waiting.length > 0);
			const hasMoved = step.ready.length > 0;
			if (hadGap && hasMoved) enqueue.cancel(gapTimer(ticket));
			if (step.isWaiting && (hasMoved || !hadGap)) {
				enqueue.raise({ type: 'SKIP_GAP', ticket }, { delay: 'seqGap', id: gapTimer(ticket) });
			}
			for (const signal of step.ready) enqueue.raise({ type: 'SIGNAL_DUE', signal });
		}),
		skipGap: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'SKIP_GAP') return;
			const step = skipGap(context.gate, event.ticket);
			if (step === null) return;
			enqueue.assign(passed(context, step));
			if (step.isWaiting) enqueue.raise(event, { delay: 'seqGap', id: gapTimer(event.ticket) });
			for (const signal of step.ready) enqueue.raise({ type: 'SIGNAL_DUE', signal });
		}),
		takeInvite: enqueueActions(({ context, event, enqueue, self }) => {
			const signal = signalOf(event);
			if (signal?.kind !== 'invite') return;
			const { callId } = signal;
			const invite = remoteEvent(context.theirs.id, signal);
			if (invite === null) return;
			const decision = decideInvite(
				context.profile,
				{ callId, callSeq: signal.callSeq },
				{
					current: underWay(context, self.getSnapshot().children),
					isTombstoned: context.tombstones.includes(callId),
					designated: context.ours.id > context.theirs.id,
					highestSeq: context.highestSeq
				}
			);
			if (decision === 'deliver') {
				enqueue.sendTo(peerOf(callId), invite);
				return;
			}
			// an invite under the name of a call of our own is none, and what it counts is not theirs
			if (callId === context.current || callId === context.limbo) {
				enqueue.assign({ stale: context.stale + 1 });
				return;
			}
			const highestSeq = Math.max(context.highestSeq, signal.callSeq ?? 0);
			if (decision === 'ignore' || decision === 'keepOurs') {
				enqueue.assign({ stale: context.stale + 1, highestSeq });
				if (decision === 'ignore') return;
				enqueue.assign({ tombstones: buried(context.tombstones, callId) });
				// in Talk there is no word for it, and the other side yields by itself
				if (context.profile !== 'native') return;
				const id = context.lastSendId + 1;
				const { purpose } = context;
				enqueue.assign({ lastSendId: id });
				// the first and the last that we ever say about this call
				const refusal = { kind: 'hangup', callId, purpose, reason: 'replaced', seq: 0 } as const;
				enqueue.sendTo('transport', sendOf(context, id, refusal));
				return;
			}
			const old = context.current;
			const limbo = decision === 'yieldWithLimbo' ? old : null;
			if (context.limbo !== null)
				enqueue.sendTo(peerOf(context.limbo), { type: 'CLOSE', reason: 'replaced' });
			if (old !== null && limbo === null) {
				enqueue.sendTo(
					peerOf(old),
					decision === 'yield' ? { type: 'YIELD_TO', callId } : { type: 'CLOSE', reason: 'replaced' }
				);
			}
			if (limbo !== null) enqueue.raise({ type: 'FORGET_LIMBO', callId: limbo }, { delay: 'limboTtl' });
			enqueue.spawnChild('peerCall', {
				id: peerOf(callId),
				syncSnapshot: true,
				input: { ...peerInput(context, callId, 'inbound'), callSeq: context.placed }
			});
			enqueue.sendTo(peerOf(callId), invite);
			for (const { partyId, candidates } of context.early.filter((batch) => batch.callId === callId)) {
				enqueue.sendTo(peerOf(callId), {
					type: 'REMOTE_CANDIDATES',
					callId,
					from: context.theirs.id,
					candidates: [...candidates],
					...(partyId === undefined ? {} : { partyId })
				});
			}
			enqueue.assign({
				current: callId,
				limbo,
				isConnected: false,
				lastEnd: null,
				refusals: 0,
				early: context.early.filter((batch) => batch.callId !== callId),
				highestSeq
			});
		}),
		/** To the call it names; what names none is kept if it may be early, and counted if it is late. */
		route: enqueueActions(({ context, event, enqueue }) => {
			const signal = signalOf(event);
			if (signal === null) return;
			const { callId } = signal;
			const remote = remoteEvent(context.theirs.id, signal);
			if (remote === null) return enqueue.assign({ stale: context.stale + 1 });
			// an answer may overtake an invite that its sender has given up: that one is stale then
			if (signal.kind === 'answer') {
				enqueue.assign({ highestSeq: Math.max(context.highestSeq, signal.callSeq ?? 0) });
			}
			if (callId === context.current) {
				enqueue.sendTo(peerOf(callId), remote);
				return;
			}
			if (callId === context.limbo) {
				if (signal.kind === 'answer') {
					// the other side yielded to us as well: ours lives on, theirs is dropped
					if (context.current !== null) {
						enqueue.sendTo(peerOf(context.current), { type: 'CLOSE', reason: 'replaced' });
					}
					enqueue.assign({ current: callId, limbo: null, isConnected: false });
				}
				enqueue.sendTo(peerOf(callId), remote);
				return;
			}
			const isTombstoned = context.tombstones.includes(callId);
			if (signal.kind === 'candidates' && !isTombstoned) {
				const { candidates, partyId } = signal;
				enqueue.assign({ early: keepCandidates(context.early, { callId, partyId, candidates }) });
				// the first of them counts
				if (context.early.some((batch) => batch.callId === callId)) return;
				enqueue.raise({ type: 'FORGET_EARLY', callId }, { delay: 'earlyTtl' });
				return;
			}
			enqueue.assign({
				stale: context.stale + 1,
				// a hangup may overtake its invite: the late invite must find a tombstone
				tombstones: signal.kind === 'hangup' ? buried(context.tombstones, callId) : context.tombstones
			});
		}),
		forgetEarly: assign(({ context, event }) =>
			event.type === 'FORGET_EARLY'
				? { early: context.early.filter(({ callId }) => callId !== event.callId) }
				: {}
		),
		closeLimbo: enqueueActions(({ context, event, enqueue }) => {
			if (context.limbo === null) return;
			if (event.type === 'FORGET_LIMBO' && event.callId !== context.limbo) return;
			enqueue.sendTo(peerOf(context.limbo), { type: 'CLOSE', reason: 'replaced' });
		}),
		/** The current call's own word on whether media flows; a reconnecting one still counts as up. */
		trackCurrent: enqueueActions(({ context, event, enqueue }) => {
			if (!('snapshot' in event)) return;
			const { input, everConnected } = event.snapshot.context;
			if (input.callId !== context.current || !everConnected || context.isConnected) return;
			enqueue.assign({ isConnected: true, retries: 0, lastError: null, escalates: false });
			if (context.limbo !== null) {
				enqueue.sendTo(peerOf(context.limbo), { type: 'CLOSE', reason: 'replaced' });
			}
		}),
		takeEnd: enqueueActions(({ context, event, enqueue, self }) => {
			if (!('actorId' in event)) return;
			const callId = callOf(event.actorId);
			const text =
				'error' in event
					? textOf(event.error)
					: (callsOf(self.getSnapshot().children).get(callId)?.getSnapshot().context.end?.text ?? null);
			enqueue.stopChild(event.actorId);
			// a machine that failed does not stop what it invoked, nor does an edge that threw clean up after itself
			enqueue(() => context.releaseResources(callId));
			enqueue.assign({
				tombstones: buried(context.tombstones, callId),
				...(callId === context.limbo ? { limbo: null } : {})
			});
			if (callId !== context.current) return;
			const end = 'error' in event ? ({ reason: 'unknown_error', party: 'local' } as const) : event.output;
			const isFailure = retriesAfter(end.reason) > 0;
			enqueue.assign({
				current: null,
				isConnected: false,
				lastEnd: { reason: end.reason, party: end.party },
				...(end.reason === 'replaced' ? {} : { lastError: { reason: end.reason, text } }),
				...(wasAskedToPause(context, callId) && end.reason === 'signalling_timeout'
					? { cannotPause: true }
					: {})
			});
			if (!isFailure || context.profile !== 'sfuPublisher') return;
			enqueue.assign({ hasFailedLately: true, escalates: context.escalates || context.hasFailedLately });
			enqueue.cancel('forget-failure');
			enqueue.raise({ type: 'FORGET_FAILURE' }, { delay: 'publisherMemory', id: 'forget-failure' });
		}),
		forgetFailure: assign({ hasFailedLately: false }),
		countRetry: assign({ retries: ({ context }) => context.retries + 1, lastEnd: null }),
		forgetRetries: assign({ retries: 0, lastEnd: null, lastError: null }),
		/** Nobody else could have offered it, and nothing was heard. */
		noteMissingOffer: assign({ lastError: { reason: 'invite_timeout', text: null } }),
		update: assign(({ event }) =>
			event.type === 'UPDATE' ? { ours: event.ours, theirs: event.theirs } : {}
		),
		remember: assign(({ event }) => {
			switch (event.type) {
				case 'SET_MEDIA':
					return { lease: event.lease };
				case 'SET_SENDS':
					return { sends: event.sends };
				case 'SET_MUTED':
					return { muted: event.muted };
				case 'SET_PICTURE':
					return { picture: event.picture };
				case 'SET_LIMITS':
					return { limits: event.limits };
				case 'SET_ICE_SERVERS':
					return { iceServers: event.iceServers };
				case 'SIGNALING_UP':
					// what failed until now may have failed for want of it
					return { isSignalingUp: true, hasFailedLately: false, escalates: false };
				case 'SIGNALING_DOWN':
					return { isSignalingUp: false };
				default:
					return {};
			}
		}),
		/**
		 * Every call alive, limbo too, hears of it; one that was made to send something else ends, and one over which nobody
		 * has anything to send any more: both sides read that in the same list, and neither has to wait for the path to die.
		 */
		passOn: enqueueActions(({ context, event, enqueue }) => {
			if (event.type === 'UPDATE' && initiatorOf(context) !== 'nobody') return;
			const passedOn =
				event.type === 'SET_SENDS' || event.type === 'UPDATE'
					? ({ type: 'CLOSE', reason: 'replaced' } as const)
					: (event as PassedOn);
			if (passedOn.type === 'SET_MEDIA' && context.profile === 'sfuSubscriber') return; // it sends nothing
			for (const callId of [context.current, context.limbo]) {
				if (callId !== null) enqueue.sendTo(peerOf(callId), passedOn);
			}
		})
	}
});

const gapTimer = (ticket: number) => `seq-gap:${ticket}`;

/** What one step of the gate leaves behind. */
const passed = (context: MemberContext, step: GateStep): Partial<MemberContext> => ({
	gate: step.gate,
	stale: context.stale + (step.isDuplicate ? 1 : 0),
	warnings: warned(
		context,
		...(step.missing > 0 ? [`${step.missing} signals of a call never came`] : []),
		...(step.evicted !== null && step.evicted.signals > 0
			? [`${step.evicted.signals} signals were dropped: too many calls`]
			: [])
	)
});

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const sendOf = (context: MemberContext, id: number, signal: PeerSignal): SendCommand => ({
	type: 'SEND',
	id,
	to: context.theirs.id,
	signal: context.partyId === undefined ? signal : { ...signal, partyId: context.partyId }
});

/**
 * Who sends: both in a mesh; with a media server, and for a screen, one side only. Whoever may not send still offers to
 * receive.
 */
function wayOf(
	{ profile, purpose, initiator, receives, sends }: MemberContext,
	kind: MediaKind
): PeerConnectionOptions['media']['audio'] {
	const maySend = purpose === 'screenshare' || sends?.[kind] !== false;
	if (profile === 'sfuPublisher') return maySend ? 'send' : 'none';
	if (profile === 'sfuSubscriber') return receives?.[kind] === false ? 'none' : 'receive';
	if (purpose === 'usermedia') return maySend ? 'both' : 'receive';
	return initiator === 'us' ? 'send' : 'receive';
}

/** What a peer call starts from. */
function peerInput(context: MemberContext, callId: CallId, direction: 'outbound' | 'inbound'): PeerCallInput {
	return {
		profile: context.profile,
		purpose: context.purpose,
		callId,
		member: context.theirs.id,
		direction,
		lease: context.profile === 'sfuSubscriber' ? null : context.lease,
		muted: context.muted,
		answersAlone: true,
		media: { audio: wayOf(context, 'audio'), video: wayOf(context, 'video') },
		iceServers: context.iceServers,
		isSignalingUp: context.isSignalingUp,
		...(context.limits === undefined ? {} : { limits: context.limits }),
		...(context.simulcast === undefined ? {} : { simulcast: context.simulcast }),
		...(context.updates === undefined ? {} : { updates: context.updates }),
		...(context.partyId === undefined ? {} : { partyId: context.partyId })
	};
}
