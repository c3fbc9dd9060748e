import { assign, raise } from 'xstate';
import { readEndReason, type EndReason } from '../end-reason.ts';
import { withCandidates } from './candidate-actions.ts';
import type { EndingHow } from './context.ts';

export {
	initialContext,
	type Muted,
	type PeerCallEvent,
	type PeerCallInput,
	type PeerCallOutput,
	type PeerConnectionInput,
	type RemoteEvent,
	type SendCommand,
	type SendState,
	type TransportEvent
} from './context.ts';

/**
 * The words that the regions are written in, each in its own file: context (what a call knows), facts and outgoing
 * (plain functions), foundation (ports, guards, delays), then the actions on media, descriptions, messages and
 * candidates. Here are those that tell the regions of each other, and the end.
 */
export const peerCallSetup = withCandidates.extend({
	actions: {
		openGate: raise({ type: 'GATE_OPENED' }),
		handOver: raise({ type: 'HANDED_OVER' }),
		finishSetup: raise({ type: 'SETUP_DONE' }),
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
		rememberStats: assign(({ event }) => (event.type === 'PC_STATS' ? { stats: event.stats } : {})),
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
