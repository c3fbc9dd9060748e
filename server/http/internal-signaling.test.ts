import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { callFlag, participantType, permission } from '../../src/lib/protocol/call.ts';
import { parseCapabilities } from '../../src/lib/protocol/capabilities.ts';
import {
	parsePulledItems,
	parsePulledMessage,
	type PulledMessage
} from '../../src/lib/protocol/internal-signaling.ts';
import { parseOcs } from '../../src/lib/protocol/ocs.ts';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import type { ParticipantEntry } from '../../src/lib/protocol/signaling-event.ts';
import { createTestClient, type TestClient } from '../../tests/support/test-client.ts';
import type { ServerOptions } from '../server.ts';
import { startTestServer } from '../testing/test-server.ts';

type Server = Awaited<ReturnType<typeof startTestServer>>;
type Options = Omit<ServerOptions, 'log'>;

let dataDir: string;
const running: Server[] = [];
beforeEach(() => {
	dataDir = mkdtempSync(join(tmpdir(), 'roost internal '));
});
afterEach(async () => {
	for (const server of running.splice(0)) await server.stop();
	rmSync(dataDir, { recursive: true, force: true });
});

/** How often the servers looked at their clock: whoever pulls makes them do so, and waits from then on. */
let looks = 0;

async function start({ now = Date.now, ...options }: Options = {}): Promise<Server> {
	const config = { signalingMode: 'internal' } as const;
	const counted = () => {
		looks += 1;
		return now();
	};
	const server = await startTestServer({ dataDir, config, now: counted, ...options });
	running.push(server);
	return server;
}

/** As an administrator would: no route of this version gives rights. */
function edit(sql: string): void {
	const database = new Database(join(dataDir, 'roost.db'));
	database.exec(sql);
	database.close();
}

const signalingPath = '/ocs/v2.php/apps/spreed/api/v3/signaling/demo';

interface Pulled {
	status: number;
	messages: PulledMessage[];
	users: ParticipantEntry[];
}

/** Somebody who pulls. */
function puller(client: TestClient) {
	const own = () => client.nextcloudSessionId ?? '';
	const pull = async (signal?: AbortSignal): Promise<Pulled> => {
		const response = await client.request('GET', signalingPath, signal ? { signal } : {});
		const answer = parseOcs(await response.json()).data;
		if (!Array.isArray(answer)) return { status: response.status, messages: [], users: [] };
		const items = parsePulledItems(answer);
		expect(items.at(-1)?.type).toBe('usersInRoom');
		return {
			status: response.status,
			messages: items.flatMap((item) => (item.type === 'message' ? [parsePulledMessage(item.data)] : [])),
			users: items.flatMap((item) => (item.type === 'usersInRoom' ? item.data : []))
		};
	};
	const sendItems = async (items: unknown) =>
		client.talk('POST', 'v3/signaling/demo', { messages: JSON.stringify(items) });
	return {
		client,
		id: own,
		pull,
		/** What the list says, however often it is asked for. */
		sees: async (id: string) => (await pull()).users.some(({ sessionId }) => sessionId === id),
		sendItems,
		send: async (...messages: object[]) =>
			sendItems(messages.map((message) => ({ ev: 'message', fn: JSON.stringify(message), sessionId: own() })))
	};
}

async function enter(server: Server, name: string) {
	const guest = puller(server.client());
	await guest.client.joinRoom('demo', name);
	return guest;
}

/** Two who know of each other, so that the next pull of either waits. */
async function enterTwo(server: Server) {
	const ann = await enter(server, 'Ann');
	const ben = await enter(server, 'Ben');
	await ann.pull();
	await ben.pull();
	await ann.pull();
	return { ann, ben };
}

/** A pull that is held. */
async function held(guest: ReturnType<typeof puller>) {
	const abort = new AbortController();
	const before = looks;
	let isAnswered = false;
	const pulled = guest.pull(abort.signal).finally(() => (isAnswered = true));
	pulled.catch(() => undefined);
	await expect.poll(() => looks).toBeGreaterThan(before);
	return { pulled, abort, isAnswered: () => isAnswered };
}

const hello = (to: string, n = 0) => ({
	to,
	type: 'nickChanged',
	roomType: 'video',
	payload: { name: `n${n}` }
});
const described = (to: string, type: 'offer' | 'answer', sdp: string, roomType = 'video') => ({
	to,
	type,
	roomType,
	sid: '1',
	payload: { type, sdp }
});
const names = (messages: PulledMessage[]) =>
	messages.map(({ payload }) => (payload as { name: string }).name);

describe('without a socket', () => {
	it('given the mode, when a client asks, then settings and capabilities say it, and no socket opens', async () => {
		const server = await start();
		const { client } = await enter(server, 'Ann');

		const settings = (await client.talk('GET', 'v3/signaling/settings?token=demo')).data;
		expect(settings).toMatchObject({ signalingMode: 'internal', server: '', hideWarning: false });
		expect(settings).not.toHaveProperty('ticket');
		expect(settings).not.toHaveProperty('helloAuthParams');
		const capabilities = await client.request('GET', '/ocs/v2.php/cloud/capabilities');
		const spreed = parseCapabilities(parseOcs(await capabilities.json()).data);
		expect(spreed?.config.signaling.mode).toBe('internal');
		const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/signaling/spreed`);
		const refusal = await new Promise((resolve) => {
			socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
			socket.on('open', () => resolve('open'));
			socket.on('error', () => undefined);
		});
		expect(refusal).toBe(404);
	});

	it('given a server with a socket, when a client pulls or sends, then it is told that its settings are old', async () => {
		const server = await start({ config: {} } as Options);
		const ann = await enter(server, 'Ann');

		expect((await ann.pull()).status).toBe(400);
		expect((await ann.sendItems([])).status).toBe(400);
		expect((await ann.client.talk('GET', 'v3/signaling/nowhere1')).status).toBe(404);
	});

	it('given a stranger, when they pull, then they are not there, and what they send goes nowhere', async () => {
		const server = await start();
		const ann = await enter(server, 'Ann');
		const stranger = puller(server.client());

		expect(await stranger.pull()).toEqual({ status: 404, messages: [], users: [] });
		const sent = { ev: 'message', fn: JSON.stringify(hello(ann.id())), sessionId: ann.id() };
		expect((await stranger.sendItems([sent])).status).toBe(200);
		expect((await ann.pull()).messages).toEqual([]);
		expect((await stranger.client.talk('POST', 'v3/signaling/demo', { messages: 'x' })).status).toBe(400);
		expect((await stranger.client.talk('POST', 'v3/signaling/demo', {})).status).toBe(400);
	});
});

describe('a pull', () => {
	it('given a newcomer, when they pull, then everybody is listed at once, with all that Talk tells', async () => {
		const server = await start();
		const ann = await enter(server, 'Ann');
		await ann.client.talk('POST', 'v4/call/demo', { flags: 3 });
		const ben = await enter(server, 'Ben');

		const { users } = await ben.pull();

		expect(users).toHaveLength(2);
		expect(users.find(({ sessionId }) => sessionId === ann.id())).toMatchObject({
			userId: '',
			inCall: callFlag.inCall | callFlag.audio,
			actorType: 'guests',
			participantPermissions: expect.any(Number)
		});
		expect(JSON.stringify(users)).not.toContain('Ann');
	});

	it('given nothing new, when somebody pulls, then the answer waits for a message, or for a change of the list', async () => {
		const { ann, ben } = await enterTwo(await start());

		const waiting = await held(ann);
		expect(waiting.isAnswered()).toBe(false);
		await ben.send(hello(ann.id(), 1), hello(ann.id(), 2), hello(ann.id(), 3));
		const { messages } = await waiting.pulled;
		const next = await held(ann);
		await ben.client.talk('POST', 'v4/call/demo', { flags: 7 });

		expect(names(messages)).toEqual(['n1', 'n2', 'n3']);
		expect(messages.map(({ from }) => from)).toEqual([ben.id(), ben.id(), ben.id()]);
		const { messages: none, users } = await next.pulled;
		expect(none).toEqual([]);
		expect(users.find(({ sessionId }) => sessionId === ben.id())).toMatchObject({ inCall: 7 });
	});

	it('given nothing new for the whole time, when it is over, then the list comes all the same', async () => {
		const { ann, ben } = await enterTwo(await start({ timings: { pullMs: 50 } }));

		const { status, messages, users } = await ann.pull();

		expect({ status, messages }).toEqual({ status: 200, messages: [] });
		expect(users.map(({ sessionId }) => sessionId).sort()).toEqual([ann.id(), ben.id()].sort());
	});

	it('given a call of three, when a moderator ends it, then the next list has all of them out of it at once', async () => {
		const server = await start();
		const { ann, ben } = await enterTwo(server);
		const cleo = await enter(server, 'Cleo');
		for (const { client } of [ann, ben, cleo]) await client.talk('POST', 'v4/call/demo', { flags: 3 });
		edit(`UPDATE attendees SET type = ${participantType.guestModerator} WHERE display_name = 'Ann'`);
		expect((await ben.pull()).users.map(({ inCall }) => inCall)).toEqual([3, 3, 3]);
		const waiting = await held(ben);

		expect((await ben.client.talk('DELETE', 'v4/call/demo', { all: true })).status).toBe(403);
		await ann.client.talk('DELETE', 'v4/call/demo', { all: true });

		expect((await waiting.pulled).users.map(({ inCall }) => inCall)).toEqual([0, 0, 0]);
	});

	it('given a pull that waits, when the same session pulls again, then the second one gets what comes', async () => {
		const { ann, ben } = await enterTwo(await start());
		const first = await held(ann);

		const second = await held(ann);
		expect(await first.pulled).toMatchObject({ status: 200, messages: [] });
		await ben.send(hello(ann.id(), 1));

		expect(names((await second.pulled).messages)).toEqual(['n1']);
	});

	it('given a client that has gone, when something comes for it, then it is there at its next pull', async () => {
		const { ann, ben } = await enterTwo(await start());
		const lost = await held(ann);
		lost.abort.abort();
		await expect(lost.pulled).rejects.toThrow();

		await ben.send(hello(ann.id(), 1));
		await ben.send(hello(ann.id(), 2));

		expect(names((await ann.pull()).messages)).toEqual(['n1', 'n2']);
	});

	it('given a session that ends, when a pull of it waits, then it is told, and so are the others', async () => {
		const server = await start();
		const { ann, ben } = await enterTwo(server);
		const atAnn = await held(ann);
		const atBen = await held(ben);

		await ann.client.talk('DELETE', 'v4/room/demo/participants/active');

		expect(await atAnn.pulled).toEqual({ status: 404, messages: [], users: [] });
		expect((await atBen.pulled).users.map(({ sessionId }) => sessionId)).toEqual([ben.id()]);
		expect((await ann.pull()).status).toBe(404);
	});

	it('given a session that another of the same guest replaces, when a pull of it waits, then that is a conflict', async () => {
		const server = await start();
		const ann = await enter(server, 'Ann');
		await ann.pull();
		const waiting = await held(ann);

		await createTestClient(server.origin, ann.client.jar).joinRoom('demo');

		expect((await waiting.pulled).status).toBe(409);
	});

	it('given a session in the call that ends or is replaced, when a pull of it waits, then that is what it is told', async () => {
		const server = await start();
		const { ann, ben } = await enterTwo(server);
		for (const guest of [ann, ben]) await guest.client.talk('POST', 'v4/call/demo', { flags: 3 });
		for (const guest of [ann, ben]) await guest.pull();
		const atAnn = await held(ann);
		const atBen = await held(ben);

		await createTestClient(server.origin, ben.client.jar).joinRoom('demo');
		expect((await atBen.pulled).status).toBe(409);
		expect((await atAnn.pulled).users.map(({ inCall }) => inCall)).toEqual([3, 0]);
		const lastAtAnn = await held(ann);
		await ann.client.talk('DELETE', 'v4/room/demo/participants/active');

		expect(await lastAtAnn.pulled).toEqual({ status: 404, messages: [], users: [] });
	});
});

describe('sending', () => {
	it('given messages that may not be said, when they are sent, then they go nowhere, and the others arrive', async () => {
		const server = await start();
		const { ann, ben } = await enterTwo(server);
		const elsewhere = server.client();
		const { data } = await elsewhere.talk('POST', 'v4/room', { roomType: 3, roomName: 'Other' });
		const { token } = data as { token: string };
		const other = await elsewhere.joinRoom(token);
		const item = (message: object, sessionId: string) => ({
			ev: 'message',
			fn: JSON.stringify(message),
			sessionId
		});

		const answer = await ann.sendItems([
			{ ev: 'message' },
			'not an item',
			{ ev: 'message', fn: '{', sessionId: ann.id() },
			item(hello(ben.id(), 1), ben.id()),
			item(hello(other.sessionId, 2), ann.id()),
			item({ ...hello(ben.id(), 3), type: 'control' }, ann.id()),
			item({ ...hello(ben.id(), 4), from: 'somebody else' }, ann.id())
		]);

		expect(answer).toMatchObject({ status: 200, data: null });
		const { messages } = await ben.pull();
		expect(names(messages)).toEqual(['n4']);
		expect(messages[0]?.from).toBe(ann.id());
		const there = parsePulledItems((await elsewhere.talk('GET', `v3/signaling/${token}`)).data);
		expect(there.map(({ type }) => type)).toEqual(['usersInRoom']);
	});

	it('given a moderator, when they give an order, then it arrives', async () => {
		const { ann, ben } = await enterTwo(await start());
		edit(`UPDATE attendees SET type = ${participantType.moderator} WHERE display_name = 'Ann'`);
		const order = { to: ben.id(), type: 'control', payload: { action: 'forceMute', peerId: ben.id() } };

		await ann.send(order);

		expect((await ben.pull()).messages).toEqual([{ ...order, from: ann.id() }]);
	});

	it.each([
		['an offer of sound', 'publishAudio', described('', 'offer', 'v=0\r\nm=audio 9\r\na=sendrecv\r\n')],
		['an answer with sound', 'publishAudio', described('', 'answer', 'v=0\r\nm=audio 9\r\na=sendonly\r\n')],
		['a section that says nothing', 'publishVideo', described('', 'offer', 'v=0\nm=video 9\nc=IN\n')],
		['a screen', 'publishScreen', described('', 'offer', 'v=0\r\nm=video 9\r\na=sendonly\r\n', 'screen')],
		['a direction for all', 'publishVideo', described('', 'offer', 'v=0\r\na=sendonly\r\nm=video 9\r\n')]
	] as const)('given no right to it, when %s is sent, then it goes nowhere', async (_, right, message) => {
		const { ann, ben } = await enterTwo(await start());
		const all = Object.values(permission).reduce((bits, bit) => bits | bit, 0);
		edit(`UPDATE attendees SET permissions = ${all & ~permission[right]} WHERE display_name = 'Ann'`);

		await ann.send({ ...message, to: ben.id() }, hello(ben.id(), 1));
		await ben.send({ ...message, to: ann.id() });

		expect((await ben.pull()).messages.map(({ type }) => type)).toEqual(['nickChanged']);
		expect((await ann.pull()).messages.map(({ type }) => type)).toEqual([message.type]);
	});

	it('given no right to send media, when somebody answers that they only receive, then it arrives', async () => {
		const { ann, ben } = await enterTwo(await start());
		edit(`UPDATE attendees SET permissions = ${permission.custom | permission.joinCall}`);
		const answer = 'v=0\r\nm=audio 9\r\na=recvonly\r\nm=video 9\r\na=inactive\r\nm=application 9\r\n';

		await ann.send(described(ben.id(), 'answer', answer));

		expect((await ben.pull()).messages).toHaveLength(1);
	});

	it('given messages that were taken in, when the server starts again, then they arrive', async () => {
		const before = await start();
		const { ann, ben } = await enterTwo(before);
		await ann.send(hello(ben.id(), 1), hello(ben.id(), 2));
		running.splice(0);
		await before.stop();

		const after = await start();
		const back = puller(createTestClient(after.origin, ben.client.jar));

		expect(names((await back.pull()).messages)).toEqual(['n1', 'n2']);
	});

	it('given somebody who does not ask, when several together send too much, then the rest goes nowhere, and nobody is out', async () => {
		const server = await start({ bounds: { queuedFrames: 3 }, timings: { pullMs: 50 } });
		const { ann, ben } = await enterTwo(server);
		const cleo = await enter(server, 'Cleo');

		expect((await ann.send(hello(ben.id(), 1), hello(ben.id(), 2))).status).toBe(200);
		expect((await cleo.send(hello(ben.id(), 3), hello(ben.id(), 4), hello(ann.id(), 5))).status).toBe(200);

		expect(names((await ben.pull()).messages)).toEqual(['n1', 'n2', 'n3']);
		expect(names((await ann.pull()).messages)).toEqual(['n5']);
		expect((await cleo.send(hello(ben.id(), 6))).status).toBe(200);
		expect(names((await ben.pull()).messages)).toEqual(['n6']);
	});

	it('given somebody who does not ask, when one other sends too much, then they are refused until it was taken', async () => {
		const server = await start({ bounds: { queuedFramesOfOne: 2 } });
		const { ann, ben } = await enterTwo(server);
		const cleo = await enter(server, 'Cleo');

		expect((await ann.send(hello(ben.id(), 1), hello(ben.id(), 2))).status).toBe(200);
		expect((await ann.send(hello(ben.id(), 3))).status).toBe(429);
		expect((await cleo.send(hello(ben.id(), 4))).status).toBe(200);

		expect(names((await ben.pull()).messages)).toEqual(['n1', 'n2', 'n4']);
		expect((await ann.send(hello(ben.id(), 5))).status).toBe(200);
		expect(names((await ben.pull()).messages)).toEqual(['n5']);
	});

	it('given somebody who says too much, when they go on, then nothing of it is taken in, and that is said', async () => {
		const { ann, ben } = await enterTwo(
			await start({ bounds: { saidCharacters: 2_000, saidCharactersPerSecond: 0 } })
		);

		expect((await ann.send({ ...hello(ben.id(), 1), more: 'x'.repeat(1_000) })).status).toBe(200);
		expect((await ann.send({ ...hello(ben.id(), 2), more: 'x'.repeat(1_000) })).status).toBe(429);

		expect(names((await ben.pull()).messages)).toEqual(['n1']);
	});

	it('given somebody who sends too fast, when they go on, then nothing of it is taken in, and that is said', async () => {
		const { ann, ben } = await enterTwo(await start({ bounds: { frameBurst: 3, framesPerSecond: 0 } }));

		expect((await ann.send(...[1, 2, 3, 4].map((n) => hello(ben.id(), n)))).status).toBe(400);
		expect((await ann.send(hello(ben.id(), 1), hello(ben.id(), 2))).status).toBe(200);
		expect((await ann.send(hello(ben.id(), 3), hello(ben.id(), 4))).status).toBe(429);

		expect(names((await ben.pull()).messages)).toEqual(['n1', 'n2']);
	});
});

describe('presence', () => {
	it('given somebody who no longer asks, when 40 s have passed, then nobody sees them; when they ask, all do', async () => {
		let nowMs = Date.now();
		const { ann, ben } = await enterTwo(await start({ now: () => nowMs, timings: { pullMs: 50 } }));

		nowMs += 39_000;
		expect(await ann.sees(ben.id())).toBe(true);
		nowMs += 2_000;
		expect(await ann.sees(ben.id())).toBe(false);
		const waiting = ann.pull();
		await ben.pull();

		await waiting;
		expect(await ann.sees(ben.id())).toBe(true);
	});

	it('given somebody who no longer asks, when 100 s have passed, then their session is over', async () => {
		let nowMs = Date.now();
		const { ann, ben } = await enterTwo(
			await start({ now: () => nowMs, timings: { pullMs: 50, sweepMs: 10 } })
		);
		await ben.client.talk('POST', 'v4/call/demo', { flags: 3 });

		nowMs += 60_000;
		await ann.pull();
		nowMs += 41_000;

		const room = async () => (await ann.client.talk('GET', 'v4/room/demo')).data;
		await expect.poll(room).toMatchObject({ hasCall: false, sessionId: ann.id() });
		expect((await ben.pull()).status).toBe(404);
	});

	it('given a pull that waits, when its client goes, then the 40 s count from then', async () => {
		let nowMs = Date.now();
		const server = await start({ now: () => nowMs });
		const { ann, ben } = await enterTwo(server);
		await (await enter(server, 'Cleo')).pull();
		await ben.pull();
		const waiting = await held(ben);
		nowMs += 30_000;
		waiting.abort.abort();
		await expect.poll(() => lastPing(ben)).toBe(Math.floor(nowMs / 1_000));

		nowMs += 30_000;

		expect((await ann.pull()).users.map(({ sessionId }) => sessionId)).toContain(ben.id());
	});

	const lastPing = async ({ client }: ReturnType<typeof puller>) =>
		((await client.talk('GET', 'v4/room/demo')).data as { lastPing: number }).lastPing;
});

it('given pulls that wait, when the server stops, then it does not wait for them', async () => {
	const server = await start();
	const { ann, ben } = await enterTwo(server);
	const waiting = [await held(ann), await held(ben)];
	running.splice(0);

	const startedAt = performance.now();
	await server.stop();

	expect(performance.now() - startedAt).toBeLessThan(2_000);
	for (const { pulled } of waiting) expect((await pulled).status).toBe(503);
});

it('given a lobby that closes, when a guest pulls and sends, then they see only themselves, and nothing arrives', async () => {
	const server = await start();
	const host = server.client();
	const made = await host.talk('POST', 'v4/room', { roomType: 3, roomName: 'B' });
	const { token } = parseRoom(made.data);
	const guest = server.client();
	const [inside, outside] = [await host.joinRoom(token), await guest.joinRoom(token)];
	const pull = async (client: TestClient) => {
		const response = await client.request('GET', signalingPath.replace('demo', token));
		const items = parsePulledItems(parseOcs(await response.json()).data);
		return {
			texts: items.flatMap((item) => (item.type === 'message' ? [item.data] : [])),
			ids: items.flatMap((item) =>
				item.type === 'usersInRoom' ? item.data.map(({ sessionId }) => sessionId) : []
			)
		};
	};
	const send = (from: TestClient, to: string, word: string) => {
		const fn = JSON.stringify({ type: 'nothing', to, word });
		const sessionId = from.nextcloudSessionId;
		return from.talk('POST', `v3/signaling/${token}`, {
			messages: JSON.stringify([{ ev: 'message', fn, sessionId }])
		});
	};
	await pull(host);
	expect((await pull(guest)).ids).toHaveLength(2);

	const waiting = pull(guest);
	await host.talk('PUT', `v4/room/${token}/webinar/lobby`, { state: 1 });

	expect((await waiting).ids).toEqual([outside.sessionId]);
	await send(guest, inside.sessionId, 'from the lobby');
	await send(host, outside.sessionId, 'into the lobby');
	await host.talk('PUT', `v4/room/${token}/webinar/lobby`, { state: 0 });
	await send(guest, inside.sessionId, 'from the room');
	await send(host, outside.sessionId, 'into the room');
	const heard = [(await pull(host)).texts, (await pull(guest)).texts].map((texts) => texts.join());
	expect(heard[0]).toMatch(/from the room/);
	expect(heard[1]).toMatch(/into the room/);
	expect(heard.join()).not.toMatch(/the lobby/);
});
