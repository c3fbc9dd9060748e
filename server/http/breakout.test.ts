import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseChatMessages } from '../../src/lib/protocol/chat-message.ts';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import type { TestClient, TestSocket } from '../../tests/support/test-client.ts';
import { startFakeSignalingServer } from '../testing/fake-signaling-server.ts';
import { startTestServer } from '../testing/test-server.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

type Server = Awaited<ReturnType<typeof startTestServer>>;
let server: Server;
beforeAll(async () => {
	server = await startTestServer({ bounds: { chatBurst: 3, chatPerSecond: 0 } });
});
afterAll(() => server[Symbol.asyncDispose]());

interface SeenRoom {
	token: string;
	name: string;
	objectType: string;
	objectId: string;
	lobbyState: number;
	breakoutRoomMode: number;
	breakoutRoomStatus: number;
}
const roomsIn = ({ data }: { data: unknown }) => data as SeenRoom[];
const roomIn = ({ data }: { data: unknown }) => data as SeenRoom;
const refused = ({ status, data }: { status: number; data: unknown }) => [status, data];

/** The next order to go to another room. */
const sentTo = async (socket: TestSocket) => {
	const event = await socket.nextEvent('room', 'switchto');
	return 'switchto' in event ? event.switchto.roomid : undefined;
};
const look = async (client: TestClient, token: string) =>
	parseRoom((await client.talk('GET', `v4/room/${token}`)).data);
const join = (client: TestClient, token: string) =>
	client.talk('POST', `v4/room/${token}/participants/active`, { force: true });
const keywords = async (client: TestClient, token: string) => {
	const { data } = await client.talk('GET', `v1/chat/${token}?lookIntoFuture=0`);
	return parseChatMessages(data).map(({ systemMessage, message }) => systemMessage || message);
};

/** A moderator and two guests in the call of a room, all at the socket. */
async function meeting(on: Pick<Server, 'client'> = server) {
	const [host, ann, ben] = [on.client(), on.client(), on.client()];
	const { token } = parseRoom((await host.talk('POST', 'v4/room', { roomType: 3, roomName: 'Board' })).data);
	const enter = async (client: TestClient, name: string) => {
		const entered = await client.enter(token, name);
		await client.talk('POST', `v4/call/${token}`, { flags: 1 });
		return entered;
	};
	const [hosts, anns, bens] = [await enter(host, 'Host'), await enter(ann, 'Ann'), await enter(ben, 'Ben')];
	const breakout = (method: string, path = '', body?: object, client = host) =>
		client.talk(method, `v1/breakout-rooms/${token}${path}`, body);
	return {
		token,
		host,
		ann,
		ben,
		hostId: hosts.room.attendeeId,
		annId: anns.room.attendeeId,
		benId: bens.room.attendeeId,
		hostSocket: hosts.socket,
		annSocket: anns.socket,
		benSocket: bens.socket,
		breakout,
		/** Two rooms, Ann in the first and Ben in the second; closed. */
		async configure(mode = 2) {
			const attendeeMap = JSON.stringify({ [anns.room.attendeeId]: 0, [bens.room.attendeeId]: 1 });
			const answer = await breakout('POST', '', { mode, amount: 2, ...(mode === 2 && { attendeeMap }) });
			expect(answer.status).toBe(200);
			const [first, second] = roomsIn(answer);
			if (!first || !second) throw new Error('there are not two rooms');
			return [first, second] as const;
		},
		[Symbol.asyncDispose]: async () => {
			for (const client of [host, ann, ben]) await client[Symbol.asyncDispose]();
		}
	};
}

describe('configuring', () => {
	it('given a room, when breakout rooms are made by hand, then they are closed, belong to it, and only those in them come in', async () => {
		await using room = await meeting();
		const { token, host, ann, ben } = room;

		const [first, second] = await room.configure();

		expect([first, second]).toMatchObject([
			{ name: 'Room 1', objectType: 'room', objectId: token, lobbyState: 1, breakoutRoomMode: 0 },
			{ name: 'Room 2', objectType: 'room', objectId: token, lobbyState: 1, breakoutRoomMode: 0 }
		]);
		expect(roomIn(await host.talk('GET', `v4/room/${token}`))).toMatchObject({
			objectType: '',
			breakoutRoomMode: 2,
			breakoutRoomStatus: 0
		});
		expect((await join(ann, first.token)).status).toBe(200);
		expect((await ann.talk('POST', `v4/call/${first.token}`, { flags: 1 })).status).toBe(412);
		expect((await join(ben, first.token)).status).toBe(404);
		await using stranger = server.client();
		expect((await join(stranger, first.token)).status).toBe(404);
		const moderator = await join(host, second.token);
		expect(moderator).toMatchObject({ status: 200, data: { participantType: 6 } });
		expect((await host.talk('POST', `v4/call/${second.token}`, { flags: 1 })).status).toBe(200);
	});

	it('given people in a room, when they are spread by themselves, then each is in one of the rooms, and moderators are in none', async () => {
		await using room = await meeting();
		await using cleo = server.client();
		await cleo.enter(room.token, 'Cleo');

		await room.configure(1);

		const answer = await room.host.talk('GET', `v4/room/${room.token}/breakout-rooms/participants`);
		const people = answer.data as { displayName: string; roomToken: string; sessionIds: string[] }[];
		expect(people.map(({ displayName }) => displayName).sort()).toEqual(['Ann', 'Ben', 'Cleo']);
		const tokens = people.map(({ roomToken }) => roomToken);
		const sizes = [...new Set(tokens)].map((token) => tokens.filter((other) => other === token).length);
		expect(sizes.sort()).toEqual([1, 2]);
		expect(people.every(({ sessionIds }) => sessionIds.length === 0)).toBe(true);
	});

	it.each([
		[{ mode: 0, amount: 2 }, 'mode'],
		[{ mode: 4, amount: 2 }, 'mode'],
		[{ mode: 3, amount: 0 }, 'amount'],
		[{ mode: 3, amount: 21 }, 'amount'],
		[{ mode: 2, amount: 2, attendeeMap: '{"a":1}' }, 'attendeeMap'],
		[{ mode: 2, amount: 2, attendeeMap: 'no JSON' }, 'attendeeMap'],
		[{ mode: 2, amount: 2, attendeeMap: '{"999999999":0}' }, 'attendee']
	])('given %j, when it is to be configured, then 400 says %s, and nothing was made', async (body, error) => {
		await using room = await meeting();

		expect(refused(await room.breakout('POST', '', body))).toEqual([400, { error }]);

		expect(roomIn(await room.host.talk('GET', `v4/room/${room.token}`)).breakoutRoomMode).toBe(0);
	});

	it('given people who cannot be sent, or rooms that cannot have any, when they are named, then 400', async () => {
		await using room = await meeting();
		const { annId, hostId, breakout, host } = room;
		const plan = (map: object) => ({ mode: 2, amount: 2, attendeeMap: JSON.stringify(map) });

		expect(refused(await breakout('POST', '', plan({ [hostId]: 0 })))).toEqual([400, { error: 'moderator' }]);
		expect(refused(await breakout('POST', '', plan({ [annId]: 2 })))).toEqual([400, { error: 'attendee' }]);
		const [first] = await room.configure();
		expect(refused(await breakout('POST', '', { mode: 3, amount: 1 }))).toEqual([400, { error: 'room' }]);
		const nested = await host.talk('POST', `v1/breakout-rooms/${first.token}`, { mode: 3, amount: 1 });
		expect(refused(nested)).toEqual([400, { error: 'room' }]);
	});

	it('given a guest, when they ask for what moderators do, then 403, and without breakout rooms 400', async () => {
		await using room = await meeting();
		const { ann, breakout } = room;
		const orders = [
			['POST', '', { mode: 3, amount: 1 }],
			['DELETE', '', undefined],
			['POST', '/rooms', undefined],
			['DELETE', '/rooms', undefined],
			['POST', '/attendees', { attendeeMap: '[]' }],
			['POST', '/broadcast', { message: 'a' }]
		] as const;

		for (const [method, path, body] of orders) {
			expect((await breakout(method, path, body, ann)).status, `${method} ${path}`).toBe(403);
		}
		for (const [method, path, body] of orders.slice(2)) {
			expect(refused(await breakout(method, path, body)), `${method} ${path}`).toEqual([
				400,
				{ error: 'mode' }
			]);
		}
		const path = `v4/room/${room.token}/breakout-rooms`;
		expect(refused(await ann.talk('GET', path))).toEqual([400, { error: 'mode' }]);
		expect((await ann.talk('GET', `${path}/participants`)).status).toBe(403);
		await using stranger = server.client();
		expect((await stranger.talk('GET', path)).status).toBe(404);
	});
});

describe('starting and stopping', () => {
	it('given closed rooms, when they are started, then each is sent to their own, and who comes there is out of the call that they were in', async () => {
		await using room = await meeting();
		const { token, host, ann, annSocket, benSocket, hostSocket } = room;
		const [first, second] = await room.configure();

		const started = await room.breakout('POST', '/rooms');

		expect(roomsIn(started)).toMatchObject([{ lobbyState: 0 }, { lobbyState: 0 }]);
		expect([await sentTo(annSocket), await sentTo(benSocket)]).toEqual([first.token, second.token]);
		expect(roomIn(await host.talk('GET', `v4/room/${token}`)).breakoutRoomStatus).toBe(1);
		expect((await keywords(host, token))[0]).toBe('breakout_rooms_started');
		// until they come they are where they were
		expect((await look(ann, token)).participantFlags).toBe(1);
		const { room: entered, socket } = await ann.enter(first.token);
		expect(entered.actorId).toBe((await look(ann, token)).actorId);
		expect((await look(ann, token)).participantFlags).toBe(0);
		await hostSocket.nextUpdate(({ displayName, inCall }) => displayName === 'Ann' && inCall === 0);
		expect((await ann.talk('POST', `v4/call/${first.token}`, { flags: 1 })).status).toBe(200);
		await socket.nextUpdate(({ displayName, inCall }) => displayName === 'Ann' && inCall === 1);
		expect((await keywords(ann, first.token)).at(-1)).toBe('breakout_rooms_started');
		// the moderator was sent nowhere
		expect(hostSocket.untaken().filter((frame) => JSON.stringify(frame).includes('switchto'))).toEqual([]);
		expect((await room.breakout('POST', '/rooms')).status).toBe(200);
		expect((await keywords(host, token)).filter((word) => word === 'breakout_rooms_started')).toHaveLength(1);
	});

	it('given people in breakout rooms, when these are stopped, then all are sent back, and the calls there are over for them', async () => {
		await using room = await meeting();
		const { token, host, ann } = room;
		const [first] = await room.configure();
		await room.breakout('POST', '/rooms');
		const { socket } = await ann.enter(first.token);
		await ann.talk('POST', `v4/call/${first.token}`, { flags: 1 });
		await ann.talk('POST', `v1/breakout-rooms/${first.token}/request-assistance`);

		const stopped = await room.breakout('DELETE', '/rooms');

		expect(roomsIn(stopped)).toMatchObject([
			{ lobbyState: 1, breakoutRoomStatus: 0 },
			{ lobbyState: 1, breakoutRoomStatus: 0 }
		]);
		expect(await sentTo(socket)).toBe(token);
		expect((await look(ann, first.token)).participantFlags).toBe(0);
		expect((await look(host, token)).hasCall).toBe(true);
		expect((await keywords(host, token))[0]).toBe('breakout_rooms_stopped');
		const back = await ann.enter(token);
		expect((await ann.talk('POST', `v4/call/${token}`, { flags: 1 })).status).toBe(200);
		await back.socket.nextUpdate(({ displayName, inCall }) => displayName === 'Ann' && inCall === 1);
	});

	it('given started rooms, when somebody is put into another one, then they are sent on, and belong to it alone', async () => {
		await using room = await meeting();
		const { ann, annId, host } = room;
		const [first, second] = await room.configure();
		await room.breakout('POST', '/rooms');
		const { socket } = await ann.enter(first.token);
		await ann.talk('POST', `v4/call/${first.token}`, { flags: 1 });
		const move = (index: number) =>
			room.breakout('POST', '/attendees', { attendeeMap: JSON.stringify({ [annId]: index }) });
		const whereAnnIs = async () => {
			const { data } = await host.talk('GET', `v4/room/${room.token}/breakout-rooms/participants`);
			return (data as { displayName: string; roomToken: string; inCall: number }[])
				.filter(({ displayName }) => displayName === 'Ann')
				.map(({ roomToken, inCall }) => [roomToken, inCall]);
		};

		expect((await move(1)).status).toBe(200);

		expect(await sentTo(socket)).toBe(second.token);
		expect((await look(ann, first.token)).participantFlags).toBe(1);
		await ann.enter(second.token);
		expect(await whereAnnIs()).toEqual([[second.token, 0]]);
		expect((await join(ann, first.token)).status).toBe(404);
		expect(roomsIn(await ann.talk('GET', `v4/room/${room.token}/breakout-rooms`))).toMatchObject([
			{ token: second.token }
		]);
		expect((await move(-1)).status).toBe(200);
		expect(await whereAnnIs()).toEqual([]);
		expect((await join(ann, second.token)).status).toBe(404);
	});

	it('given people in breakout rooms, when these are removed, then all are sent back and nothing of them is left', async () => {
		await using room = await meeting();
		const { token, ann, host } = room;
		const [first] = await room.configure();
		await room.breakout('POST', '/rooms');
		const { socket } = await ann.enter(first.token);

		const removed = await room.breakout('DELETE');

		expect(roomIn(removed)).toMatchObject({ token, breakoutRoomMode: 0, breakoutRoomStatus: 0 });
		expect(await sentTo(socket)).toBe(token);
		await socket.nextEvent('roomlist', 'disinvite');
		expect((await host.talk('GET', `v4/room/${first.token}`)).status).toBe(404);
		expect((await room.breakout('DELETE')).status).toBe(200);
		expect((await room.configure(3)).length).toBe(2);
	});
});

describe('within breakout rooms', () => {
	it('given rooms to choose from, when somebody chooses, then they belong there, and moderators and what is no room are refused', async () => {
		await using room = await meeting();
		const { token, host, ann } = room;
		const [first, second] = await room.configure(3);
		const choose = (client: TestClient, target: string) =>
			room.breakout('POST', '/switch', { target }, client);
		expect(refused(await choose(ann, first.token))).toEqual([400, { error: 'status' }]);
		expect(refused(await ann.talk('GET', `v4/room/${token}/breakout-rooms`))).toEqual([
			400,
			{ error: 'status' }
		]);

		await room.breakout('POST', '/rooms');

		expect(roomsIn(await ann.talk('GET', `v4/room/${token}/breakout-rooms`))).toHaveLength(2);
		expect((await join(ann, first.token)).status).toBe(404);
		expect(await choose(ann, first.token)).toMatchObject({ status: 200, data: { token: first.token } });
		expect((await join(ann, first.token)).status).toBe(200);
		expect((await choose(ann, second.token)).status).toBe(200);
		expect((await join(ann, second.token)).status).toBe(200);
		expect((await join(ann, first.token)).status).toBe(404);
		expect(refused(await choose(ann, token))).toEqual([400, { error: 'target' }]);
		expect(refused(await choose(ann, '../../etc'))).toEqual([400, { error: 'target' }]);
		expect(refused(await choose(host, first.token))).toEqual([400, { error: 'moderator' }]);
		await using stranger = server.client();
		expect((await choose(stranger, first.token)).status).toBe(404);
		expect(refused(await room.breakout('POST', '/attendees', { attendeeMap: '[]' }))).toEqual([
			400,
			{ error: 'mode' }
		]);
		await using other = await meeting();
		await other.configure();
		const elsewhere = await other.breakout('POST', '/switch', { target: first.token }, other.ann);
		expect(refused(elsewhere)).toEqual([400, { error: 'mode' }]);
	});

	it('given a moderator, when they speak to all rooms, then it is in each of them, as often as they may write', async () => {
		await using room = await meeting();
		const { host } = room;
		const [first, second] = await room.configure();
		await room.breakout('POST', '/rooms');
		const broadcast = (message: string) => room.breakout('POST', '/broadcast', { message });

		const answer = await broadcast(' Five minutes left ');

		expect(answer.status).toBe(201);
		expect(roomsIn(answer).map(({ token }) => token)).toEqual([first.token, second.token]);
		for (const { token } of [first, second]) {
			await join(host, token);
			const [newest] = parseChatMessages((await host.talk('GET', `v1/chat/${token}?lookIntoFuture=0`)).data);
			expect(newest).toMatchObject({ message: 'Five minutes left', actorDisplayName: 'Host' });
		}
		expect(refused(await broadcast('  '))).toEqual([400, { error: 'message' }]);
		expect((await broadcast('a'.repeat(32_001))).status).toBe(413);
		expect([(await broadcast('b')).status, (await broadcast('c')).status]).toEqual([201, 201]);
		expect((await broadcast('d')).status).toBe(429);
	});

	it('given people in a breakout room, when they ask for help, then moderators see it until it is there, and elsewhere 400', async () => {
		await using room = await meeting();
		const { ann, host, hostSocket, token } = room;
		const [first] = await room.configure();
		const ask = (method: string, client = ann, where = first.token) =>
			client.talk(method, `v1/breakout-rooms/${where}/request-assistance`);
		const statuses = async () =>
			roomsIn(await host.talk('GET', `v4/room/${token}/breakout-rooms`)).map(
				({ breakoutRoomStatus }) => breakoutRoomStatus
			);
		expect((await ask('POST')).status).toBe(404);
		await room.breakout('POST', '/rooms');
		await join(ann, first.token);

		const asked = await ask('POST');

		expect(roomIn(asked)).toMatchObject({ token: first.token, breakoutRoomStatus: 2 });
		await hostSocket.nextEvent('roomlist', 'update');
		expect(await statuses()).toEqual([2, 0]);
		await join(host, first.token);
		expect(roomIn(await ask('DELETE', host))).toMatchObject({ breakoutRoomStatus: 0 });
		expect(await statuses()).toEqual([0, 0]);
		expect(refused(await ask('POST', ann, token))).toEqual([400, { error: 'room' }]);
		await room.breakout('DELETE', '/rooms');
		expect(refused(await ask('POST'))).toEqual([400, { error: 'room' }]);
	});

	it('given somebody who is banned or demoted, when they are in a breakout room, then there as well', async () => {
		await using room = await meeting();
		const { token, host, ann, ben, benId } = room;
		const [first, second] = await room.configure();
		await room.breakout('POST', '/rooms');
		const { actorId } = await look(ann, token);
		await join(ann, first.token);
		await host.talk('POST', `v4/room/${token}/moderators`, { attendeeId: benId });
		expect((await join(ben, first.token)).status).toBe(200);
		const rename = (client: TestClient) => client.talk('PUT', `v4/room/${first.token}`, { roomName: 'Ours' });
		expect((await rename(ben)).status).toBe(200);

		await host.talk('DELETE', `v4/room/${token}/moderators`, { attendeeId: benId });
		await host.talk('POST', `v1/ban/${token}`, { actorType: 'guests', actorId, internalNote: '' });

		expect((await rename(ben)).status).toBe(403);
		expect((await ann.talk('GET', `v1/chat/${first.token}?lookIntoFuture=0`)).status).toBe(404);
		expect(refused(await join(ann, first.token))).toEqual([403, { error: 'ban' }]);
		// they stay where they came last
		expect((await join(ben, second.token)).status).toBe(404);
		expect(await join(ben, first.token)).toMatchObject({ status: 200, data: { participantType: 4 } });
	});
});

it('given breakout rooms with people in them, when the server stops and comes back, then all is as it was', async () => {
	await using first = await startTestServer();
	await using room = await meeting(first);
	const [mine] = await room.configure();
	await room.breakout('POST', '/rooms');
	await join(room.ann, mine.token);
	await first.stop();

	await using second = await startTestServer({ dataDir: first.dataDir });

	await using host = second.client();
	for (const [name, value] of room.host.jar) host.jar.set(name, value);
	const rooms = roomsIn(await host.talk('GET', `v4/room/${room.token}/breakout-rooms`));
	expect(rooms).toMatchObject([
		{ token: mine.token, objectId: room.token, lobbyState: 0 },
		{ lobbyState: 0 }
	]);
	const people = await host.talk('GET', `v4/room/${room.token}/breakout-rooms/participants`);
	expect((people.data as { displayName: string }[]).map(({ displayName }) => displayName)).toEqual([
		'Ann',
		'Ben'
	]);
	// and when the room above goes, they go with it
	expect((await host.talk('DELETE', `v4/room/${room.token}`)).status).toBe(200);
	expect((await host.talk('GET', `v4/room/${mine.token}`)).status).toBe(404);
});

it('given an external signaling server, when breakout rooms are started and stopped, then it is told whom to send where', async () => {
	await using hpb = await startFakeSignalingServer();
	await using behind = await startTestServer({
		config: { signaling: hpb.config },
		timings: { introduceMs: 20, toldWaitMs: 100, postRetryMs: 5, postRetryMaxMs: 20 }
	});
	await using host = behind.client();
	await using ann = behind.client();
	const { token } = parseRoom((await host.talk('POST', 'v4/room', { roomType: 3, roomName: 'Board' })).data);
	await host.joinRoom(token, 'Host');
	const { sessionId: above } = await ann.joinRoom(token, 'Ann');
	await hpb.join(behind.origin, token, above);
	const path = `v1/breakout-rooms/${token}`;
	const [only] = roomsIn(await host.talk('POST', path, { mode: 1, amount: 1 }));
	const orders = () =>
		hpb.told
			.filter(({ type }) => type === 'switchto')
			.map(({ token: from, content }) => ({ from, ...content }));

	await host.talk('POST', `${path}/rooms`);
	// for each room in order, and not between rooms
	await expect.poll(orders).toEqual([{ from: token, roomid: only?.token, sessions: [above] }]);
	const { sessionId: below } = await ann.joinRoom(only?.token ?? '', 'Ann');
	await hpb.join(behind.origin, only?.token ?? '', below);
	await host.talk('DELETE', `${path}/rooms`);

	await expect.poll(orders).toContainEqual({ from: only?.token, roomid: token, sessions: [below] });
	expect(hpb.refused).toEqual([]);
});

it('given rooms that nobody uses, when somebody is in a breakout room, then neither is forgotten, and later both', async () => {
	let day = 0;
	const now = () => Date.now() + day * 24 * 60 * 60 * 1_000;
	await using lasting = await startTestServer({
		config: { roomRetentionDays: 3 },
		timings: { retentionMs: 20, expiryMs: 1e12 },
		now
	});
	await using room = await meeting(lasting);
	const [first] = await room.configure();
	await room.breakout('POST', '/rooms');
	await room.ann.enter(first.token);
	for (const client of [room.host, room.ann, room.ben]) {
		await client.talk('DELETE', `v4/room/${room.token}/participants/active`);
	}
	const statusOf = async (token: string) => (await room.host.talk('GET', `v4/room/${token}`)).status;
	const { token: other } = parseRoom(
		(await room.host.talk('POST', 'v4/room', { roomType: 3, roomName: 'Other' })).data
	);

	day = 4;

	await expect.poll(() => statusOf(other)).toBe(404);
	expect([await statusOf(room.token), await statusOf(first.token)]).toEqual([200, 200]);
	await room.ann.talk('DELETE', `v4/room/${first.token}/participants/active`);
	day = 8;
	await expect.poll(() => statusOf(room.token)).toBe(404);
	expect(await statusOf(first.token)).toBe(404);
});
