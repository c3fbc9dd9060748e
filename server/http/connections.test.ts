import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import { describe, expect, it, vi } from 'vitest';
import { gzipSync } from 'node:zlib';
import { startTestServer } from '../testing/test-server.ts';

vi.setConfig({ testTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

type Server = Awaited<ReturnType<typeof startTestServer>>;

/** A connection that says what it is told to, and keeps what comes. */
async function openConnection({ port }: Pick<Server, 'port'>) {
	const socket: Socket = connect(port, '127.0.0.1');
	let heard = '';
	socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
	socket.on('error', () => undefined);
	const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(heard)));
	await once(socket, 'connect');
	return { socket, ended, heard: () => heard };
}

const room = '/ocs/v2.php/apps/spreed/api/v4/room';
const post = (path: string, length: number) =>
	`POST ${path} HTTP/1.1\r\nHost: localhost\r\nOCS-APIRequest: true\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

describe('connections that keep the server waiting', () => {
	const timings = { headersMs: 200, requestMs: 400, connectionLookMs: 50 };

	it.each([
		['say nothing', ''],
		['stop within their headers', 'GET / HTTP/1.1\r\nHost: localhost\r\nX-A'],
		['stop within their body', `${post(room, 100)}{"room`]
	])('given some that %s, when their time is over, then they are told and closed', async (_what, said) => {
		await using server = await startTestServer({ timings });
		const { socket, ended } = await openConnection(server);
		socket.write(said);

		expect(await ended).toMatch(/^HTTP\/1\.1 408 /);
	});

	it('given a body that trickles in, when each byte comes in time but not all of it, then it is not waited for', async () => {
		await using server = await startTestServer({ timings });
		const { socket, ended } = await openConnection(server);
		socket.write(post(room, 10_000));
		const trickle = setInterval(() => socket.write(' '), 20);

		expect(await ended).toMatch(/^HTTP\/1\.1 408 /);
		clearInterval(trickle);
	});

	it('given a request that waits for news, when it waits longer than requests may take to come, then it goes on', async () => {
		await using server = await startTestServer({ timings });
		await using client = server.client();
		await client.joinRoom('demo');

		// 304 after the second it asked for, and no 408 before
		const path = 'v1/chat/demo?lookIntoFuture=1&timeout=1&lastKnownMessageId=1000';
		expect((await client.talk('GET', path)).status).toBe(304);
	});

	it('given a socket that reads nothing and answers no ping, when it is looked at, then it is closed', async () => {
		await using server = await startTestServer({ timings: { pingMs: 100, helloMs: 60_000 } });
		const { socket, ended, heard } = await openConnection(server);
		const key = 'dGhlIHNhbXBsZSBub25jZQ==';
		socket.write(
			`GET /signaling/spreed HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`
		);
		await expect.poll(heard).toContain('welcome');

		await ended;
	});
});

describe('how many connections there may be', () => {
	it('given an address that has as many as it may, when it opens one more, then that one ends; the others go on', async () => {
		await using server = await startTestServer({ bounds: { connectionsPerAddress: 2 } });
		const [first, second] = [await openConnection(server), await openConnection(server)];

		const third = await openConnection(server);
		third.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');

		expect(await third.ended).toBe('');
		second.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n');
		await expect.poll(second.heard).toMatch(/^HTTP\/1\.1 200 /);
		first.socket.destroy();
		second.socket.destroy();
		await expect.poll(() => fetch(`${server.origin}/healthz`).then(({ status }) => status, String)).toBe(200);
	});

	it('given a trusted proxy, when it opens more than an address may, then all are taken', async () => {
		const config = { trustedProxies: ['127.0.0.1'] };
		await using server = await startTestServer({ config, bounds: { connectionsPerAddress: 1 } });
		const held = [await openConnection(server), await openConnection(server)];

		expect((await fetch(`${server.origin}/healthz`)).status).toBe(200);
		for (const { socket } of held) socket.destroy();
	});

	it('given as many as there may be in all, when one more is opened, then it ends', async () => {
		const config = { trustedProxies: ['127.0.0.1'] };
		await using server = await startTestServer({ config, bounds: { connections: 1 } });
		const first = await openConnection(server);

		expect(await (await openConnection(server)).ended).toBe('');
		first.socket.destroy();
	});
});

describe('how much is read', () => {
	it.each([
		{ path: '/v1/guest/demo/name', bytes: 64 * 1024 + 1, status: 413 },
		{ path: '/v4/room', bytes: 64 * 1024 + 1, status: 413 },
		{ path: '/v1/chat/demo', bytes: 64 * 1024 + 1, status: 404 },
		{ path: '/v1/chat/demo', bytes: 512 * 1024 + 1, status: 413 },
		{ path: '/v1/bot/demo/message', bytes: 512 * 1024 + 1, status: 413 }
	])(
		'given a body of $bytes bytes, when it is sent to $path, then $status',
		async ({ path, bytes, status }) => {
			await using server = await startTestServer();
			const body = JSON.stringify({ message: 'a', filling: '' });
			const headers = { 'ocs-apirequest': 'true', 'content-type': 'application/json' };

			const response = await fetch(`${server.origin}/ocs/v2.php/apps/spreed/api${path}`, {
				method: 'POST',
				headers,
				body: body.replace('""', `"${'a'.repeat(bytes - body.length)}"`)
			});

			expect(response.status).toBe(status);
			expect(await response.json()).toMatchObject({ ocs: { meta: { statuscode: status } } });
		}
	);

	it('given a body without a length, when more comes than the route takes, then it is refused before it has ended', async () => {
		await using server = await startTestServer();
		const { socket, heard } = await openConnection(server);
		socket.write(
			`POST ${room} HTTP/1.1\r\nHost: localhost\r\nOCS-APIRequest: true\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
		);
		const chunk = 'a'.repeat(16 * 1024);

		for (let sent = 0; sent < 5; sent += 1) socket.write(`4000\r\n${chunk}\r\n`);

		await expect.poll(heard).toMatch(/^HTTP\/1\.1 413 /);
		socket.destroy();
	});

	it('given a compressed body, when it is sent, then it is not unpacked', async () => {
		await using server = await startTestServer();
		const headers = {
			'ocs-apirequest': 'true',
			'content-type': 'application/json',
			'content-encoding': 'gzip'
		};

		const response = await fetch(`${server.origin}${room}`, {
			method: 'POST',
			headers,
			body: gzipSync(JSON.stringify({ roomType: 3, roomName: 'a'.repeat(200) }))
		});

		expect(response.status).toBe(400);
	});

	it('given a socket that offers compression, when it is opened, then none is agreed on', async () => {
		await using server = await startTestServer();
		const url = `${server.origin.replace('http', 'ws')}/signaling/spreed`;
		const socket = new WebSocket(url, { perMessageDeflate: true });
		const [upgrade] = (await once(socket, 'upgrade')) as [IncomingMessage];

		expect(upgrade.headers['sec-websocket-extensions']).toBeUndefined();
		expect(socket.extensions).toBe('');
		socket.terminate();
	});
});

describe('whose words about a request are believed', () => {
	/** As fetch does not let one: with any `Host` and any path. */
	const ask = (port: number, path: string, headers: Record<string, string> = {}) =>
		new Promise<{ status: number; headers: IncomingMessage['headers']; text: string }>((resolve, reject) => {
			const options = { port, host: '127.0.0.1', path, headers };
			request(options, (response) => {
				let text = '';
				response.on('data', (chunk: Buffer) => (text += chunk.toString()));
				response.on('end', () =>
					resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
				);
			})
				.on('error', reject)
				.end();
		});
	const settings = '/ocs/v2.php/apps/spreed/api/v3/signaling/settings?token=demo';

	it('given a public address, when requests name another host, then nothing in the answers does', async () => {
		const config = { publicUrl: 'https://calls.example', trustedProxies: ['127.0.0.1'] };
		await using server = await startTestServer({ config });
		const evil = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' };

		const { text } = await ask(server.port, settings, evil);

		expect(text).toContain('https:\\/\\/calls.example'.replaceAll('\\', ''));
		expect(text).not.toContain('evil');
	});

	it('given several proxies in a row, when hosts and addresses are listed, then those of the trusted one count', async () => {
		await using server = await startTestServer({ config: { trustedProxies: ['127.0.0.1'] } });
		const listed = {
			'x-forwarded-host': 'evil.example, calls.example',
			'x-forwarded-proto': 'https',
			'x-forwarded-for': '6.6.6.6, 203.0.113.7'
		};

		const { text } = await ask(server.port, settings, listed);
		const page = await ask(server.port, '/call/demo', { ...listed, accept: 'text/html' });

		expect(text).toContain('https://calls.example');
		expect(text).not.toContain('evil');
		expect(String(page.headers['content-security-policy'])).toContain('wss://calls.example');
		expect(String(page.headers['content-security-policy'])).not.toContain('evil');
	});

	it('given two addresses of one IPv6 network, when one has asked enough, then neither may; another network may', async () => {
		const config = { trustedProxies: ['127.0.0.1'] };
		await using server = await startTestServer({ config, bounds: { requestsPerMinute: 1 } });
		const askAs = (address: string) =>
			ask(server.port, settings, { 'x-forwarded-for': address }).then(({ status }) => status);

		expect(await askAs('2001:db8:1:2::1')).toBe(200);
		expect(await askAs('2001:db8:1:2:ffff::9')).toBe(429);
		expect(await askAs('2001:db8:1:3::1')).toBe(200);
	});

	it('given a Host that is none, when the page is asked for, then it does not get into the policy', async () => {
		await using server = await startTestServer();

		const { headers } = await ask(server.port, '/', { host: "a; script-src 'unsafe-inline'" });

		expect(String(headers['content-security-policy'])).not.toContain('unsafe-inline');
	});

	it.each([
		'/index.php/call/%2F%2Fevil.example',
		'/index.php/call/..%2F..%2F%2Fevil.example',
		'/index.php/call/%5C%5Cevil.example',
		'/index.php/call/demo%0d%0aLocation:%20https:%2F%2Fevil.example',
		'/moderate/%2F%2Fevil.example/secret',
		'/moderate/demo/%2F%2Fevil.example',
		'//evil.example/%2e%2e',
		'//evil.example/call/demo',
		'/call/demo?next=https://evil.example'
	])('given the link %s, when it is opened, then it leads nowhere else', async (path) => {
		await using server = await startTestServer();

		const { headers } = await ask(server.port, path, { accept: 'text/html' });

		const origin = 'http://localhost';
		expect(new URL(headers.location ?? '/', origin).origin).toBe(origin);
	});
});
