import { describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { parseChatMessage } from '../../src/lib/protocol/chat-message.ts';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import type { TestClient } from '../../tests/support/test-client.ts';
import type { Config } from '../config.ts';
import { startFakeSignalingServer } from '../testing/fake-signaling-server.ts';
import { startTestServer } from '../testing/test-server.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

/** Pauses that would only make the tests slow. */
const quick = { introduceMs: 20, toldWaitMs: 100, postRetryMs: 5, postRetryMaxMs: 20 };
type Options = Parameters<typeof startTestServer>[0];

/** A server whose signaling is done by another. */
async function open({ config, timings, ...options }: NonNullable<Options> = {}) {
	const hpb = await startFakeSignalingServer();
	const server = await startTestServer({
		...options,
		config: { signaling: hpb.config, ...config },
		timings: { ...quick, ...timings }
	});
	const { origin } = server;
	return {
		hpb,
		server,
		origin,
		/** Into the room over http, and in the signaling server's room. */
		enter: async (client: TestClient, name?: string) => {
			const { sessionId } = await client.joinRoom('demo', name);
			const answer = await hpb.join(origin, 'demo', sessionId);
			await hpb.next(({ type, content }) => type === 'participants' && names(content, sessionId));
			return { sessionId, answer };
		},
		[Symbol.asyncDispose]: async () => {
			await server[Symbol.asyncDispose]();
			await hpb[Symbol.asyncDispose]();
		}
	};
}

const entriesOf = (content: Record<string, unknown>, list: 'changed' | 'users' = 'changed') =>
	content[list] as Record<string, unknown>[];
const names = (content: Record<string, unknown>, id: string) =>
	entriesOf(content).some(({ sessionId }) => sessionId === id);
const isCall = (id: string, flags: number) => (news: { type: string; content: Record<string, unknown> }) =>
	news.type === 'incall' &&
	entriesOf(news.content).some(({ sessionId, inCall }) => sessionId === id && inCall === flags);

describe('how clients find the signaling server', () => {
	it('given an external server, when settings are asked for, then they name it, and tokens that it can check', async () => {
		await using stack = await open();
		await using client = stack.server.client();
		await client.joinRoom('demo', 'Ann');

		const settings = await client.settings('demo');

		expect(settings).toMatchObject({ signalingMode: 'external', server: stack.hpb.config.url });
		const claims = await stack.hpb.readToken(stack.origin, settings.helloAuthParams['2.0']?.token ?? '');
		expect(claims).toMatchObject({ iss: stack.origin, userdata: { displayname: 'Ann' } });
		expect(claims).not.toHaveProperty('sub');
		expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(60);
	});

	it('given an external server, when the own socket is opened all the same, then it is refused with the address', async () => {
		await using stack = await open();
		const socket = new WebSocket(`${stack.origin.replace('http', 'ws')}/signaling/spreed`);

		const answer = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
			socket.on('open', () => reject(new Error('it was opened')));
			socket.on('error', () => undefined);
			socket.on('unexpected-response', (_request, response) => {
				response.setEncoding('utf8').on('data', (text: string) => {
					resolve({ status: response.statusCode, text });
					socket.terminate();
				});
			});
		});

		expect(answer).toEqual({ status: 404, text: `signaling is at ${stack.hpb.config.url}\n` });
	});

	it.each([
		['http://127.0.0.1:8081', 'ws://127.0.0.1:8081'],
		['https://signaling.example/standalone', 'wss://signaling.example']
	])('given the server %s, when a page is asked for, then it may connect to %s', async (url, source) => {
		const signaling: Config['signaling'] = { url, secret: 'hush' };
		await using server = await startTestServer({ config: { signaling } });

		const { headers } = await fetch(`${server.origin}/healthz`);

		const policy = headers.get('content-security-policy') ?? '';
		expect(/connect-src ([^;]*)/.exec(policy)?.[1]?.split(' ')).toContain(source);
	});

	it('given capabilities that are kept, when they are asked for again, then they need not be sent', async () => {
		await using stack = await open();
		const ask = (etag = '') =>
			fetch(`${stack.origin}/ocs/v2.php/cloud/capabilities`, { headers: { 'if-none-match': etag } });

		const etag = (await ask()).headers.get('etag') ?? '';

		expect(etag).toMatch(/^"[0-9a-f]+"$/);
		expect((await ask(etag)).status).toBe(304);
		expect((await ask('"older"')).status).toBe(200);
	});
});

describe('what the signaling server asks', () => {
	it('given the ticket of a guest, when it asks who that is, then it is a guest', async () => {
		await using stack = await open();
		await using client = stack.server.client();
		await client.joinRoom('demo');
		const params = (await client.settings('demo')).helloAuthParams['1.0'];

		const answer = await stack.hpb.ask(stack.origin, { type: 'auth', auth: { version: '1.0', params } });

		expect(answer).toEqual({ type: 'auth', auth: { version: '1.0' } });
	});

	it('given a session of the room, when it asks for it, then it gets the room and what the guest may do', async () => {
		await using stack = await open();
		await using client = stack.server.client();
		const { sessionId } = await client.joinRoom('demo');

		const answer = await stack.hpb.join(stack.origin, 'demo', sessionId);

		expect(answer).toMatchObject({
			type: 'room',
			room: {
				version: '1.0',
				roomid: 'demo',
				properties: { name: 'Demo', 'active-since': null },
				permissions: ['publish-audio', 'publish-video', 'publish-screen']
			}
		});
	});

	it.each([
		['a forged ticket', { type: 'auth', auth: { params: { ticket: 'a:1:b:c' } } }, 'invalid_ticket'],
		['no ticket', { type: 'auth', auth: { params: {} } }, 'invalid_request'],
		['an unknown session', { type: 'room', room: { roomid: 'demo', sessionid: 'x' } }, 'no_such_room'],
		['no session', { type: 'room', room: { roomid: 'demo' } }, 'no_such_room'],
		['an odd action', { type: 'room', room: { roomid: 'demo', action: 'dance' } }, 'invalid_request'],
		['an unknown type', { type: '__proto__' }, 'unknown_type'],
		['a virtual session nowhere', { type: 'session', session: { roomid: 'nowhere' } }, 'no_such_room'],
		['something without a type', { room: {} }, 'invalid_request']
	])('given %s, when it asks, then it is told why not', async (_case, request, code) => {
		await using stack = await open();

		const answer = await stack.hpb.ask(stack.origin, request);

		expect(answer).toMatchObject({ type: 'error', error: { code } });
	});

	it('given a lobby, when it closes and opens, then who waits is kept out, may send nothing, and the room is told', async () => {
		await using stack = await open();
		await using host = stack.server.client();
		await using guest = stack.server.client();
		await using late = stack.server.client();
		const made = await host.talk('POST', 'v4/room', { roomType: 3, roomName: 'B' });
		const { token } = parseRoom(made.data);
		const { sessionId } = await guest.joinRoom(token);
		await stack.hpb.join(stack.origin, token, sessionId);
		await guest.talk('POST', `v4/call/${token}`, { flags: 7 });
		await stack.hpb.next(isCall(sessionId, 7));

		await host.talk('PUT', `v4/room/${token}/webinar/lobby`, { state: 1 });

		await stack.hpb.next(isCall(sessionId, 0));
		const { content } = await stack.hpb.next(({ type }) => type === 'update');
		expect(content['properties']).toMatchObject({ 'lobby-state': 1 });
		await expect.poll(() => stack.hpb.permissionsOf(sessionId)).toEqual([]);
		const waiting = await late.joinRoom(token);
		expect(await stack.hpb.join(stack.origin, token, waiting.sessionId)).toMatchObject({
			error: { code: 'no_such_room' }
		});

		await host.talk('PUT', `v4/room/${token}/webinar/lobby`, { state: 0 });

		expect(await stack.hpb.join(stack.origin, token, waiting.sessionId)).toMatchObject({ type: 'room' });
		await expect.poll(() => stack.hpb.permissionsOf(sessionId)).toContain('publish-audio');
	});

	it('given a session of one room, when it is asked for in another, then it is not known there', async () => {
		await using stack = await open();
		await using client = stack.server.client();
		const other = parseRoom(
			(await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'B' })).data
		).token;
		const { sessionId } = await client.joinRoom('demo');

		expect(await stack.hpb.join(stack.origin, other, sessionId)).toMatchObject({
			error: { code: 'no_such_room' }
		});
	});

	it.each([
		['a wrong checksum', { 'spreed-signaling-checksum': '0'.repeat(64) }],
		['a checksum that is none', { 'spreed-signaling-checksum': 'x' }],
		['a short random', { 'spreed-signaling-random': 'f'.repeat(31) }],
		['another random', { 'spreed-signaling-random': 'e'.repeat(64) }]
	])('given %s, when it asks, then nothing is answered or changed', async (_case, headers) => {
		await using stack = await open();
		await using client = stack.server.client();
		const { sessionId } = await stack.enter(client);
		const room = { roomid: 'demo', sessionid: sessionId, action: 'leave' };

		const answer = await stack.hpb.ask(stack.origin, { type: 'room', room }, headers);

		expect(answer).toMatchObject({ error: { code: 'invalid_request' } });
		expect((await client.talk('GET', 'v4/call/demo')).status).toBe(200);
	});

	it('given no external server, when one asks, then there is nothing', async () => {
		await using hpb = await startFakeSignalingServer();
		await using server = await startTestServer();

		await expect(hpb.ping(server.origin, 'demo')).rejects.toThrow('answered with 404');
	});

	it('given a virtual session in a room, when it asks, then it may be there', async () => {
		await using stack = await open();

		const answer = await stack.hpb.ask(stack.origin, {
			type: 'session',
			session: { version: '1.0', roomid: 'demo', action: 'add', sessionid: 'phone' }
		});

		expect(answer).toEqual({ type: 'session', session: { version: '1.0', roomid: 'demo' } });
	});

	it.each([
		[
			'a telephone',
			'demo',
			{ actorid: 'tel', actortype: 'phones' },
			{ room: { permissions: ['publish-audio'] } }
		],
		['a telephone', 'nowhere', { actorid: 'tel', actortype: 'phones' }, { error: { code: 'no_such_room' } }],
		['nobody', 'demo', { actorid: '', actortype: 'phones' }, { error: { code: 'no_such_room' } }]
	])(
		'given a session that stands for %s, when it comes into %s, then that is answered',
		async (_who, roomid, actor, answer) => {
			await using stack = await open();

			expect(
				await stack.hpb.ask(stack.origin, {
					type: 'room',
					room: { version: '1.0', roomid, sessionid: 'id of the signaling server', userid: '', ...actor }
				})
			).toMatchObject(answer);
		}
	);

	it('given a guest in the call, when a moderator ends it, then it is told of everybody at once', async () => {
		await using stack = await open();
		await using host = stack.server.client();
		await using guest = stack.server.client();
		const made = await host.talk('POST', 'v4/room', { roomType: 3, roomName: 'Test' });
		const { token } = made.data as { token: string };
		for (const client of [host, guest]) {
			const { sessionId } = await client.joinRoom(token);
			await stack.hpb.join(stack.origin, token, sessionId);
			await client.talk('POST', `v4/call/${token}`, { flags: 3 });
			await stack.hpb.next(isCall(sessionId, 3));
		}

		expect((await host.talk('DELETE', `v4/call/${token}`, { all: true })).status).toBe(200);

		expect(await stack.hpb.next(({ content }) => content['all'] === true)).toMatchObject({
			type: 'incall',
			content: { incall: 0 }
		});
		expect(stack.hpb.isInCall(guest.nextcloudSessionId ?? '')).toBe(false);
	});
});

describe('who is there', () => {
	it('given two guests, when only one is pinged, then the other goes, out of call and room', async () => {
		let time = Date.now();
		await using stack = await open({ now: () => time, timings: { sweepMs: 10 } });
		await using ann = stack.server.client();
		await using ben = stack.server.client();
		const { sessionId } = await stack.enter(ann, 'Ann');
		const lost = await stack.enter(ben, 'Ben');
		await ben.talk('POST', 'v4/call/demo', { flags: 7 });
		const peers = async () => (await ann.talk('GET', 'v4/call/demo')).data;

		time += 31_000;
		await stack.hpb.ping(stack.origin, 'demo', sessionId, 'a session that is not known');
		expect(await peers()).toEqual([]);
		time += 70_000;
		await stack.hpb.ping(stack.origin, '', sessionId);

		await stack.hpb.next(isCall(lost.sessionId, 0));
		const { content } = await stack.hpb.next(({ type }) => type === 'disinvite');
		expect(content).toMatchObject({ sessionids: [lost.sessionId] });
		expect((await ben.talk('GET', 'v4/call/demo')).status).toBe(404);
		expect((await ann.talk('GET', 'v4/call/demo')).status).toBe(200);
	});

	it('given a guest in the call, when the signaling server says that they left, then they are out, and it is not told to throw them out', async () => {
		await using stack = await open();
		await using ann = stack.server.client();
		await using ben = stack.server.client();
		await stack.enter(ann);
		const { sessionId } = await stack.enter(ben);
		await ann.talk('POST', 'v4/call/demo', { flags: 3 });
		await ben.talk('POST', 'v4/call/demo', { flags: 7 });
		await stack.hpb.next(isCall(sessionId, 7));

		const answer = await stack.hpb.leave(stack.origin, 'demo', sessionId);

		expect(answer).toMatchObject({ type: 'room' });
		expect((await ben.talk('GET', 'v4/call/demo')).status).toBe(404);
		await ann.talk('DELETE', 'v4/call/demo');
		await stack.hpb.next(({ type, content }) => type === 'update' && hasNoCall(content));
		expect(stack.hpb.told.some(({ type }) => type === 'disinvite')).toBe(false);
		expect(await stack.hpb.leave(stack.origin, 'demo', sessionId)).toMatchObject({ type: 'room' });
	});

	it('given a restart in the middle of a call, when the signaling server goes on pinging, then nobody has left', async () => {
		await using hpb = await startFakeSignalingServer();
		const config = { signaling: hpb.config };
		await using first = await startTestServer({ config, timings: quick });
		await using client = first.client();
		const { sessionId } = await client.joinRoom('demo');
		await hpb.join(first.origin, 'demo', sessionId);
		await client.talk('POST', 'v4/call/demo', { flags: 7 });
		await first.stop();

		let time = Date.now();
		const { dataDir } = first;
		await using second = await startTestServer({
			config,
			dataDir,
			timings: { ...quick, sweepMs: 10 },
			now: () => time
		});
		await hpb.ping(second.origin, 'demo', sessionId);
		time += 60_000;
		await using other = second.client();

		const room = await other.talk('GET', 'v4/room/demo');
		expect(parseRoom(room.data)).toMatchObject({ hasCall: true });
	});
});

const hasNoCall = ({ properties }: Record<string, unknown>) =>
	(properties as Record<string, unknown>)['active-since'] === null;

describe('what the signaling server is told', () => {
	it('given a guest who enters, when the room lets them in, then everybody is told their name and rights', async () => {
		await using stack = await open();
		await using client = stack.server.client();
		const { sessionId } = await client.joinRoom('demo', 'Ann');

		await stack.hpb.join(stack.origin, 'demo', sessionId);

		const { content, token } = await stack.hpb.next(
			({ type, backend }) => type === 'participants' && backend === `${stack.origin}/`
		);
		expect(token).toBe('demo');
		expect(entriesOf(content)).toEqual([
			expect.objectContaining({
				sessionId,
				nextcloudSessionId: sessionId,
				inCall: 0,
				displayName: 'Ann',
				permissions: ['publish-audio', 'publish-video', 'publish-screen']
			})
		]);
		expect(entriesOf(content, 'users')[0]).not.toHaveProperty('permissions');
	});

	it('given a guest whom the room has not let in yet, when they give their name, then it is told with their introduction and not before', async () => {
		await using stack = await open();
		await using ann = stack.server.client();
		await using ben = stack.server.client();
		const first = await ann.joinRoom('demo', 'Ann');
		await stack.hpb.join(stack.origin, 'demo', first.sessionId);
		await stack.hpb.next(({ type }) => type === 'participants');

		const { sessionId } = await ben.joinRoom('demo', 'Ben');
		await ben.talk('POST', 'v1/guest/demo/name', { displayName: 'Benedict' });
		await stack.hpb.join(stack.origin, 'demo', sessionId);

		const { content } = await stack.hpb.next(({ type }) => type === 'participants');
		expect(entriesOf(content)).toEqual([expect.objectContaining({ sessionId, displayName: 'Benedict' })]);
	});

	it('given a public address, when it is told something, then that is the address that it is told from', async () => {
		await using stack = await open({ config: { publicUrl: 'https://calls.example' } });
		await using client = stack.server.client();
		await stack.enter(client);

		await client.talk('POST', 'v1/guest/demo/name', { displayName: 'Ann' });

		const { backend } = await stack.hpb.next(({ type }) => type === 'participants');
		expect(backend).toBe('https://calls.example/');
	});

	it('given two guests, when they come into the call, change and go, then it knows at each step who is in it', async () => {
		await using stack = await open();
		await using ann = stack.server.client();
		await using ben = stack.server.client();
		const [one, two] = [await stack.enter(ann), await stack.enter(ben)];

		await ann.talk('POST', 'v4/call/demo', { flags: 3 });
		const started = await stack.hpb.next(isCall(one.sessionId, 3));
		const since = await stack.hpb.next(({ type }) => type === 'update');
		await ben.talk('POST', 'v4/call/demo', { flags: 1 });
		const joined = await stack.hpb.next(isCall(two.sessionId, 1));
		expect([one, two].map(({ sessionId }) => stack.hpb.isInCall(sessionId))).toEqual([true, true]);
		await ben.talk('PUT', 'v4/call/demo', { flags: 7 });
		await stack.hpb.next(isCall(two.sessionId, 7));
		await ben.talk('DELETE', 'v4/call/demo');
		const left = await stack.hpb.next(isCall(two.sessionId, 0));
		await ann.talk('DELETE', 'v4/call/demo');
		await stack.hpb.next(isCall(one.sessionId, 0));
		const over = await stack.hpb.next(({ type }) => type === 'update');

		expect(started.content['incall']).toBe(3);
		expect(since.content['properties']).toMatchObject({
			name: 'Demo',
			'active-since': {
				date: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.000000$/),
				timezone: 'UTC'
			}
		});
		expect(entriesOf(joined.content, 'users')).toHaveLength(2);
		expect(entriesOf(left.content, 'users')).toEqual([
			expect.objectContaining({ sessionId: two.sessionId, inCall: 0 }),
			expect.objectContaining({ sessionId: one.sessionId, inCall: 3 })
		]);
		expect(hasNoCall(over.content)).toBe(true);
		expect([one, two].map(({ sessionId }) => stack.hpb.isInCall(sessionId))).toEqual([false, false]);
		expect(stack.hpb.refused).toEqual([]);
	});

	it('given a guest in the signaling room, when the request to enter the call is answered, then it knows already', async () => {
		await using stack = await open({ timings: { toldWaitMs: 5_000 } });
		await using client = stack.server.client();
		const { sessionId } = await stack.enter(client);

		for (const flags of [7, 0, 3]) {
			if (flags === 0) await client.talk('DELETE', 'v4/call/demo');
			else await client.talk('POST', 'v4/call/demo', { flags });

			expect(stack.hpb.isInCall(sessionId)).toBe(flags !== 0);
		}
	});

	it('given a guest who is in the call before the signaling room, when they come into it, then it knows that they are in the call', async () => {
		await using stack = await open();
		await using client = stack.server.client();
		const { sessionId } = await client.joinRoom('demo');
		await client.talk('POST', 'v4/call/demo', { flags: 7 });
		await stack.hpb.next(isCall(sessionId, 7));

		await stack.hpb.join(stack.origin, 'demo', sessionId);

		await expect.poll(() => stack.hpb.isInCall(sessionId)).toBe(true);
	});

	it('given a guest in the call who is not in the signaling room, when others are told of somebody else, then that guest is not shown to them', async () => {
		await using stack = await open();
		await using ann = stack.server.client();
		await using ben = stack.server.client();
		const { sessionId } = await stack.enter(ann, 'Ann');
		// in for certain, and not only about to be
		await stack.hpb.ping(stack.origin, 'demo', sessionId);
		const absent = await ben.joinRoom('demo', 'Ben');
		await ben.talk('POST', 'v4/call/demo', { flags: 7 });
		await stack.hpb.next(isCall(absent.sessionId, 7));

		await ann.talk('POST', 'v1/guest/demo/name', { displayName: 'Anna' });
		const renamed = await stack.hpb.next(
			({ type, content }) =>
				type === 'participants' && entriesOf(content).some((user) => user['displayName'] === 'Anna')
		);
		await ann.talk('POST', 'v4/call/demo', { flags: 7 });
		const joined = await stack.hpb.next(isCall(sessionId, 7));

		for (const { content } of [renamed, joined]) {
			expect(entriesOf(content, 'users').map((user) => user['sessionId'])).toEqual([sessionId]);
		}
	});

	it('given a signaling server that was restarted, when sessions come back, then it knows again who is in the call', async () => {
		await using stack = await open();
		await using client = stack.server.client();
		const { sessionId } = await stack.enter(client);
		await client.talk('POST', 'v4/call/demo', { flags: 7 });
		await expect.poll(() => stack.hpb.isInCall(sessionId)).toBe(true);

		stack.hpb.forget();
		await stack.hpb.join(stack.origin, 'demo', sessionId);

		await expect.poll(() => stack.hpb.isInCall(sessionId)).toBe(true);
	});

	it('given a session that was not in yet when it was introduced, when it is pinged, then its call is told once more', async () => {
		await using stack = await open({ timings: { introduceMs: 10 } });
		await using client = stack.server.client();
		const { sessionId } = await client.joinRoom('demo');
		await client.talk('POST', 'v4/call/demo', { flags: 7 });
		const room = { version: '1.0', roomid: 'demo', sessionid: sessionId };
		// answered, but the session is only in when the others have been told already
		await stack.hpb.ask(stack.origin, { type: 'room', room });
		for (let count = 0; count < 2; count++) await stack.hpb.next(isCall(sessionId, 7));

		await stack.hpb.ping(stack.origin, 'demo', sessionId);
		await stack.hpb.next(isCall(sessionId, 7));
		await stack.hpb.ping(stack.origin, 'demo', sessionId);

		await client.talk('PUT', 'v4/call/demo', { flags: 1 });
		await stack.hpb.next(({ type }) => type === 'incall');
		expect(stack.hpb.told).toEqual([]);
	});

	it('given a message, when it is written, then it is told whole; given one too long for that, then that there is news', async () => {
		await using stack = await open();
		await using client = stack.server.client();
		await stack.enter(client, 'Ann');
		const chatOf = async () => {
			const { content } = await stack.hpb.next(({ type }) => type === 'message');
			const data = content['data'] as { type: string; chat: { refresh: boolean; comment?: unknown } };
			expect(data).toMatchObject({ type: 'chat', chat: { refresh: true } });
			return data.chat.comment;
		};

		await client.talk('POST', 'v1/chat/demo', { message: 'Hello' });
		expect(parseChatMessage(await chatOf())).toMatchObject({ message: 'Hello' });
		await client.talk('POST', 'v1/chat/demo', { message: '€'.repeat(30_000) });
		expect(await chatOf()).toBeUndefined();
	});

	it('given a guest who joins anew or leaves, when the session is over, then it is thrown out', async () => {
		await using stack = await open();
		await using client = stack.server.client();
		const first = await stack.enter(client, 'Ann');

		const second = await stack.enter(client, 'Ann');
		expect(stack.hpb.isInCall(first.sessionId)).toBeUndefined();
		await client.talk('DELETE', 'v4/room/demo/participants/active');

		const { content } = await stack.hpb.next(({ type }) => type === 'disinvite');
		expect(content).toMatchObject({ sessionids: [second.sessionId] });
	});

	it('given many guests, when one enters the call, then what is told stays small enough to be taken', async () => {
		await using stack = await open();
		const clients = Array.from({ length: 80 }, () => stack.server.client());
		const ids: string[] = [];
		for (const client of clients) {
			const { sessionId } = await client.joinRoom(
				'demo',
				'A guest with a long name of sixty-four characters, or nearly'
			);
			await stack.hpb.join(stack.origin, 'demo', sessionId);
			await client.talk('POST', 'v4/call/demo', { flags: 7 });
			ids.push(sessionId);
		}

		await expect.poll(() => ids.filter((id) => stack.hpb.isInCall(id)).length).toBe(80);
		expect(stack.hpb.refused).toEqual([]);
	});
});

describe('a signaling server that cannot be told', () => {
	it('given failures, when something happens, then it is told again, in order and one at a time', async () => {
		await using stack = await open();
		await using client = stack.server.client();
		const { sessionId } = await stack.enter(client);
		stack.hpb.script.failures = 3;

		await client.talk('POST', 'v4/call/demo', { flags: 1 });
		for (const flags of [3, 7, 1]) await client.talk('PUT', 'v4/call/demo', { flags });

		const flags = [];
		for (let count = 0; count < 4; count++) {
			const { content } = await stack.hpb.next(({ type }) => type === 'incall');
			flags.push(entriesOf(content)[0]?.['inCall']);
		}
		expect(flags).toEqual([1, 3, 7, 1]);
		expect(stack.hpb.isInCall(sessionId)).toBe(true);
		expect(stack.hpb.mostUnderWay()).toBe(1);
	});

	it('given one that does not answer at all, when it does again, then it is told all, and nobody had to wait', async () => {
		await using stack = await open({ timings: { postTimeoutMs: 100 } });
		await using client = stack.server.client();
		const { sessionId } = await stack.enter(client);
		stack.hpb.script.isSilent = true;

		expect((await client.talk('POST', 'v4/call/demo', { flags: 7 })).status).toBe(200);
		stack.hpb.script.isSilent = false;

		await expect.poll(() => stack.hpb.isInCall(sessionId)).toBe(true);
	});

	it.each([
		['it refused for good', { script: { failures: 1, status: 403 } }],
		['it failed for too long', { script: { failures: 40 }, timings: { postForMs: 40 } }],
		['too much waited', { script: { failures: 40 }, bounds: { queuedPosts: 1 }, timings: { postForMs: 40 } }]
	])('given that %s, when it pings again, then it is told how everything is now', async (_case, setting) => {
		const { script, timings, bounds }: { script: object; timings?: object; bounds?: object } = setting;
		await using stack = await open({ ...(timings && { timings }), ...(bounds && { bounds }) });
		await using client = stack.server.client();
		const { sessionId } = await stack.enter(client);
		Object.assign(stack.hpb.script, script);

		await client.talk('POST', 'v4/call/demo', { flags: 7 });
		await expect.poll(() => stack.hpb.refused.length).toBeGreaterThan(0);
		stack.hpb.script.failures = 0;

		await expect
			.poll(async () => {
				await stack.hpb.ping(stack.origin, 'demo', sessionId);
				return stack.hpb.isInCall(sessionId);
			})
			.toBe(true);
	});
});
