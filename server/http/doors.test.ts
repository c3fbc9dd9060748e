import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import { createTestClient, type TestClient } from '../../tests/support/test-client.ts';
import { readConfig } from '../config.ts';
import { startServer } from '../server.ts';
import { startTestServer } from '../testing/test-server.ts';

// each password takes a while to be checked, on purpose
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

type Server = Awaited<ReturnType<typeof startTestServer>>;
let server: Server;
let nowMs = Date.now();
beforeAll(async () => {
	server = await startTestServer({ now: () => nowMs });
});
afterAll(() => server[Symbol.asyncDispose]());

const adminToken = 'an-administrators-token';
const spreed = '/ocs/v2.php/apps/spreed/api/';

async function newRoom(client: TestClient): Promise<string> {
	const answer = await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'Board' });
	return parseRoom(answer.data).token;
}
const enter = (client: TestClient, token: string, password?: string) =>
	client.talk('POST', `v4/room/${token}/participants/active`, {
		force: true,
		...(password !== undefined && { password })
	});
const lock = (client: TestClient, token: string, password: string) =>
	client.talk('PUT', `v4/room/${token}/password`, { password });
const setLobby = (client: TestClient, token: string, state: number, timer?: number) =>
	client.talk('PUT', `v4/room/${token}/webinar/lobby`, { state, ...(timer !== undefined && { timer }) });
const look = async (client: TestClient, token: string) =>
	parseRoom((await client.talk('GET', `v4/room/${token}`)).data);
/** Another tab of the same browser. */
const otherTab = (client: TestClient) => createTestClient(server.origin, client.jar, 'b'.repeat(64));

describe('a room with a password', () => {
	it('given the right one, a wrong one or none, when a guest joins, then only the right one lets in', async () => {
		await using host = server.client();
		await using guest = server.client();
		const token = await newRoom(host);
		expect(parseRoom((await lock(host, token, 'caf\u00e9 42')).data).hasPassword).toBe(true);

		for (const password of [undefined, '', 'Caf\u00e9 42', 'caf\u00e9 42 ']) {
			const refused = await enter(guest, token, password);
			expect([refused.status, refused.data]).toEqual([403, { error: 'password' }]);
		}
		// as another keyboard writes it
		const entered = await enter(guest, token, 'cafe\u0301 42');

		expect(entered.status).toBe(200);
		expect(parseRoom(entered.data)).toMatchObject({ displayName: 'Board', hasPassword: true });
	});

	it('given a stranger, when they look at it, then they learn that it has a password and nothing else', async () => {
		await using host = server.client();
		await using guest = server.client();
		const token = await newRoom(host);
		await host.joinRoom(token);
		await host.talk('POST', `v4/call/${token}`, { flags: 3 });
		expect(await look(guest, token)).toMatchObject({ displayName: 'Board', hasCall: true });

		await lock(host, token, 'secret');

		const seen = { hasPassword: true, name: '', displayName: '', hasCall: false, callFlag: 0 };
		expect(await look(guest, token)).toMatchObject({ ...seen, callStartTime: 0, lastActivity: 0 });
		expect(await look(host, token)).toMatchObject({ displayName: 'Board', hasCall: true });
	});

	it('given a guest who is in the session, when a password is set, then they stay until it ends', async () => {
		await using host = server.client();
		await using guest = server.client();
		const token = await newRoom(host);
		await guest.joinRoom(token);

		await lock(host, token, 'secret');

		expect((await enter(guest, token)).status).toBe(200);
		await guest.talk('DELETE', `v4/room/${token}/participants/active`);
		expect((await enter(guest, token)).status).toBe(403);
	});

	it('given whoever made the room, when they join from any tab, then no password is asked for', async () => {
		await using host = server.client();
		const token = await newRoom(host);
		await lock(host, token, 'secret');

		expect((await enter(host, token)).status).toBe(200);
		await using beside = otherTab(host);
		expect(parseRoom((await enter(beside, token)).data).participantType).toBe(6);
	});

	it('given a password, when it is taken away, then the link is enough again', async () => {
		await using host = server.client();
		await using guest = server.client();
		const token = await newRoom(host);
		await lock(host, token, 'secret');

		expect(parseRoom((await lock(host, token, '')).data).hasPassword).toBe(false);

		expect((await enter(guest, token)).status).toBe(200);
	});

	it('given too many wrong ones from an address, when one more comes, then 429 says when, and a new room is none of it', async () => {
		let time = Date.now();
		await using strict = await startTestServer({
			now: () => time,
			bounds: { passwordGuesses: 2, passwordRestMs: 30_000 }
		});
		await using host = strict.client();
		await using guest = strict.client();
		const [first, second] = [await newRoom(host), await newRoom(host)];
		await lock(host, first, 'secret');
		await lock(host, second, 'secret');
		await enter(guest, first, 'wrong');
		// a right one counts for nothing
		await enter(guest, first, 'secret');
		await guest.talk('DELETE', `v4/room/${first}/participants/active`);
		await enter(guest, first, 'wrong');

		const throttled = await enter(guest, first, 'secret');

		expect(throttled.status).toBe(429);
		expect(throttled.headers.get('retry-after')).toBe('30');
		expect((await enter(guest, second, 'secret')).status).toBe(200);
		time += 30_000;
		expect((await enter(guest, first, 'secret')).status).toBe(200);
	});

	it('given guesses that come at once, when they are checked, then no more of them than one after the other', async () => {
		await using strict = await startTestServer({ bounds: { passwordGuesses: 2, passwordRestMs: 30_000 } });
		await using host = strict.client();
		const token = await newRoom(host);
		await lock(host, token, 'secret');

		const answers = await Promise.all(
			['a', 'b', 'c', 'd', 'e'].map((password) => enter(strict.client(), token, password))
		);

		expect(answers.map(({ status }) => status).sort()).toEqual([403, 403, 429, 429, 429]);
	});

	it('given a password, when the server is restarted, then it is kept, and nowhere in words', async () => {
		const dataDir = mkdtempSync(join(tmpdir(), 'roost doors '));
		const lines: string[] = [];
		const log = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
		const config = readConfig({ PORT: '0', ROOST_DATA_DIR: dataDir });
		const before = await startServer(config, { log });
		await using host = createTestClient(`http://127.0.0.1:${before.port}`);
		const token = await newRoom(host);
		await lock(host, token, 'hunter2-hunter2');
		await enter(createTestClient(`http://127.0.0.1:${before.port}`), token, 'guessed-by-me');
		const written = ['roost.db', 'roost.db-wal'].map((name) => readFileSync(join(dataDir, name), 'latin1'));
		await before.stop();

		await using after = await startTestServer({ dataDir });
		await using guest = after.client();
		expect((await enter(guest, token, 'wrong')).status).toBe(403);
		expect((await enter(guest, token, 'hunter2-hunter2')).status).toBe(200);
		expect(written.join('')).toContain('scrypt$');
		expect(written.join('') + lines.join('')).not.toMatch(/hunter2|guessed-by-me/);
		await after.stop();
		rmSync(dataDir, { recursive: true, force: true });
	});
});

describe('a room with a lobby', () => {
	it('given a closed lobby, when a guest joins, then they are in the room, and call and chat answer 412', async () => {
		await using host = server.client();
		await using guest = server.client();
		const token = await newRoom(host);
		await host.joinRoom(token);
		await host.talk('POST', `v4/call/${token}`, { flags: 3 });

		const closed = await setLobby(host, token, 1);

		expect(parseRoom(closed.data)).toMatchObject({ lobbyState: 1, lobbyTimer: 0 });
		expect(parseRoom((await enter(guest, token)).data)).toMatchObject({
			lobbyState: 1,
			hasCall: false,
			callFlag: 0,
			unreadMessages: 0
		});
		for (const [method, path, body] of [
			['POST', `v4/call/${token}`, { flags: 3 }],
			['PUT', `v4/call/${token}`, { flags: 3 }],
			['GET', `v4/call/${token}`, undefined],
			['GET', `v1/chat/${token}?lookIntoFuture=0`, undefined],
			['POST', `v1/chat/${token}`, { message: 'let me in' }],
			['POST', `v1/chat/${token}/read`, {}]
		] as const) {
			expect([path, (await guest.talk(method, path, body)).status]).toEqual([path, 412]);
		}
		expect((await host.talk('GET', `v4/call/${token}`)).data).toHaveLength(1);

		await setLobby(host, token, 0);

		expect((await guest.talk('POST', `v4/call/${token}`, { flags: 3 })).status).toBe(200);
	});

	it('given a guest in the call, when the lobby closes, then they are out of the call, the host is not, and all are told', async () => {
		await using host = server.client();
		await using guest = server.client();
		const token = await newRoom(host);
		const one = await host.enter(token, 'Host');
		const other = await guest.enter(token, 'Guest');
		for (const client of [host, guest]) await client.talk('POST', `v4/call/${token}`, { flags: 3 });
		await other.socket.nextUpdate((entry) => entry.sessionId === other.sessionId && entry.inCall === 3);

		await setLobby(host, token, 1);

		await other.socket.nextUpdate((entry) => entry.sessionId === other.sessionId && entry.inCall === 0);
		expect(await other.socket.nextEvent('roomlist', 'update')).toMatchObject({
			update: { roomid: token, properties: { 'lobby-state': 1 } }
		});
		expect(await look(host, token)).toMatchObject({ hasCall: true, participantFlags: 3 });
		expect(await look(guest, token)).toMatchObject({ hasCall: false, participantFlags: 0 });

		// what they would say to those in the call goes nowhere; what the host says later arrives
		other.socket.sendTo(one.sessionId, { type: 'nothing', payload: 'from the lobby' });
		await setLobby(host, token, 0);
		await one.socket.nextEvent('roomlist', 'update');
		other.socket.sendTo(one.sessionId, { type: 'nothing', payload: 'from the room' });
		const { message } = await one.socket.next('message');
		expect(message.data).toMatchObject({ payload: 'from the room' });
	});

	it('given a guest in the lobby, when they join the room at the socket, then not before the lobby opens', async () => {
		await using host = server.client();
		await using guest = server.client();
		const token = await newRoom(host);
		await setLobby(host, token, 1);
		await guest.joinRoom(token);
		await guest.openSocket();
		await guest.hello(token);

		expect(await guest.enterSignalingRoom(token)).toMatchObject({ error: { code: 'no_such_room' } });
		await setLobby(host, token, 0);
		expect(await guest.enterSignalingRoom(token)).toMatchObject({ type: 'room', room: { roomid: token } });
	});

	it('given a message while the lobby is closed, when it is relayed, then a guest outside does not get its words', async () => {
		await using host = server.client();
		await using guest = server.client();
		const token = await newRoom(host);
		await host.joinRoom(token);
		const { socket } = await guest.enter(token, 'Guest', ['chat-relay']);
		await setLobby(host, token, 1);
		await socket.nextEvent('roomlist', 'update');

		await host.talk('POST', `v1/chat/${token}`, { message: 'about the guest' });

		expect(await socket.nextEvent('room', 'message')).toEqual(
			expect.objectContaining({ message: { roomid: token, data: { type: 'chat', chat: { refresh: true } } } })
		);
	});

	it('given a timer, when its time has come, then the lobby is open for whoever asks next', async () => {
		await using host = server.client();
		await using guest = server.client();
		const token = await newRoom(host);
		const opensAt = Math.floor(nowMs / 1000) + 600;
		await setLobby(host, token, 1, opensAt);
		await guest.joinRoom(token);
		expect(await look(guest, token)).toMatchObject({ lobbyState: 1, lobbyTimer: opensAt });

		nowMs = opensAt * 1000 - 1;
		expect((await look(guest, token)).lobbyState).toBe(1);
		nowMs += 1;

		expect(await look(guest, token)).toMatchObject({ lobbyState: 0, lobbyTimer: 0 });
		expect((await guest.talk('POST', `v4/call/${token}`, { flags: 3 })).status).toBe(200);
	});

	it('given a timer, when nobody asks, then those with a socket are told when its time has come', async () => {
		let time = Date.now();
		await using ticking = await startTestServer({ now: () => time, timings: { sweepMs: 10 } });
		await using host = ticking.client();
		const token = await newRoom(host);
		const { socket } = await host.enter(token);
		await setLobby(host, token, 1, Math.floor(time / 1000) + 60);
		await socket.nextEvent('roomlist', 'update');

		time += 61_000;

		expect(await socket.nextEvent('roomlist', 'update')).toMatchObject({
			update: { properties: { 'lobby-state': 0, 'lobby-timer': 0 } }
		});
	});

	it('given a guest who waits longer than sessions last, when they look now and then, then they are still there', async () => {
		let time = Date.now();
		await using ticking = await startTestServer({ now: () => time, timings: { sweepMs: 10 } });
		await using host = ticking.client();
		await using guest = ticking.client();
		await using silent = ticking.client();
		const token = await newRoom(host);
		const { room: own } = await host.enter(token);
		await setLobby(host, token, 1);
		const { sessionId } = await guest.joinRoom(token);
		await silent.joinRoom(token);

		for (let round = 0; round < 3; round += 1) {
			time += 60_000;
			expect((await look(guest, token)).sessionId).toBe(sessionId);
		}

		// whoever asked for themselves would be seen
		await expect
			.poll(async () => {
				const { data } = await host.talk('GET', `v4/room/${token}/participants`);
				return (data as { sessionIds: string[] }[]).flatMap(({ sessionIds }) => sessionIds);
			})
			.toEqual([own.sessionId, sessionId]);
	});
});

describe('who may change either', () => {
	it('given a guest, a stranger and a moderator, when each tries, then only the moderator may', async () => {
		await using host = server.client();
		await using guest = server.client();
		await using stranger = server.client();
		const token = await newRoom(host);
		await guest.joinRoom(token);

		for (const client of [guest, stranger]) {
			expect((await lock(client, token, 'mine')).status).toBe(403);
			expect((await setLobby(client, token, 1)).status).toBe(403);
		}
		expect((await lock(host, 'nowhere', 'mine')).status).toBe(404);
		expect(await look(stranger, token)).toMatchObject({ hasPassword: false, lobbyState: 0 });
		expect((await setLobby(host, token, 1)).status).toBe(200);
	});

	it.each([
		['password', {}],
		['password', { password: 42 }],
		['password', { password: 'x'.repeat(256) }],
		['webinar/lobby', {}],
		['webinar/lobby', { state: 2 }],
		['webinar/lobby', { state: 1, timer: -1 }]
	])('given a bad order, when %s is set to %j, then 400 says that of the value', async (path, body) => {
		await using host = server.client();
		const token = await newRoom(host);

		const answer = await host.talk('PUT', `v4/room/${token}/${path}`, body);

		expect([answer.status, answer.data]).toEqual([400, { error: 'value' }]);
	});

	it('given the token of the administrator, when it comes with an order, then it is carried out', async () => {
		await using closed = await startTestServer({ config: { rooms: 'closed', adminToken } });
		await using script = closed.client();
		await using guest = closed.client();
		const put = async (path: string, body: object, token: string) =>
			(
				await script.request('PUT', `${spreed}v4/room/demo/${path}`, {
					body,
					headers: { authorization: `Bearer ${token}` }
				})
			).status;

		expect(await put('password', { password: 'secret' }, 'guessed')).toBe(403);
		expect(await put('password', { password: 'secret' }, adminToken)).toBe(200);
		expect(await put('webinar/lobby', { state: 1, timer: null }, adminToken)).toBe(200);

		expect((await enter(guest, 'demo')).status).toBe(403);
		expect(parseRoom((await enter(guest, 'demo', 'secret')).data).lobbyState).toBe(1);
	});
});
