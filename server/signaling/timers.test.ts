import { expect, it, vi } from 'vitest';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import type { TestClient } from '../../tests/support/test-client.ts';
import { startTestServer } from '../testing/test-server.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

const hasCall = async (client: TestClient) =>
	parseRoom((await client.talk('GET', 'v4/room/demo')).data).hasCall;

it('given a socket, when no hello comes, then it is told and closed', async () => {
	await using server = await startTestServer({ timings: { helloMs: 50 } });
	await using client = server.client();

	const socket = await client.openSocket();

	expect(await socket.next('bye')).toMatchObject({ bye: { reason: 'hello_timeout' } });
	expect(await socket.closed).toBe(1000);
});

it('given a refused hello, when no better one comes, then the socket is told and closed', async () => {
	await using server = await startTestServer({ timings: { helloMs: 50 } });
	await using client = server.client();
	const socket = await client.openSocket();

	await socket.ask({ type: 'hello', hello: { version: '1.0', resumeid: 'x' } });

	expect(await socket.next('bye')).toMatchObject({ bye: { reason: 'hello_timeout' } });
});

it('given a session, when it joins no room, then it is told, closed and forgotten', async () => {
	await using server = await startTestServer({ timings: { roomJoinMs: 50 } });
	await using client = server.client();
	await client.joinRoom('demo');
	const socket = await client.openSocket();
	const { resumeid } = await client.hello('demo');

	expect(await socket.next('bye')).toMatchObject({ bye: { reason: 'room_join_timeout' } });
	const again = await client.openSocket();
	const answer = await again.ask({ type: 'hello', hello: { version: '1.0', resumeid } });
	expect(answer).toMatchObject({ error: { code: 'no_such_session' } });
});

it('given a session that left its room, when it joins no other, then it is told and closed', async () => {
	await using server = await startTestServer({ timings: { roomJoinMs: 100 } });
	await using client = server.client();
	const { socket } = await client.enter('demo');

	await socket.ask({ type: 'room', room: { roomid: '' } });

	expect(await socket.next('bye')).toMatchObject({ bye: { reason: 'room_join_timeout' } });
});

it('given a lost socket, when nobody resumes in time, then call and room are left for it', async () => {
	await using server = await startTestServer({ timings: { resumeMs: 50 } });
	await using ann = server.client();
	await using ben = server.client();
	const { socket } = await ann.enter('demo', 'Ann', ['chat-relay']);
	const lost = await ben.enter('demo', 'Ben');
	await ben.talk('POST', 'v4/call/demo', { flags: 7 });
	await socket.nextUpdate((entry) => entry.sessionId === lost.sessionId && entry.inCall === 7);

	lost.socket.drop();

	await socket.nextUpdate((entry) => entry.sessionId === lost.sessionId && entry.inCall === 0);
	for (const systemMessage of ['call_left', 'call_ended']) {
		expect(await socket.nextEvent('room', 'message')).toMatchObject({
			message: { data: { chat: { comment: { systemMessage } } } }
		});
	}
	expect(await socket.nextEvent('room', 'leave')).toMatchObject({ leave: [lost.sessionId] });
	expect(await hasCall(ann)).toBe(false);
	expect((await ben.talk('GET', 'v4/call/demo')).status).toBe(404);
});

it('given a socket that does not answer pings, when two have passed, then it is dead', async () => {
	await using server = await startTestServer({ timings: { pingMs: 50, resumeMs: 50 } });
	await using ann = server.client();
	await using ben = server.client();
	const { socket } = await ann.enter('demo');
	const silent = await ben.enter('demo');

	silent.socket.pause();

	expect(await socket.nextEvent('room', 'leave')).toMatchObject({ leave: [silent.sessionId] });
});

it('given a guest without a socket, when they are silent for too long, then their session ends', async () => {
	let nowMs = Date.now();
	await using server = await startTestServer({ now: () => nowMs, timings: { sweepMs: 10 } });
	await using client = server.client();
	await client.joinRoom('demo');
	await client.talk('POST', 'v4/call/demo', { flags: 1 });
	expect((await client.talk('GET', 'v4/call/demo')).data).toHaveLength(1);

	nowMs += 31_000;
	expect((await client.talk('GET', 'v4/call/demo')).data).toHaveLength(0);
	expect(await hasCall(client)).toBe(true);
	nowMs += 70_000;

	await expect.poll(() => hasCall(client)).toBe(false);
	expect((await client.talk('GET', 'v4/call/demo')).status).toBe(404);
});

it('given a guest with a socket, when time passes, then they are present all along', async () => {
	let nowMs = Date.now();
	await using server = await startTestServer({ now: () => nowMs, timings: { sweepMs: 10 } });
	await using client = server.client();
	await using silent = server.client();
	await client.enter('demo');
	await client.talk('POST', 'v4/call/demo', { flags: 1 });
	await silent.joinRoom('demo');
	await silent.talk('POST', 'v4/call/demo', { flags: 1 });

	nowMs += 1_000_000;

	await expect.poll(async () => (await silent.talk('GET', 'v4/call/demo')).status).toBe(404);
	expect((await client.talk('GET', 'v4/call/demo')).data).toHaveLength(1);
});

it('given a client that reads nothing, when too much waits for it, then its session ends', async () => {
	await using server = await startTestServer({ bounds: { queuedFrames: 10 } });
	await using ann = server.client();
	await using ben = server.client();
	const sender = await ann.enter('demo');
	const away = await ben.enter('demo');
	away.socket.close();
	await away.socket.closed;

	for (let index = 0; index < 11; index += 1) {
		sender.socket.send({ type: 'message', message: { recipient: { type: 'room' }, data: { index } } });
	}

	expect(await sender.socket.nextEvent('room', 'leave')).toMatchObject({ leave: [away.sessionId] });
});

it('given bounds on frames and hellos, when they are passed, then the sender is told to slow down', async () => {
	await using server = await startTestServer({
		bounds: { frameBurst: 3, framesPerSecond: 0, helloBurst: 1, hellosPerSecond: 0 }
	});
	await using client = server.client();
	const { socket } = await client.enter('demo');

	await socket.ask({ type: 'hologram' });
	socket.send({ type: 'hologram' });
	expect(await socket.next('error')).toMatchObject({ error: { code: 'too_many_requests' } });

	const other = await client.openSocket();
	const answer = await other.ask({ type: 'hello', hello: { version: '1.0', resumeid: 'x' } });
	expect(answer).toMatchObject({ error: { code: 'too_many_requests' } });
});

it('given a bound on sockets, when an address has as many, then no more are opened', async () => {
	await using server = await startTestServer({ bounds: { socketsPerAddress: 1 } });
	await using first = server.client();
	await using second = server.client();
	const socket = await first.openSocket();

	await expect(second.openSocket()).rejects.toThrow('429');

	socket.close();
	await socket.closed;
	await expect.poll(() => second.openSocket().then(() => 'open', String)).toBe('open');
});

it('given a server that stops, when sockets are open, then they are closed with 1001', async () => {
	const server = await startTestServer();
	await using client = server.client();
	const { socket } = await client.enter('demo');

	await server[Symbol.asyncDispose]();

	expect(await socket.closed).toBe(1001);
});
