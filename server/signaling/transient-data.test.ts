import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { TestClient, TestSocket } from '../../tests/support/test-client.ts';
import { openInternalClient, order } from '../testing/signaling-programs.ts';
import { startTestServer } from '../testing/test-server.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let server: Awaited<ReturnType<typeof startTestServer>>;
beforeAll(async () => {
	server = await startTestServer({ bounds: { transientKeys: 3, transientCharacters: 1_000 } });
});
afterAll(() => server[Symbol.asyncDispose]());

async function newRoom(client: TestClient): Promise<string> {
	const answer = await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'Test' });
	return (answer.data as { token: string }).token;
}

const set = (key: string, value: unknown, ttl?: number) => ({
	type: 'transient',
	transient: { type: 'set', key, value, ...(ttl !== undefined && { ttl }) }
});
const remove = (key: string) => ({ type: 'transient', transient: { type: 'remove', key } });

/** Lets a guest write, as its backend may. */
const grant = (token: string, client: TestClient) =>
	order(server, token, {
		type: 'participants',
		participants: { changed: [{ sessionId: client.nextcloudSessionId, permissions: ['transient-data'] }] }
	});

const said = async (socket: TestSocket) => (await socket.next('transient')).transient;

it('given the right, when somebody sets, changes and removes, then all are told what it was before', async () => {
	await using ann = server.client();
	await using ben = server.client();
	const token = await newRoom(ann);
	const writer = await ann.enter(token, 'Ann');
	const reader = await ben.enter(token, 'Ben');
	await grant(token, ann);

	writer.socket.send(set('slide', { page: 1 }));
	writer.socket.send(set('slide', { page: 1 }));
	writer.socket.send(set('slide', { page: 2 }));
	writer.socket.send(remove('nothing'));
	writer.socket.send(remove('slide'));

	for (const socket of [writer.socket, reader.socket]) {
		expect(await said(socket)).toEqual({ type: 'set', key: 'slide', value: { page: 1 } });
		expect(await said(socket)).toEqual({
			type: 'set',
			key: 'slide',
			value: { page: 2 },
			oldvalue: { page: 1 }
		});
		expect(await said(socket)).toEqual({ type: 'remove', key: 'slide', oldvalue: { page: 2 } });
	}
});

it('given data in a room, when somebody comes, then they are told all of it; when all have left, then nothing is kept', async () => {
	await using ann = server.client();
	await using ben = server.client();
	const token = await newRoom(ann);
	await using program = await openInternalClient(server);
	await program.joinRoom(token);
	program.send(set('a', 1));
	program.send(set('__proto__', { b: 2 }));
	await program.ask({ type: 'hologram' });

	const first = await ann.enter(token, 'Ann');
	const told = await first.socket.next('transient');
	expect(told.transient.type).toBe('initial');
	expect(JSON.stringify(told)).toContain('"a":1');
	await using second = await openInternalClient(server);
	await second.joinRoom(token);
	const raw = await second.next(({ type }) => type === 'transient');
	expect(JSON.stringify(raw)).toBe(
		'{"type":"transient","transient":{"type":"initial","data":{"a":1,"__proto__":{"b":2}}}}'
	);

	for (const each of [program, second]) await each.ask({ type: 'bye', bye: {} });
	await first.socket.ask({ type: 'bye', bye: {} });
	const alone = await ben.enter(token, 'Ben');
	await grant(token, ben);
	alone.socket.send(set('a', 2));
	// it has no value from before, and nothing else was told
	expect(await said(alone.socket)).toEqual({ type: 'set', key: 'a', value: 2 });
});

it('given a time to live, when it is over, then the data are gone; set anew without one, they stay', async () => {
	await using ann = server.client();
	const token = await newRoom(ann);
	const { socket } = await ann.enter(token, 'Ann');
	await grant(token, ann);
	const nanoseconds = 30e6;

	socket.send(set('stays', 1, nanoseconds));
	socket.send(set('stays', 1));
	socket.send(set('goes', 2, nanoseconds));

	expect(await said(socket)).toMatchObject({ type: 'set', key: 'stays' });
	expect(await said(socket)).toMatchObject({ type: 'set', key: 'goes' });
	expect(await said(socket)).toEqual({ type: 'remove', key: 'goes', oldvalue: 2 });
	// its own time would have been over first
	socket.send(remove('stays'));
	expect(await said(socket)).toEqual({ type: 'remove', key: 'stays', oldvalue: 1 });
});

it('given as much as a room holds, when more is written, then it is refused, and what is there may change', async () => {
	await using program = await openInternalClient(server);
	await using ann = server.client();
	const token = await newRoom(ann);
	await program.joinRoom(token);
	for (const key of ['a', 'b', 'c']) program.send(set(key, 1));

	expect(await program.ask(set('d', 1))).toMatchObject({ error: { code: 'not_allowed' } });
	expect(await program.ask(set('a', 'x'.repeat(1_000)))).toMatchObject({ error: { code: 'not_allowed' } });
	program.send(set('a', 'x'.repeat(900)));

	await program.next((frame) => frame.type === 'transient' && JSON.stringify(frame).includes('"oldvalue":1'));
});

it('given a value that is nested too deeply, when it is written, then it is refused, and the room goes on', async () => {
	await using ann = server.client();
	await using ben = server.client();
	const token = await newRoom(ann);
	const { socket, sessionId } = await ann.enter(token, 'Ann');
	const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown;

	expect(await socket.ask(set(`sd:${sessionId}`, nested(33)))).toMatchObject({
		error: { code: 'not_allowed' }
	});
	socket.send(set(`sd:${sessionId}`, nested(32)));
	expect(await said(socket)).toMatchObject({ type: 'set' });
	expect((await ann.talk('PUT', `v4/room/${token}`, { roomName: 'Other' })).status).toBe(200);
	const other = await ben.enter(token, 'Ben');
	expect(await said(other.socket)).toMatchObject({ type: 'initial' });
});

it('given no room, when somebody writes, then they are told to join one', async () => {
	await using program = await openInternalClient(server);

	expect(await program.ask(set('a', 1))).toMatchObject({ error: { code: 'not_in_room' } });
});

it('given a closed lobby, when data are written, then who waits hears of them once it opens', async () => {
	await using host = server.client();
	await using guest = server.client();
	const token = await newRoom(host);
	await host.enter(token, 'Host');
	const { socket, sessionId } = await guest.enter(token, 'Guest');
	await using program = await openInternalClient(server);
	await program.joinRoom(token);

	await host.talk('PUT', `v4/room/${token}/webinar/lobby`, { state: 1 });
	program.send(set('secret', 1));
	program.send({ type: 'message', message: { recipient: { type: 'room' }, data: { type: 'secret' } } });
	program.send({
		type: 'control',
		control: { recipient: { type: 'session', sessionid: sessionId }, data: {} }
	});
	await program.ask({ type: 'hologram' });
	expect(await socket.ask(set(`sd:${sessionId}`, 1))).toMatchObject({ error: { code: 'not_allowed' } });
	await host.talk('PUT', `v4/room/${token}/webinar/lobby`, { state: 0 });

	const next = await socket.nextThat(
		(frame): frame is typeof frame => ['transient', 'message', 'control'].includes(frame.type),
		'anything'
	);
	expect(next).toMatchObject({ transient: { type: 'initial', data: { secret: 1 } } });
});

it('given no right to it, when somebody writes, then it is refused; their own data are theirs and nobody else’s', async () => {
	await using ann = server.client();
	await using ben = server.client();
	const token = await newRoom(ann);
	const writer = await ann.enter(token, 'Ann');
	const other = await ben.enter(token, 'Ben');
	await grant(token, ben);
	const own = `sd:${writer.sessionId}`;

	expect(await writer.socket.ask(set('slide', 1))).toMatchObject({ error: { code: 'not_allowed' } });
	expect(await writer.socket.ask(remove('slide'))).toMatchObject({ error: { code: 'not_allowed' } });
	expect(await other.socket.ask(set(own, 'forged'))).toMatchObject({ error: { code: 'not_allowed' } });
	writer.socket.send(set(own, { typing: true }));

	expect(await said(other.socket)).toEqual({ type: 'set', key: own, value: { typing: true } });
	writer.socket.send({ type: 'bye', bye: {} });
	expect(await said(other.socket)).toEqual({ type: 'remove', key: own, oldvalue: { typing: true } });
});
