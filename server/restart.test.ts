import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { callFlag, permission } from '../src/lib/protocol/call.ts';
import { parseChatMessages } from '../src/lib/protocol/chat-message.ts';
import { parseRoom } from '../src/lib/protocol/room.ts';
import { createTestClient } from '../tests/support/test-client.ts';
import { startTestServer } from './testing/test-server.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

let dataDir: string;
beforeEach(() => {
	dataDir = mkdtempSync(join(tmpdir(), 'roost restart '));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const stop = (server: AsyncDisposable) => server[Symbol.asyncDispose]();

/** What no route of this version can do: as an administrator would, with the server stopped. */
function edit(sql: string): void {
	const database = new Database(join(dataDir, 'roost.db'));
	database.exec(sql);
	database.close();
}

it('given a call with two, when only one returns after a restart, then it goes on without the other', async () => {
	const before = await startTestServer({ dataDir });
	const ann = before.client();
	const ben = before.client();
	await ann.enter('demo', 'Ann');
	await ben.enter('demo', 'Ben');
	await ann.talk('POST', 'v4/call/demo', { flags: 3 });
	await ben.talk('POST', 'v4/call/demo', { flags: 3 });
	const { callStartTime } = parseRoom((await ann.talk('GET', 'v4/room/demo')).data);
	await stop(before);

	let nowMs = Date.now();
	await using after = await startTestServer({ dataDir, now: () => nowMs, timings: { sweepMs: 10 } });
	await using back = createTestClient(after.origin, ann.jar);
	const room = parseRoom((await back.talk('GET', 'v4/room/demo')).data);
	expect(room).toMatchObject({ hasCall: true, callStartTime, participantFlags: 3 });
	const socket = await back.openSocket();
	await back.hello('demo');
	await socket.ask({ type: 'room', room: { roomid: 'demo', sessionid: room.sessionId } });

	nowMs += 29_000;
	expect((await back.talk('GET', 'v4/call/demo')).data).toHaveLength(2);
	nowMs += 2_000;

	await expect
		.poll(async () => {
			const history = await back.talk('GET', 'v1/chat/demo?lookIntoFuture=0&limit=1');
			return parseChatMessages(history.data);
		})
		.toMatchObject([{ systemMessage: 'call_left', actorDisplayName: 'Ben' }]);
	expect((await back.talk('GET', 'v4/call/demo')).data).toHaveLength(1);
	const later = parseRoom((await back.talk('GET', 'v4/room/demo')).data);
	expect(later).toMatchObject({ hasCall: true, callStartTime, participantFlags: 3 });
});

it('given a call, when nobody returns after a restart, then it ends', async () => {
	const before = await startTestServer({ dataDir });
	const ann = before.client();
	await ann.enter('demo', 'Ann');
	await ann.talk('POST', 'v4/call/demo', { flags: 3 });
	await stop(before);

	let nowMs = Date.now();
	await using after = await startTestServer({ dataDir, now: () => nowMs, timings: { sweepMs: 10 } });
	await using stranger = after.client();

	nowMs += 31_000;

	await expect
		.poll(async () => parseRoom((await stranger.talk('GET', 'v4/room/demo')).data))
		.toMatchObject({ hasCall: false, callStartTime: 0 });
	await stranger.joinRoom('demo');
	const history = await stranger.talk('GET', 'v1/chat/demo?lookIntoFuture=0&limit=1');
	expect(parseChatMessages(history.data)).toMatchObject([{ systemMessage: 'call_ended' }]);
});

it('given permissions of a guest, when they join the call and write, then the server keeps to them', async () => {
	const before = await startTestServer({ dataDir });
	const ann = before.client();
	await ann.joinRoom('demo', 'Ann');
	await stop(before);
	const bits = permission.custom | permission.startCall | permission.joinCall | permission.publishAudio;
	edit(`UPDATE attendees SET permissions = ${bits}`);

	await using after = await startTestServer({ dataDir });
	await using back = createTestClient(after.origin, ann.jar);
	await using other = after.client();
	await other.joinRoom('demo');
	await back.talk('POST', 'v4/call/demo', { flags: 7 });

	const room = parseRoom((await back.talk('GET', 'v4/room/demo')).data);
	expect(room.participantFlags).toBe(callFlag.inCall | callFlag.audio);
	expect(room.permissions).toBe(bits);
	expect((await back.talk('POST', 'v1/chat/demo', { message: 'hi' })).status).toBe(403);
	expect((await other.talk('POST', 'v1/chat/demo', { message: 'hi' })).status).toBe(201);
});

it('given a room whose guests may only join calls, when nobody is in one, then they cannot start it', async () => {
	await stop(await startTestServer({ dataDir }));
	edit(`UPDATE rooms SET permissions = ${permission.custom | permission.joinCall}`);
	await using after = await startTestServer({ dataDir });
	await using client = after.client();

	const room = await client.joinRoom('demo');

	expect(room.canStartCall).toBe(false);
	expect(await client.talk('POST', 'v4/call/demo', { flags: 7 })).toMatchObject({
		status: 403,
		data: { error: 'permissions' }
	});
});

it('given a moderator, when they list, control and end the call, then they may', async () => {
	const before = await startTestServer({ dataDir });
	const ann = before.client();
	const { actorId } = await ann.joinRoom('demo', 'Ann');
	await ann.talk('DELETE', 'v4/room/demo/participants/active');
	await stop(before);
	edit(`UPDATE attendees SET type = 2 WHERE actor_id = '${actorId}'`);

	await using after = await startTestServer({ dataDir });
	await using moderator = createTestClient(after.origin, ann.jar);
	await using ben = after.client();
	const { socket } = await moderator.enter('demo');
	const guest = await ben.enter('demo', 'Ben');
	await ben.talk('POST', 'v4/call/demo', { flags: 3 });
	const data = { action: 'forceMute', peerId: guest.sessionId };
	socket.send({ type: 'control', control: { recipient: { type: 'room' }, data } });
	const listed = await moderator.talk('GET', 'v4/room/demo/participants');

	expect(await guest.socket.next('control')).toMatchObject({ control: { data } });
	expect(listed.data).toMatchObject([
		{ displayName: 'Ann', participantType: 2 },
		{ displayName: 'Ben', participantType: 4, inCall: 3, roomToken: 'demo' }
	]);
	expect((await moderator.talk('DELETE', 'v4/call/demo', { all: true })).status).toBe(200);
	await guest.socket.nextThat(
		(frame): frame is typeof frame =>
			frame.type === 'event' &&
			frame.event.target === 'participants' &&
			frame.event.type === 'update' &&
			'all' in frame.event.update &&
			frame.event.update.incall === 0,
		'end of the call for all'
	);
});

it('given a guest who was not seen for a month, when the server starts, then they are forgotten', async () => {
	let nowMs = Date.now();
	const before = await startTestServer({ dataDir, now: () => nowMs });
	const ann = before.client();
	const { actorId } = await ann.joinRoom('demo', 'Ann');
	await ann.talk('DELETE', 'v4/room/demo/participants/active');
	await stop(before);

	nowMs += 31 * 24 * 60 * 60 * 1000;
	await using after = await startTestServer({ dataDir, now: () => nowMs });
	await using back = createTestClient(after.origin, ann.jar);

	expect((await back.joinRoom('demo')).actorId).not.toBe(actorId);
});

it('given a guest who was not seen for a month, when the server just stays up, then they are forgotten too', async () => {
	let nowMs = Date.now();
	await using server = await startTestServer({ dataDir, now: () => nowMs, timings: { retentionMs: 10 } });
	await using ann = server.client();
	const { actorId } = await ann.joinRoom('demo', 'Ann');
	await ann.talk('DELETE', 'v4/room/demo/participants/active');
	const remembered = () => {
		const database = new Database(join(dataDir, 'roost.db'));
		const rows = database.prepare('SELECT actor_id AS actorId FROM attendees').all();
		database.close();
		return rows;
	};
	expect(remembered()).toMatchObject([{ actorId }]);

	nowMs += 31 * 24 * 60 * 60 * 1000;

	await expect.poll(remembered).toEqual([]);
});

it('given a database of a newer version, when the server starts, then it refuses and leaves it alone', async () => {
	await stop(await startTestServer({ dataDir }));
	edit('PRAGMA user_version = 1000');

	await expect(startTestServer({ dataDir })).rejects.toThrow(/^ROOST_DATA_DIR: .*schema version 1000/);
});
