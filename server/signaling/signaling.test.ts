import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createTestClient, type TestClient, type TestSocket } from '../../tests/support/test-client.ts';
import { startTestServer } from '../testing/test-server.ts';

let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
	server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A room of its own for each test. */
async function newRoom(client: TestClient): Promise<string> {
	const answer = await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'Test' });
	return (answer.data as { token: string }).token;
}

const internal = (params: object) => ({ type: 'internal', params });
const guess = { random: 'r'.repeat(32), token: 'f'.repeat(64), backend: 'https://calls.example' };
const homeless = { ...guess, backend: 'nowhere' };

const helloUrl = () => `${server.origin}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`;

describe('hello', () => {
	it('given a fresh socket, when it opens, then it is welcomed with what the server can do', async () => {
		await using client = server.client();
		await client.joinRoom('demo');

		const socket = await client.openSocket();
		const hello = await client.hello('demo');

		expect(hello.server?.features).toContain('hello-v2');
		expect(hello.server?.features).not.toContain('mcu');
		expect(hello.sessionid).not.toBe(hello.resumeid);
		expect(socket.untaken()).toEqual([]);
	});

	it('given a ticket, when hello 1.0 is said, then that is enough as well', async () => {
		await using client = server.client();
		await client.joinRoom('demo');
		const params = (await client.settings('demo')).helloAuthParams['1.0'];
		const socket = await client.openSocket();

		const answer = await socket.ask({
			type: 'hello',
			hello: { version: '1.0', auth: { url: helloUrl(), params } }
		});

		expect(answer).toMatchObject({ type: 'hello', hello: { version: '1.0' } });
	});

	it.each([
		['a foreign token', { version: '2.0', auth: { params: { token: 'x.y.z' } } }, 'invalid_token'],
		['no token', { version: '2.0', auth: { params: {} } }, 'invalid_token'],
		['a forged ticket', { version: '1.0', auth: { params: { ticket: 'a:1:b:c' } } }, 'invalid_ticket'],
		['an unknown version', { version: '3.0', auth: { params: {} } }, 'invalid_hello_version'],
		['a client of another kind', { version: '2.0', auth: { type: 'x', params: {} } }, 'invalid_client_type'],
		['an internal client without proof', { version: '1.0', auth: internal({}) }, 'invalid_format'],
		['an internal client with a wrong one', { version: '1.0', auth: internal(guess) }, 'invalid_token'],
		['an internal client of nobody', { version: '1.0', auth: internal(homeless) }, 'invalid_backend'],
		['another url', { version: '2.0', auth: { url: 'http://x/', params: {} } }, 'invalid_backend'],
		['an unknown resume id', { version: '1.0', resumeid: 'nobody' }, 'no_such_session'],
		['no proof at all', { version: '2.0' }, 'invalid_format']
	])('given %s, when hello is said, then it is refused and may be said again', async (_case, hello, code) => {
		await using client = server.client();
		await client.joinRoom('demo');
		const socket = await client.openSocket();
		const auth = 'auth' in hello ? { auth: { url: helloUrl(), ...hello.auth } } : {};

		const answer = await socket.ask({ type: 'hello', hello: { ...hello, ...auth } });

		expect(answer).toMatchObject({ type: 'error', error: { code } });
		await expect(client.hello('demo')).resolves.toHaveProperty('sessionid');
	});

	it('given a socket without hello, when it asks for anything else, then hello is expected', async () => {
		await using client = server.client();
		const socket = await client.openSocket();

		const answer = await socket.ask({ type: 'room', room: { roomid: 'demo', sessionid: 'x' } });

		expect(answer).toMatchObject({ error: { code: 'hello_expected' } });
	});

	it.each([
		['no JSON', '{'],
		['no frame', '[]'],
		['a null', 'null'],
		['a malformed frame', '{"type":"message","message":{"recipient":{"type":"session"}}}']
	])('given %s, when it arrives, then it is refused and the connection lives on', async (_case, text) => {
		await using client = server.client();
		const { socket } = await client.enter('demo');

		socket.send(text);

		expect(await socket.next('error')).toMatchObject({ error: { code: 'invalid_format' } });
		expect(await socket.ask({ type: 'room', room: { roomid: '' } })).toMatchObject({ room: { roomid: '' } });
	});

	it('given a frame of a type from the future, when it arrives, then it is refused by id', async () => {
		await using client = server.client();
		const { socket } = await client.enter('demo');

		expect(await socket.ask({ type: 'hologram' })).toMatchObject({ error: { code: 'invalid_request' } });
	});

	it('given a frame of more than 64 KiB, when it arrives, then the socket is closed with 1009', async () => {
		await using client = server.client();
		const { socket } = await client.enter('demo');

		socket.send(JSON.stringify({ type: 'x', x: 'a'.repeat(64 * 1024) }));

		expect(await socket.closed).toBe(1009);
	});

	it('given a page of another site, when it opens a socket, then it is refused', async () => {
		const open = async (origin: string) => {
			const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/signaling/spreed`, { origin });
			try {
				return await new Promise<string>((resolve) => {
					socket.on('open', () => resolve('open'));
					socket.on('error', (error) => resolve(error.message));
				});
			} finally {
				socket.terminate();
			}
		};

		expect(await open('https://evil.example')).toContain('403');
		expect(await open('null')).toContain('403');
		expect(await open(server.origin)).toBe('open');
	});

	it('given an address that is no signaling, when an upgrade is asked for, then there is none', async () => {
		const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/ocs`);

		const message = await new Promise<string>((resolve) => {
			socket.on('error', (error) => resolve(error.message));
		});

		expect(message).toContain('404');
	});
});

describe('room', () => {
	it('given two guests, when both enter, then each knows the other', async () => {
		await using ann = server.client();
		await using ben = server.client();
		const token = await newRoom(ann);
		const first = await ann.enter(token, 'Ann');
		expect(await first.socket.nextEvent('room', 'join')).toMatchObject({
			join: [{ sessionid: first.sessionId, user: { displayname: 'Ann' } }]
		});

		const second = await ben.enter(token, 'Ben', ['chat-relay']);

		expect(await second.socket.nextEvent('room', 'join')).toMatchObject({
			join: [{ sessionid: first.sessionId }, { sessionid: second.sessionId }]
		});
		expect(await first.socket.nextEvent('room', 'join')).toMatchObject({
			join: [
				{
					sessionid: second.sessionId,
					userid: '',
					roomsessionid: ben.nextcloudSessionId,
					features: ['chat-relay'],
					user: { displayname: 'Ben' }
				}
			]
		});
		expect(await second.socket.nextEvent('participants', 'update')).toMatchObject({
			update: { roomid: token, users: [{ sessionId: first.sessionId }, { sessionId: second.sessionId }] }
		});
	});

	it('given a guest in the call, when their socket enters the room, then everybody learns of it', async () => {
		await using ann = server.client();
		await using ben = server.client();
		const token = await newRoom(ann);
		const { socket } = await ann.enter(token, 'Ann');
		await socket.nextEvent('participants', 'update');
		await ben.joinRoom(token, 'Ben');
		await ben.talk('POST', `v4/call/${token}`, { flags: 3 });

		await ben.openSocket();
		const { sessionid } = await ben.hello(token);
		await ben.enterSignalingRoom(token);

		expect(await socket.nextEvent('participants', 'update')).toMatchObject({
			update: {
				users: [{ sessionId: sessionid, inCall: 3, displayName: 'Ben', participantPermissions: 502 }]
			}
		});
	});

	it('given a room session of somebody else, when it is used, then the room is not known', async () => {
		await using ann = server.client();
		await using eve = server.client();
		const { socket } = await ann.enter('demo', 'Ann');
		await eve.joinRoom('demo');
		const eves = await eve.openSocket();
		await eve.hello('demo');

		const room = { roomid: 'demo', sessionid: ann.nextcloudSessionId };
		const answer = await eves.ask({ type: 'room', room });

		expect(answer).toMatchObject({ error: { code: 'no_such_room' } });
		expect(await socket.ask({ type: 'hello', hello: { version: '1.0', resumeid: 'x' } })).toMatchObject({
			error: { code: 'invalid_request' }
		});
	});

	it.each([
		['a room that does not exist', { roomid: 'nowhere', sessionid: 'x' }, 'no_such_room'],
		['no session', { roomid: 'demo' }, 'no_such_room'],
		['another server', { roomid: 'demo', sessionid: 'x', federation: {} }, 'federation_unsupported'],
		['a path', { roomid: '../demo', sessionid: 'x' }, 'invalid_format']
	])('given %s, when it is to be joined, then that is refused', async (_case, room, code) => {
		await using client = server.client();
		await client.joinRoom('demo');
		const socket = await client.openSocket();
		await client.hello('demo');

		expect(await socket.ask({ type: 'room', room })).toMatchObject({ error: { code } });
	});

	it('given a session in the room, when it joins again, then it learns where it is', async () => {
		await using client = server.client();
		await client.enter('demo');

		const answer = await client.enterSignalingRoom('demo');

		expect(answer).toMatchObject({
			error: { code: 'already_joined', details: { room: { roomid: 'demo' } } }
		});
	});

	it('given a second socket of the same guest, when it enters, then the first one is told and closed', async () => {
		await using client = server.client();
		await using watcher = server.client();
		const token = await newRoom(client);
		const { socket: watching } = await watcher.enter(token);
		const first = await client.enter(token);
		await watching.nextEvent('room', 'join');

		const second = await client.openSocket();
		await client.hello(token);
		await client.enterSignalingRoom(token);

		expect(await first.socket.next('bye')).toMatchObject({ bye: { reason: 'room_session_reconnected' } });
		expect(await first.socket.closed).toBe(1000);
		expect(await watching.nextEvent('room', 'leave')).toMatchObject({ leave: [first.sessionId] });
		await watching.nextEvent('room', 'join');
		expect(await second.ask({ type: 'room', room: { roomid: '' } })).toMatchObject({ room: { roomid: '' } });
	});

	it('given a session in the room, when it leaves, then it is out of the call, the room and Talk', async () => {
		await using ann = server.client();
		await using ben = server.client();
		const token = await newRoom(ann);
		const { socket } = await ann.enter(token);
		const { socket: leaving, sessionId } = await ben.enter(token, 'Ben');
		await ben.talk('POST', `v4/call/${token}`, { flags: 7 });

		await leaving.ask({ type: 'room', room: { roomid: '' } });

		await socket.nextUpdate((entry) => entry.sessionId === sessionId && entry.inCall === 0);
		expect(await socket.nextEvent('room', 'leave')).toMatchObject({ leave: [sessionId] });
		expect((await ben.talk('GET', `v4/call/${token}`)).status).toBe(404);
	});

	it('given a guest who joins anew over http, when that replaces the session, then the socket is disinvited', async () => {
		await using client = server.client();
		const { socket } = await client.enter('demo');

		await client.joinRoom('demo');

		expect(await socket.nextEvent('roomlist', 'disinvite')).toMatchObject({
			disinvite: { roomid: 'demo', reason: 'replaced' }
		});
		expect(await socket.closed).toBe(1000);
	});
});

describe('messages', () => {
	interface Pair {
		ann: { socket: TestSocket; sessionId: string };
		ben: { socket: TestSocket; sessionId: string };
		clients: [TestClient, TestClient];
		token: string;
	}

	async function twoInARoom(): Promise<Pair> {
		const clients: [TestClient, TestClient] = [server.client(), server.client()];
		const token = await newRoom(clients[0]);
		const ann = await clients[0].enter(token, 'Ann');
		const ben = await clients[1].enter(token, 'Ben');
		return { ann, ben, clients, token };
	}

	it('given two in a room, when one sends to the other, then it arrives with the true sender', async () => {
		const { ann, ben } = await twoInARoom();
		const data = { type: 'offer', sid: '1', roomType: 'video', from: 'somebody-else', payload: {} };

		const recipient = { type: 'session', sessionid: ben.sessionId };
		ann.socket.send({ type: 'message', message: { recipient, data, sender: { sessionid: 'forged' } } });

		expect(await ben.socket.next('message')).toEqual({
			type: 'message',
			message: { sender: { type: 'session', sessionid: ann.sessionId }, data }
		});
	});

	it('given a message to the room, when it is sent, then everybody but the sender gets it', async () => {
		const { ann, ben } = await twoInARoom();

		ann.socket.send({ type: 'message', message: { recipient: { type: 'room' }, data: { type: 'hi' } } });
		ben.socket.send({ type: 'message', message: { recipient: { type: 'room' }, data: { type: 'ho' } } });

		expect(await ben.socket.next('message')).toMatchObject({ message: { sender: { type: 'room' } } });
		expect(await ann.socket.next('message')).toMatchObject({ message: { data: { type: 'ho' } } });
	});

	it('given a message to the call, when it is sent, then only those in the call get it', async () => {
		const { ann, ben, clients, token } = await twoInARoom();
		await using cem = server.client();
		const third = await cem.enter(token, 'Cem');
		await clients[1].talk('POST', `v4/call/${token}`, { flags: 3 });
		const toCall = (type: string) => ({
			type: 'message',
			message: { recipient: { type: 'call' }, data: { type } }
		});
		const toAll = { type: 'message', message: { recipient: { type: 'room' }, data: { type: 'last' } } };

		ann.socket.send(toCall('in-call'));
		ann.socket.send(toAll);

		expect(await ben.socket.next('message')).toMatchObject({ message: { data: { type: 'in-call' } } });
		expect(await third.socket.next('message')).toMatchObject({ message: { data: { type: 'last' } } });
	});

	it('given somebody in another room, when a message is sent to them, then it does not arrive', async () => {
		const { ann, ben } = await twoInARoom();
		await using eve = server.client();
		const elsewhere = await eve.enter(await newRoom(eve));

		const to = (sessionid: string, type: string) => ({
			type: 'message',
			message: { recipient: { type: 'session', sessionid }, data: { type } }
		});
		elsewhere.socket.send(to(ann.sessionId, 'intruder'));
		// answered after the message was handled
		await elsewhere.socket.ask({ type: 'hologram' });
		ben.socket.send(to(ann.sessionId, 'friend'));

		expect(await ann.socket.next('message')).toMatchObject({ message: { data: { type: 'friend' } } });
	});

	it('given no room, when a message is sent, then the sender is told', async () => {
		await using client = server.client();
		await client.joinRoom('demo');
		const socket = await client.openSocket();
		await client.hello('demo');

		const answer = await socket.ask({ type: 'message', message: { recipient: { type: 'room' }, data: {} } });

		expect(answer).toMatchObject({ error: { code: 'not_in_room' } });
	});

	it('given a plain guest, when it sends a control, then that is dropped without a word', async () => {
		const { ann, ben } = await twoInARoom();
		const data = { action: 'forceMute', peerId: ann.sessionId };

		ben.socket.send({ type: 'control', control: { recipient: { type: 'room' }, data } });
		ben.socket.send({ type: 'message', message: { recipient: { type: 'room' }, data: { type: 'after' } } });

		expect(
			await ann.socket.nextThat(
				(frame): frame is typeof frame => ['control', 'message'].includes(frame.type),
				'anything'
			)
		).toMatchObject({
			type: 'message'
		});
	});

	it('given whoever made the room, when they send a control, then it arrives', async () => {
		const { ann, ben } = await twoInARoom();
		const data = { action: 'forceMute', peerId: ben.sessionId };

		ann.socket.send({ type: 'control', control: { recipient: { type: 'room' }, data } });

		expect(await ben.socket.next('control')).toMatchObject({ control: { data } });
	});

	it('given 500 messages at once, when they are sent, then all arrive in order', async () => {
		const { ann, ben } = await twoInARoom();
		const recipient = { type: 'session', sessionid: ben.sessionId };

		for (let index = 0; index < 500; index += 1) {
			ann.socket.send({ type: 'message', message: { recipient, data: { index } } });
		}

		for (let index = 0; index < 500; index += 1) {
			expect(await ben.socket.next('message')).toMatchObject({ message: { data: { index } } });
		}
	});
});

describe('bye and resume', () => {
	it('given a page that is unloaded before it could say bye, when its socket closes, then the others see it go at once', async () => {
		await using ann = server.client();
		await using ben = server.client();
		const token = await newRoom(ann);
		const first = await ann.enter(token, 'Ann');
		const second = await ben.enter(token, 'Ben');

		second.socket.close(1001);

		expect(await first.socket.nextEvent('room', 'leave')).toMatchObject({ leave: [second.sessionId] });
	});

	it('given a lost socket, when the session is resumed, then it is the same and nothing is missing', async () => {
		await using ann = server.client();
		await using ben = server.client();
		const token = await newRoom(ann);
		const first = await ann.enter(token, 'Ann');
		const second = await ben.enter(token, 'Ben');
		await first.socket.nextEvent('room', 'join');

		first.socket.close();
		await first.socket.closed;
		second.socket.send({
			type: 'message',
			message: { recipient: { type: 'session', sessionid: first.sessionId }, data: { type: 'missed' } }
		});
		const again = await ann.openSocket();
		const hello = await again.ask({
			type: 'hello',
			hello: { version: '1.0', resumeid: first.resumeId }
		});

		expect(hello).toMatchObject({ hello: { sessionid: first.sessionId } });
		expect(await again.next('message')).toMatchObject({ message: { data: { type: 'missed' } } });
		expect(await again.nextEvent('participants', 'update')).toMatchObject({
			update: { users: [{ sessionId: first.sessionId }, { sessionId: second.sessionId }] }
		});
		expect(await again.nextEvent('room', 'message')).toMatchObject({
			message: { data: { type: 'chat', chat: { refresh: true } } }
		});
	});

	it('given a live socket, when another one resumes its session, then it is told and closed', async () => {
		await using client = server.client();
		const first = await client.enter('demo');

		const second = await client.openSocket();
		await second.ask({ type: 'hello', hello: { version: '1.0', resumeid: first.resumeId } });

		expect(await first.socket.next('bye')).toMatchObject({ bye: { reason: 'session_resumed' } });
		expect(await first.socket.closed).toBe(1000);
		expect(await client.enterSignalingRoom('demo')).toMatchObject({ error: { code: 'already_joined' } });
	});

	it('given a bye, when it was said, then the session cannot be resumed and others see it leave', async () => {
		await using ann = server.client();
		await using ben = server.client();
		const token = await newRoom(ann);
		const { socket } = await ann.enter(token);
		const leaving = await ben.enter(token);

		expect(await leaving.socket.ask({ type: 'bye', bye: {} })).toMatchObject({ type: 'bye' });

		expect(await socket.nextEvent('room', 'leave')).toMatchObject({ leave: [leaving.sessionId] });
		expect(await leaving.socket.closed).toBe(1000);
		const again = await ben.openSocket();
		const answer = await again.ask({ type: 'hello', hello: { version: '1.0', resumeid: leaving.resumeId } });
		expect(answer).toMatchObject({ error: { code: 'no_such_session' } });
	});
});

describe('news', () => {
	it('given two kinds of clients, when somebody writes, then one is told to fetch and one gets the message', async () => {
		await using ann = server.client();
		await using ben = server.client();
		const token = await newRoom(ann);
		const plain = await ann.enter(token, 'Ann');
		const relayed = await ben.enter(token, 'Ben', ['chat-relay']);

		await ann.talk('POST', `v1/chat/${token}`, { message: 'Hello', referenceId: 'ref' });

		expect(await plain.socket.nextEvent('room', 'message')).toEqual({
			target: 'room',
			type: 'message',
			message: { roomid: token, data: { type: 'chat', chat: { refresh: true } } }
		});
		expect(await relayed.socket.nextEvent('room', 'message')).toMatchObject({
			message: {
				data: { chat: { comment: { message: 'Hello', referenceId: 'ref', actorDisplayName: 'Ann' } } }
			}
		});
	});

	it('given others in the room, when somebody enters and leaves the call, then they are told', async () => {
		await using ann = server.client();
		await using ben = server.client();
		const token = await newRoom(ann);
		const { socket } = await ann.enter(token, 'Ann');
		const { sessionId } = await ben.enter(token, 'Ben');
		await socket.nextEvent('room', 'join');
		await socket.nextEvent('room', 'join');
		await socket.nextEvent('participants', 'update');

		await ben.talk('POST', `v4/call/${token}`, { flags: 7 });
		await ben.talk('PUT', `v4/call/${token}`, { flags: 3 });
		await ben.talk('DELETE', `v4/call/${token}`);

		for (const inCall of [7, 3, 0]) {
			expect(await socket.nextEvent('participants', 'update')).toMatchObject({
				update: {
					users: [{ sessionId, nextcloudSessionId: ben.nextcloudSessionId, inCall, displayName: 'Ben' }]
				}
			});
		}
	});

	it('given others in the room, when somebody changes their name, then they are told', async () => {
		await using ann = server.client();
		await using ben = server.client();
		const token = await newRoom(ann);
		const { socket } = await ann.enter(token, 'Ann');
		const { sessionId } = await ben.enter(token, 'Ben');
		await socket.nextUpdate((entry) => entry.displayName === 'Ben');

		await ben.talk('POST', `v1/guest/${token}/name`, { displayName: 'Benjamin' });

		expect(await socket.nextEvent('participants', 'update')).toMatchObject({
			update: { users: [{ sessionId, displayName: 'Benjamin' }] }
		});
		expect(await socket.nextEvent('room', 'change')).toMatchObject({
			change: [{ sessionid: sessionId, user: { displayname: 'Benjamin' } }]
		});
	});
});

describe('a session of somebody else', () => {
	async function annAndEve() {
		const [ann, eve] = [server.client(), server.client()];
		const token = await newRoom(ann);
		const victim = await ann.enter(token, 'Ann');
		const { sessionId } = await eve.joinRoom(token, 'Eve');
		const socket = await eve.openSocket();
		return { ann, eve, token, victim, socket, evesRoomSession: sessionId };
	}

	it('given the ids that everybody in the room sees, when they are used to resume, then none is', async () => {
		const { ann, victim, socket } = await annAndEve();

		for (const resumeid of [victim.sessionId, ann.nextcloudSessionId, victim.resumeId.slice(0, -1)]) {
			expect(await socket.ask({ type: 'hello', hello: { version: '1.0', resumeid } })).toMatchObject({
				error: { code: 'no_such_session' }
			});
		}
		expect(await ann.enterSignalingRoom(victim.room.token)).toMatchObject({
			error: { code: 'already_joined' }
		});
	});

	it('given the room session of another, when it is named in a room frame, then its owner keeps it', async () => {
		const { ann, eve, token, victim, socket } = await annAndEve();
		await eve.hello(token);

		const answer = await socket.ask({
			type: 'room',
			room: { roomid: token, sessionid: ann.nextcloudSessionId }
		});

		expect(answer).toMatchObject({ error: { code: 'no_such_room' } });
		expect(await ann.enterSignalingRoom(victim.room.token)).toMatchObject({
			error: { code: 'already_joined' }
		});
	});

	it('given a token or ticket of another guest, when it is changed to name oneself, then it does not hold', async () => {
		const { ann, token, socket } = await annAndEve();
		const { helloAuthParams } = await ann.settings(token);
		const [head = '', body = '', signature = ''] = helloAuthParams['2.0']?.token.split('.') ?? [];
		const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
		const forged = Buffer.from(JSON.stringify({ ...claims, guest: 'eve' })).toString('base64url');
		const none = Buffer.from('{"alg":"none"}').toString('base64url');
		const parts = helloAuthParams['1.0']?.ticket.split(':') ?? [];
		const url = helloUrl();

		for (const [version, params, code] of [
			['2.0', { token: `${head}.${forged}.${signature}` }, 'invalid_token'],
			['2.0', { token: `${none}.${forged}.` }, 'invalid_token'],
			['1.0', { ticket: [parts[0], parts[1], 'eve', parts[3]].join(':') }, 'invalid_ticket']
		] as const) {
			expect(await socket.ask({ type: 'hello', hello: { version, auth: { url, params } } })).toMatchObject({
				error: { code }
			});
		}
	});

	it('given a room that was left, when the room session is used once more, then it is over', async () => {
		await using ann = server.client();
		const token = await newRoom(ann);
		const { socket } = await ann.enter(token, 'Ann');
		await socket.ask({ type: 'room', room: { roomid: '' } });

		expect(await ann.enterSignalingRoom(token)).toMatchObject({ error: { code: 'no_such_room' } });
	});

	it('given two rooms, when somebody speaks from one to the other in any way, then nothing arrives', async () => {
		await using ann = server.client();
		await using eve = server.client();
		const token = await newRoom(ann);
		const victim = await ann.enter(token, 'Ann');
		const { socket } = await eve.enter(await newRoom(eve), 'Eve');
		const recipients = [
			{ type: 'session', sessionid: victim.sessionId },
			{ type: 'session', sessionid: ann.nextcloudSessionId },
			{ type: 'user', userid: victim.room.actorId },
			{ type: 'room', roomid: token },
			{ type: 'call', roomid: token }
		];

		for (const recipient of recipients) {
			socket.send({ type: 'message', message: { recipient, data: { type: 'intruder' } } });
			socket.send({ type: 'control', control: { recipient, data: { type: 'intruder' } } });
		}
		await socket.ask({ type: 'hologram' });
		await ann.talk('POST', `v1/guest/${token}/name`, { displayName: 'Anna' });

		const next = await victim.socket.nextThat(
			(frame): frame is typeof frame =>
				frame.type === 'message' ||
				frame.type === 'control' ||
				(frame.type === 'event' && frame.event.type === 'change'),
			'anything'
		);
		expect(next).toMatchObject({ type: 'event', event: { change: [{ user: { displayname: 'Anna' } }] } });
	});
});

it('given tabs of one browser with ids, when both enter, then they are two guests', async () => {
	await using first = server.client();
	await using second = createTestClient(server.origin, first.jar, 'b'.repeat(64));
	const token = await newRoom(first);
	const one = await first.enter(token, 'One');

	const two = await second.enter(token, 'Two');

	expect(two.room.actorId).not.toBe(one.room.actorId);
	expect(await two.socket.nextEvent('room', 'join')).toMatchObject({
		join: [{ sessionid: one.sessionId }, { sessionid: two.sessionId }]
	});
});
