import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { expect, it } from 'vitest';
import { collectLog } from '../testing/collected-log.ts';
import { startTestServer } from '../testing/test-server.ts';

const fresh = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
const idOf = (response: Response) => response.headers.get('x-request-id') ?? '';

it('given requests, when they are answered, then each has an id of its own, in the answer and in its line', async () => {
	const { log, linesWith } = collectLog();
	await using server = await startTestServer({ log });
	const room = `${server.origin}/ocs/v2.php/apps/spreed/api/v4/room/demo`;

	const [first, second] = [await fetch(room), await fetch(`${room}/participants/active`, { method: 'POST' })];

	expect(idOf(first)).toMatch(fresh);
	expect(idOf(second)).not.toBe(idOf(first));
	await expect
		.poll(() => linesWith({ reqId: idOf(first), msg: 'answered' }))
		.toMatchObject([
			{ level: 20, method: 'GET', route: '/ocs/v2.php/apps/spreed/api/v4/room/:token', status: 200 }
		]);
	await expect
		.poll(() => linesWith({ reqId: idOf(second), msg: 'answered' }))
		.toMatchObject([{ level: 30, method: 'POST', status: 412 }]);
});

it.each([
	{ from: 'a trusted proxy', trustedProxies: ['127.0.0.1'], given: '0123456789abcdef', isTaken: true },
	{
		from: 'a trusted proxy, but malformed',
		trustedProxies: ['127.0.0.1'],
		given: 'a"b c\td',
		isTaken: false
	},
	{ from: 'a trusted proxy, but short', trustedProxies: ['127.0.0.1'], given: '1', isTaken: false },
	{ from: 'anybody', trustedProxies: [], given: '0123456789abcdef', isTaken: false },
	{ from: 'anybody else', trustedProxies: ['10.0.0.0/8'], given: '0123456789abcdef', isTaken: false }
])('given an id from $from, when it comes, then it is taken over: $isTaken', async (row) => {
	const { log, linesWith } = collectLog();
	await using server = await startTestServer({ log, config: { trustedProxies: row.trustedProxies } });

	const response = await fetch(`${server.origin}/healthz`, { headers: { 'x-request-id': row.given } });

	expect(idOf(response) === row.given).toBe(row.isTaken);
	if (!row.isTaken) expect(idOf(response)).toMatch(fresh);
	await expect.poll(() => linesWith({ reqId: idOf(response) })).toHaveLength(1);
});

it('given a socket, when it is opened and used, then its id is in the answer and in all lines about it', async () => {
	const { log, linesWith } = collectLog();
	await using server = await startTestServer({ log, config: { trustedProxies: ['127.0.0.1'] } });
	const headers = { 'x-request-id': 'from-the-proxy-1' };
	const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/signaling/spreed`, { headers });
	const [upgrade] = (await once(socket, 'upgrade')) as [IncomingMessage];
	expect(upgrade.headers['x-request-id']).toBe('from-the-proxy-1');

	const auth = {
		url: `${server.origin}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`,
		params: { token: 'x' }
	};
	socket.send(JSON.stringify({ id: '1', type: 'hello', hello: { version: '2.0', auth } }));

	const messagesOf = () => linesWith({ connection: 'from-the-proxy-1' }).map(({ msg }) => msg);
	await expect.poll(messagesOf).toEqual(['signaling socket opened', 'hello refused']);
	socket.terminate();
	await expect.poll(messagesOf).toContain('signaling socket closed');
});

it('given a session, when its socket is lost and another takes it up, then the log says which had it', async () => {
	const { log, lines } = collectLog();
	await using server = await startTestServer({ log });
	await using client = server.client();
	const { socket, resumeId } = await client.enter('demo');
	socket.drop();
	const resumed = await client.openSocket();

	await resumed.ask({ type: 'hello', hello: { version: '1.0', resumeid: resumeId } });

	const story = lines().filter(({ msg }) => /^signaling session (opened|resumed)/.test(String(msg)));
	expect(new Set(story.map(({ session }) => session)).size).toBe(1);
	expect(new Set(story.map(({ connection }) => connection)).size).toBe(2);
	for (const { connection } of story) expect(connection).toMatch(fresh);
});
