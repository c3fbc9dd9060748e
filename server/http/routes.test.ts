import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCallPeers } from '../../src/lib/protocol/call.ts';
import { parseCapabilities } from '../../src/lib/protocol/capabilities.ts';
import { parseChatMessage, parseChatMessages } from '../../src/lib/protocol/chat-message.ts';
import { parseOcs } from '../../src/lib/protocol/ocs.ts';
import { parseRoom, parseRoomConflict } from '../../src/lib/protocol/room.ts';
import { createTestClient, type TestClient } from '../../tests/support/test-client.ts';
import { startTestServer } from '../testing/test-server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
	server = await startTestServer({
		config: { stunUrls: ['stun:127.0.0.1:3478'], turn: { urls: ['turn:127.0.0.1:3478'], secret: 'hush' } }
	});
});
afterAll(() => server[Symbol.asyncDispose]());

async function newRoom(client: TestClient): Promise<string> {
	const answer = await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'Test' });
	return parseRoom(answer.data).token;
}

describe('every answer under /ocs', () => {
	it.each([
		['GET', '/ocs/v2.php/nothing/here', 404],
		['GET', '/ocs', 404],
		['POST', '/ocs/v2.php/cloud/capabilities', 404],
		['GET', '/ocs/v2.php/apps/spreed/api/v4/room/nowhere', 404],
		['GET', '/ocs/v2.php/apps/spreed/api/v4/room/..%2f..', 404],
		['GET', '/ocs/v2.php/apps/spreed/api/v4/room/%E0%A4%A', 400],
		['POST', '/ocs/v2.php/apps/spreed/api/v1/guest/demo/name', 400],
		['GET', '/ocs/v2.php/apps/spreed/api/v1/chat/demo', 404]
	])('given a bad request, when %s %s, then %i comes in the envelope', async (method, path, status) => {
		await using client = server.client();

		const response = await client.request(method, path);

		expect(response.status).toBe(status);
		expect(parseOcs(await response.json())).toMatchObject({ statusCode: status });
	});

	it.each(['/%E0%A4%A', '/ocs/%zz', '/call/demo', '/ocs/v2.php/nothing'])(
		'given %s, when it is asked for, then no browser takes the answer for another kind or runs anything in it',
		async (path) => {
			await using client = server.client();

			const { headers } = await client.request('GET', path);

			expect(headers.get('x-content-type-options')).toBe('nosniff');
			expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/);
		}
	);

	it('given a body that is no JSON, or too large, when it is sent, then the envelope says so', async () => {
		await using client = server.client();
		const path = '/ocs/v2.php/apps/spreed/api/v4/room';

		const broken = await client.request('POST', path, { body: '{"roomType":' });
		const large = await client.request('POST', path, { body: { roomName: 'a'.repeat(600_000) } });
		const xml = await client.request('POST', path, { body: '<a/>', headers: { 'content-type': 'text/xml' } });

		for (const [response, status] of [
			[broken, 400],
			[large, 413],
			[xml, 415]
		] as const) {
			expect(response.status).toBe(status);
			expect(parseOcs(await response.json()).statusCode).toBe(status);
		}
	});

	it('given a request that another site could make, when it changes something, then it is refused', async () => {
		await using client = server.client();
		const path = '/ocs/v2.php/apps/spreed/api/v4/room/demo/participants/active';

		const response = await client.request('POST', path, { headers: { 'ocs-apirequest': '1' } });

		expect(response.status).toBe(412);
		expect(parseOcs(await response.json()).statusCode).toBe(412);
	});

	it('given a form instead of JSON, when it is sent, then it is read alike', async () => {
		await using client = server.client();

		const response = await client.request('POST', '/ocs/v2.php/apps/spreed/api/v4/room', {
			body: 'roomType=3&roomName=Form',
			headers: { 'content-type': 'application/x-www-form-urlencoded' }
		});

		expect(response.status).toBe(201);
		expect(parseRoom(parseOcs(await response.json()).data).displayName).toBe('Form');
	});

	it('given more requests than an address may make, when one more comes, then 429 and when to return', async () => {
		await using strict = await startTestServer({ bounds: { requestsPerMinute: 2 } });
		await using client = strict.client();
		await client.talk('GET', 'v4/room/demo');
		await client.talk('GET', 'v4/room/demo');

		const { status, headers } = await client.talk('GET', 'v4/room/demo');

		expect(status).toBe(429);
		expect(headers.get('retry-after')).not.toBeNull();
	});
});

describe('identity', () => {
	it('given a browser without a cookie, when it asks anything, then it gets one that scripts cannot read', async () => {
		await using client = server.client();

		const response = await client.request('GET', '/ocs/v2.php/cloud/capabilities');

		expect(response.headers.getSetCookie()).toEqual([
			expect.stringMatching(/^roost_session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/)
		]);
		const again = await client.request('GET', '/ocs/v2.php/cloud/capabilities');
		expect(again.headers.getSetCookie()).toEqual([]);
	});

	it('given a browser that comes again, when it joins a room, then it keeps its cookie for another month', async () => {
		await using client = server.client();
		const join = () =>
			client.request('POST', '/ocs/v2.php/apps/spreed/api/v4/room/demo/participants/active', { body: {} });
		const first = (await join()).headers.getSetCookie();

		expect(first).toHaveLength(1);
		expect((await join()).headers.getSetCookie()).toEqual(first);
	});

	it('given https in front, when a cookie is given, then it is for https only', async () => {
		await using secure = await startTestServer({ config: { publicUrl: 'https://calls.example' } });
		await using client = secure.client();

		const response = await client.request('GET', '/ocs/v2.php/cloud/capabilities');

		expect(response.headers.getSetCookie()[0]).toContain('; Secure');
		expect((await client.settings('demo')).server).toBe('https://calls.example/signaling');
		expect(response.headers.get('strict-transport-security')).not.toBeNull();
	});

	it('given forwarding headers, when they come from a trusted proxy, then they count, else not', async () => {
		await using behind = await startTestServer({ config: { trustedProxies: ['127.0.0.0/8'] } });
		const headers = {
			'x-forwarded-for': '203.0.113.7',
			'x-forwarded-proto': 'https',
			'x-forwarded-host': 'calls.example'
		};
		const settingsOf = async (client: TestClient) => {
			const path = '/ocs/v2.php/apps/spreed/api/v3/signaling/settings?token=demo';
			const response = await client.request('GET', path, { headers });
			return JSON.stringify(parseOcs(await response.json()).data);
		};
		await using trusting = behind.client();
		await using wary = server.client();

		expect(await settingsOf(trusting)).toContain('"https://calls.example/signaling"');
		expect(await settingsOf(wary)).not.toContain('calls.example');
	});

	it('given the same browser and tab, when it joins anew, then it is the same guest in a new session', async () => {
		await using client = server.client();
		const first = await client.joinRoom('demo', 'Ann');

		const second = await client.joinRoom('demo');

		expect(second.actorId).toBe(first.actorId);
		expect(second.actorId).toMatch(/^[0-9a-f]{40}$/);
		expect(second.sessionId).not.toBe(first.sessionId);
		expect(second.sessionId).toMatch(/^[A-Za-z0-9+/]{255}$/);
	});

	it('given one browser with two tabs, when both join, then they are two guests, each with its tab id', async () => {
		const jar = new Map<string, string>();
		await using one = createTestClient(server.origin, jar, 'a'.repeat(64));
		await using two = createTestClient(server.origin, jar, 'b'.repeat(64));
		await using none = createTestClient(server.origin, jar);

		const first = await one.joinRoom('demo');
		const second = await two.joinRoom('demo');

		expect(second.actorId).not.toBe(first.actorId);
		expect((await one.talk('GET', 'v4/call/demo')).status).toBe(200);
		expect((await none.talk('GET', 'v4/call/demo')).status).toBe(404);
	});
});

describe('capabilities and settings', () => {
	it('given anybody, when they ask, then they learn what this server can do', async () => {
		await using client = server.client();
		const response = await client.request('GET', '/ocs/v2.php/cloud/capabilities');

		const spreed = parseCapabilities(parseOcs(await response.json()).data);

		expect(spreed?.features).toEqual(expect.arrayContaining(['conversation-v4', 'signaling-v3']));
		expect(spreed?.config.call['supported-reactions'].length).toBeGreaterThan(0);
		expect(spreed?.config.signaling['hello-v2-token-key']).toContain('BEGIN PUBLIC KEY');
		expect(response.headers.get('x-nextcloud-talk-hash')).toMatch(/^[0-9a-f]{40}$/);
	});

	it('given a room, when settings are asked for, then they name the socket and credentials for TURN', async () => {
		await using client = server.client();

		const settings = await client.settings('demo');

		expect(settings.server).toBe(`${server.origin}/signaling`);
		expect(settings.stunservers).toEqual([{ urls: ['stun:127.0.0.1:3478'] }]);
		const [turn] = settings.turnservers;
		expect(turn?.urls).toEqual(['turn:127.0.0.1:3478']);
		expect(Number(turn?.username.split(':')[0])).toBeGreaterThan(Date.now() / 1000 + 3600);
		expect(turn?.credential).toMatch(/^[A-Za-z0-9+/]{27}=$/);
	});

	it.each(['', '?token=nowhere', '?token=..', '?token=a&token=b'])(
		'given no room that exists, when settings are asked for with "%s", then 404 or 400',
		async (query) => {
			await using client = server.client();

			expect([400, 404]).toContain((await client.talk('GET', `v3/signaling/settings${query}`)).status);
		}
	);
});

describe('rooms', () => {
	it('given anybody, when they make a room, then it can be joined, and they moderate it', async () => {
		await using client = server.client();
		await using other = server.client();

		const made = await client.talk('POST', 'v4/room', { roomType: 3, roomName: ' Planning ' });

		expect(made.status).toBe(201);
		const room = parseRoom(made.data);
		expect(room).toMatchObject({ displayName: 'Planning', type: 3, sessionId: '0', hasCall: false });
		expect(await client.joinRoom(room.token)).toMatchObject({ participantType: 6, permissions: 510 });
		expect(await other.joinRoom(room.token)).toMatchObject({ participantType: 4, permissions: 502 });
	});

	it.each([
		[{ roomType: 2, roomName: 'Group' }, 'type'],
		[{ roomType: 3 }, 'name'],
		[{ roomType: 3, roomName: '' }, 'name'],
		[{ roomType: 3, roomName: 'a'.repeat(256) }, 'name']
	])('given %j, when a room is made of it, then 400 says so in the word of Talk', async (body, error) => {
		await using client = server.client();

		expect(await client.talk('POST', 'v4/room', body)).toMatchObject({ status: 400, data: { error } });
	});

	it('given a closed server, when rooms are made, then it takes the token of the administrator', async () => {
		const adminToken = 'an-administrators-token';
		await using closed = await startTestServer({ config: { rooms: 'closed', adminToken } });
		await using client = closed.client();
		const make = (authorization: string) =>
			client.request('POST', '/ocs/v2.php/apps/spreed/api/v4/room', {
				body: { roomType: 3, roomName: 'Room' },
				headers: { authorization }
			});

		expect((await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'Room' })).status).toBe(403);
		expect((await make('Bearer wrong')).status).toBe(403);
		expect((await make(`Bearer ${adminToken}`)).status).toBe(201);
	});

	it('given an address that makes many rooms, when it has made enough, then 429', async () => {
		await using strict = await startTestServer({ bounds: { roomsPerMinute: 1 } });
		await using client = strict.client();
		await newRoom(client);

		expect((await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'B' })).status).toBe(429);
		expect((await client.talk('GET', 'v4/room/demo')).status).toBe(200);
	});

	it('given a stranger, when they look at a room, then they see its name and call but have no rights', async () => {
		await using ann = server.client();
		await using stranger = server.client();
		const token = await newRoom(ann);
		await ann.joinRoom(token);
		await ann.talk('POST', `v4/call/${token}`, { flags: 3 });

		const room = parseRoom((await stranger.talk('GET', `v4/room/${token}`)).data);

		expect(room).toMatchObject({
			displayName: 'Test',
			hasCall: true,
			callFlag: 3,
			sessionId: '0',
			permissions: 1,
			participantType: 4,
			actorId: ''
		});
		expect(room.callStartTime).toBeGreaterThan(Date.now() / 1000 - 10);
	});

	it('given the demo room, when a server starts for the first time, then it is there', async () => {
		await using client = server.client();

		const room = parseRoom((await client.talk('GET', 'v4/room/demo')).data);

		expect(room).toMatchObject({ token: 'demo', displayName: 'Demo', type: 3, hasPassword: false });
	});

	it('given a session in the call, when the same guest joins without force, then 409 names it', async () => {
		await using client = server.client();
		const token = await newRoom(client);
		const { sessionId } = await client.joinRoom(token);
		const join = () => client.talk('POST', `v4/room/${token}/participants/active`, { force: false });
		expect((await join()).status).toBe(200);
		await client.talk('POST', `v4/call/${token}`, { flags: 3 });

		const conflict = await join();

		expect(conflict.status).toBe(409);
		expect(parseRoomConflict(conflict.data)).toMatchObject({ inCall: 3 });
		expect(parseRoomConflict(conflict.data).sessionId).not.toBe(sessionId);
	});

	it('given a session in the call, when the same guest joins with force, then the call is left', async () => {
		await using client = server.client();
		await using watcher = server.client();
		const token = await newRoom(client);
		await client.joinRoom(token);
		await client.talk('POST', `v4/call/${token}`, { flags: 3 });

		await client.joinRoom(token);

		expect(parseRoom((await watcher.talk('GET', `v4/room/${token}`)).data).hasCall).toBe(false);
	});

	it('given a guest, when they leave, then they are out, and leaving again is no error', async () => {
		await using client = server.client();
		await client.joinRoom('demo');
		const leave = () => client.talk('DELETE', 'v4/room/demo/participants/active');

		expect((await leave()).status).toBe(200);
		expect((await leave()).status).toBe(200);
		expect((await client.talk('GET', 'v4/call/demo')).status).toBe(404);
	});

	it('given a joined guest, when state, name and list are asked for, then only the list is refused', async () => {
		await using client = server.client();
		const before = await client.talk('POST', 'v1/guest/demo/name', { displayName: 'Early' });
		await client.joinRoom('demo');
		const put = (state: unknown) => client.talk('PUT', 'v4/room/demo/participants/state', { state });

		expect(before.status).toBe(404);
		expect((await put(0)).status).toBe(200);
		expect((await put(2)).status).toBe(400);
		expect((await client.talk('POST', 'v1/guest/demo/name', { displayName: ' Ann ' })).status).toBe(200);
		const long = { displayName: 'a'.repeat(65) };
		expect((await client.talk('POST', 'v1/guest/demo/name', long)).status).toBe(400);
		expect((await client.talk('GET', 'v4/room/demo/participants')).status).toBe(403);
	});
});

describe('calls', () => {
	it('given a joined guest, when they start, change and leave the call, then peers follow', async () => {
		await using client = server.client();
		const token = await newRoom(client);
		await client.joinRoom(token, 'Ann');
		const peers = async () => parseCallPeers((await client.talk('GET', `v4/call/${token}`)).data);

		expect((await client.talk('POST', `v4/call/${token}`, { flags: 7, silent: true })).status).toBe(200);
		expect((await client.talk('POST', `v4/call/${token}`, { flags: 3 })).status).toBe(200);
		expect(await peers()).toMatchObject([
			{ displayName: 'Ann', actorType: 'guests', token, sessionId: client.nextcloudSessionId }
		]);
		expect((await client.talk('PUT', `v4/call/${token}`, { flags: 1 })).status).toBe(200);
		expect((await client.talk('DELETE', `v4/call/${token}`)).status).toBe(200);
		expect((await client.talk('DELETE', `v4/call/${token}`)).status).toBe(200);
		expect(await peers()).toEqual([]);
	});

	it('given no body, when the call is joined, then all media is announced', async () => {
		await using client = server.client();
		const token = await newRoom(client);
		await client.joinRoom(token);

		await client.talk('POST', `v4/call/${token}`);

		expect(parseRoom((await client.talk('GET', `v4/room/${token}`)).data).participantFlags).toBe(7);
	});

	it('given wrong flags or no session, when the call is asked for, then it is refused', async () => {
		await using client = server.client();
		await using stranger = server.client();
		const token = await newRoom(server.client());
		await client.joinRoom(token);

		expect((await client.talk('POST', `v4/call/${token}`, { flags: 16 })).status).toBe(400);
		expect((await client.talk('PUT', `v4/call/${token}`, { flags: 3 })).status).toBe(400);
		await client.talk('POST', `v4/call/${token}`, { flags: 3 });
		expect((await client.talk('PUT', `v4/call/${token}`, { flags: 6 })).status).toBe(400);
		expect((await client.talk('DELETE', `v4/call/${token}`, { all: true })).status).toBe(403);
		for (const method of ['GET', 'POST', 'DELETE']) {
			expect((await stranger.talk(method, `v4/call/${token}`)).status).toBe(404);
		}
	});

	it('given a call, when it begins, grows, shrinks and ends, then the chat says so', async () => {
		await using ann = server.client();
		await using ben = server.client();
		const token = await newRoom(ann);
		await ann.joinRoom(token, 'Ann');
		await ben.joinRoom(token, 'Ben');

		await ann.talk('POST', `v4/call/${token}`, { flags: 3 });
		await ben.talk('POST', `v4/call/${token}`, { flags: 3 });
		await ann.talk('POST', `v4/call/${token}`, { flags: 7 });
		await ann.talk('DELETE', `v4/call/${token}`);
		await ben.talk('DELETE', `v4/call/${token}`);

		const history = await ann.talk('GET', `v1/chat/${token}?lookIntoFuture=1&timeout=0`);
		const said = parseChatMessages(history.data).map(
			({ systemMessage, actorDisplayName }) => `${systemMessage} ${actorDisplayName}`
		);
		expect(said).toEqual([
			'call_started Ann',
			'call_joined Ben',
			'call_left Ann',
			'call_left Ben',
			'call_ended '
		]);
	});
});

describe('chat', () => {
	const joined = async () => {
		const client = server.client();
		const token = await newRoom(client);
		await client.joinRoom(token, 'Ann');
		const send = (body: object) => client.talk('POST', `v1/chat/${token}`, body);
		const read = (query: string) => client.talk('GET', `v1/chat/${token}?${query}`);
		return { client, token, send, read };
	};

	it('given a message, when it is sent, then it comes back with its reference and can be read', async () => {
		const { send, read, token } = await joined();

		const sent = await send({ message: ' Hello <b>😀</b> ', referenceId: 'r'.repeat(64) });

		expect(sent.status).toBe(201);
		const message = parseChatMessage(sent.data);
		expect(message).toMatchObject({
			token,
			message: 'Hello <b>😀</b>',
			actorDisplayName: 'Ann',
			actorType: 'guests',
			messageType: 'comment',
			referenceId: 'r'.repeat(64),
			isReplyable: true
		});
		const history = await read('lookIntoFuture=0');
		expect(parseChatMessages(history.data)).toEqual([message]);
		expect(history.headers.get('x-chat-last-given')).toBe(message.id.toString());
		expect(history.headers.get('x-chat-last-common-read')).toBe(message.id.toString());
	});

	it('given many messages, when they are read in pages, then history goes back and news go on', async () => {
		const { send, read } = await joined();
		const ids: number[] = [];
		for (const message of ['a', 'b', 'c', 'd']) ids.push(parseChatMessage((await send({ message })).data).id);
		const texts = async (query: string) =>
			parseChatMessages((await read(query)).data).map(({ message }) => message);

		expect(await texts('lookIntoFuture=0&limit=2')).toEqual(['d', 'c']);
		expect(await texts(`lookIntoFuture=0&limit=2&lastKnownMessageId=${ids[2]}`)).toEqual(['b', 'a']);
		expect(await texts(`lookIntoFuture=1&lastKnownMessageId=${ids[1]}&timeout=0`)).toEqual(['c', 'd']);
		const included = `lookIntoFuture=1&lastKnownMessageId=${ids[1]}&includeLastKnown=1&limit=1`;
		expect(await texts(included)).toEqual(['b']);
		expect((await read(`lookIntoFuture=1&lastKnownMessageId=${ids[3]}&timeout=0`)).status).toBe(304);
		expect((await read(`lookIntoFuture=0&lastKnownMessageId=${ids[0]}`)).status).toBe(304);
	});

	it('given a client that waits, when somebody writes, then it has the message at once', async () => {
		const { send, read } = await joined();
		const first = parseChatMessage((await send({ message: 'first' })).data);

		const waiting = read(`lookIntoFuture=1&lastKnownMessageId=${first.id}&timeout=30`);
		await send({ message: 'second' });

		expect(parseChatMessages((await waiting).data)).toMatchObject([{ message: 'second' }]);
	});

	it('given a client that waits, when somebody only reads or comes, then it goes on waiting', async () => {
		const { token, send, read } = await joined();
		await using ben = server.client();
		const first = parseChatMessage((await send({ message: 'first' })).data);

		const waiting = read(`lookIntoFuture=1&lastKnownMessageId=${first.id}&timeout=30`);
		await ben.joinRoom(token, 'Ben');
		await ben.talk('POST', `v1/chat/${token}/read`, {});
		await ben.joinRoom(token);
		await send({ message: 'second' });

		expect(parseChatMessages((await waiting).data)).toMatchObject([{ message: 'second' }]);
	});

	it('given a client that waits, when everybody has read further than it knew, then it is told', async () => {
		const { token, send, read } = await joined();
		await using ben = server.client();
		await ben.joinRoom(token, 'Ben');
		const first = parseChatMessage((await send({ message: 'first' })).data);
		await ben.talk('POST', `v1/chat/${token}/read`, {});
		const second = parseChatMessage((await send({ message: 'second' })).data);

		const known = `lastKnownMessageId=${second.id}&lastCommonReadId=${first.id}`;
		const waiting = read(`lookIntoFuture=1&${known}&timeout=30`);
		await ben.talk('POST', `v1/chat/${token}/read`, {});

		const { status, data, headers } = await waiting;
		expect({ status, data }).toEqual({ status: 200, data: [] });
		expect(headers.get('x-chat-last-common-read')).toBe(second.id.toString());
	});

	it('given a client that waits, when the time is over, then 304', async () => {
		const { read } = await joined();

		expect((await read('lookIntoFuture=1&timeout=1')).status).toBe(304);
	});

	it('given a client that waits, when its guest leaves, then it is answered with 404', async () => {
		const { client, token, read } = await joined();

		const waiting = read('lookIntoFuture=1&timeout=30');
		await client.talk('DELETE', `v4/room/${token}/participants/active`);

		expect((await waiting).status).toBe(404);
	});

	it('given a client that waits, when the server stops, then it is answered', async () => {
		const stopping = await startTestServer();
		await using client = stopping.client();
		await client.joinRoom('demo');

		const waiting = client.talk('GET', 'v1/chat/demo?lookIntoFuture=1&timeout=30');
		await client.talk('GET', 'v4/room/demo');
		await stopping[Symbol.asyncDispose]();

		expect((await waiting).status).toBe(304);
	});

	it.each([
		[{ message: '' }, 400, 'message'],
		[{ message: ' \n\t ' }, 400, 'message'],
		[{ message: 7 }, 400, 'message'],
		[{ message: 'a'.repeat(32_001) }, 413, 'message'],
		[{ message: 'a', referenceId: 'r'.repeat(65) }, 400, 'referenceId'],
		[{ message: 'a', actorDisplayName: 'n'.repeat(65) }, 400, 'actorDisplayName'],
		[{ message: 'a', replyTo: 999_999_999 }, 400, 'reply-to']
	])('given a bad message, when it is sent, then %#: the field is named', async (body, status, error) => {
		const { send } = await joined();

		expect(await send(body)).toMatchObject({ status, data: { error } });
	});

	it('given the longest message there may be, when it is sent, then it is stored whole', async () => {
		const { send } = await joined();

		const sent = await send({ message: '😀'.repeat(32_000) });

		expect(sent.status).toBe(201);
		expect(Array.from(parseChatMessage(sent.data).message)).toHaveLength(32_000);
	});

	it('given a message, when it is answered, then the answer carries it', async () => {
		const { send, read } = await joined();
		const question = parseChatMessage((await send({ message: 'Why?' })).data);

		await send({ message: 'Because.', replyTo: question.id });

		const [newest] = parseChatMessages((await read('lookIntoFuture=0&limit=1')).data);
		expect(newest?.parent).toMatchObject({ id: question.id, message: 'Why?' });
	});

	it('given a name with a message, when it is sent, then the guest has that name', async () => {
		const { send } = await joined();

		await send({ message: 'a', actorDisplayName: 'Anna' });

		expect(parseChatMessage((await send({ message: 'b' })).data).actorDisplayName).toBe('Anna');
	});

	it('given a stranger, when they read or write, then 404', async () => {
		await using client = server.client();

		expect((await client.talk('GET', 'v1/chat/demo?lookIntoFuture=0')).status).toBe(404);
		expect((await client.talk('POST', 'v1/chat/demo', { message: 'a' })).status).toBe(404);
		expect((await client.talk('POST', 'v1/chat/demo/read', {})).status).toBe(404);
	});

	it('given one who writes too fast, when the bound is passed, then 429', async () => {
		await using strict = await startTestServer({ bounds: { chatBurst: 2, chatPerSecond: 0 } });
		await using client = strict.client();
		await client.joinRoom('demo');
		const send = async () => (await client.talk('POST', 'v1/chat/demo', { message: 'a' })).status;

		expect([await send(), await send(), await send()]).toEqual([201, 201, 429]);
	});

	it('given two who read, when the slower one has read, then what all have read moves on', async () => {
		const { client, token, send } = await joined();
		await using ben = server.client();
		await ben.joinRoom(token);
		const { id } = parseChatMessage((await send({ message: 'a' })).data);
		const common = async (reader: TestClient, body: object) => {
			const { headers } = await reader.talk('POST', `v1/chat/${token}/read`, body);
			return headers.get('x-chat-last-common-read');
		};

		expect(await common(client, {})).toBe('0');
		expect(await common(ben, { lastReadMessage: id + 100 })).toBe(id.toString());
		const room = parseRoom((await ben.talk('GET', `v4/room/${token}`)).data);
		expect(room).toMatchObject({ lastReadMessage: id, lastCommonReadMessage: id, unreadMessages: 0 });
	});
});

it('given a running server, when its health is asked for, then it is well', async () => {
	await using client = server.client();

	for (const path of ['/healthz', '/readyz']) expect((await client.request('GET', path)).status).toBe(200);
});
