import { assign, enqueueActions, setup, type ActorRefFrom, type SnapshotFrom } from 'xstate';
import type { CallId, SessionId } from '../../protocol/ids.ts';
import type { MemberState, PeerSignal, Purpose } from '../signaling.ts';
import type { IceServer } from '../talk-api.ts';
import { buried, earlyCandidatesTtlMs, keepCandidates, type EarlyCandidates } from './early-messages.ts';
import { retriesAfter } from './end-reason.ts';
import { decideInvite, type CallUnderWay } from './glare.ts';
import type { MediaLease } from './peer-connection.ts';
import { peerCallMachine } from './peer-call-machine.ts';
import type { Muted, PeerCallInput, PeerCallOutput, RemoteEvent } from './peer-call/setup.ts';
import { shouldInitiate, type Announced, type Profile } from './profile.ts';

export interface MemberInput {
	profile: Profile;
	purpose: Purpose;
	/** Fixed for a screen: its owner offers. Otherwise the sessions are compared. */
	initiator: 'us' | 'them' | 'compare';
	ours: { id: SessionId } & Announced;
	theirs: { id: SessionId } & Announced;
	lease: MediaLease | null;
	muted: Muted;
	iceServers: readonly IceServer[];
	isSignalingUp: boolean;
	/** Makes an id that no call ever had. */
	newCallId: () => CallId;
	/** Closes whatever a failed peer call left open. */
	releaseResources: (owner: CallId) => void;
	/** In [0, 1): spreads retries, so that two sides do not collide for ever. */
	random: () => number;
}

export type MemberEvent =
	| { type: 'SIGNAL'; signal: PeerSignal }
	| { type: 'UPDATE'; ours: MemberInput['ours']; theirs: MemberInput['theirs'] }
	| { type: 'SET_MEDIA'; lease: MediaLease | null }
	| { type: 'SET_MUTED'; muted: Muted }
	| { type: 'SET_ICE_SERVERS'; iceServers: readonly IceServer[] }
	| { type: 'SEND_STATE'; state: MemberState }
	| { type: 'SIGNALING_UP' | 'SIGNALING_DOWN' }
	/** The call has a free slot for one more set-up. */
	| { type: 'DIAL' }
	/** A person asks for another attempt, or the network came back. */
	| { type: 'RETRY' }
	| { type: 'FORGET_EARLY' | 'FORGET_LIMBO'; callId: CallId }
	| { type: `xstate.snapshot.${string}`; snapshot: SnapshotFrom<typeof peerCallMachine> }
	| { type: `xstate.done.actor.${string}`; output: PeerCallOutput; actorId: string }
	| { type: `xstate.error.actor.${string}`; error: unknown; actorId: string };

/** Events that every peer call of the member gets as they are. */
type PassedOn = Extract<
	MemberEvent,
	{
		type: 'SET_MEDIA' | 'SET_MUTED' | 'SET_ICE_SERVERS' | 'SEND_STATE' | 'SIGNALING_UP' | 'SIGNALING_DOWN';
	}
>;

interface MemberContext extends MemberInput {
	current: CallId | null;
	/** Ours, superseded by theirs, for as long as a peer that yields to us may still answer it. */
	limbo: CallId | null;
	isConnected: boolean;
	tombstones: readonly CallId[];
	early: readonly EarlyCandidates[];
	placed: number;
	highestSeq: number;
	retries: number;
	lastEnd: { reason: PeerCallOutput['reason']; party: PeerCallOutput['party'] } | null;
	/** Signals that fit nothing: stale answers, candidates of ended calls. */
	stale: number;
}

const offerWaitMs = 10_000;
const offerWaitJitterMs = 3_000;
const replaceGraceMs = 5_000;
const limboTtlMs = 10_000;
/** A set-up that takes longer no longer keeps others waiting. */
const slotMs = 5_000;
const retryBaseMs = 1_000;

const peerOf = (callId: CallId) => `peer:${callId}`;
const callOf = (actorId: string) => actorId.replace(/^peer:/, '') as CallId;

type PeerRef = ActorRefFrom<typeof peerCallMachine>;
type Children = Record<string, PeerRef | undefined>;

const initiatorOf = (context: MemberContext) =>
	context.initiator !== 'compare'
		? context.ours.inCall && context.theirs.inCall
			? context.initiator
			: 'nobody'
		: shouldInitiate(context.profile, context.ours, context.theirs);

const underWay = (context: MemberContext, children: Children): CallUnderWay | null => {
	const snapshot = context.current === null ? undefined : children[peerOf(context.current)]?.getSnapshot();
	if (context.current === null || snapshot === undefined) return null;
	const { isHandedOver, isRemoteSet, input } = snapshot.context;
	return {
		callId: context.current,
		direction: input.direction,
		stage: !isHandedOver ? 'unsent' : isRemoteSet ? 'answered' : 'unanswered'
	};
};

/** A relayed signal as an event of the peer call it names. */
function remoteEvent(from: SessionId, signal: PeerSignal): RemoteEvent | null {
	const base = {
		callId: signal.callId,
		from,
		...(signal.partyId === undefined ? {} : { partyId: signal.partyId })
	};
	switch (signal.kind) {
		case 'invite':
			return {
				...base,
				type: 'REMOTE_INVITE',
				description: signal.description,
				metadata: signal.metadata,
				lifetimeMs: signal.lifetimeMs,
				ageMs: 0
			};
		case 'answer':
			return {
				...base,
				type: 'REMOTE_ANSWER',
				description: signal.description,
				metadata: signal.metadata
			};
		case 'negotiate':
			return {
				...base,
				type: 'REMOTE_NEGOTIATE',
				description: signal.description,
				metadata: signal.metadata
			};
		case 'candidates':
			return { ...base, type: 'REMOTE_CANDIDATES', candidates: signal.candidates };
		case 'metadata':
			return { ...base, type: 'REMOTE_METADATA', metadata: signal.metadata };
		case 'select_answer':
			return { ...base, type: 'REMOTE_SELECT_ANSWER', selectedPartyId: signal.selectedPartyId };
		case 'hangup':
			return { ...base, type: 'REMOTE_HANGUP', reason: signal.reason };
		case 'reject':
			return { ...base, type: 'REMOTE_REJECT' };
		case 'request_offer':
		case 'send_offer':
			return null; // for a media server only
	}
}

/**
 * One connection wanted with one remote session: who offers, glare, retries from a clean slate, and what arrives too
 * early or too late. Owns the peer calls, of which one is current and another may wait in limbo.
 *
 *     idle → queued → dialling → up          they offer: idle → waiting → dialling
 *                        ↑         │ ended
 *                        └ retryWait ┘ → failed after three retries; removing the member stops it all
 */
export const memberMachine = setup({
	types: {
		context: {} as MemberContext,
		input: {} as MemberInput,
		events: {} as MemberEvent
	},
	actors: { peerCall: peerCallMachine },
	guards: {
		weOffer: ({ context }) => initiatorOf(context) === 'us',
		theyOffer: ({ context }) => initiatorOf(context) === 'them',
		nobodyOffers: ({ context }) => initiatorOf(context) === 'nobody',
		isInvite: ({ event }) => event.type === 'SIGNAL' && event.signal.kind === 'invite',
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
		wasReplaced: ({ context }) =>
			context.current === null &&
			context.lastEnd?.reason === 'replaced' &&
			context.lastEnd.party === 'remote',
		/** Nobody but its owner can offer a screen. */
		isTheirsAlone: ({ context }) => context.initiator === 'them',
		isDown: ({ context }) => !context.isSignalingUp
	},
	delays: {
		offerWait: ({ context }) => offerWaitMs + context.random() * offerWaitJitterMs,
		replaceGrace: replaceGraceMs,
		slot: slotMs,
		/** 1, 2, 4 s, each by a quarter more or less. */
		retryDelay: ({ context }) => retryBaseMs * 2 ** (context.retries - 1) * (0.75 + 0.5 * context.random())
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
		takeInvite: enqueueActions(({ context, event, enqueue, self }) => {
			if (event.type !== 'SIGNAL' || event.signal.kind !== 'invite') return;
			const { signal } = event;
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
			const highestSeq = Math.max(context.highestSeq, signal.callSeq ?? 0);
			if (decision === 'deliver') {
				enqueue.sendTo(peerOf(callId), invite);
				return;
			}
			// an invite under the name of a call of our own is none
			if (decision === 'ignore' || decision === 'keepOurs' || callId === context.limbo) {
				enqueue.assign({
					stale: context.stale + 1,
					highestSeq,
					tombstones: decision === 'keepOurs' ? buried(context.tombstones, callId) : context.tombstones
				});
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
			if (limbo !== null) enqueue.raise({ type: 'FORGET_LIMBO', callId: limbo }, { delay: limboTtlMs });
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
				early: context.early.filter((batch) => batch.callId !== callId),
				highestSeq
			});
		}),
		/** To the call it names; what names none is kept if it may be early, and counted if it is late. */
		route: enqueueActions(({ context, event, enqueue }) => {
			if (event.type !== 'SIGNAL') return;
			const { signal } = event;
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
				enqueue.raise({ type: 'FORGET_EARLY', callId }, { delay: earlyCandidatesTtlMs });
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
			enqueue.assign({ isConnected: true, retries: 0 });
			if (context.limbo !== null) {
				enqueue.sendTo(peerOf(context.limbo), { type: 'CLOSE', reason: 'replaced' });
			}
		}),
		takeEnd: enqueueActions(({ context, event, enqueue }) => {
			if (!('actorId' in event)) return;
			const callId = callOf(event.actorId);
			const isFailure = 'error' in event;
			enqueue.stopChild(event.actorId);
			// a machine that failed does not stop what it invoked, nor does an edge that threw clean up after itself
			enqueue(() => context.releaseResources(callId));
			enqueue.assign({
				tombstones: buried(context.tombstones, callId),
				...(callId === context.limbo ? { limbo: null } : {}),
				...(callId === context.current
					? {
							current: null,
							isConnected: false,
							lastEnd: isFailure
								? { reason: 'unknown_error' as const, party: 'local' as const }
								: { reason: event.output.reason, party: event.output.party }
						}
					: {})
			});
		}),
		countRetry: assign({ retries: ({ context }) => context.retries + 1, lastEnd: null }),
		forgetRetries: assign({ retries: 0, lastEnd: null }),
		update: assign(({ event }) =>
			event.type === 'UPDATE' ? { ours: event.ours, theirs: event.theirs } : {}
		),
		remember: assign(({ event }) => {
			switch (event.type) {
				case 'SET_MEDIA':
					return { lease: event.lease };
				case 'SET_MUTED':
					return { muted: event.muted };
				case 'SET_ICE_SERVERS':
					return { iceServers: event.iceServers };
				case 'SIGNALING_UP':
					return { isSignalingUp: true };
				case 'SIGNALING_DOWN':
					return { isSignalingUp: false };
				default:
					return {};
			}
		}),
		/** Every call alive, limbo too, hears of it. */
		passOn: enqueueActions(({ context, event, enqueue }) => {
			const passed = event as PassedOn;
			for (const callId of [context.current, context.limbo]) {
				if (callId !== null) enqueue.sendTo(peerOf(callId), passed);
			}
		})
	}
}).createMachine({
	id: 'member',
	context: ({ input }) => ({
		...input,
		current: null,
		limbo: null,
		isConnected: false,
		tombstones: [],
		early: [],
		placed: 0,
		highestSeq: 0,
		retries: 0,
		lastEnd: null,
		stale: 0
	}),
	initial: 'present',
	states: {
		present: {
			initial: 'idle',
			on: {
				SIGNAL: [{ guard: 'isInvite', actions: 'takeInvite' }, { actions: 'route' }],
				UPDATE: { actions: 'update' },
				SET_MEDIA: { actions: ['remember', 'passOn'] },
				SET_MUTED: { actions: ['remember', 'passOn'] },
				SET_ICE_SERVERS: { actions: ['remember', 'passOn'] },
				SIGNALING_UP: { actions: ['remember', 'passOn'] },
				SIGNALING_DOWN: { actions: ['remember', 'passOn'] },
				SEND_STATE: { actions: 'passOn' },
				FORGET_EARLY: { actions: 'forgetEarly' },
				FORGET_LIMBO: { actions: 'closeLimbo' },
				'xstate.snapshot.*': { actions: 'trackCurrent' },
				'xstate.done.actor.*': { actions: 'takeEnd' },
				'xstate.error.actor.*': { actions: 'takeEnd' }
			},
			states: {
				idle: {
					always: [
						{ guard: 'hasCurrent', target: 'dialling' },
						{ guard: 'weOffer', target: 'queued' },
						{ guard: 'theyOffer', target: 'waiting' }
					]
				},
				/** Wants to dial; the call hands out a few slots at a time. */
				queued: {
					always: [
						{ guard: 'hasCurrent', target: 'dialling' },
						{ guard: 'nobodyOffers', target: 'idle' }
					],
					on: { DIAL: { actions: 'placeCall', target: 'dialling' } }
				},
				/** They are to offer; if they do not, for whatever reason, we do. */
				waiting: {
					always: [
						{ guard: 'hasCurrent', target: 'dialling' },
						{ guard: 'nobodyOffers', target: 'idle' },
						{ guard: 'weOffer', target: 'queued' }
					],
					after: {
						offerWait: [
							{ guard: 'isDown', target: 'waiting', reenter: true },
							{ guard: 'isTheirsAlone', target: 'failed' },
							{ target: 'overdue' }
						]
					}
				},
				overdue: {
					always: [
						{ guard: 'hasCurrent', target: 'dialling' },
						{ guard: 'nobodyOffers', target: 'idle' }
					],
					on: { DIAL: { actions: 'placeCall', target: 'dialling' } }
				},
				dialling: {
					always: [
						{ guard: 'isConnected', target: 'up' },
						{ guard: 'isEnded', target: 'ended' }
					],
					initial: 'inSlot',
					states: { inSlot: { after: { slot: 'slow' } }, slow: {} }
				},
				up: {
					always: [
						{ guard: 'isEnded', target: 'ended' },
						{ guard: 'isReplaced', target: 'dialling' }
					]
				},
				/** Where the end of a call is judged. */
				ended: {
					always: [
						{ guard: 'hasCurrent', target: 'dialling' },
						{ guard: 'isUnwanted', target: 'idle' },
						{ guard: 'wasReplaced', target: 'replaceWait' },
						{ guard: 'mayRetry', actions: 'countRetry', target: 'retryWait' },
						{ target: 'failed' }
					]
				},
				/** Everything of the last attempt is gone; only the offering side comes back by itself. */
				retryWait: {
					always: { guard: 'hasCurrent', target: 'dialling' },
					after: {
						retryDelay: [
							{ guard: 'isDown', target: 'retryWait', reenter: true },
							{ guard: 'weOffer', target: 'queued' },
							{ target: 'idle' }
						]
					}
				},
				/** Ended for another call that has to follow: if none does, glare has lost both. */
				replaceWait: {
					always: { guard: 'hasCurrent', target: 'dialling' },
					after: { replaceGrace: { actions: 'forgetRetries', target: 'idle' } }
				},
				failed: {
					always: { guard: 'hasCurrent', target: 'dialling' },
					on: { RETRY: { actions: 'forgetRetries', target: 'idle' } }
				}
			}
		}
	}
});

/** What a peer call starts from; who sends follows from the purpose and whose screen it is. */
function peerInput(context: MemberContext, callId: CallId, direction: 'outbound' | 'inbound'): PeerCallInput {
	const way = context.purpose === 'usermedia' ? 'both' : context.initiator === 'us' ? 'send' : 'receive';
	return {
		profile: context.profile,
		purpose: context.purpose,
		callId,
		member: context.theirs.id,
		direction,
		lease: context.lease,
		muted: context.muted,
		answersAlone: true,
		media: { audio: way, video: way },
		iceServers: context.iceServers,
		isSignalingUp: context.isSignalingUp
	};
}
