// @vitest-environment jsdom
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket as WsClient, WebSocketServer, type WebSocket as WsEnd } from 'ws';
import { createFakeSockets } from './fake-socket.ts';
import { socketContract, type SocketPlatform } from './socket-contract.ts';

/** A server that decides about each client when it is told to. */
function createRealServer() {
	const http = createServer();
	const sockets = new WebSocketServer({ noServer: true });
	const ends: Awaited<ReturnType<SocketPlatform['end']>>[] = [];
	const waiting: ((end: (typeof ends)[number]) => void)[] = [];

	http.on('upgrade', (request, stream, head) => {
		const end = realEnd(request, stream, head, sockets);
		const next = waiting.shift();
		if (next) next(end);
		else ends.push(end);
	});

	return {
		listen: () =>
			new Promise<string>((listening) => {
				http.listen(0, '127.0.0.1', () =>
					listening(`ws://127.0.0.1:${(http.address() as AddressInfo).port}/`)
				);
			}),
		end: async () => ends.shift() ?? new Promise<(typeof ends)[number]>((came) => waiting.push(came)),
		stop: () => {
			for (const client of sockets.clients) client.terminate();
			http.closeAllConnections();
			http.close();
		}
	};
}

function realEnd(request: IncomingMessage, stream: Duplex, head: Buffer, sockets: WebSocketServer) {
	const received: string[] = [];
	let socket: WsEnd | undefined;
	stream.on('error', () => undefined); // a client that gave up
	return {
		received,
		accept: () => {
			if (stream.destroyed) return;
			sockets.handleUpgrade(request, stream, head, (accepted) => {
				socket = accepted;
				accepted.on('error', () => undefined);
				accepted.on('message', (data: Buffer) => received.push(data.toString()));
			});
		},
		refuse: () => void stream.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n'),
		say: (text: unknown) => socket?.send(String(text)),
		close: (code: number) => socket?.close(code),
		drop: () => void stream.destroy()
	};
}

const server = createRealServer();
let address = '';
beforeAll(async () => {
	address = await server.listen();
});
afterAll(() => server.stop());

const fakes = createFakeSockets();
const platforms: SocketPlatform[] = [
	{
		implementation: 'fake',
		open: (url = 'wss://signaling.example/spreed') => fakes.openSocket(url),
		end: async () => fakes.end()
	},
	{ implementation: 'jsdom', open: (url = address) => new WebSocket(url), end: () => server.end() },
	{ implementation: 'ws', open: (url = address) => new WsClient(url), end: () => server.end() }
];

for (const platform of platforms) {
	describe(`a socket of ${platform.implementation}`, () => {
		const cases = socketContract(platform);
		for (const promise of cases) it(promise.name, () => promise.run());
		it('has a contract', () => expect(cases.length).toBeGreaterThan(10));
	});
}

describe('the script of the fake', () => {
	it('given an end that has hung up, when it is told to speak, then the test is told of its mistake', () => {
		const sockets = createFakeSockets();
		sockets.openSocket('ws://host.example/');
		const end = sockets.end();

		expect(() => end.say('too early')).toThrow('ringing');
		end.refuse();
		expect(() => end.say('too late')).toThrow('dead');
		expect(() => sockets.end(1)).toThrow('no socket 1');
	});

	it('given frames in both directions, when they have settled, then all have arrived', async () => {
		const sockets = createFakeSockets();
		const socket = sockets.openSocket('ws://host.example/');
		socket.addEventListener('message', ({ data }) => socket.send(String(data)));
		sockets.end().accept();
		sockets.end().say({ n: 1 });

		await sockets.settled();

		expect(sockets.end().frames()).toEqual([{ n: 1 }]);
		expect(sockets.end().closedWith).toBeUndefined();
	});
});
