import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import type { TestClient } from '../../tests/support/test-client.ts';
import { openInternalClient, order, type RawFrame } from '../testing/signaling-programs.ts';
import { startTestServer } from '../testing/test-server.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
	server = await startTestServer({ bounds: { secretGuesses: 1_000 } });
});
afterAll(() => server[Symbol.asyncDispose]());

async function newRoom(client: TestClient): Promise<string> {
	const answer = await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'Test' });
	return (answer.data as { token: string }).token;
}

/** Two guests in a room of their own. */
async function twoInARoom() {
	const [ann, ben] = [server.client(), server.client()];
	const token = await newRoom(ann);
	const first = await ann.enter(token, 'Ann');
	const second = await ben.enter(token, 'Ben');
	return {
		token,
		ann: { ...first, client: ann, id: ann.nextcloudSessionId ?? '' },
		ben: { ...second, client: ben, id: ben.nextcloudSessionId ?? '' },
		[Symbol.asyncDispose]: async () => {
			await ann[Symbol.asyncDispose]();
			await ben[Symbol.asyncDispose]();
		}
	};
}

const message = { type: 'message', message: { data: { type: 'recording', recording: { status: 1 } } } };

describe('what proves an order', () => {
	it('given the secret, when an order comes to either address, then it is carried out', async () => {
		await using room = await twoInARoom();

		for (const path of ['/api/v1', '/signaling/api/v1']) {
			expect(await order(server, room.token, message, { path })).toMatchObject({ status: 200, body: {} });
			expect(await room.ann.socket.nextEvent('room', 'message')).toMatchObject({
				message: { roomid: room.token, data: { type: 'recording' } }
			});
		}
	});

	it.each([
		['another secret', { secret: 'another secret of 32 characters ' }],
		['a short random', { random: 'short' }],
		['no random', { headers: { 'spreed-signaling-random': '' } }],
		['no checksum', { headers: { 'spreed-signaling-checksum': '' } }],
		[
			'a checksum with something behind it',
			{ headers: { 'spreed-signaling-checksum': `${'0'.repeat(64)}x` } }
		]
	])('given %s, when an order comes, then 403, and nobody hears of it', async (_what, options) => {
		await using room = await twoInARoom();

		expect(await order(server, room.token, message, options)).toMatchObject({ status: 403 });

		await order(server, room.token, { type: 'message', message: { data: { type: 'proven' } } });
		expect(await room.ann.socket.nextEvent('room', 'message')).toMatchObject({
			message: { data: { type: 'proven' } }
		});
	});

	it.each([
		['no JSON', '{', 400],
		['no order', '[]', 400],
		['an order of an unknown type', { type: 'hologram', hologram: {} }, 400],
		['a malformed order', { type: 'switchto', switchto: { roomid: 'demo' } }, 400],
		['an order without its content', { type: 'incall' }, 400],
		['an order that is too large', { ...message, filler: 'x'.repeat(256 * 1024) }, 413]
	])('given %s, when it is proven all the same, then it is refused', async (_what, content, status) => {
		expect(await order(server, 'demo', content)).toMatchObject({ status });
	});

	it('given another content type, or no length, when an order comes, then 400 and 411', async () => {
		expect(await order(server, 'demo', message, { headers: { 'content-type': 'text/plain' } })).toMatchObject(
			{ status: 400 }
		);
		expect(await order(server, '..%2Fdemo', message)).toMatchObject({ status: 404 });

		const status = await new Promise((resolve, reject) => {
			const request = httpRequest(`${server.origin}/api/v1/room/demo`, {
				method: 'POST',
				headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' }
			});
			request.on('response', (response) => resolve(response.resume().statusCode));
			request.on('error', reject);
			request.end('{}');
		});
		expect(status).toBe(411);
	});

	it('given wrong proofs from an address, when there are too many, then 429 and when to return, even for a right one', async () => {
		let nowMs = Date.now();
		await using strict = await startTestServer({
			bounds: { secretGuesses: 2, secretRestMs: 5_000 },
			now: () => nowMs
		});
		const wrong = () => order(strict, 'demo', message, { secret: 'a guess' });
		for (let count = 0; count < 3; count += 1) {
			expect(await order(strict, 'demo', message)).toMatchObject({ status: 200 });
		}
		expect([await wrong(), await wrong()]).toMatchObject([{ status: 403 }, { status: 403 }]);

		const refused = await order(strict, 'demo', message);

		expect(refused.status).toBe(429);
		expect(refused.headers.get('retry-after')).toBe('5');
		nowMs += 5_000;
		expect(await order(strict, 'demo', message)).toMatchObject({ status: 200 });
	});

	it('given signaling without the socket, when an order comes, then there is nothing', async () => {
		await using internal = await startTestServer({ config: { signalingMode: 'internal' } });

		expect(await order(internal, 'demo', message)).toMatchObject({ status: 404 });
	});

	it('given a first start, when secrets are made, then they are two, for this user alone, and stay after a restart', async () => {
		const dataDir = mkdtempSync(join(tmpdir(), 'roost-secret-'));
		const files = ['internal', 'backend'].map((who) => join(dataDir, `signaling-${who}.secret`));
		const read = () => files.map((file) => readFileSync(file, 'utf8'));

		await (await startTestServer({ dataDir })).stop();
		const made = read();
		await (await startTestServer({ dataDir })).stop();

		expect(files.map((file) => statSync(file).mode & 0o777)).toEqual([0o600, 0o600]);
		expect(new Set(made).size).toBe(2);
		expect(read()).toEqual(made);
		rmSync(dataDir, { recursive: true });
	});

	it('given a secret of a few characters, when the server starts, then it does not', async () => {
		const dataDir = mkdtempSync(join(tmpdir(), 'roost-secret-'));
		writeFileSync(join(dataDir, 'signaling-backend.secret'), 'short\n');

		await expect(startTestServer({ dataDir })).rejects.toThrow('fewer than 32 characters');

		rmSync(dataDir, { recursive: true });
	});
});

describe('welcome and statistics', () => {
	it('given anybody, when they ask who is there, then they are welcomed, with what the server can do', async () => {
		const response = await fetch(`${server.origin}/signaling/api/v1/welcome`);

		expect(await response.json()).toEqual({ 'nextcloud-spreed-signaling': 'Welcome', version: 'roost' });
		const features = response.headers.get('x-spreed-signaling-features')?.split(', ');
		for (const needed of ['audio-video-permissions', 'federation', 'hello-v2', 'incall-all', 'switchto']) {
			expect(features).toContain(needed);
		}
		expect(response.headers.get('set-cookie')).toBeNull();
	});

	it('given the administrator, when they ask for figures, then they get them, and nobody else does', async () => {
		const adminToken = 'administrator of tests';
		await using counted = await startTestServer({ config: { adminToken: adminToken.replaceAll(' ', '-') } });
		await using ann = counted.client();
		await ann.enter('demo', 'Ann');
		await using bridge = await openInternalClient(counted);
		await bridge.tell('addsession', { sessionid: 'tel', roomid: 'demo' });
		const ask = (headers: Record<string, string>) => fetch(`${counted.origin}/api/v1/stats`, { headers });

		expect((await ask({})).status).toBe(403);
		expect((await ask({ authorization: 'Bearer nobody' })).status).toBe(403);
		const answer = await ask({ authorization: `Bearer ${adminToken.replaceAll(' ', '-')}` });
		expect(await answer.json()).toEqual({ rooms: 1, sessions: 2, connected: 2, internal: 1, virtual: 1 });
	});
});

describe('orders for a room', () => {
	it('given sessions, when the call is changed for one, for all, and ended, then rooms and sockets agree', async () => {
		await using room = await twoInARoom();
		const { token, ann, ben } = room;
		const flags = async () => parseRoom((await ann.client.talk('GET', `v4/room/${token}`)).data);

		await order(server, token, {
			type: 'incall',
			incall: {
				incall: 3,
				changed: [
					{ sessionId: ben.id, inCall: 3 },
					{ sessionId: '0', inCall: 3 }
				]
			}
		});
		await ann.socket.nextUpdate((entry) => entry.sessionId === ben.sessionId && entry.inCall === 3);
		expect(await flags()).toMatchObject({ hasCall: true, participantFlags: 0 });

		await order(server, token, { type: 'incall', incall: { incall: 7, all: true } });
		const isAll = (incall: number) =>
			ann.socket.nextThat(
				(frame): frame is typeof frame =>
					frame.type === 'event' &&
					frame.event.target === 'participants' &&
					frame.event.type === 'update' &&
					'all' in frame.event.update &&
					frame.event.update.incall === incall,
				`everybody with ${incall}`
			);
		await isAll(7);
		expect(await flags()).toMatchObject({ hasCall: true, participantFlags: 7 });

		await order(server, token, { type: 'incall', incall: { incall: 0, all: true } });
		await isAll(0);
		expect(await flags()).toMatchObject({ hasCall: false, participantFlags: 0 });
		expect(await order(server, token, { type: 'incall', incall: { incall: 0, all: true } })).toMatchObject({
			status: 200
		});
	});

	it('given a session of another room, when this one is to change it, then it is left alone', async () => {
		await using room = await twoInARoom();
		await using other = await twoInARoom();
		const sessions = [other.ann.id];

		await order(server, room.token, {
			type: 'incall',
			incall: { incall: 7, changed: [{ sessionId: other.ann.id, inCall: 7 }] }
		});
		await order(server, room.token, { type: 'disinvite', disinvite: { sessionids: sessions } });
		await order(server, room.token, { type: 'switchto', switchto: { roomid: 'demo', sessions } });
		await order(server, other.token, { type: 'message', message: { data: { type: 'still-here' } } });

		const next = await other.ann.socket.nextThat(
			(frame): frame is typeof frame =>
				frame.type === 'event' && ['switchto', 'disinvite', 'message'].includes(frame.event.type),
			'anything'
		);
		expect(next).toMatchObject({ event: { type: 'message' } });
		const seen = parseRoom((await other.ben.client.talk('GET', `v4/room/${other.token}`)).data);
		expect(seen.hasCall).toBe(false);
	});

	it('given a session, when it is disinvited, then it is told, its socket closes, and the others see it go', async () => {
		await using room = await twoInARoom();

		await order(server, room.token, { type: 'disinvite', disinvite: { sessionids: [room.ben.id] } });

		expect(await room.ben.socket.nextEvent('roomlist', 'disinvite')).toMatchObject({
			disinvite: { roomid: room.token, reason: 'disinvited' }
		});
		expect(await room.ben.socket.closed).toBe(1000);
		expect(await room.ann.socket.nextEvent('room', 'leave')).toMatchObject({ leave: [room.ben.sessionId] });
		expect((await room.ben.client.talk('GET', `v4/call/${room.token}`)).status).toBe(404);
	});

	it('given a room, when it is deleted, then all are told that, internal clients too', async () => {
		await using room = await twoInARoom();
		await using bridge = await openInternalClient(server);
		await bridge.joinRoom(room.token);
		await bridge.tell('addsession', { sessionid: 'tel', roomid: room.token });

		await order(server, room.token, { type: 'delete', delete: { userids: [] } });

		for (const { socket } of [room.ann, room.ben]) {
			expect(await socket.nextEvent('roomlist', 'disinvite')).toMatchObject({
				disinvite: { reason: 'deleted' }
			});
			expect(await socket.closed).toBe(1000);
		}
		const isFor = (type: string) => (frame: RawFrame) => frame.type === type;
		expect(await bridge.next(isFor('control'))).toMatchObject({
			control: { data: { type: 'hangup', hangup: { reason: 'deleted' } } }
		});
		expect(
			await bridge.next((frame) => (frame['event'] as { type?: string } | undefined)?.type === 'delete')
		).toEqual({ type: 'event', event: { target: 'room', type: 'delete' } });
		expect(await bridge.next(isFor('room'))).toEqual({ type: 'room', room: { roomid: '' } });
	});

	it('given properties, when they are told, then everybody in the room hears them', async () => {
		await using room = await twoInARoom();

		await order(server, room.token, {
			type: 'update',
			update: { userids: ['x'], properties: { name: 'New' } }
		});

		expect(await room.ann.socket.nextEvent('roomlist', 'update')).toMatchObject({
			update: { roomid: room.token, properties: { name: 'New' } }
		});
	});

	it('given users with telephones, when they are invited or told of changes, then their bridge hears it once', async () => {
		await using room = await twoInARoom();
		await using bridge = await openInternalClient(server);
		for (const sessionid of ['one', 'two']) {
			await bridge.tell('addsession', { sessionid, roomid: 'demo', userid: `user-${room.token}` });
		}
		const userids = [`user-${room.token}`];

		await order(server, room.token, { type: 'invite', invite: { userids, properties: { name: 'Party' } } });
		await order(server, room.token, { type: 'update', update: { userids, properties: [] } });

		const isListed = (frame: RawFrame) =>
			(frame['event'] as { target?: string } | undefined)?.target === 'roomlist';
		expect(await bridge.next(isListed)).toMatchObject({
			event: { type: 'invite', invite: { roomid: room.token, properties: { name: 'Party' } } }
		});
		expect(await bridge.next(isListed)).toMatchObject({ event: { type: 'update' } });
	});

	it('given rights for a session, when they are ordered, then they hold at the socket, and no client sees them', async () => {
		await using room = await twoInARoom();
		const { token, ann, ben } = room;
		const recipient = { type: 'room' };
		const data = { action: 'forceMute', peerId: ann.sessionId };
		const offer = {
			type: 'offer',
			roomType: 'video',
			sid: '1',
			payload: { type: 'offer', sdp: 'v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=sendrecv\r\n' }
		};

		await order(server, token, {
			type: 'participants',
			participants: {
				changed: [{ sessionId: ben.id, permissions: ['control'], displayName: 'Benjamin', inCall: 7 }],
				users: [{ sessionId: ann.id }, { sessionId: '0' }]
			}
		});
		ben.socket.send({ type: 'message', message: { recipient, data: offer } });
		ben.socket.send({ type: 'control', control: { recipient, data } });

		const update = await ann.socket.nextUpdate(({ displayName }) => displayName === 'Benjamin');
		expect(update).toMatchObject({
			event: {
				update: {
					users: [
						{ sessionId: ann.sessionId, displayName: 'Ann' },
						{ sessionId: ben.sessionId, inCall: 0, nextcloudSessionId: ben.id }
					]
				}
			}
		});
		// the offer came first, and is not among what may be sent any more
		const next = await ann.socket.nextThat(
			(frame): frame is typeof frame => frame.type === 'message' || frame.type === 'control',
			'anything'
		);
		expect(next).toMatchObject({ type: 'control', control: { data } });
	});

	it('given a message of the chat, when it is ordered, then whoever takes whole messages gets it, the others fetch', async () => {
		await using ann = server.client();
		await using ben = server.client();
		const token = await newRoom(ann);
		const plain = await ann.enter(token, 'Ann');
		const relayed = await ben.enter(token, 'Ben', ['chat-relay']);

		await order(server, token, {
			type: 'message',
			message: { data: { type: 'chat', chat: { refresh: true, comment: { id: 7 } } } }
		});

		expect(await plain.socket.nextEvent('room', 'message')).toMatchObject({
			message: { data: { chat: { refresh: true } } }
		});
		expect(await relayed.socket.nextEvent('room', 'message')).toMatchObject({
			message: { data: { chat: { comment: { id: 7 } } } }
		});
	});

	it.each([
		['a list', (id: string) => [id], {}],
		['a map', (id: string) => ({ [id]: { break: 15 } }), { details: { break: 15 } }],
		['a map without details', (id: string) => ({ [id]: null }), {}]
	])(
		'given %s of sessions, when they are sent to another room, then they and nobody else are told',
		async (_what, sessionsOf, more) => {
			await using room = await twoInARoom();

			const sessions = sessionsOf(room.ben.id);
			await order(server, room.token, { type: 'switchto', switchto: { roomid: 'demo', sessions } });
			await order(server, room.token, { type: 'message', message: { data: { type: 'after' } } });

			const next = (socket: typeof room.ann.socket) =>
				socket.nextThat(
					(frame): frame is typeof frame =>
						frame.type === 'event' && ['switchto', 'message'].includes(frame.event.type),
					'anything'
				);
			expect(await next(room.ben.socket)).toEqual({
				type: 'event',
				event: { target: 'room', type: 'switchto', switchto: { roomid: 'demo', ...more } }
			});
			expect(await next(room.ann.socket)).toMatchObject({ event: { type: 'message' } });
		}
	);

	it('given data to share, when they are ordered, then all in the room have them, until they are taken away', async () => {
		await using room = await twoInARoom();

		const transient = (content: object) =>
			order(server, room.token, { type: 'transient', transient: content });
		await transient({ action: 'set', key: 'poll', value: [1] });
		await transient({ action: 'delete', key: 'poll' });

		expect(await room.ann.socket.next('transient')).toEqual({
			type: 'transient',
			transient: { type: 'set', key: 'poll', value: [1] }
		});
		expect(await room.ann.socket.next('transient')).toMatchObject({ transient: { type: 'remove' } });
	});

	it('given a room that nobody is in, or that does not exist, when anything is ordered, then that is no error', async () => {
		for (const type of ['invite', 'disinvite', 'delete', 'participants'] as const) {
			expect(await order(server, 'nowhere', { type, [type]: {} })).toMatchObject({ status: 200, body: {} });
		}
		expect(
			await order(server, 'nowhere', { type: 'transient', transient: { action: 'set', key: 'a', value: 1 } })
		).toMatchObject({ status: 200 });
	});
});
