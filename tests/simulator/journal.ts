import type { AnyActorRef, InspectionEvent } from 'xstate';
import type { PeerConnectionEdge, PeerConnections } from '../../src/lib/domain/call/peer-connection.ts';
import type { PeerCallOutput, SendCommand } from '../../src/lib/domain/call/peer-call/setup.ts';
import type { PeerSignal } from '../../src/lib/domain/signaling.ts';
import type { CallId, SessionId } from '../../src/lib/protocol/ids.ts';
import type { FakeNetwork } from '../support/fake-network.ts';
import type { FakePeerConnection } from '../support/fake-peer-connection.ts';

/** Everything that one party did and heard under one call id. */
export interface CallRecord {
	party: string;
	callId: CallId;
	/** How often a connection was opened under this id. */
	opened: number;
	connection: FakePeerConnection | null;
	isClosed: boolean;
	/** A remote description was set. */
	isDescribed: boolean;
	/** Candidates given to the connection when it could not take them. */
	candidatesTooEarly: number;
	candidatesTooLate: number;
	/** Candidates heard for this call, in order. */
	heard: string[];
	/** Own offers that nobody answered and that were not taken back; and how many there were at most. */
	offersOpen: number;
	offersOpenMax: number;
	ends: PeerCallOutput[];
	/** Signals given to the transport, in order. */
	sent: PeerSignal[];
	/** Receives of the end-of-call kind, for the survivors of glare. */
	placed: boolean;
}

export interface Journal {
	party: string;
	calls: Map<CallId, CallRecord>;
	/** Sent to a session after we had heard that it is gone. */
	sentToGone: { to: SessionId; signal: PeerSignal }[];
	gone: Set<SessionId>;
	/** Calls placed to a session since it was last up, or since somebody asked for another try. */
	attempts: Map<string, number>;
	/** Machines that broke. */
	broken: unknown[];
	/** To be given to the system of the party's machines. */
	observe: (event: InspectionEvent) => void;
	/** Stands between the machines and the real connections. */
	watch: (real: PeerConnections) => PeerConnections;
}

const callOf = (id: string): CallId => id.slice(id.indexOf(':') + 1) as CallId;

/** Notes facts; judging them is the business of the invariants. */
export function createJournal(party: string, network: FakeNetwork): Journal {
	const calls = new Map<CallId, CallRecord>();
	const recordOf = (callId: CallId): CallRecord => {
		const known = calls.get(callId);
		if (known !== undefined) return known;
		const record: CallRecord = {
			party,
			callId,
			opened: 0,
			connection: null,
			isClosed: false,
			isDescribed: false,
			candidatesTooEarly: 0,
			candidatesTooLate: 0,
			heard: [],
			offersOpen: 0,
			offersOpenMax: 0,
			ends: [],
			sent: [],
			placed: false
		};
		calls.set(callId, record);
		return record;
	};
	const offersOpen = (record: CallRecord, count: number) => {
		record.offersOpen = Math.max(0, count);
		record.offersOpenMax = Math.max(record.offersOpenMax, count);
	};

	const journal: Journal = {
		party,
		calls,
		sentToGone: [],
		gone: new Set(),
		attempts: new Map(),
		broken: [],
		observe: (inspected) => {
			if (inspected.type !== '@xstate.event') return;
			const { event } = inspected;
			const actorRef = inspected.actorRef as AnyActorRef;
			if (event.type === 'SEND' && actorRef.id === 'transport') {
				const { to, signal } = event as SendCommand;
				const record = recordOf(signal.callId);
				record.sent.push(signal);
				if (signal.kind === 'invite') record.placed = true;
				if (isOffer(signal)) offersOpen(record, record.offersOpen + 1);
				if (journal.gone.has(to)) journal.sentToGone.push({ to, signal });
			} else if (event.type === 'SIGNAL') {
				const { signal } = event as unknown as { signal: PeerSignal };
				if (signal.kind !== 'candidates') return;
				recordOf(signal.callId).heard.push(...signal.candidates.map(({ candidate }) => candidate));
			} else if (event.type.startsWith('xstate.done.actor.peer:')) {
				const { actorId, output } = event as unknown as { actorId: string; output: PeerCallOutput };
				recordOf(callOf(actorId)).ends.push(output);
			} else if (event.type.startsWith('xstate.error.actor.')) {
				journal.broken.push((event as unknown as { error: unknown }).error);
			} else if (event.type === 'CALL' && actorRef.id.startsWith('peer:')) {
				const member = String(actorRef._parent?.id);
				journal.attempts.set(member, (journal.attempts.get(member) ?? 0) + 1);
			} else if (event.type === 'RETRY') journal.attempts.delete(actorRef.id);
		},
		watch: (real) => ({
			open: (options, listener) => {
				const record = recordOf(options.callId);
				record.opened += 1;
				const before = network.connections.length;
				const edge = real.open(options, (event) => {
					if (event.type === 'PC_REMOTE_SET') record.isDescribed = true;
					listener(event);
				});
				const connection = network.connections[before];
				if (connection !== undefined) watchConnection(connection, record);
				return watchEdge(edge, record, offersOpen);
			}
		})
	};
	return journal;
}

type Watched = { type: string; listener: unknown; signal: AbortSignal | undefined };
const listening = new WeakMap<FakePeerConnection, Watched[]>();

/**
 * Notes who listens to each connection of this network; to be called before anybody opens one. Node itself cannot be asked: under memory pressure it forgets to remove some listeners whose signal was aborted,
 * which are dead all the same.
 */
export function watchConnections(network: FakeNetwork): void {
	const { open } = network;
	network.open = (configuration) => {
		const connection = open(configuration);
		const known: Watched[] = [];
		listening.set(connection, known);
		const add = connection.addEventListener.bind(connection);
		connection.addEventListener = (
			type: string,
			listener: EventListenerOrEventListenerObject | null,
			options?: AddEventListenerOptions | boolean
		) => {
			known.push({ type, listener, signal: typeof options === 'object' ? options.signal : undefined });
			add(type, listener, options);
		};
		const remove = connection.removeEventListener.bind(connection);
		connection.removeEventListener = (
			type: string,
			listener: EventListenerOrEventListenerObject | null,
			options?: EventListenerOptions | boolean
		) => {
			const index = known.findIndex((entry) => entry.type === type && entry.listener === listener);
			if (index >= 0) known.splice(index, 1);
			remove(type, listener, options);
		};
		return connection;
	};
}

/** Kinds of events that somebody still listens to on this connection. */
export const listenedTo = (connection: FakePeerConnection): string[] =>
	(listening.get(connection) ?? []).filter(({ signal }) => signal?.aborted !== true).map(({ type }) => type);

const isOffer = (signal: PeerSignal): boolean =>
	(signal.kind === 'invite' || signal.kind === 'negotiate') && signal.description.type === 'offer';

function watchConnection(connection: FakePeerConnection, record: CallRecord): void {
	record.connection = connection;
	const add = connection.addIceCandidate.bind(connection);
	connection.addIceCandidate = async (candidate) => {
		if (connection.isClosed) record.candidatesTooLate += 1;
		else if (connection.remoteDescription === null) record.candidatesTooEarly += 1;
		return add(candidate);
	};
}

function watchEdge(
	edge: PeerConnectionEdge,
	record: CallRecord,
	offersOpen: (record: CallRecord, count: number) => void
): PeerConnectionEdge {
	return {
		command: (command) => {
			// stricter than the connection, which would put it in its queue: the machine has to know before
			if (command.type === 'ADD_CANDIDATES' && !record.isDescribed) {
				record.candidatesTooEarly += command.candidates.length;
			}
			if (command.type === 'ADD_CANDIDATES' && record.isClosed) {
				record.candidatesTooLate += command.candidates.length;
			}
			// an answer closes ours; an offer of theirs takes it back, as we do ourselves
			if (command.type === 'SET_REMOTE' || command.type === 'ROLL_BACK') offersOpen(record, 0);
			edge.command(command);
		},
		close: () => {
			record.isClosed = true;
			edge.close();
		}
	};
}
