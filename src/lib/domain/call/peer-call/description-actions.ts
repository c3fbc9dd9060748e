import { assign, enqueueActions, sendTo } from 'xstate';
import { seqOf } from './facts.ts';
import { described, withMedia } from './media-actions.ts';

/** Commands that carry nothing but their token. */
const operations = {
	local: 'SET_LOCAL',
	read: 'READ_LOCAL',
	rollBack: 'ROLL_BACK',
	stats: 'READ_STATS'
} as const;

/** Descriptions, the flags of perfect negotiation, and the health of the path. */
export const withDescriptions = withMedia.extend({
	actions: {
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
		rememberLocal: assign(({ event }) =>
			event.type === 'PC_LOCAL_SET'
				? {
						localDescription: event.description,
						streamIds: event.streamIds,
						screenStreamIds: event.screenStreamIds
					}
				: {}
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
						...described(context, { ...event.metadata, ...context.remoteMetadata }),
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
						...described(context, event.metadata),
						wasRemoteHeard: true
					}
				: {}
		),
		rememberNegotiate: assign(({ context, event }) =>
			event.type === 'REMOTE_NEGOTIATE' || event.type === 'REMOTE_INVITE' || event.type === 'REMOTE_ANSWER'
				? {
						remoteDescription: event.description,
						remoteOfferSeq: seqOf(event),
						...described(context, event.metadata),
						isIgnoringOffer: false
					}
				: {}
		),
		/** A queue of one: the latest wins. */
		keepNegotiate: assign(({ event }) =>
			event.type === 'REMOTE_NEGOTIATE' || event.type === 'REMOTE_INVITE'
				? {
						waitingNegotiate: {
							description: event.description,
							metadata: event.metadata,
							seq: seqOf(event)
						}
					}
				: {}
		),
		takeWaitingNegotiate: assign(({ context }) =>
			context.waitingNegotiate === null
				? {}
				: {
						remoteDescription: context.waitingNegotiate.description,
						remoteOfferSeq: context.waitingNegotiate.seq,
						...described(context, context.waitingNegotiate.metadata),
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
		markRemoteSet: assign({ isRemoteSet: true }),
		mirrorSignalingState: assign(({ event }) =>
			event.type === 'PC_SIGNALING_STATE' ? { signalingState: event.state } : {}
		),

		restartIce: enqueueActions(({ context, enqueue }) => {
			enqueue.assign({ restarts: context.restarts + 1, endMark: 'none' });
			enqueue.sendTo('pc', { type: 'RESTART_ICE' });
		}),
		updateIceServers: sendTo('pc', ({ event }) => ({
			type: 'SET_ICE_SERVERS' as const,
			iceServers: event.type === 'SET_ICE_SERVERS' ? event.iceServers : []
		})),
		mirrorIceState: assign(({ event }) => (event.type === 'PC_ICE_STATE' ? { iceState: event.state } : {})),
		markIceUp: assign({ isIceUp: true, restarts: 0 }),
		markIceDown: assign({ isIceUp: false }),
		markConnected: assign({ everConnected: true })
	}
});
