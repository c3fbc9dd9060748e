import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Database from 'libsql';
import { expect, it, vi } from 'vitest';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import type { TestClient, TestSocket } from '../../tests/support/test-client.ts';
import { internalAuth } from '../testing/signaling-programs.ts';
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

it('given a server that is busy with others, when a hello came in time that it could not read, then it counts', async () => {
	const helloMs = 300;
	await using server = await startTestServer({ timings: { helloMs } });
	await using client = server.client();
	await client.joinRoom('demo');
	const params = (await client.settings('demo')).helloAuthParams['2.0'];
	const url = `${server.origin}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`;
	const socket = await client.openSocket();

	const answer = socket.ask({ type: 'hello', hello: { version: '2.0', auth: { url, params } } });
	for (const until = Date.now() + helloMs + 100; Date.now() < until;);

	expect(await answer).toMatchObject({ type: 'hello' });
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
	await using server = await startTestServer({ timings: { pingMs: 250, resumeMs: 50 } });
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
	const witness = await ann.enter('demo');
	const away = await ben.enter('demo');
	away.socket.close();
	await away.socket.closed;

	const isOut = witness.socket.nextEvent('room', 'leave');
	const newcomers = Array.from({ length: 11 }, () => server.client());
	for (const newcomer of newcomers) await newcomer.enter('demo');

	expect(await isOut).toMatchObject({ leave: [away.sessionId] });
	for (const newcomer of newcomers) await newcomer[Symbol.asyncDispose]();
});

const tooMany = { error: { code: 'too_many_requests' } };
const toRoom = (data: unknown) => ({ type: 'message', message: { recipient: { type: 'room' }, data } });

it('given a member who reads slowly, when another says more than they read, then that one is told, and nobody is out', async () => {
	await using server = await startTestServer({
		bounds: { frameBurst: Infinity, saidCharacters: Infinity, bufferedBytes: 400_000 }
	});
	await using ann = server.client();
	await using ben = server.client();
	const sender = await ann.enter('demo');
	const slow = await ben.enter('demo');
	slow.socket.pause();
	const refusal = sender.socket.next('error').then((frame) => ({ frame }));

	let refused: Awaited<typeof refusal> | undefined;
	void refusal.then((found) => (refused = found));
	for (let said = 0; said < 2_000 && !refused; said += 1) {
		sender.socket.send(toRoom('x'.repeat(60_000)));
		await nextTurn();
	}

	expect((await refusal).frame).toMatchObject(tooMany);
	slow.socket.resume();
	expect(await slow.socket.ask({ type: 'hologram' })).toMatchObject({ error: { code: 'invalid_request' } });
	slow.socket.sendTo(sender.sessionId, 'still here');
	expect(await sender.socket.next('message')).toMatchObject({ message: { data: 'still here' } });
});

it('given a bound on what one says, when it is passed, then the rest is refused, and heard by nobody', async () => {
	await using server = await startTestServer({
		bounds: { saidCharacters: 1_500, saidCharactersPerSecond: 0 }
	});
	await using ann = server.client();
	await using ben = server.client();
	const sender = await ann.enter('demo');
	const { socket } = await ben.enter('demo');
	const key = `sd:${sender.sessionId}`;

	sender.socket.send(toRoom('x'.repeat(700)));
	expect(await sender.socket.ask(toRoom('y'.repeat(700)))).toMatchObject(tooMany);
	expect(
		await sender.socket.ask({ type: 'transient', transient: { type: 'set', key, value: 'z'.repeat(300) } })
	).toMatchObject(tooMany);
	sender.socket.send(toRoom('short'));

	expect(await socket.next('message')).toMatchObject({ message: { data: 'x'.repeat(700) } });
	expect(await socket.next('message')).toMatchObject({ message: { data: 'short' } });
});

it('given a lost socket, when one other says too much meanwhile, then they are refused, and the rest arrives', async () => {
	await using server = await startTestServer({ bounds: { queuedFramesOfOne: 2 } });
	await using ann = server.client();
	await using ben = server.client();
	await using cleo = server.client();
	const [first, second] = [await ann.enter('demo'), await cleo.enter('demo')];
	const away = await ben.enter('demo');
	away.socket.close();
	await away.socket.closed;
	const toBen = (data: unknown) => ({
		type: 'message',
		message: { recipient: { type: 'session', sessionid: away.sessionId }, data }
	});

	first.socket.send(toBen('a'));
	first.socket.send(toBen('b'));
	expect(await first.socket.ask(toBen('c'))).toMatchObject(tooMany);
	second.socket.send(toBen('d'));
	expect(await second.socket.ask({ type: 'hologram' })).toMatchObject({ type: 'error' });

	const socket = await ben.openSocket();
	await socket.ask({ type: 'hello', hello: { version: '1.0', resumeid: away.resumeId } });
	for (const data of ['a', 'b', 'd'])
		expect(await socket.next('message')).toMatchObject({ message: { data } });
});

it('given a lost socket, when several together say too much meanwhile, then they are refused, and the session goes on', async () => {
	await using server = await startTestServer({ bounds: { queuedFrames: 12 } });
	await using ann = server.client();
	await using ben = server.client();
	await using cleo = server.client();
	const [first, second] = [await ann.enter('demo'), await cleo.enter('demo')];
	const away = await ben.enter('demo');
	away.socket.close();
	await away.socket.closed;

	for (let said = 0; said < 5; said += 1) first.socket.send(toRoom(`a${said}`));
	for (let heard = 0; heard < 5; heard += 1) await second.socket.next('message');
	for (let said = 0; said < 4; said += 1) second.socket.send(toRoom(`c${said}`));
	expect(await second.socket.ask(toRoom('c4'))).toMatchObject(tooMany);
	expect(await first.socket.ask(toRoom('a5'))).toMatchObject(tooMany);

	const socket = await ben.openSocket();
	const hello = { version: '1.0', resumeid: away.resumeId };
	expect(await socket.ask({ type: 'hello', hello })).toMatchObject({ type: 'hello' });
	for (const data of ['a0', 'a1', 'a2', 'a3', 'a4', 'c0', 'c1', 'c2', 'c3'])
		expect(await socket.next('message')).toMatchObject({ message: { data } });
});

it('given a lost socket, when one other shares too much meanwhile, then they are refused, and the last of it arrives', async () => {
	await using server = await startTestServer({ bounds: { queuedFrames: 12, queuedFramesOfOne: 3 } });
	await using ann = server.client();
	await using ben = server.client();
	const { socket: writer, sessionId } = await ann.enter('demo');
	const away = await ben.enter('demo');
	away.socket.close();
	await away.socket.closed;
	const key = `sd:${sessionId}`;
	const share = (value: number) => ({ type: 'transient', transient: { type: 'set', key, value } });

	for (let value = 0; value < 12; value += 1) writer.send(share(value));
	expect(await writer.ask(share(12))).toMatchObject(tooMany);

	const socket = await ben.openSocket();
	const hello = { version: '1.0', resumeid: away.resumeId };
	expect(await socket.ask({ type: 'hello', hello })).toMatchObject({ type: 'hello' });
	for (const value of [0, 1, 2])
		expect(await socket.next('transient')).toMatchObject({ transient: { value } });
	expect(await socket.next('transient')).toMatchObject({
		transient: { type: 'initial', data: { [key]: 12 } }
	});
});

it('given a lost socket, when somebody changes all the time meanwhile, then the session goes on, and hears how they are', async () => {
	await using server = await startTestServer({ bounds: { queuedFrames: 12 } });
	await using ann = server.client();
	await using ben = server.client();
	const { sessionId } = await ann.enter('demo', 'Ann');
	const away = await ben.enter('demo', 'Ben');
	away.socket.close();
	await away.socket.closed;

	for (let index = 0; index < 12; index += 1) {
		await ann.talk('POST', 'v4/call/demo', { flags: 3 });
		await ann.talk('POST', 'v1/guest/demo/name', { displayName: `Ann ${index}` });
		await ann.talk('POST', 'v1/chat/demo', { message: `I am Ann ${index}` });
	}

	const socket = await ben.openSocket();
	const hello = { version: '1.0', resumeid: away.resumeId };
	expect(await socket.ask({ type: 'hello', hello })).toMatchObject({ type: 'hello' });
	const last = { change: [{ sessionid: sessionId, user: { displayname: 'Ann 11' } }] };
	await vi.waitFor(async () => expect(await socket.nextEvent('room', 'change')).toMatchObject(last));
	expect(await socket.nextEvent('participants', 'update')).toMatchObject({
		update: { users: expect.arrayContaining([expect.objectContaining({ sessionId, inCall: 3 })]) }
	});
});

it('given a lost socket, when long messages are written meanwhile, then the session goes on, and is told to fetch them', async () => {
	await using server = await startTestServer({ bounds: { queuedBytes: 20_000 } });
	await using ann = server.client();
	await using ben = server.client();
	await ann.enter('demo', 'Ann');
	const away = await ben.enter('demo', 'Ben', ['chat-relay']);
	away.socket.close();
	await away.socket.closed;

	for (const letter of ['a', 'b', 'c']) {
		await ann.talk('POST', 'v1/chat/demo', { message: letter.repeat(10_000) });
	}

	const socket = await ben.openSocket();
	const hello = { version: '1.0', resumeid: away.resumeId };
	expect(await socket.ask({ type: 'hello', hello })).toMatchObject({ type: 'hello' });
	expect(await socket.nextEvent('room', 'message')).toMatchObject({
		message: { data: { chat: { refresh: true } } }
	});
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

it('given a bound on frames, when a client goes on beyond it, then it is told once a second, and sent away at last', async () => {
	let nowMs = Date.now();
	await using server = await startTestServer({
		now: () => nowMs,
		bounds: { frameBurst: 3, framesPerSecond: 0 }
	});
	await using client = server.client();
	const { socket } = await client.enter('demo');
	await socket.ask({ type: 'hologram' });

	socket.send({ type: 'hologram' });
	expect(await socket.next('error')).toMatchObject(tooMany);
	nowMs += 1_000;
	for (let frame = 0; frame < 3; frame += 1) socket.send({ type: 'hologram' });

	expect(await socket.closed).toBe(1008);
	expect(socket.untaken()).toMatchObject([tooMany]);
});

it.each([
	['frames', (socket: TestSocket) => socket.send({ id: 'i'.repeat(64), type: 'hologram' })],
	['pings', (socket: TestSocket) => socket.ping('p'.repeat(125))]
])('given a client that reads no answers, when its %s go on, then it loses the socket', async (_, ask) => {
	await using server = await startTestServer({
		timings: { helloMs: 60_000 },
		bounds: { frameBurst: Infinity, bufferedBytes: 10_000 }
	});
	await using client = server.client();
	const socket = await client.openSocket();
	const end: { code?: number } = {};
	const closed = socket.closed.then((code) => (end.code = code));
	socket.pause();

	for (let asked = 0; asked < 500_000 && end.code === undefined; asked += 1) {
		ask(socket);
		if (asked % 1_000 === 0) await nextTurn();
	}

	expect(await closed).toBe(1006);
});

it('given failed hellos from an address, when there are too many, then no guess counts, and after a rest one does', async () => {
	let nowMs = Date.now();
	await using server = await startTestServer({
		bounds: { helloGuesses: 3, helloRestMs: 5_000 },
		now: () => nowMs
	});
	await using client = server.client();
	await using other = server.client();
	const { resumeId } = await client.enter('demo');
	await other.joinRoom('demo');
	const ticket = (await other.settings('demo')).helloAuthParams['1.0'];
	const url = `${server.origin}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`;
	const socket = await other.openSocket();
	const resume = (resumeid: string) => socket.ask({ type: 'hello', hello: { version: '1.0', resumeid } });
	const hello = (version: string, params: unknown) =>
		socket.ask({ type: 'hello', hello: { version, auth: { url, params } } });

	expect(await resume('guess')).toMatchObject({ error: { code: 'no_such_session' } });
	expect(await hello('1.0', { ticket: 'a:b:c:d' })).toMatchObject({ error: { code: 'invalid_ticket' } });
	expect(await hello('2.0', { token: 'x.y.z' })).toMatchObject({ error: { code: 'invalid_token' } });

	expect(await resume(resumeId)).toMatchObject({ error: { code: 'too_many_requests' } });
	expect(await hello('2.0', { token: 'x.y.z' })).toMatchObject({ error: { code: 'too_many_requests' } });
	nowMs += 5_000;
	expect(await resume(resumeId)).toMatchObject({ type: 'hello' });
	// whoever proves something is not held up by the guesses of others
	const third = await client.openSocket();
	expect(
		await third.ask({ type: 'hello', hello: { version: '1.0', auth: { url, params: ticket } } })
	).toMatchObject({ type: 'hello' });
});

it('given guesses at the secret of internal clients, when there are too many, then the right one has to wait as well', async () => {
	await using server = await startTestServer({ bounds: { secretGuesses: 2 } });
	await using client = server.client();
	const socket = await client.openSocket();
	const hello = (auth: object) => socket.ask({ type: 'hello', hello: { version: '1.0', auth } });
	const right = internalAuth(server);
	const wrong = { ...right, params: { ...right.params, token: 'f'.repeat(64) } };
	const short = internalAuth(server, 'short');

	expect(await hello(wrong)).toMatchObject({ error: { code: 'invalid_token' } });
	expect(await hello(short)).toMatchObject({ error: { code: 'invalid_token' } });

	expect(await hello(right)).toMatchObject({ error: { code: 'too_many_requests' } });
});

it('given a bound on sessions, when there are as many, then a hello is refused', async () => {
	await using server = await startTestServer({ bounds: { sessions: 1 } });
	await using first = server.client();
	await using second = server.client();
	await first.enter('demo');
	await second.joinRoom('demo');
	await second.openSocket();

	await expect(second.hello('demo')).rejects.toThrow('session_limit_exceeded');
});

it('given rooms that cannot be read, when one is to be joined, then that is said of the room', async () => {
	await using server = await startTestServer();
	await using client = server.client();
	await client.joinRoom('demo');
	await client.openSocket();
	await client.hello('demo');
	const database = new Database(join(server.dataDir, 'roost.db'));
	database.exec('ALTER TABLE sessions RENAME TO elsewhere');
	database.close();

	expect(await client.enterSignalingRoom('demo')).toMatchObject({ error: { code: 'room_join_failed' } });
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

it('given a server that stops, when sockets are open, then they are closed with the code of a restart', async () => {
	const server = await startTestServer();
	await using client = server.client();
	const { socket } = await client.enter('demo');

	await server[Symbol.asyncDispose]();

	expect(await socket.closed).toBe(1012);
});
