import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createTestSocket, type TestSocket } from '../../../tests/support/test-client.ts';
import { startFakeBackend, type FakeBackend } from '../../testing/fake-backend.ts';
import { internalAuth, order as orderAs } from '../../testing/signaling-programs.ts';
import { startTestServer } from '../../testing/test-server.ts';
import { createSessionIds } from './session-ids.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

type Server = Awaited<ReturnType<typeof startTestServer>>;
interface Hello {
	sessionid: string;
	resumeid: string;
	userid: string;
}

let cloud: FakeBackend;
let office: FakeBackend;
let server: Server;
const sockets: TestSocket[] = [];

beforeEach(async () => {
	cloud = await startFakeBackend({ path: '/nextcloud' });
	office = await startFakeBackend({ secret: 'the secret of another backend' });
	server = await start();
});
afterEach(async () => {
	for (const socket of sockets.splice(0)) socket.drop();
	await server[Symbol.asyncDispose]();
	await cloud[Symbol.asyncDispose]();
	await office[Symbol.asyncDispose]();
});

const start = (options: Parameters<typeof startTestServer>[0] = {}) =>
	startTestServer({ ...options, config: { backends: [cloud.config, office.config] } });

async function restart(options: Parameters<typeof startTestServer>[0]): Promise<void> {
	await server[Symbol.asyncDispose]();
	server = await start(options);
}

async function open(path = '/spreed', headers: Record<string, string> = {}): Promise<TestSocket> {
	const socket = createTestSocket(`${server.origin.replace('http', 'ws')}${path}`, headers);
	sockets.push(socket);
	await socket.next('welcome');
	return socket;
}

const ticket = (user: string, url: string) => ({
	type: 'hello',
	hello: { version: '1.0', auth: { url, params: { ticket: `ticket of ${user}` } } }
});

const answered = (data: object) => JSON.stringify({ ocs: { meta: { status: 'ok', statuscode: 200 }, data } });

/** Says hello 1.0 as somebody of a backend; `nobody` is a guest. */
async function greet(user: string, backend = cloud) {
	const socket = await open();
	const answer = await socket.ask(ticket(user, backend.url));
	if (answer.type !== 'hello') throw new Error(`hello was answered with ${JSON.stringify(answer)}`);
	const { sessionid, resumeid, userid }: Hello = answer.hello;
	return { socket, id: answer.hello.sessionid, sessionid, resumeid, userid };
}

const joining = (roomid: string, sessionid: string) => ({ type: 'room', room: { roomid, sessionid } });

/** Somebody of a backend in one of its rooms. */
async function enter(user: string, token = 'board', backend = cloud, permissions?: string[]) {
	const person = await greet(user, backend);
	const nextcloudSessionId = randomUUID();
	backend.sessions.set(nextcloudSessionId, { token, ...(permissions && { permissions }) });
	const answer = await person.socket.ask(joining(token, nextcloudSessionId));
	return { ...person, nextcloudSessionId, answer };
}

/** Orders of a backend. */
const order = (backend: FakeBackend, token: string, content: object, secret = backend.config.secret) =>
	orderAs(server, token, content, { secret, headers: { 'spreed-signaling-backend': `${backend.base}/` } });

const said = (socket: TestSocket) =>
	socket.untaken().flatMap((frame) => (frame.type === 'message' ? [frame.message.data] : []));

/** Everything that it asked for before has been done. What came meanwhile is taken. */
const settle = (socket: TestSocket) => socket.ask({ type: 'hologram' });

/** What somebody who comes back is told of those in the room, as text. */
async function catchUpOf(resumeid: string): Promise<string> {
	const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/spreed`);
	try {
		return await new Promise<string>((resolve, reject) => {
			socket.on('error', reject);
			socket.on('open', () =>
				socket.send(JSON.stringify({ type: 'hello', hello: { version: '1.0', resumeid } }))
			);
			socket.on('message', (data: Buffer) => {
				if (data.toString().includes('"participants"')) resolve(data.toString());
			});
		});
	} finally {
		socket.terminate();
	}
}

let marks = 0;
/** All that has come until now and was not taken, as text. */
async function heardBy(socket: TestSocket): Promise<string> {
	marks += 1;
	const id = `mark-${marks}`;
	socket.send({ id, type: 'hologram' });
	await expect.poll(() => JSON.stringify(socket.untaken())).toContain(id);
	return JSON.stringify(socket.untaken());
}

describe('hello', () => {
	it('given a ticket, when hello 1.0 is said, then the backend is asked with proof, and says who it is', async () => {
		const { userid, sessionid, resumeid } = await greet('ann');

		expect(userid).toBe('ann');
		expect(cloud.of('auth')).toEqual([{ version: '1.0', params: { ticket: 'ticket of ann' } }]);
		expect(cloud.refused).toEqual([]);
		expect(office.asked).toEqual([]);
		expect(sessionid).not.toBe(resumeid);
	});

	it('given a token, when hello 2.0 is said, then the key of the backend tells who it is', async () => {
		const socket = await open('/signaling/spreed');
		const params = { token: await cloud.token('ann') };

		const answer = await socket.ask({
			type: 'hello',
			hello: { version: '2.0', auth: { url: cloud.url, params } }
		});

		expect(answer).toMatchObject({ hello: { userid: 'ann', version: '2.0' } });
		expect(cloud.asked).toEqual([]);
		expect(cloud.looks()).toBe(1);
	});

	it('given an old address of the api, when hello is said, then the backend is asked at the one it has', async () => {
		const socket = await open();

		await socket.ask(ticket('ann', cloud.url.replace('/v3/', '/v1/')));

		expect(cloud.asked.map(({ path }) => path)).toEqual([
			'/nextcloud/ocs/v2.php/apps/spreed/api/v3/signaling/backend'
		]);
	});

	const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
	it.each([
		['a ticket of nobody', async () => ({ version: '1.0', params: { ticket: 'forged' } }), 'invalid_ticket'],
		['no token', async () => ({ version: '2.0', params: {} }), 'invalid_token'],
		[
			'a token of another key',
			async () => ({ version: '2.0', params: { token: await cloud.token('ann', { key: stranger }) } }),
			'invalid_token'
		],
		[
			'a token of another backend',
			async () => ({ version: '2.0', params: { token: await office.token('ann') } }),
			'invalid_token'
		],
		[
			'an old token',
			async () => ({ version: '2.0', params: { token: await cloud.token('ann', { expiresInS: -120 }) } }),
			'token_expired'
		],
		['another version', async () => ({ version: '3.0', params: {} }), 'invalid_hello_version']
	])('given %s, when hello is said, then it is refused and may be said again', async (_case, make, code) => {
		const socket = await open();
		const { version, params } = await make();

		const answer = await socket.ask({ type: 'hello', hello: { version, auth: { url: cloud.url, params } } });

		expect(answer).toMatchObject({ type: 'error', error: { code } });
		expect(await socket.ask(ticket('ann', cloud.url))).toMatchObject({ hello: { userid: 'ann' } });
	});

	it.each([
		['another host', () => cloud.url.replace('127.0.0.1', 'localhost')],
		['another port', () => cloud.url.replace(/:\d+/, ':1')],
		['another scheme', () => cloud.url.replace('http', 'https')],
		['a user before the host', () => cloud.url.replace('//', '//ann@')],
		['a query', () => `${cloud.url}?x=1`],
		['a path beside its own', () => cloud.url.replace('/nextcloud', '/nextcloud2')],
		['a path that climbs', () => cloud.url.replace('/nextcloud', '/nextcloud/../admin')],
		['another path below', () => `${cloud.base}/admin`]
	])('given %s, when hello names it, then nobody is asked', async (_case, url) => {
		const socket = await open();

		const answer = await socket.ask(ticket('ann', url()));

		expect(answer).toMatchObject({ error: { code: expect.stringMatching(/^invalid_/) as string } });
		expect([...cloud.asked, ...office.asked]).toEqual([]);
		expect([...cloud.refused, ...office.refused]).toEqual([]);
	});

	it.each([
		['is silent', { isSilent: true }],
		['fails', { status: 500 }],
		['sends elsewhere', { status: 307, location: 'office' }],
		['answers with a page', { type: 'text/html', raw: '<!doctype html>' }],
		['answers with half an envelope', { raw: '{"ocs":{"data":{}}}' }],
		['answers with nothing', { raw: '{"ocs":{"meta":{"status":"ok","statuscode":200},"data":[]}}' }],
		[
			'answers with too much',
			{ raw: answered({ type: 'auth', auth: { userid: 'ann' } }) + ' '.repeat(300_000) }
		],
		['refuses in words of its own', { raw: answered({ type: 'error', error: { code: 'odd' } }) }],
		['is asked too much', { raw: '{"ocs":{"meta":{"status":"failure","statuscode":429},"data":[]}}' }]
	])(
		'given a backend that %s, when hello is said, then it fails, and works again later',
		async (_case, does) => {
			await restart({ timings: { backendTimeoutMs: 300 } });
			const socket = await open();
			Object.assign(cloud.script, does, 'location' in does && { location: office.url });

			const answer = await socket.ask(ticket('ann', cloud.url));

			expect(answer).toMatchObject({ error: { code: 'auth_failed' } });
			expect([...office.asked, ...office.refused]).toEqual([]);
			for (const key of Object.keys(cloud.script)) Reflect.deleteProperty(cloud.script, key);
			expect(await socket.ask(ticket('ann', cloud.url))).toMatchObject({ hello: { userid: 'ann' } });
		}
	);

	it('given a backend with a secret of its own, when it is asked with another, then nobody comes in', async () => {
		await using wrong = await startFakeBackend({ secret: 'not the one that is configured' });
		await server[Symbol.asyncDispose]();
		server = await startTestServer({ config: { backends: [{ ...wrong.config, secret: 'x'.repeat(32) }] } });
		const socket = await open();

		const answer = await socket.ask(ticket('ann', wrong.url));

		expect(answer).toMatchObject({ error: { code: 'invalid_request' } });
		expect(wrong.refused).toHaveLength(1);
	});

	it('given a program on any port of a machine, when hello names it as configured, then it is asked there', async () => {
		await server[Symbol.asyncDispose]();
		const { secret } = cloud.config;
		const base = 'http://127.0.0.1/nextcloud';
		server = await startTestServer({ config: { backends: [{ base, anyPort: true, secret }] } });
		const socket = await open();

		expect(await socket.ask(ticket('ann', cloud.url))).toMatchObject({ hello: { userid: 'ann' } });
		expect(await (await open()).ask(ticket('ann', office.url))).toMatchObject({ type: 'error' });
	});

	it('given guesses at tickets, when there are too many, then the backend is not asked any more', async () => {
		await restart({ bounds: { helloGuesses: 2 } });
		const socket = await open();
		const codes: unknown[] = [];
		for (let count = 0; count < 4; count += 1) {
			const answer = await socket.ask(ticket('?', cloud.url));
			codes.push(answer.type === 'error' && answer.error.code);
		}

		expect(codes).toEqual(['invalid_ticket', 'invalid_ticket', 'too_many_requests', 'too_many_requests']);
		expect(cloud.of('auth')).toHaveLength(2);
	});

	it('given the page of a backend, when it opens a socket, then it may; that of a stranger may not', async () => {
		const { origin } = new URL(cloud.base);
		const stranger = new WebSocket(`${server.origin.replace('http', 'ws')}/spreed`, {
			origin: 'https://evil.example'
		});
		const message = await new Promise<string>((resolve) => {
			stranger.on('error', (error) => resolve(error.message));
		});

		expect(message).toContain('403');
		expect(await open('/spreed', { origin })).toBeDefined();
	});

	it('given as many sessions as there may be, when another backend has one more, then it is refused', async () => {
		await restart({ bounds: { sessions: 1 } });
		await greet('ann');
		const socket = await open();

		expect(await socket.ask(ticket('ben', office.url))).toMatchObject({
			error: { code: 'session_limit_exceeded' }
		});
	});

	it('given the secret of internal clients, when one names another backend, then it is refused', async () => {
		const socket = await open();
		const auth = internalAuth({ ...server, origin: cloud.base });

		const answer = await socket.ask({ type: 'hello', hello: { version: '1.0', auth } });

		expect(answer).toMatchObject({ error: { code: 'invalid_backend' } });
	});
});

describe('rooms', () => {
	it('given two people whom the backend lets in, when both enter, then each is shown the other', async () => {
		const ann = await enter('ann');
		const ben = await enter('ben');

		expect(ann.answer).toMatchObject({ room: { roomid: 'board', properties: { name: 'Room board' } } });
		expect(cloud.of('room')[0]).toEqual({
			version: '1.0',
			roomid: 'board',
			userid: 'ann',
			sessionid: ann.nextcloudSessionId
		});
		const first = await ann.socket.nextEvent('room', 'join');
		const came = await ann.socket.nextEvent('room', 'join');
		const there = await ben.socket.nextEvent('room', 'join');
		expect(first).toMatchObject({ join: [{ sessionid: ann.id, roomsessionid: ann.nextcloudSessionId }] });
		expect(came).toMatchObject({
			join: [{ sessionid: ben.id, userid: 'ben', user: { displayname: 'BEN' } }]
		});
		expect(there).toMatchObject({ join: [{ sessionid: ann.id }, { sessionid: ben.id }] });
	});

	it('given a session that the backend does not know, when it joins, then its word is passed on', async () => {
		const { socket } = await greet('ann');

		expect(await socket.ask(joining('board', 'stolen'))).toMatchObject({ error: { code: 'no_such_room' } });
		expect(await socket.ask({ type: 'room', room: { roomid: 'board' } })).toMatchObject({
			error: { code: 'no_such_room' }
		});
	});

	it('given a backend that fails, when somebody joins, then the join fails and may be tried again', async () => {
		const { socket } = await greet('ann');
		cloud.sessions.set('own', { token: 'board' });
		cloud.script.status = 503;

		expect(await socket.ask(joining('board', 'own'))).toMatchObject({ error: { code: 'room_join_failed' } });
		cloud.script.status = 200;
		expect(await socket.ask(joining('board', 'own'))).toMatchObject({ room: { roomid: 'board' } });
		expect(await socket.ask(joining('board', 'own'))).toMatchObject({ error: { code: 'already_joined' } });
	});

	it('given somebody in a room, when they leave or are gone, then the others and the backend are told', async () => {
		const ann = await enter('ann');
		const ben = await enter('ben');
		const cleo = await enter('cleo');

		await ann.socket.ask({ type: 'room', room: { roomid: '' } });
		expect(await cleo.socket.nextEvent('room', 'leave')).toMatchObject({ leave: [ann.id] });
		ben.socket.send({ type: 'bye', bye: {} });
		expect(await cleo.socket.nextEvent('room', 'leave')).toMatchObject({ leave: [ben.id] });

		const left = () => cloud.of('room').filter(({ action }) => action === 'leave');
		await expect.poll(left).toHaveLength(2);
		expect(left().map(({ sessionid }) => sessionid)).toEqual([
			ann.nextcloudSessionId,
			ben.nextcloudSessionId
		]);
	});

	it('given somebody who goes while the backend is asked, when it lets them in, then it is told that they left', async () => {
		const { socket } = await greet('ann');
		cloud.sessions.set('own', { token: 'board' });
		let release: () => void = () => undefined;
		cloud.script.hold = new Promise((resolve) => (release = resolve));

		socket.send(joining('board', 'own'));
		await expect.poll(() => cloud.of('room')).toHaveLength(1);
		// a page that goes: nobody is there to come back
		socket.close(1001);
		await socket.closed;
		release();

		await expect.poll(() => cloud.of('room').map(({ action }) => action)).toEqual([undefined, 'leave']);
		const other = await enter('ben');
		expect(JSON.stringify(await other.socket.nextEvent('room', 'join'))).not.toContain('"ann"');
	});

	it('given people in rooms, when time passes, then their backend is told who is there, some at a time', async () => {
		await restart({ timings: { backendPingMs: 50 } });
		const people = [await enter('ann'), await enter('ben'), await enter('nobody')];

		// entering takes a while, and whoever is there already is told of meanwhile
		const told = () =>
			cloud
				.of('ping')
				.flatMap(({ entries }) => (entries as { sessionid: string }[]).map((one) => one.sessionid));
		await expect
			.poll(() => new Set(told()))
			.toEqual(new Set(people.map(({ nextcloudSessionId }) => nextcloudSessionId)));
		const lengths = cloud.of('ping').map(({ entries: some }) => (some as unknown[]).length);
		expect(Math.max(...lengths)).toBe(2);
		expect(office.asked).toEqual([]);
	});

	it('given people in several rooms, when time passes, then their backend is told of them together', async () => {
		await restart({ timings: { backendPingMs: 50 } });
		const people = [await enter('ann', 'board'), await enter('ben', 'kitchen')];

		const ids = people.map(({ nextcloudSessionId }) => nextcloudSessionId).sort();
		const pings = () =>
			cloud.of('ping').map(({ roomid, entries }) => ({
				roomid,
				ids: (entries as { sessionid: string }[]).map(({ sessionid }) => sessionid).sort()
			}));
		await expect.poll(pings).toContainEqual({ roomid: '', ids });
	});

	it('given a backend that does not answer, when time passes, then another is told who is there all the same', async () => {
		await restart({ timings: { backendPingMs: 50, backendTimeoutMs: 60_000 } });
		await enter('ann');
		await enter('zoe', 'board', office);

		cloud.script.isSilent = true;

		const before = office.of('ping').length;
		await expect.poll(() => office.of('ping').length).toBeGreaterThan(before + 3);
	});

	it('given a room session, when another signaling session comes with it, then the first is over', async () => {
		const older = await enter('ann');
		const newer = await greet('ann');

		await newer.socket.ask(joining('board', older.nextcloudSessionId));

		expect(await older.socket.next('bye')).toMatchObject({ bye: { reason: 'room_session_reconnected' } });
	});

	it('given a guest, when they join no room in time, then they are sent away; a user may wait', async () => {
		await restart({ timings: { roomJoinMs: 50 } });
		const user = await greet('ann');
		const guest = await greet('nobody');

		expect(await guest.socket.next('bye')).toMatchObject({ bye: { reason: 'room_join_timeout' } });
		expect(await settle(user.socket)).toMatchObject({ error: { code: 'invalid_request' } });
	});
});

describe('messages', () => {
	it('given people in one room, when one speaks to a session, a user, the room or the call, then these hear it', async () => {
		const ann = await enter('ann');
		const ben = await enter('ben');
		const cleo = await enter('cleo');
		const changed = [{ sessionId: cleo.nextcloudSessionId, inCall: 7 }];
		await order(cloud, 'board', { type: 'incall', incall: { incall: 7, changed, users: changed } });
		const say = (recipient: object, data: object) =>
			ann.socket.send({ type: 'message', message: { recipient, data } });

		say({ type: 'session', sessionid: ben.id }, { to: 'session' });
		say({ type: 'user', userid: 'ben' }, { to: 'user' });
		say({ type: 'room' }, { to: 'room' });
		say({ type: 'call' }, { to: 'call' });
		await heardBy(ann.socket);
		await expect.poll(() => said(cleo.socket)).toContainEqual({ to: 'call' });
		const sender = { sessionid: ann.id, userid: 'ann' };
		await heardBy(ben.socket);
		const heard = ben.socket.untaken().flatMap((frame) => (frame.type === 'message' ? [frame.message] : []));

		// not what was for those in the call
		expect(heard).toEqual(
			['session', 'user', 'room'].map((type) => ({ sender: { type, ...sender }, data: { to: type } }))
		);
		expect(said(ann.socket)).toEqual([]);
	});

	it('given the keys of the ids, when a program makes another id of a session, then it reaches it', async () => {
		const ann = await greet('ann');
		const ben = await greet('ben');
		const key = (name: string) => readFileSync(join(server.dataDir, `signaling-${name}.key`), 'utf8').trim();
		const ids = createSessionIds({ hashKey: key('hash'), blockKey: key('block') });
		const named = ids.decodePrivate(ben.resumeid);
		if (!named) throw new Error('the id does not say whose it is');

		for (let count = 0; count < 12; count += 1) {
			const sessionid = ids.encodePublic({ ...named, createdAt: 0 });
			ann.socket.send({
				type: 'message',
				message: { recipient: { type: 'session', sessionid }, data: { count } }
			});
		}
		await settle(ann.socket);
		await expect.poll(() => said(ben.socket).length).toBe(12);
		// of the same number, but of another backend
		ann.socket.sendTo(
			ids.encodePublic({ ...named, backendId: 'x', createdAt: 0 }) as typeof ben.id,
			'for somebody else'
		);
		await settle(ann.socket);
		expect(await heardBy(ben.socket)).not.toContain('for somebody else');

		expect(said(ben.socket)[11]).toEqual({ count: 11 });
		expect(ids.decodePublic(ben.sessionid)).toEqual(named);
	});

	it('given permissions of the backend, when somebody does what needs others, then nothing arrives', async () => {
		const ann = await enter('ann', 'board', cloud, ['publish-audio']);
		const ben = await enter('ben');
		const recipient = { type: 'session', sessionid: ben.id };
		const offer = (kind: string) => ({
			type: 'offer',
			roomType: 'video',
			sid: kind,
			payload: { type: 'offer', sdp: `v=0\r\nm=${kind} 9 UDP/TLS/RTP/SAVPF 96\r\na=sendrecv\r\n` }
		});

		ann.socket.send({ type: 'control', control: { recipient, data: { type: 'forceMute' } } });
		ann.socket.send({ type: 'message', message: { recipient, data: offer('video') } });
		ann.socket.send({ type: 'message', message: { recipient, data: offer('audio') } });
		const written = await ann.socket.ask({
			type: 'transient',
			transient: { type: 'set', key: 'shared', value: 1 }
		});
		const heard = await heardBy(ben.socket);

		expect(written).toMatchObject({ error: { code: 'not_allowed' } });
		expect(said(ben.socket)).toMatchObject([{ sid: 'audio' }]);
		expect(heard).not.toMatch(/forceMute|shared/);
	});

	it('given users without a room, when one speaks to another, then it arrives; guests need a room', async () => {
		const ann = await greet('ann');
		const ben = await greet('ben');
		const guest = await greet('nobody');

		ann.socket.sendTo(ben.id, { hi: 1 });
		ann.socket.sendTo(guest.id, { hi: 2 });
		await settle(ann.socket);

		expect((await ben.socket.next('message')).message.data).toEqual({ hi: 1 });
		expect(await heardBy(guest.socket)).not.toContain('"hi"');
		const recipient = { type: 'session', sessionid: ben.id };
		expect(await guest.socket.ask({ type: 'message', message: { recipient, data: {} } })).toMatchObject({
			error: { code: 'not_in_room' }
		});
	});

	it('given people in two rooms of a backend, when one speaks to the other, then nothing arrives', async () => {
		const ann = await enter('ann', 'board');
		const ben = await enter('ben', 'cellar');

		ann.socket.sendTo(ben.id, { hi: 1 });
		ann.socket.send({
			type: 'message',
			message: { recipient: { type: 'user', userid: 'ben' }, data: { hi: 2 } }
		});
		await settle(ann.socket);

		expect(await heardBy(ben.socket)).not.toContain('"hi"');
	});

	it('given a lost socket, when it is resumed, then what was said meanwhile comes', async () => {
		const ann = await enter('ann');
		const ben = await enter('ben');
		ben.socket.drop();
		await ben.socket.closed;
		ann.socket.sendTo(ben.id, { hi: 1 });
		await settle(ann.socket);

		const again = await open();
		const answer = await again.ask({ type: 'hello', hello: { version: '1.0', resumeid: ben.resumeid } });

		expect(answer).toMatchObject({ hello: { sessionid: ben.id, userid: 'ben' } });
		expect((await again.next('message')).message.data).toEqual({ hi: 1 });
		const other = createSessionIds({ hashKey: 'h'.repeat(64), blockKey: 'b'.repeat(32) });
		const forged = other.encodePrivate({ sid: 1, createdAt: 0, backendId: 'x' });
		expect(
			await (await open()).ask({ type: 'hello', hello: { version: '1.0', resumeid: forged } })
		).toMatchObject({ error: { code: 'no_such_session' } });
	});

	it('given the keys but not the id that was given out, when a session is to be resumed, then it is not', async () => {
		const ben = await greet('ben');
		const key = (name: string) => readFileSync(join(server.dataDir, `signaling-${name}.key`), 'utf8').trim();
		const ids = createSessionIds({ hashKey: key('hash'), blockKey: key('block') });
		const named = ids.decodePublic(ben.sessionid);
		if (!named) throw new Error('the id does not say whose it is');

		const resumeid = ids.encodePrivate({ ...named, createdAt: 0 });

		expect(await (await open()).ask({ type: 'hello', hello: { version: '1.0', resumeid } })).toMatchObject({
			error: { code: 'no_such_session' }
		});
	});
});

describe('orders', () => {
	it('given a backend, when it says who is in the call, then those in the room are told by their signaling ids', async () => {
		const ann = await enter('ann');
		const changed = [
			{ sessionId: ann.nextcloudSessionId, inCall: 7, permissions: ['control'], participantPermissions: 254 },
			{ sessionId: 'unknown', inCall: 7 }
		];

		const answer = await order(cloud, 'board', { type: 'incall', incall: { incall: 7, changed, users: [] } });

		expect(answer).toMatchObject({ status: 200, body: {} });
		const event = await ann.socket.nextEvent('participants', 'update');
		expect(event).toMatchObject({
			update: { roomid: 'board', users: [{ sessionId: ann.id, inCall: 7, participantPermissions: 254 }] }
		});
		await order(cloud, 'board', { type: 'incall', incall: { incall: 0, all: true } });
		expect(await ann.socket.nextEvent('participants', 'update')).toMatchObject({
			update: { all: true, incall: 0 }
		});
		// rights are nobody else's business: as it travels, since the schemas above leave them out
		const caughtUp = await catchUpOf(ann.resumeid);
		expect(caughtUp).toContain('"participantPermissions":254');
		expect(caughtUp).not.toContain('"permissions"');
	});

	it('given a backend, when it gives rights, then they hold', async () => {
		const ann = await enter('ann', 'board', cloud, []);
		const ben = await enter('ben');
		const changed = [{ sessionId: ann.nextcloudSessionId, permissions: ['control'] }];

		await order(cloud, 'board', { type: 'participants', participants: { changed, users: changed } });
		const recipient = { type: 'session', sessionid: ben.id };
		ann.socket.send({ type: 'control', control: { recipient, data: { type: 'forceMute' } } });

		expect((await ben.socket.next('control')).control.data).toEqual({ type: 'forceMute' });
	});

	it('given a backend, when it tells of the room, of users or of sessions, then those meant hear it', async () => {
		const ann = await enter('ann');
		const ben = await greet('ben');
		const { nextcloudSessionId } = ann;

		await order(cloud, 'board', {
			type: 'update',
			update: { userids: ['ann', 'ben'], properties: { name: 'New' } }
		});
		// once, although she is meant twice
		expect((await heardBy(ann.socket)).match(/"roomlist"/g)).toHaveLength(1);
		await order(cloud, 'board', {
			type: 'message',
			message: { data: { type: 'chat', chat: { comment: {} } } }
		});
		await order(cloud, 'board', {
			type: 'switchto',
			switchto: { roomid: 'other', sessions: [nextcloudSessionId] }
		});
		await order(cloud, 'board', { type: 'transient', transient: { action: 'set', key: 'k', value: 1 } });
		await order(cloud, 'board', {
			type: 'invite',
			invite: { userids: ['ben'], properties: { name: 'New' } }
		});

		expect(await ann.socket.nextEvent('roomlist', 'update')).toMatchObject({ update: { roomid: 'board' } });
		expect(await ann.socket.nextEvent('room', 'message')).toMatchObject({
			message: { data: { type: 'chat', chat: { refresh: true } } }
		});
		expect(await ann.socket.nextEvent('room', 'switchto')).toMatchObject({ switchto: { roomid: 'other' } });
		expect(await ann.socket.next('transient')).toMatchObject({
			transient: { type: 'set', key: 'k', value: 1 }
		});
		expect(await ben.socket.nextEvent('roomlist', 'update')).toMatchObject({ update: { roomid: 'board' } });
		expect(await ben.socket.nextEvent('roomlist', 'invite')).toMatchObject({ invite: { roomid: 'board' } });
	});

	it('given a backend, when it ends a session or deletes a room, then those in it are out', async () => {
		const ann = await enter('ann');
		const ben = await enter('ben');
		const disinvite = { sessionids: [ann.nextcloudSessionId], userids: [], properties: {} };

		await order(cloud, 'board', { type: 'disinvite', disinvite });
		expect(await ann.socket.nextEvent('roomlist', 'disinvite')).toMatchObject({
			disinvite: { roomid: 'board', reason: 'disinvited' }
		});
		await ann.socket.closed;
		await order(cloud, 'board', { type: 'delete', delete: { userids: [] } });

		expect(await ben.socket.nextEvent('roomlist', 'disinvite')).toMatchObject({
			disinvite: { roomid: 'board', reason: 'deleted' }
		});
		expect(await ben.socket.next('room')).toMatchObject({ room: { roomid: '' } });
	});

	it('given an order without the secret of its backend, when it comes, then nothing happens', async () => {
		const ann = await enter('ann');
		const content = { type: 'message', message: { data: { type: 'x' } } };

		const answers = [
			await order(cloud, 'board', content, office.config.secret),
			await order(cloud, 'board', content, 'guessed'),
			// that of this server's own rooms
			await orderAs(server, 'board', content, { headers: { 'spreed-signaling-backend': `${cloud.base}/` } })
		];
		await settle(ann.socket);

		expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
		expect(await order(cloud, 'board', { type: 'hologram' })).toMatchObject({ status: 400 });
		expect(await order(cloud, 'board', { type: 'dialout', dialout: { number: '+49301234' } })).toMatchObject({
			status: 404
		});
	});
});

describe('confinement', () => {
	it('given one name of a room and one room session at two backends and here, when each speaks and orders, then none reaches another', async () => {
		const [ann, ben] = [await enter('ann', 'demo', cloud), await enter('ben', 'demo', office)];
		const shared = 'the same room session';
		for (const backend of [cloud, office]) backend.sessions.set(shared, { token: 'demo' });
		const [cleo, dan] = [await greet('cleo', cloud), await greet('cleo', office)];
		await cleo.socket.ask(joining('demo', shared));
		await dan.socket.ask(joining('demo', shared));
		await using guest = server.client();
		const own = await guest.enter('demo', 'Guest');
		const others = [ben, dan];
		const recipients = [
			{ type: 'room' },
			{ type: 'call' },
			{ type: 'user', userid: 'cleo' },
			...others.map(({ id }) => ({ type: 'session', sessionid: id })),
			{ type: 'session', sessionid: own.sessionId }
		];

		for (const recipient of recipients) {
			ann.socket.send({ type: 'message', message: { recipient, data: { from: 'cloud' } } });
			own.socket.send({ type: 'message', message: { recipient, data: { from: 'here' } } });
		}
		const changed = [{ sessionId: shared, inCall: 7 }];
		const fromOffice = { type: 'message', message: { data: { type: 'order of the office' } } };
		expect(await order(office, 'demo', fromOffice)).toMatchObject({ status: 200 });
		await order(cloud, 'demo', { type: 'incall', incall: { incall: 7, changed, users: changed } });
		await order(cloud, 'demo', { type: 'message', message: { data: { type: 'order of the cloud' } } });
		await order(cloud, 'demo', { type: 'disinvite', disinvite: { sessionids: [ben.nextcloudSessionId] } });
		await order(cloud, 'demo', { type: 'invite', invite: { userids: ['cleo'], properties: {} } });
		await order(cloud, 'demo', { type: 'delete', delete: { userids: ['cleo'] } });
		for (const socket of [ann.socket, own.socket]) await heardBy(socket);

		// the word of the cloud was heard there, so it was spoken
		for (const word of ['"from":"cloud"', '"order of the cloud"', '"invite"', '"deleted"', '"inCall":7']) {
			expect(await heardBy(cleo.socket)).toContain(word);
		}
		for (const socket of [ben.socket, dan.socket, own.socket]) {
			const text = await heardBy(socket);
			expect(text).not.toMatch(/"from":|order of the cloud|disinvite|"invite"|"inCall":7/);
			expect(text).not.toContain(ann.id);
		}
		expect(await heardBy(cleo.socket)).not.toMatch(/"here"|order of the office/);
		expect(await heardBy(dan.socket)).toContain('order of the office');
		expect(await guest.talk('GET', 'v4/room/demo')).toMatchObject({ status: 200 });
	});
});
