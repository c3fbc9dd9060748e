import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseCapabilities } from '../../src/lib/protocol/capabilities.ts';
import { parseChatMessages } from '../../src/lib/protocol/chat-message.ts';
import { parseOcs } from '../../src/lib/protocol/ocs.ts';
import { createTestClient, type TestClient } from '../../tests/support/test-client.ts';
import { hostAndGuest, look, newRoom } from '../testing/test-room.ts';
import { startTestServer } from '../testing/test-server.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

type Server = Awaited<ReturnType<typeof startTestServer>>;
let server: Server;
beforeAll(async () => {
	server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const spreed = '/ocs/v2.php/apps/spreed/api/';

const history = async (client: TestClient, token: string) =>
	parseChatMessages((await client.talk('GET', `v1/chat/${token}?lookIntoFuture=0&limit=100`)).data);

const inRoom = () => hostAndGuest(server);

describe('what a moderator sets', () => {
	it.each([
		['PUT', '', { roomName: ' Council ' }, { name: 'Council', displayName: 'Council' }],
		['PUT', '/description', { description: ' Each Monday ' }, { description: 'Each Monday' }],
		['PUT', '/read-only', { state: 1 }, { readOnly: 1, canStartCall: false }],
		['PUT', '/recording-consent', { recordingConsent: 1 }, { recordingConsent: 1 }],
		['POST', '/message-expiration', { seconds: 3_600 }, { messageExpiration: 3_600 }],
		['PUT', '/permissions/default', { permissions: 4 }, { defaultPermissions: 5 }],
		['PUT', '/listable', { scope: 0 }, { token: expect.any(String) as string }]
	])('given a room, when %s %s with %j, then %j is so for all, and survives a restart', async (...given) => {
		const [method, path, body, changed] = given;
		const dataDir = mkdtempSync(join(tmpdir(), 'roost settings '));
		const before = await startTestServer({ dataDir });
		const host = before.client();
		const token = await newRoom(host);
		await host.joinRoom(token);

		const answer = await host.talk(method, `v4/room/${token}${path}`, body);

		expect(answer.status).toBe(200);
		expect(answer.data).toMatchObject(changed);
		await before[Symbol.asyncDispose]();
		await using after = await startTestServer({ dataDir });
		const back = createTestClient(after.origin, host.jar);
		expect((await back.talk('GET', `v4/room/${token}`)).data).toMatchObject(changed);
		await after[Symbol.asyncDispose]();
		rmSync(dataDir, { recursive: true, force: true });
	});

	it('given those who are there, when it changes, then their sockets are told and the chat says so once', async () => {
		await using room = await inRoom();
		const { token, host, guestSocket } = room;
		const set = async (method: string, path: string, body: object) => {
			const answer = await host.talk(method, `v4/room/${token}${path}`, body);
			expect(answer.status).toBe(200);
		};

		await set('PUT', '', { roomName: 'Council' });
		const renamed = await guestSocket.nextEvent('roomlist', 'update');
		await set('PUT', '', { roomName: 'Council' });
		await set('PUT', '/description', { description: 'Each Monday' });
		await set('PUT', '/description', { description: '' });
		await set('PUT', '/read-only', { state: 1 });
		await set('PUT', '/read-only', { state: 1 });
		await set('PUT', '/read-only', { state: 0 });
		await set('POST', '/message-expiration', { seconds: 7_200 });
		await set('POST', '/message-expiration', { seconds: 0 });

		expect(renamed).toMatchObject({ update: { roomid: token, properties: { name: 'Council' } } });
		const said = (await history(room.guest, token)).reverse();
		expect(said.map(({ systemMessage }) => systemMessage)).toEqual([
			'conversation_renamed',
			'description_set',
			'description_removed',
			'read_only',
			'read_only_off',
			'message_expiration_enabled',
			'message_expiration_disabled'
		]);
		expect(said[0]).toMatchObject({
			actorDisplayName: 'Host',
			message: '{actor} renamed the room from "Board" to "Council"'
		});
		expect(said[5]?.message).toBe('{actor} lets messages disappear after 2 hours');
	});

	it.each([
		['PUT', '', { roomName: ' ' }, 'value'],
		['PUT', '', { roomName: 'x'.repeat(256) }, 'value'],
		['PUT', '/description', { description: 'x'.repeat(2_001) }, 'value'],
		['PUT', '/description', {}, 'value'],
		['PUT', '/read-only', { state: 2 }, 'value'],
		['PUT', '/listable', { scope: 1 }, 'value'],
		['PUT', '/listable', { scope: 2 }, 'value'],
		['PUT', '/recording-consent', { recordingConsent: 2 }, 'value'],
		['POST', '/message-expiration', { seconds: -1 }, 'value'],
		['POST', '/message-expiration', { seconds: 1e12 }, 'value'],
		['PUT', '/permissions/default', { permissions: 512 }, 'value'],
		['PUT', '/permissions/call', { permissions: 4 }, 'mode']
	])('given a bad value, when %s %s with %j, then 400 says %s', async (method, path, body, error) => {
		await using host = server.client();
		const token = await newRoom(host);

		const answer = await host.talk(method, `v4/room/${token}${path}`, body);

		expect([answer.status, answer.data]).toEqual([400, { error }]);
	});

	it('given the administrator, when they change a room, then the chat says so without a name', async () => {
		const adminToken = 'an-administrators-token';
		await using administered = await startTestServer({ config: { adminToken } });
		await using script = administered.client();
		await using guest = administered.client();
		await guest.joinRoom('demo');

		const { status } = await script.request('PUT', `${spreed}v4/room/demo`, {
			body: { roomName: 'Lobby' },
			headers: { authorization: `Bearer ${adminToken}` }
		});

		expect(status).toBe(200);
		expect(await history(guest, 'demo')).toMatchObject([
			{ message: 'An administrator renamed the room from "Demo" to "Lobby"', actorId: 'cli' }
		]);
	});
});

describe('a room with a password', () => {
	it('given whoever made it, when they change it without being in it, then they see it whole; a stranger does not', async () => {
		await using host = server.client();
		await using stranger = server.client();
		const token = await newRoom(host);
		await host.talk('PUT', `v4/room/${token}/password`, { password: 'secret' });

		const { data } = await host.talk('PUT', `v4/room/${token}/description`, { description: 'Each Monday' });

		expect(data).toMatchObject({ name: 'Board', description: 'Each Monday', sessionId: '0' });
		expect(await look(stranger, token)).toMatchObject({ name: '', description: '' });
	});
});

describe('a room that is locked', () => {
	it('given a guest and a moderator, when they write or start a call, then neither may until it is unlocked', async () => {
		await using room = await inRoom();
		const { token, host, guest } = room;
		const lock = (state: number) => host.talk('PUT', `v4/room/${token}/read-only`, { state });
		await lock(1);

		for (const client of [host, guest]) {
			expect((await client.talk('POST', `v1/chat/${token}`, { message: 'Hello' })).status).toBe(403);
			const call = await client.talk('POST', `v4/call/${token}`, { flags: 3 });
			expect([call.status, call.data]).toEqual([403, { error: 'read-only' }]);
		}
		await lock(0);

		expect((await guest.talk('POST', `v1/chat/${token}`, { message: 'Hello' })).status).toBe(201);
		expect((await guest.talk('POST', `v4/call/${token}`, { flags: 3 })).status).toBe(200);
	});

	it('given a call, when the room is locked, then who is in it stays and nobody comes in', async () => {
		await using room = await inRoom();
		const { token, host, guest } = room;
		await guest.talk('POST', `v4/call/${token}`, { flags: 3 });

		await host.talk('PUT', `v4/room/${token}/read-only`, { state: 1 });

		expect((await guest.talk('POST', `v4/call/${token}`, { flags: 7 })).status).toBe(200);
		expect((await guest.talk('PUT', `v4/call/${token}`, { flags: 3 })).status).toBe(200);
		expect((await host.talk('POST', `v4/call/${token}`, { flags: 3 })).status).toBe(403);
	});
});

describe('consent to recording', () => {
	it('given a room that wants it, when the call is entered, then only with consent, each time', async () => {
		await using room = await inRoom();
		const { token, host, guest } = room;
		await host.talk('PUT', `v4/room/${token}/recording-consent`, { recordingConsent: 1 });
		const enter = (client: TestClient, recordingConsent?: boolean) =>
			client.talk('POST', `v4/call/${token}`, {
				flags: 3,
				...(recordingConsent !== undefined && { recordingConsent })
			});

		for (const consent of [undefined, false]) {
			const refused = await enter(guest, consent);
			expect([refused.status, refused.data]).toEqual([400, { error: 'consent' }]);
			expect((await enter(host, consent)).status).toBe(400);
		}
		expect(await look(guest, token)).toMatchObject({ hasCall: false, recordingConsent: 1 });
		expect((await enter(guest, true)).status).toBe(200);
		expect((await enter(guest)).status).toBe(400);
	});

	it('given a call, when consent is asked for from now on, then 400: those in it were not asked', async () => {
		await using room = await inRoom();
		const { token, host, guest } = room;
		await guest.talk('POST', `v4/call/${token}`, { flags: 3 });

		const answer = await host.talk('PUT', `v4/room/${token}/recording-consent`, { recordingConsent: 1 });

		expect([answer.status, answer.data]).toEqual([400, { error: 'call' }]);
	});

	it('given a stranger, when they look at such a room, then they learn of it before they come in', async () => {
		await using host = server.client();
		await using stranger = server.client();
		const token = await newRoom(host);
		await host.talk('PUT', `v4/room/${token}/recording-consent`, { recordingConsent: 1 });
		await host.talk('PUT', `v4/room/${token}/password`, { password: 'secret' });

		expect(await look(stranger, token)).toMatchObject({ recordingConsent: 1, name: '', description: '' });
	});
});

describe('the end of a room', () => {
	it('given people in it, when a moderator deletes it, then all are out and told, and it is not found', async () => {
		await using room = await inRoom();
		const { token, host, guest, guestSocket, hostSocket } = room;
		await guest.talk('POST', `v4/call/${token}`, { flags: 3 });
		await guest.talk('POST', `v1/chat/${token}`, { message: 'Hello' });
		const waiting = guest.talk(
			'GET',
			`v1/chat/${token}?lookIntoFuture=1&lastKnownMessageId=99999&timeout=30`
		);
		// so that the request above waits before the room goes
		await guest.talk('GET', `v4/room/${token}`);

		expect((await host.talk('DELETE', `v4/room/${token}`)).status).toBe(200);

		for (const socket of [guestSocket, hostSocket]) {
			expect(await socket.nextEvent('roomlist', 'disinvite')).toMatchObject({
				disinvite: { roomid: token, reason: 'deleted' }
			});
			await socket.closed;
		}
		expect((await waiting).status).toBe(404);
		for (const client of [host, guest]) {
			expect((await client.talk('GET', `v4/room/${token}`)).status).toBe(404);
			expect((await client.talk('POST', `v4/room/${token}/participants/active`)).status).toBe(404);
		}
		expect((await host.talk('DELETE', `v4/room/${token}`)).status).toBe(404);
	});

	it('given the demo room, when even the administrator deletes it, then it stays', async () => {
		const adminToken = 'an-administrators-token';
		await using administered = await startTestServer({ config: { adminToken } });
		await using script = administered.client();

		const { status } = await script.request('DELETE', `${spreed}v4/room/demo`, {
			headers: { authorization: `Bearer ${adminToken}` }
		});

		expect(status).toBe(400);
		expect((await script.talk('GET', 'v4/room/demo')).status).toBe(200);
	});

	it('given rooms that nobody uses, when their days are over, then they go, but neither the others nor the demo', async () => {
		let nowMs = Date.now();
		const dayMs = 24 * 60 * 60 * 1_000;
		await using forgetful = await startTestServer({
			config: { roomRetentionDays: 30 },
			now: () => nowMs,
			timings: { retentionMs: 10, expiryMs: 365 * dayMs }
		});
		await using host = forgetful.client();
		await using guest = forgetful.client();
		const [unused, visited, open] = [await newRoom(host), await newRoom(host), await newRoom(host)];
		await guest.joinRoom(open);
		await guest.joinRoom(visited);
		const statuses = () =>
			Promise.all(
				[unused, visited, open, 'demo'].map(
					async (token) => (await host.talk('GET', `v4/room/${token}`)).status
				)
			);

		nowMs += 20 * dayMs;
		await guest.talk('DELETE', `v4/room/${visited}/participants/active`);
		nowMs += 11 * dayMs;

		await expect.poll(statuses).toEqual([404, 200, 200, 200]);
		nowMs += 20 * dayMs;
		await expect.poll(statuses).toEqual([404, 404, 200, 200]);
	});

	it('given no days, when rooms are not used for years, then they stay', async () => {
		let nowMs = Date.now();
		await using faithful = await startTestServer({
			now: () => nowMs,
			bounds: { messagesPerRoom: 1 },
			timings: { retentionMs: 10 }
		});
		await using host = faithful.client();
		const unused = await newRoom(host);

		nowMs += 10 * 365 * 24 * 60 * 60 * 1_000;
		await host.joinRoom('demo');
		for (const message of ['a', 'b']) await host.talk('POST', 'v1/chat/demo', { message });
		// what is too much of the chat goes in the same step: that has been since
		await expect.poll(async () => (await history(host, 'demo')).length).toBe(1);

		expect((await host.talk('GET', `v4/room/${unused}`)).status).toBe(200);
	});

	it('given more messages than a room keeps, when it is looked through, then the oldest are gone, of this room only', async () => {
		await using small = await startTestServer({
			bounds: { messagesPerRoom: 3 },
			timings: { retentionMs: 10 }
		});
		await using host = small.client();
		const [full, other] = [await newRoom(host), await newRoom(host)];
		const write = async (token: string, texts: string[]) => {
			await host.joinRoom(token);
			for (const message of texts) await host.talk('POST', `v1/chat/${token}`, { message });
		};
		await write(other, ['a', 'b', 'c']);
		await write(full, ['1', '2', '3', '4', '5']);
		const texts = async (token: string) => (await history(host, token)).map(({ message }) => message);

		await expect.poll(() => texts(full)).toEqual(['5', '4', '3']);
		await host.joinRoom(other);
		expect(await texts(other)).toEqual(['c', 'b', 'a']);
	});
});

describe('pictures', () => {
	it.each([
		`${spreed}v1/room/demo/avatar`,
		`${spreed}v1/room/demo/avatar/dark`,
		`${spreed}v1/room/demo/avatar?darkTheme=true`,
		'/avatar/guest/Ann/64',
		'/index.php/avatar/guest/Ann/512/dark'
	])(
		'given anybody, when %s is asked for, then it is drawn here and nothing in it is fetched',
		async (path) => {
			await using client = server.client();

			const response = await client.request('GET', path);
			const svg = await response.text();

			expect(response.status).toBe(200);
			expect(response.headers.get('content-type')).toBe('image/svg+xml');
			expect(response.headers.get('cache-control')).toContain('max-age');
			expect(svg).toMatch(/^<svg [\s\S]*<\/svg>$/);
			expect(svg).not.toMatch(/href|url\(|<script|<image/);
		}
	);

	it('given a name made of markup, when its picture is drawn, then it is text', async () => {
		await using client = server.client();

		const svg = await (await client.request('GET', `/avatar/guest/${encodeURIComponent('<b>')}/64`)).text();
		const long = await client.request('GET', `/avatar/guest/${'n'.repeat(65)}/64`);

		expect(svg).toContain('&#60;</text>');
		expect(long.status).toBe(404);
	});

	it('given a room, when a moderator chooses an emoji, then its picture is another, until it is taken away', async () => {
		await using room = await inRoom();
		const { token, host, guest } = room;
		const version = async () => {
			const { data } = await guest.talk('GET', `v4/room/${token}`);
			const { avatarVersion, isCustomAvatar } = data as { avatarVersion: string; isCustomAvatar: boolean };
			return { avatarVersion, isCustomAvatar };
		};
		const draw = async () => (await guest.request('GET', `${spreed}v1/room/${token}/avatar`)).text();
		const choose = (client: TestClient, body: object) =>
			client.talk('POST', `v1/room/${token}/avatar/emoji`, body);
		const before = await version();

		expect((await choose(guest, { emoji: '🐔' })).status).toBe(403);
		expect((await choose(host, { emoji: 'hen' })).status).toBe(400);
		expect((await choose(host, { emoji: '🐔', color: 'red' })).status).toBe(400);
		expect((await choose(host, { emoji: '🐔', color: 'ABCDEF' })).status).toBe(200);

		const chosen = await version();
		expect(chosen).toMatchObject({ isCustomAvatar: true });
		expect(chosen.avatarVersion).not.toBe(before.avatarVersion);
		expect(await draw()).toMatch(/#abcdef[\s\S]*🐔/u);
		expect((await guest.talk('DELETE', `v1/room/${token}/avatar`)).status).toBe(403);
		expect((await host.talk('DELETE', `v1/room/${token}/avatar`)).status).toBe(200);
		expect(await version()).toEqual(before);
		expect(await draw()).not.toContain('🐔');
	});
});

describe('what every room says', () => {
	it('given any answer, when it is read, then the hash of the capabilities is with it, and the same', async () => {
		await using client = server.client();
		const capabilities = await client.request('GET', '/ocs/v2.php/cloud/capabilities');
		const hash = capabilities.headers.get('x-nextcloud-talk-hash');
		const known = parseCapabilities(parseOcs(await capabilities.json()).data);

		const ofRoom = await client.talk('GET', 'v4/room/demo/capabilities');
		const answers = [
			ofRoom,
			await client.talk('GET', 'v4/room/demo'),
			await client.talk('GET', 'v4/room/nowhere'),
			await client.talk('POST', 'v4/room/demo/participants/active'),
			await client.talk('GET', 'v4/room/demo/participants')
		];

		expect(hash).toMatch(/^[0-9a-f]{40}$/);
		for (const { headers } of answers) expect(headers.get('x-nextcloud-talk-hash')).toBe(hash);
		expect(ofRoom.data).toMatchObject({ features: known?.features });
		expect((await client.talk('GET', 'v4/room/nowhere/capabilities')).status).toBe(404);
	});
});

describe('trying out tokens', () => {
	it('given an address that asked for many, when it asks on, then 429 for strangers, and nothing for who is known', async () => {
		let nowMs = Date.now();
		await using strict = await startTestServer({
			now: () => nowMs,
			bounds: { unknownTokens: 3, unknownTokenRestMs: 10_000 }
		});
		await using guest = strict.client();
		await using stranger = strict.client();
		await guest.joinRoom('demo');
		const ask = async (client: TestClient, path: string) => (await client.talk('GET', path)).status;

		for (const token of ['aaaa', 'bbbb', 'not a token']) {
			expect(await ask(stranger, `v4/room/${encodeURIComponent(token)}`)).toBe(404);
		}
		const refused = await stranger.talk('GET', 'v4/room/cccc');

		expect([refused.status, refused.data]).toEqual([429, { error: 'token' }]);
		expect(refused.headers.get('retry-after')).toBe('10');
		expect(await ask(stranger, 'v4/room/demo')).toBe(429);
		expect(await ask(stranger, 'v3/signaling/settings?token=demo')).toBe(429);
		expect(await ask(guest, 'v4/room/demo')).toBe(200);
		expect(await ask(guest, 'v3/signaling/settings?token=demo')).toBe(200);
		expect((await stranger.request('GET', '/ocs/v2.php/cloud/capabilities')).status).toBe(200);
		nowMs += 10_000;
		expect(await ask(stranger, 'v4/room/demo')).toBe(200);
		expect(await ask(stranger, 'v4/room/cccc')).toBe(404);
		expect(await ask(stranger, 'v4/room/demo')).toBe(429);
	});
});
