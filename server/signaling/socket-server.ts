import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import { limits } from '../../src/lib/protocol/limits.ts';
import type { RequestIds } from '../http/request-ids.ts';
import { networkOf, originOfRequest } from '../network.ts';
import { createBuckets, createGuesses } from '../rate.ts';
import { closeCode, createConnection, createGathering, type Connection } from './connection.ts';
import { createFrameHandler, type HandlerDependencies } from './frame-handler.ts';

export interface SocketDependencies extends Omit<HandlerDependencies, 'hellos' | 'guesses'> {
	isTrustedProxy: (address: string) => boolean;
	requestIds: RequestIds;
	/** host of the configured public address, if there is one */
	publicHost: string | undefined;
}

/** The addresses of the signaling socket below the origin: that of the settings, and that of a server by itself. */
export const socketPaths: readonly string[] = ['/signaling/spreed', '/spreed'];

/** How long clients have to answer the closing of their sockets. */
const closeGraceMs = 1_000;

/** Takes the upgrades to the addresses of the signaling socket of an http server; others are refused. */
export function attachSockets(server: Server, dependencies: SocketDependencies) {
	const { bounds, timings, isTrustedProxy, requestIds, now } = dependencies;
	const sockets = new WebSocketServer({
		noServer: true,
		maxPayload: limits.frameBytes,
		perMessageDeflate: false,
		clientTracking: false
	});
	const handlers = {
		...dependencies,
		hellos: createBuckets(bounds.helloBurst, bounds.hellosPerSecond, now),
		guesses: {
			clients: createGuesses(bounds.helloGuesses, bounds.helloRestMs, now),
			internals: createGuesses(bounds.secretGuesses, bounds.secretRestMs, now)
		}
	};
	const open = new Map<WebSocket, Connection>();
	const openByAddress = new Map<string, number>();
	const gather = createGathering();

	sockets.on('headers', (headers, request) => headers.push(`X-Request-Id: ${requestIds(request)}`));
	server.on('upgrade', (request, stream, head) => {
		const log = dependencies.log.child({ connection: requestIds(request) });
		stream.on('error', (error) => log.debug({ err: error }, 'a socket failed while it was opened'));
		const origin = originOfRequest(request, isTrustedProxy);
		const { host } = origin;
		const address = networkOf(origin.address);
		const refusal = refusalOf(request, address, host);
		if (refusal === undefined) {
			sockets.handleUpgrade(request, stream, head, (socket) => {
				const id = requestIds(request);
				accept(socket, createConnection(socket, stream, id, address, bounds.bufferedBytes, gather), log);
			});
			return;
		}
		log.info({ refusal }, 'signaling socket refused');
		refuse(stream, refusal);
	});

	function refusalOf(request: IncomingMessage, address: string, host: string): string | undefined {
		if (!socketPaths.includes(request.url?.split('?')[0] ?? '')) return '404 Not Found';
		if (!isSameHost(request.headers.origin, [host, dependencies.publicHost, ...dependencies.foreign.hosts]))
			return '403 Forbidden';
		const isFull = (openByAddress.get(address) ?? 0) >= bounds.socketsPerAddress;
		return isFull ? '429 Too Many Requests' : undefined;
	}

	function accept(socket: WebSocket, connection: Connection, log: Logger): void {
		const { address } = connection;
		log.debug('signaling socket opened');
		open.set(socket, connection);
		openByAddress.set(address, (openByAddress.get(address) ?? 0) + 1);
		const handler = createFrameHandler(connection, { ...handlers, log });
		const stopPinging = keepAlive(socket, timings.pingMs);
		socket.on('message', (data: Buffer, isBinary) => {
			handler.receive(isBinary ? undefined : data.toString());
		});
		// a frame that is too large ends here as well; `ws` closes with 1009
		socket.on('error', (error) => log.info({ err: error }, 'signaling socket failed'));
		socket.on('close', (code) => {
			log.debug({ code }, 'signaling socket closed');
			stopPinging();
			open.delete(socket);
			countDown(address);
			handler.closed(code === closeCode.goingAway && !connection.isSentAway());
		});
	}

	function countDown(address: string): void {
		const left = (openByAddress.get(address) ?? 1) - 1;
		if (left > 0) openByAddress.set(address, left);
		else openByAddress.delete(address);
	}

	/** Sends everybody away, with the code that makes clients come back. */
	async function close(): Promise<void> {
		sockets.close();
		for (const connection of open.values()) connection.goAway();
		const deadline = Date.now() + closeGraceMs;
		while (open.size > 0 && Date.now() < deadline) await delay(10);
		for (const connection of open.values()) connection.terminate();
	}

	return { close, count: () => open.size };
}

/** In place of `attachSockets` where another server does the signaling: says where. */
export function refuseSockets(server: Server, elsewhere: string) {
	server.on('upgrade', (_request, stream: Duplex) => {
		stream.on('error', () => undefined);
		refuse(stream, '404 Not Found', `signaling is at ${elsewhere}\n`);
	});
	return { close: () => Promise.resolve(), count: () => 0 };
}

/** Ends the connection on both sides: the other one may keep its half open, or have said more than anybody reads. */
export function refuse(stream: Duplex, status: string, text = ''): void {
	stream.once('finish', () => stream.destroy());
	const headers = `Connection: close\r\nContent-Type: text/plain\r\nContent-Length: ${Buffer.byteLength(text)}`;
	stream.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${text}`);
}

/** Programs that are no browsers send no origin. */
export function isSameHost(origin: string | undefined, hosts: (string | undefined)[]): boolean {
	if (origin === undefined) return true;
	return URL.canParse(origin) && hosts.includes(new URL(origin).host);
}

/** Pings; a socket that has not answered by the next ping is dead. @returns what stops it */
function keepAlive(socket: WebSocket, everyMs: number): () => void {
	let isAlive = true;
	socket.on('pong', () => {
		isAlive = true;
	});
	const timer = setInterval(() => {
		if (!isAlive) {
			socket.terminate();
			return;
		}
		isAlive = false;
		socket.ping();
	}, everyMs);
	return () => clearInterval(timer);
}
