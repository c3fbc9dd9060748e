import type { SignalingSocket, SignalingTransport, SocketEvent } from '../../domain/signaling.ts';
import type { NextcloudSessionId, ResumeId, RoomToken, SessionId } from '../../protocol/ids.ts';
import { limits } from '../../protocol/limits.ts';
import { talkPath, type Ocs } from './http/ocs-request.ts';
import { createRoomApi } from './http/room-api.ts';
import { createOutbox, type Outbox } from './internal-outbox.ts';
import { createPullReader, type PullReader } from './signaling/pull-reader.ts';
import { talkDialect, type Dialect } from './signaling/dialect.ts';
import { orderData, stateMessage } from './signaling/peer-messages.ts';

interface PullEdges {
	ocs: Ocs;
	/** Is told the kind of everything that was left out, in either direction; never what it said. */
	count: (reason: string) => void;
	/** How the sessions negotiate connections; none: as Talk's clients do. */
	dialect?: Dialect;
}

/** One session in a room: what it still has to say, and who it knows to be there. It outlives the connections. */
interface Visit {
	session: SessionId;
	token: RoomToken;
	outbox: Outbox;
	reader: PullReader;
}

/** What a browser calls a connection that ended without a word, and a server that is going away for a while. */
const abnormalClosure = 1006;
/** A few seconds beyond what a server holds a request. */
const pullTimeoutMs = limits.pullMs + 10_000;

/** By the address: a socket, or without one the transport that pulls. */
export const createTransports = (
	sockets: SignalingTransport,
	pulls: SignalingTransport
): SignalingTransport => ({
	open: (url, listener) => (url === null ? pulls : sockets).open(url, listener)
});

/**
 * Signaling of a Talk server that has no signaling socket: questions that the server answers when there is something to
 * say. One after the other without a pause while there is; the first that fails ends what stands for a socket. When and
 * whether to come back is not decided here.
 */
export function createPullTransport(edges: PullEdges): SignalingTransport {
	let last: Visit | undefined;

	/** The same session goes on where it was, another one begins anew. */
	const visit = (token: RoomToken, session: SessionId): Visit => {
		if (last?.session === session && last.token === token) return last;
		last?.outbox.close();
		const { ocs, count, dialect = talkDialect } = edges;
		last = {
			session,
			token,
			outbox: createOutbox({ ocs, token, session, count }),
			reader: createPullReader({ dialect, own: session, count })
		};
		return last;
	};
	return { open: (_, listener) => openPulling(listener, edges, visit) };
}

function openPulling(
	listener: (event: SocketEvent) => void,
	{ ocs, count, dialect = talkDialect }: PullEdges,
	visit: (token: RoomToken, session: SessionId) => Visit
): SignalingSocket {
	const over = new AbortController();
	let current: Visit | undefined;
	let isLetIn = false;
	let isResting = false;

	const isOver = () => over.signal.aborted;
	const tell = (event: SocketEvent) => {
		if (!isOver()) listener(event);
	};
	const end = () => {
		if (isOver()) return false;
		over.abort();
		current?.outbox.close();
		return true;
	};
	const ended = () => {
		if (end()) listener({ type: 'SOCKET_CLOSED', code: abnormalClosure });
	};

	queueMicrotask(() => tell({ type: 'SOCKET_OPENED' }));

	/** Asks until there is nothing to say, or no way to ask. */
	async function pull({ token, reader }: Visit): Promise<void> {
		isResting = false;
		while (!isOver()) {
			const events = await ask(token, reader);
			for (const event of events) tell(event);
			if (events.length === 0) isResting = true;
			if (!isResting) continue;
			tell({ type: 'NOTHING_NEW' });
			return;
		}
	}

	async function ask(token: RoomToken, reader: PullReader): Promise<SocketEvent[]> {
		try {
			const reply = await ocs.exchange({
				what: 'pull signaling messages',
				method: 'GET',
				path: talkPath(`v3/signaling/${token}`),
				timeoutMs: pullTimeoutMs,
				signal: over.signal
			});
			if (isOver()) return [];
			switch (reply.status) {
				case 200: {
					const news = reader.read(reply.data(), { isFirst: !isLetIn });
					const joined: SocketEvent[] = isLetIn ? [] : [{ type: 'ROOM_JOINED', token }];
					isLetIn = true;
					return [...joined, ...news];
				}
				case 403:
				case 404:
					return final({ type: 'ROOM_REFUSED', code: 'no_such_room' });
				case 409:
					return final({ type: 'REMOVED_FROM_ROOM', reason: 'replaced' });
				default:
					count(`pull.refused: ${reply.status}`);
			}
		} catch {
			if (!isOver()) count('pull.failed');
		}
		ended();
		return [];
	}

	/** The last thing that is said. */
	function final(event: SocketEvent): SocketEvent[] {
		if (end()) listener(event);
		return [];
	}

	const say = (message: { type: string; payload?: unknown }, to: SessionId) =>
		current?.outbox.add({ ...message, to });

	return {
		// the session of the room is all there is
		hello: () => undefined,
		resume: () => undefined,
		joinRoom: (token, room: NextcloudSessionId) => {
			if (isOver() || current) return;
			const session = room as string as SessionId;
			current = visit(token, session);
			const resumeId = room as string as ResumeId;
			queueMicrotask(() => tell({ type: 'HELLO_ACCEPTED', sessionId: session, resumeId, features: [] }));
			current.outbox.open(ended);
			void pull(current);
		},
		sendSignal: (to, signal) => {
			if (isOver()) return;
			for (const message of dialect.write(signal, to, current?.session)) say(message, to);
		},
		sendState: (recipients, state) => {
			if (isOver()) return;
			for (const to of recipients) {
				const message = stateMessage(state, to);
				if (message) say(message, to);
			}
		},
		sendOrder: (recipients, order) => {
			if (isOver()) return;
			for (const to of recipients) say({ type: 'control', payload: orderData(order) }, to);
		},
		// leaves at once, since the page may be going
		bye: () => {
			if (isOver() || !current) return;
			createRoomApi(ocs)
				.leaveRoom(current.token, { keepalive: true })
				.catch(() => count('unsent.failed: bye'));
			end();
		},
		pullAgain: () => {
			if (isOver() || !current || !isResting) return;
			void pull(current);
		},
		close: () => {
			end();
		}
	};
}
