import { assign, setup } from 'xstate';
import type { SessionId } from '../../protocol/ids.ts';

/* For other programs on this engine (docs/engine.md): the page rings nobody. */

/** Whoever has a name at the server; guests have one too. */
interface Actor {
	actorType: string;
	actorId: string;
}

/** One session in the call, as far as ringing goes by it. */
export interface RingingParty extends Actor {
	sessionId: SessionId;
}

export interface IncomingRingInput {
	/** Only one of them makes devices ring. */
	intent: 'ring' | 'prompt' | 'room';
	own: Actor;
	/** Everybody in the call. */
	inCall: readonly RingingParty[];
	/** Who began it; null: the server does not say. */
	caller: Actor | null;
	/** How long ago it began, by the clock of whoever tells; differences of clocks are not ours to guess. */
	ageMs: number;
	/** Read from the store of ongoing calls, and not heard from the server just now. */
	isFromStore: boolean;
	/** Dismissed in this browser, for this very call. */
	isDismissed: boolean;
}

type IncomingRingEvent =
	| { type: 'IN_CALL_CHANGED'; inCall: readonly RingingParty[] }
	| { type: 'CALL_ENDED' }
	/** A person does not want to join, or does, here. */
	| { type: 'DECLINE' }
	| { type: 'ACCEPT' };

/** Why nothing rings, or no longer. */
type RingEnd =
	'accepted' | 'answered-elsewhere' | 'declined' | 'ended' | 'caller-left' | 'timeout' | 'silent';

/** How long devices ring. */
const ringMaxMs = 45_000;

interface IncomingRingContext {
	input: IncomingRingInput;
	end: RingEnd;
}

const isSame = (one: Actor, other: Actor) =>
	one.actorType === other.actorType && one.actorId === other.actorId;

/** Without a name at the server nobody can be recognised. */
const isIn = (actor: Actor, inCall: readonly RingingParty[]) =>
	actor.actorId !== '' && inCall.some((party) => isSame(party, actor));

const hasCallerLeft = ({ caller }: IncomingRingInput, inCall: readonly RingingParty[]) =>
	inCall.length === 0 || (caller !== null && caller.actorId !== '' && !isIn(caller, inCall));

/**
 * A call that rings here, for as long as it does. Rings only for what the server says now: what was known before the
 * page was opened has rung already.
 */
export const incomingRingMachine = setup({
	types: {
		context: {} as IncomingRingContext,
		input: {} as IncomingRingInput,
		events: {} as IncomingRingEvent,
		output: {} as { end: RingEnd }
	},
	guards: {
		mayRing: ({ context: { input } }) =>
			input.intent === 'ring' &&
			!input.isFromStore &&
			!input.isDismissed &&
			input.ageMs < ringMaxMs &&
			!isIn(input.own, input.inCall) &&
			!hasCallerLeft(input, input.inCall),
		isOwnIn: ({ context, event }) =>
			event.type === 'IN_CALL_CHANGED' && isIn(context.input.own, event.inCall),
		hasCallerLeft: ({ context, event }) =>
			event.type === 'IN_CALL_CHANGED' && hasCallerLeft(context.input, event.inCall)
	},
	delays: {
		/** A clock that jumped back makes no call younger than new. */
		ringLeft: ({ context }) => ringMaxMs - Math.max(0, context.input.ageMs)
	},
	actions: {
		endAs: assign((_, params: { end: RingEnd }) => ({ end: params.end }))
	}
}).createMachine({
	id: 'incomingRing',
	context: ({ input }) => ({ input, end: 'silent' }),
	output: ({ context }) => ({ end: context.end }),
	initial: 'deciding',
	states: {
		deciding: { always: [{ guard: 'mayRing', target: 'ringing' }, { target: 'over' }] },
		ringing: {
			on: {
				IN_CALL_CHANGED: [
					{
						guard: 'isOwnIn',
						target: 'over',
						actions: { type: 'endAs', params: { end: 'answered-elsewhere' } }
					},
					{
						guard: 'hasCallerLeft',
						target: 'over',
						actions: { type: 'endAs', params: { end: 'caller-left' } }
					}
				],
				CALL_ENDED: { target: 'over', actions: { type: 'endAs', params: { end: 'ended' } } },
				DECLINE: { target: 'over', actions: { type: 'endAs', params: { end: 'declined' } } },
				ACCEPT: { target: 'over', actions: { type: 'endAs', params: { end: 'accepted' } } }
			},
			after: { ringLeft: { target: 'over', actions: { type: 'endAs', params: { end: 'timeout' } } } }
		},
		over: { type: 'final' }
	}
});
