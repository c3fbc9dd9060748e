import type { InspectionEvent } from 'xstate';
import type {
	IceState,
	PeerConnectionEdge,
	PeerConnections
} from '../../src/lib/domain/call/peer-connection.ts';
import type { PeerCallOutput } from '../../src/lib/domain/call/peer-call/setup.ts';
import type { PeerSignal } from '../../src/lib/domain/signaling.ts';
import type { CallId, SessionId } from '../../src/lib/protocol/ids.ts';
import type { FakeNetwork } from '../support/fake-network.ts';
import type { FakePeerConnection } from '../support/fake-peer-connection.ts';
import { readInspected } from './inspected.ts';

/** Everything that one party did and heard under one call id. */
export interface CallRecord {
	party: string;
	callId: CallId;
	/** The member it belongs to; null: not known, or none. */
	member: string | null;
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
	/** … and those given to the connection. */
	given: string[];
	/** Own offers that nobody answered and that were not taken back; and how many there were at most. */
	offersOpen: number;
	offersOpenMax: number;
	/** Own offers that were withdrawn because nobody answered. */
	takenBack: number;
	/** The path has worked at some time. */
	wasUp: boolean;
	/** Since when the path that once worked does not, simulated milliseconds; and how long it was so at most. */
	lostSince: number | null;
	lostMax: number;
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
	/** Signaling was interrupted at some time. */
	wasDown: boolean;
	/** Machines that broke. */
	broken: unknown[];
	/** To be given to the system of the party's machines. */
	observe: (event: InspectionEvent) => void;
	/** Stands between the machines and the real connections. */
	watch: (real: PeerConnections) => PeerConnections;
}

/**
 * Notes facts; judging them is the business of the invariants.
 * @param now simulated milliseconds
 */
export function createJournal(party: string, network: FakeNetwork, now: () => number): Journal {
	const calls = new Map<CallId, CallRecord>();
	const recordOf = (callId: CallId): CallRecord => {
		const known = calls.get(callId);
		if (known !== undefined) return known;
		const record: CallRecord = {
			party,
			callId,
			member: null,
			opened: 0,
			connection: null,
			isClosed: false,
			isDescribed: false,
			candidatesTooEarly: 0,
			candidatesTooLate: 0,
			heard: [],
			given: [],
			offersOpen: 0,
			offersOpenMax: 0,
			takenBack: 0,
			wasUp: false,
			lostSince: null,
			lostMax: 0,
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
		wasDown: false,
		broken: [],
		observe: (inspected) => {
			const noted = readInspected(inspected);
			switch (noted?.kind) {
				case 'sent': {
					const { to, signal } = noted;
					const record = recordOf(signal.callId);
					record.sent.push(signal);
					if (signal.kind === 'invite') record.placed = true;
					if (isOffer(signal)) offersOpen(record, record.offersOpen + 1);
					if (journal.gone.has(to)) journal.sentToGone.push({ to, signal });
					break;
				}
				case 'heard': {
					const { signal, member } = noted;
					if (signal.kind === 'invite') recordOf(signal.callId).member = member;
					if (signal.kind !== 'candidates') break;
					recordOf(signal.callId).heard.push(...signal.candidates.map(({ candidate }) => candidate));
					break;
				}
				case 'ended':
					recordOf(noted.output.callId).ends.push(noted.output);
					break;
				case 'broke':
					journal.broken.push(noted.error);
					break;
				case 'placed':
					recordOf(noted.callId).member = noted.member;
					journal.attempts.set(noted.actor, (journal.attempts.get(noted.actor) ?? 0) + 1);
					break;
				case 'retried':
					journal.attempts.delete(noted.actor);
					break;
				case 'left':
					for (const session of noted.sessions) journal.gone.add(session);
					break;
				case 'signaling down':
					journal.wasDown = true;
			}
		},
		watch: (real) => ({
			open: (options, listener) => {
				const record = recordOf(options.callId);
				record.opened += 1;
				const before = network.connections.length;
				const edge = real.open(options, (event) => {
					if (event.type === 'PC_REMOTE_SET') record.isDescribed = true;
					if (event.type === 'PC_ICE_STATE') notePath(record, event.state, now());
					listener(event);
				});
				const connection = network.connections[before];
				if (connection !== undefined) watchConnection(connection, record);
				return watchEdge(edge, record, offersOpen, now);
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

/** How long a call puts up with a path that does not work any more. A restart alone does not mend it. */
function notePath(record: CallRecord, state: IceState, now: number): void {
	const { lostSince } = record;
	if (lostSince !== null) record.lostMax = Math.max(record.lostMax, now - lostSince);
	const isUp = state === 'connected' || state === 'completed';
	if (isUp) record.wasUp = true;
	if (isUp || record.isClosed) record.lostSince = null;
	else if (record.wasUp && (state === 'disconnected' || state === 'failed'))
		record.lostSince = lostSince ?? now;
}

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
	offersOpen: (record: CallRecord, count: number) => void,
	now: () => number
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
			if (command.type === 'ADD_CANDIDATES') {
				record.given.push(...command.candidates.map(({ candidate }) => candidate));
			}
			if (command.type === 'ROLL_BACK') record.takenBack += 1;
			// an answer closes ours; an offer of theirs takes it back, as we do ourselves
			if (command.type === 'SET_REMOTE' || command.type === 'ROLL_BACK') offersOpen(record, 0);
			edge.command(command);
		},
		close: () => {
			record.isClosed = true;
			notePath(record, 'closed', now());
			edge.close();
		}
	};
}
