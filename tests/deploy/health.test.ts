import { spawn } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../deploy/services/health', import.meta.url));

let server: Server | undefined;
afterEach(async () => {
	if (!server) return;
	const closed = once(server, 'close');
	server.close();
	server = undefined;
	await closed;
});

/** Says what it has to say, at once or when it was asked for something, and hangs up. */
async function serve(answer: string, askedFor?: RegExp): Promise<number> {
	server = createServer((socket) => {
		// whoever asks may go before everything was read
		socket.on('error', () => undefined);
		if (askedFor === undefined) socket.end(answer);
		let request = '';
		socket.on('data', (chunk) => {
			request += chunk.toString();
			if (askedFor !== undefined && request.endsWith('\r\n\r\n')) {
				socket.end(askedFor.test(request) ? answer : 'HTTP/1.1 400 Bad Request\r\n\r\n');
			}
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	return address.port;
}

async function health(...words: string[]): Promise<unknown> {
	const child = spawn('bash', [program, ...words], { stdio: 'ignore' });
	const [status] = (await once(child, 'exit')) as [number | null];
	return status;
}

const welcome = (features: string) =>
	`HTTP/1.1 200 OK\r\nX-Spreed-Signaling-Features: ${features}\r\nContent-Length: 2\r\n\r\n{}`;

describe('health', () => {
	it.each([
		{ service: 'nats', answer: 'INFO {"server_id":"N"}\r\n', status: 0 },
		{ service: 'nats', answer: "-ERR 'maximum connections exceeded'\r\n", status: 1 },
		{
			service: 'janus',
			askedFor: /^GET \/ HTTP\/1\.1\r\n[^]*Sec-WebSocket-Protocol: janus-protocol\r\n/,
			answer: 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
			status: 0
		},
		{ service: 'janus', askedFor: /^GET /, answer: 'HTTP/1.1 403 Forbidden\r\n\r\n', status: 1 },
		{
			service: 'signaling',
			askedFor: /^GET \/api\/v1\/welcome HTTP\/1\.1\r\nHost: /,
			answer: welcome('audio-video-permissions, mcu, simulcast'),
			status: 0
		},
		{ service: 'signaling', askedFor: /^GET /, answer: welcome('dialout,mcu'), status: 0 },
		{ service: 'signaling', askedFor: /^GET /, answer: welcome('mcu, switchto'), status: 0 },
		{ service: 'signaling', askedFor: /^GET /, answer: welcome('dialout, switchto'), status: 1 },
		{ service: 'signaling', askedFor: /^GET /, answer: welcome('mcu-less, not-mcu'), status: 1 }
	])(
		'given $service says $answer, then it ends with $status',
		async ({ service, askedFor, answer, status }) => {
			const port = await serve(answer, askedFor);

			expect(await health(service, '127.0.0.1', String(port))).toBe(status);
		}
	);

	it('given nobody listens, then it is not well', async () => {
		const port = await serve('');
		server?.close();
		server = undefined;

		expect(await health('nats', '127.0.0.1', String(port))).toBe(1);
	});

	it('given a service that it does not know, then it says so', async () => {
		expect(await health('redis', '127.0.0.1', '6379')).toBe(2);
	});
});
