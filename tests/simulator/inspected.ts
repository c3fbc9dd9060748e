import * as v from 'valibot';
import type { InspectionEvent } from 'xstate';
import type { PeerCallOutput } from '../../src/lib/domain/call/peer-call/setup.ts';
import { RoostError } from '../../src/lib/domain/errors.ts';
import type { PeerSignal } from '../../src/lib/domain/signaling.ts';
import type { CallId, SessionId } from '../../src/lib/protocol/ids.ts';

/* What the library tells of running machines is of no type: it is read here, and nowhere else. */

/** One event of a running machine, as far as the journal cares. */
export type Noted =
	| { kind: 'sent'; to: SessionId; signal: PeerSignal }
	| { kind: 'heard'; member: string; signal: PeerSignal }
	/** `actor` is this very machine: one that takes its place has its name */
	| { kind: 'placed'; member: string; actor: string; callId: CallId }
	| { kind: 'retried'; actor: string }
	| { kind: 'ended'; output: PeerCallOutput }
	| { kind: 'broke'; error: unknown }
	| { kind: 'left'; sessions: SessionId[] }
	| { kind: 'signaling down' };

const has = (value: unknown, ...keys: string[]): boolean =>
	typeof value === 'object' && value !== null && keys.every((key) => Object.hasOwn(value, key));
const signal = v.custom<PeerSignal>((value) => has(value, 'kind', 'callId', 'purpose'), 'no signal');
const session = v.custom<SessionId>((value) => typeof value === 'string', 'no session id');

const callId = v.custom<CallId>((value) => typeof value === 'string', 'no call id');

const sent = v.object({ to: session, signal });
const heard = v.object({ signal });
const ended = v.object({
	output: v.custom<PeerCallOutput>((value) => has(value, 'callId', 'reason', 'party'), 'no end')
});
const broke = v.object({ error: v.unknown() });
const left = v.object({ sessionIds: v.array(session) });
const actor = v.object({ id: v.string(), sessionId: v.string() });
const child = v.object({ id: v.string(), _parent: actor });
const placedBy = ({ id, _parent }: v.InferOutput<typeof child>) => ({
	member: _parent.id,
	actor: _parent.sessionId,
	callId: v.parse(callId, id.slice('peer:'.length))
});

/**
 * Reads one inspection event.
 * @returns null for everything that the journal does not care about
 * @throws ValiError when an event it cares about is not what it should be: the simulator has fallen behind the machines
 */
export function readInspected(inspected: InspectionEvent): Noted | null {
	if (inspected.type !== '@xstate.event') return null;
	const { event, actorRef } = inspected;
	const { type } = event;
	switch (type) {
		case 'SEND':
			return idOf(actorRef) === 'transport' ? { kind: 'sent', ...v.parse(sent, event) } : null;
		case 'SIGNAL':
			return { kind: 'heard', member: idOf(actorRef), ...v.parse(heard, event) };
		case 'CALL':
			if (!idOf(actorRef).startsWith('peer:')) return null;
			return { kind: 'placed', ...placedBy(v.parse(child, actorRef)) };
		case 'RETRY':
		case 'SET_SENDS': // another connection than before, and as many attempts at it
			return { kind: 'retried', actor: v.parse(actor, actorRef).sessionId };
		case 'SESSIONS_LEFT':
			return { kind: 'left', sessions: v.parse(left, event).sessionIds };
		case 'SIGNALING_DOWN':
			return { kind: 'signaling down' };
	}
	if (type.startsWith('xstate.done.actor.peer:')) return { kind: 'ended', ...v.parse(ended, event) };
	if (type.startsWith('xstate.error.actor.')) {
		const { error } = v.parse(broke, event);
		// a request that the server refuses, or that finds it down, is an answer: nothing of ours broke
		return error instanceof RoostError ? null : { kind: 'broke', error };
	}
	return null;
}

/** What an inspection event is about, in a few words; null: not worth a line of the trace. */
export function tellInspected(inspected: InspectionEvent): string | null {
	if (inspected.type !== '@xstate.event') return null;
	const { type } = inspected.event;
	const isTold = /^(CALL|CLOSE|YIELD_TO)$|^xstate\.(done|error)\.actor\.peer/.test(type);
	return isTold ? `${type} ${idOf(inspected.actorRef)}` : null;
}

const idOf = (actorRef: unknown): string => v.parse(v.object({ id: v.string() }), actorRef).id;

const scheduled = v.object({
	_scheduledEvents: v.record(v.string(), v.object({ source: v.object({ id: v.string() }) }))
});

/** Ids of the actors of a system that wait for a timer. The name is the library's own: good enough for a test. */
export const timersOf = (ref: { system: { getSnapshot: () => object } }): string[] =>
	Object.values(v.parse(scheduled, ref.system.getSnapshot())._scheduledEvents).map(({ source }) => source.id);
