import { get } from 'node:http';
import { expect, it } from 'vitest';
import { startTestServer } from '../testing/test-server.ts';

const adminToken = 'an administrator has this';
const look = (origin: string, headers: Record<string, string> = {}) =>
	fetch(`${origin}/metrics`, { headers });

/** @returns the value of a line of the text, NaN without one */
const valueOf = (text: string, line: string): number =>
	Number(
		text
			.split('\n')
			.find((one) => one.startsWith(`${line} `))
			?.slice(line.length + 1) ?? NaN
	);

it('given two guests in a room, one of them in its call, when this machine asks, then it is told so, and of every answer', async () => {
	await using server = await startTestServer();
	const [ann, ben] = [server.client(), server.client()];
	await ann.joinRoom('demo');
	await ben.joinRoom('demo');
	await ann.talk('POST', 'v4/call/demo', { flags: 3 });

	const answer = await look(server.origin);

	expect(answer.status).toBe(200);
	expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
	expect(answer.headers.get('cache-control')).toBe('no-store');
	const text = await answer.text();
	expect(valueOf(text, 'roost_rooms')).toBe(1);
	expect(valueOf(text, 'roost_room_sessions')).toBe(2);
	expect(valueOf(text, 'roost_calls')).toBe(1);
	expect(valueOf(text, 'roost_call_sessions')).toBe(1);
	const calls = 'method="POST",route="/ocs/v2.php/apps/spreed/api/v4/call/:token",status="200"';
	expect(valueOf(text, `roost_http_request_seconds_count{${calls}}`)).toBe(1);
	expect(valueOf(text, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThanOrEqual(0);
	expect(text).not.toContain('demo');
});

it.each([
	['through a proxy that is not trusted', { 'x-forwarded-for': '127.0.0.1' }],
	['through another kind of proxy', { forwarded: 'for=127.0.0.1' }],
	['with a wrong token', { via: '1.1 proxy', authorization: 'Bearer an administrator has that' }]
])('given a question %s, when it comes, then it is refused', async (_name, headers) => {
	await using server = await startTestServer({ config: { adminToken } });

	const answer = await look(server.origin, headers);

	expect(answer.status).toBe(403);
	expect(await answer.text()).not.toContain('roost_');
});

it('given a trusted proxy, when somebody else asks through it, then only the admin token helps', async () => {
	await using server = await startTestServer({ config: { adminToken, trustedProxies: ['127.0.0.1'] } });
	const stranger = { 'x-forwarded-for': '203.0.113.9' };

	expect((await look(server.origin, stranger)).status).toBe(403);
	expect((await look(server.origin, { ...stranger, authorization: `Bearer ${adminToken}` })).status).toBe(
		200
	);
	expect((await look(server.origin, { 'x-forwarded-for': '127.0.0.1' })).status).toBe(200);
});

it('given a page whose name was made to lead here, when it asks, then it is refused', async () => {
	await using server = await startTestServer();
	const ask = (host: string) =>
		new Promise<number | undefined>((settle, fail) => {
			get(`${server.origin}/metrics`, { headers: { host } }, (answer) => {
				answer.resume();
				settle(answer.statusCode);
			}).on('error', fail);
		});

	expect(await ask('evil.example')).toBe(403);
	expect(await ask(`localhost:${server.port.toString()}`)).toBe(200);
});
