import type { SignalingSocket, SignalingTransport, SocketEvent } from '../../domain/signaling.ts';
import type { SignalingSettings } from '../../domain/talk-api.ts';
import type { ClientFrame } from '../../protocol/client-frame.ts';
import type { SessionId } from '../../protocol/ids.ts';
import { limits } from '../../protocol/limits.ts';
import { talkDialect, type Dialect } from './signaling/dialect.ts';
import { createFrameReader } from './signaling/frame-reader.ts';
import { orderData, stateMessage } from './signaling/peer-messages.ts';

/** The part of a browser's WebSocket that signaling needs. Its events come asynchronously, `close` last and once. */
export interface WebSocketLike {
	addEventListener(type: 'open' | 'error', listener: () => void): void;
	addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
	addEventListener(type: 'close', listener: (event: { code: number }) => void): void;
	/** Throws while the socket is opening. */
	send(text: string): void;
	close(code?: number): void;
}

interface TransportEdges {
	/** May throw: for an address that is none, or that the page may not connect to. */
	openSocket: (url: string) => WebSocketLike;
	/** Is told the kind of everything that was left out, in either direction; never what it said. */
	count: (reason: string) => void;
	/** How the sessions negotiate connections; none: as Talk's clients do. */
	dialect?: Dialect;
}

/** Close code of a connection that never was, as browsers number it. */
const abnormalClosure = 1006;

/** Sockets that speak to Talk's signaling server. See the port for what each method promises. */
export function createSignalingTransport(edges: TransportEdges): SignalingTransport {
	return { open: (url, listener) => openSignaling(url ?? '', listener, edges) };
}

function openSignaling(
	url: string,
	listener: (event: SocketEvent) => void,
	{ openSocket, count, dialect = talkDialect }: TransportEdges
): SignalingSocket {
	const reader = createFrameReader(dialect, count);
	let phase: 'opening' | 'open' | 'over' = 'opening';
	let requests = 0;

	const ended = (code: number) => {
		if (phase === 'over') return;
		phase = 'over';
		listener({ type: 'SOCKET_CLOSED', code });
	};

	const opened = () => {
		if (phase !== 'opening') return;
		phase = 'open';
		listener({ type: 'SOCKET_OPENED' });
	};

	const received = (data: unknown) => {
		for (const event of isOver() ? [] : reader.read(data)) {
			if (isOver()) return; // the listener may have closed us in between
			listener(event);
		}
	};
	const isOver = () => phase === 'over';

	const socket = connect();

	function connect(): WebSocketLike | undefined {
		try {
			const opening = openSocket(url);
			opening.addEventListener('open', opened);
			opening.addEventListener('message', ({ data }) => received(data));
			opening.addEventListener('close', ({ code }) => ended(code));
			opening.addEventListener('error', () => undefined); // says nothing that the close after it does not
			return opening;
		} catch {
			count('socket.refused');
			queueMicrotask(() => ended(abnormalClosure));
			return undefined;
		}
	}

	const send = (frame: ClientFrame) => {
		if (phase === 'over') return;
		const text = JSON.stringify(frame);
		if (phase === 'opening') count(`unsent.not-open: ${frame.type}`);
		else if (isTooLong(text)) count(`unsent.too-long: ${frame.type}`);
		else socket?.send(text);
	};

	const request = (frame: (id: string) => ClientFrame): string => {
		requests += 1;
		const id = String(requests);
		send(frame(id));
		return id;
	};

	const tell = (sessionid: SessionId, data: { type: string }) =>
		send({ type: 'message', message: { recipient: { type: 'session', sessionid }, data } });

	return {
		hello: (version, settings) => {
			const auth = { type: 'client', url: settings.backendUrl, params: paramsOf(version, settings) };
			reader.helloSent(request((id) => ({ id, type: 'hello', hello: { version, auth } })));
		},
		resume: (resumeid) => {
			reader.helloSent(request((id) => ({ id, type: 'hello', hello: { version: '1.0', resumeid } })));
		},
		joinRoom: (roomid, sessionid) => {
			const id = request((id) => ({ id, type: 'room', room: { roomid, sessionid } }));
			reader.roomRequested(id, roomid);
		},
		sendSignal: (to, signal) => {
			for (const message of dialect.write(signal, to, reader.own())) tell(to, message);
		},
		sendState: (recipients, state) => {
			for (const to of recipients) {
				const message = stateMessage(state, to);
				if (message) tell(to, message);
			}
		},
		sendOrder: (recipients, order) => {
			for (const sessionid of recipients) {
				send({
					type: 'control',
					control: { recipient: { type: 'session', sessionid }, data: orderData(order) }
				});
			}
		},
		bye: () => send({ type: 'bye', bye: {} }),
		close: () => {
			if (phase === 'over') return;
			phase = 'over';
			socket?.close();
		}
	};
}

/** @throws {Error} if the settings lack what the version needs: a bug in the caller */
function paramsOf(version: '1.0' | '2.0', { helloV1, helloV2 }: SignalingSettings): object {
	const params = version === '2.0' ? helloV2 : helloV1;
	if (!params) throw new Error(`no parameters for hello ${version}`);
	return params;
}

/** A longer frame would cost the connection. Text of UTF-16 has at most three bytes of UTF-8 for each unit. */
const isTooLong = (text: string): boolean =>
	text.length * 3 > limits.frameBytes && new TextEncoder().encode(text).byteLength > limits.frameBytes;
