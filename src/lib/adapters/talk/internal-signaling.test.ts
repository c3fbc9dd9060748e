import { describe, expect, it } from 'vitest';
import { createFakeFetch, type FakeAnswer } from '../../../../tests/support/fake-fetch.ts';
import { until } from '../../../../tests/support/contract.ts';
import { ocsAnswer } from '../../../../tests/support/test-talk-api.ts';
import type { PeerSignal, SocketEvent } from '../../domain/signaling.ts';
import type { CallId, NextcloudSessionId, RoomToken, SessionId } from '../../protocol/ids.ts';
import { createOcs } from './http/ocs-request.ts';
import { createPullTransport } from './internal-signaling.ts';
import type { Dialect } from './signaling/dialect.ts';
import { nativeDialect } from './signaling/native-messages.ts';

const token = 'abcd1234' as RoomToken;
const room = 'nc-own' as NextcloudSessionId;
const own = 'nc-own' as SessionId;
const ben = 'nc-ben' as SessionId;
const path = '/ocs/v2.php/apps/spreed/api/v3/signaling/abcd1234';
const never = new Promise<never>(() => undefined);
const held: FakeAnswer = { after: never };

interface User {
	sessionId: string;
	inCall: number;
	actorType: string;
	actorId: string;
	lastPing: number;
	participantPermissions: number;
	userId: string;
}
const user = (sessionId: string, inCall = 0, over: Partial<User> = {}): User => ({
	sessionId,
	inCall,
	actorType: 'guests',
	actorId: `actor of ${sessionId}`,
	lastPing: 1_700_000_000,
	participantPermissions: 254,
	userId: '',
	...over
});
const message = (data: object | string) => ({
	type: 'message',
	data: typeof data === 'string' ? data : JSON.stringify(data)
});
const answer = (users: User[], ...messages: object[]) =>
	ocsAnswer([...messages, { type: 'usersInRoom', data: users }]);
const taken = ocsAnswer(null);

/** Until everything that can happen without another answer has happened. */
const settled = async () => {
	for (let turn = 0; turn < 20; turn += 1) await new Promise<void>((done) => void setImmediate(done));
};

function openServer(dialect?: Dialect) {
	const { fetch, on, requests, unanswered } = createFakeFetch();
	const counted: string[] = [];
	const ocs = createOcs({ fetch, baseUrl: 'https://cloud.example', tabId: 'T'.repeat(64) });
	const transport = createPullTransport({
		ocs,
		count: (reason) => counted.push(reason),
		...(dialect ? { dialect } : {})
	});
	const sentIn = (index: number): { to: string; type: string }[] => {
		const body = requests.filter(({ method }) => method === 'POST')[index]?.body as { messages: string };
		return (JSON.parse(body.messages) as { ev: string; fn: string; sessionId: string }[]).map((item) => {
			expect(item).toMatchObject({ ev: 'message', sessionId: own });
			return JSON.parse(item.fn) as { to: string; type: string };
		});
	};
	return {
		counted,
		requests,
		unanswered,
		posts: () => requests.filter(({ method }) => method === 'POST').length,
		pulls: () => requests.filter(({ method }) => method === 'GET').length,
		sentIn,
		onPull: (...answers: FakeAnswer[]) => on('GET', path, ...answers),
		onSend: (...answers: FakeAnswer[]) => on('POST', path, ...answers),
		open: () => {
			const events: SocketEvent[] = [];
			const socket = transport.open(null, (event) => events.push(event));
			return { socket, events, types: () => events.map(({ type }) => type) };
		},
		/** A connection that has joined the room. */
		async join() {
			const opened = this.open();
			opened.socket.joinRoom(token, room);
			await settled();
			return opened;
		}
	};
}

const signal = (n: number): PeerSignal => ({
	kind: 'candidates',
	callId: '1766' as CallId,
	purpose: 'usermedia',
	candidates: [{ candidate: `candidate:${n}`, sdpMid: '0', sdpMLineIndex: 0 }]
});

describe('pulling', () => {
	it('given a server, when the room is joined, then it lets us in with the room session, once it has answered', async () => {
		let answerNow = () => {};
		const later = new Promise<void>((done) => (answerNow = done));
		const server = openServer();
		server.onPull({ ...(answer([user(own)]) as object), after: later }, held);

		const { events, types, socket } = server.open();
		expect(events).toEqual([]);
		socket.joinRoom(token, room);
		await settled();
		expect(events).toEqual([
			{ type: 'SOCKET_OPENED' },
			{ type: 'HELLO_ACCEPTED', sessionId: own, resumeId: own, features: [] }
		]);
		answerNow();
		await settled();

		expect(types().slice(2)).toEqual(['ROOM_JOINED', 'PARTICIPANTS_CHANGED']);
		expect(events.at(-1)).toEqual({
			type: 'PARTICIPANTS_CHANGED',
			participants: [
				{
					sessionId: own,
					nextcloudSessionId: own,
					presence: { inCall: false, audio: false, video: false },
					permissions: expect.objectContaining({ publishAudio: true }),
					actorType: 'guests',
					actorId: `actor of ${own}`
				}
			]
		});
		expect(server.requests[0]).toMatchObject({ path, credentials: 'same-origin' });
	});

	it('given lists one after the other, when they differ, then what differs is told, and who is missing has left', async () => {
		const server = openServer();
		server.onPull(
			answer([user(own), user(ben)]),
			answer([user(own, 0, { lastPing: 1_800_000_000 }), user(ben, 3)]),
			answer([user(own)]),
			held
		);

		const { events } = await server.join();

		expect(events.slice(4)).toEqual([
			{
				type: 'PARTICIPANTS_CHANGED',
				participants: [
					expect.objectContaining({
						sessionId: ben,
						presence: { inCall: true, audio: true, video: false }
					})
				]
			},
			{ type: 'SESSIONS_LEFT', sessionIds: [ben] }
		]);
	});

	it('given an answer without news, when it has come, then the server is asked again only when we are told to', async () => {
		const server = openServer();
		server.onPull(answer([user(own)]), answer([user(own, 0, { lastPing: 5 })]), held);

		const { socket, types } = await server.join();
		expect(types().at(-1)).toBe('NOTHING_NEW');
		expect(server.pulls()).toBe(2);
		socket.pullAgain?.();
		socket.pullAgain?.();
		await settled();

		expect(server.pulls()).toBe(3);
	});

	it('given messages, when they come, then they are told in order, whatever wraps them; strange ones are counted', async () => {
		const server = openServer();
		const relayed = (type: string, more: object) => ({
			type,
			from: ben,
			to: own,
			roomType: 'video',
			...more
		});
		const order = { action: 'forceMute', peerId: own };
		server.onPull(
			answer(
				[user(own)],
				message(relayed('raiseHand', { payload: { state: true, timestamp: 7 } })),
				{ type: 'message', data: relayed('nickChanged', { payload: { name: 'Ben' } }) },
				message(relayed('candidate', { sid: '1766', payload: { candidate: { candidate: 'c' } } })),
				message(relayed('control', { payload: order })),
				message(relayed('forceMute', { payload: order })),
				message(relayed('offer', { sid: '1' })),
				message('{'),
				message({ type: 'mute', payload: { name: 'audio' } }),
				{ type: 'weather', data: 'fine' }
			),
			held
		);

		const { events, counted } = { ...(await server.join()), counted: server.counted };

		expect(events.slice(3, -1)).toMatchObject([
			{ type: 'MEMBER_STATE_RECEIVED', from: ben, state: { kind: 'hand', state: 'raised', at: 7 } },
			{ type: 'MEMBER_STATE_RECEIVED', from: ben, state: { kind: 'name', name: 'Ben' } },
			{ type: 'PEER_SIGNAL_RECEIVED', from: ben, signal: { kind: 'candidates' } },
			{ type: 'MUTED_BY_MODERATOR', target: own }
		]);
		expect(counted).toEqual(['peer.unknown', 'peer.malformed', 'pull.malformed', 'pull.malformed']);
	});

	it('given a call that everybody is out of at once, when the list says so, then it was ended for all', async () => {
		const server = openServer();
		server.onPull(
			answer([user(own, 7), user(ben, 7)]),
			answer([user(own, 7), user(ben, 0)]),
			answer([user(own, 7), user(ben, 3)]),
			answer([user(own, 0), user(ben, 3)]),
			answer([user(own, 3), user(ben, 3)]),
			answer([user(own, 0), user(ben, 0)]),
			held
		);

		const { types } = await server.join();

		expect(types().slice(3)).toEqual([
			...Array.from({ length: 5 }, () => 'PARTICIPANTS_CHANGED'),
			'CALL_ENDED_FOR_ALL',
			'PARTICIPANTS_CHANGED'
		]);
	});

	it('given another session of ours in the list, and not the one that asks, then we were replaced, and hear no more of it', async () => {
		const server = openServer();
		const { actorId } = user(own);
		const secret = { type: 'nickChanged', from: ben, payload: { name: 'for the other tab' } };
		server.onPull(answer([user(own)]), answer([user('nc-other', 0, { actorId })], message(secret)), held);

		const { events } = await server.join();

		expect(events.slice(4)).toEqual([{ type: 'REMOVED_FROM_ROOM', reason: 'replaced' }]);
	});

	it('given a list that has lost us, and nobody in our place, when it comes, then we have left it like anybody else', async () => {
		const server = openServer();
		server.onPull(answer([user(own), user(ben)]), answer([user(ben)]), held);

		const { events } = await server.join();

		expect(events.slice(4)).toEqual([{ type: 'SESSIONS_LEFT', sessionIds: [own] }]);
	});
});

describe('the end of pulling', () => {
	it.each([
		['a lost network', 'network-failure'],
		['a server that is starting', ocsAnswer(null, 503)],
		['too many requests', ocsAnswer(null, 429)],
		['a server with a socket by now', ocsAnswer(null, 400)],
		['a page of a proxy', { text: '<html>' }],
		['an answer to something else', ocsAnswer({ version: 1 })]
	] as [string, FakeAnswer][])(
		'given %s, when we ask, then the connection is over, and no more',
		async (_, end) => {
			const server = openServer();
			server.onPull(answer([user(own)]), end);

			const { events } = await server.join();

			expect(events.slice(4)).toEqual([{ type: 'SOCKET_CLOSED', code: 1006 }]);
			expect(server.unanswered).toEqual([]);
		}
	);

	it.each([
		[403, { type: 'ROOM_REFUSED', code: 'no_such_room' }],
		[404, { type: 'ROOM_REFUSED', code: 'no_such_room' }],
		[409, { type: 'REMOVED_FROM_ROOM', reason: 'replaced' }]
	])(
		'given a session that is over, when the answer is %i, then that is the last word',
		async (status, event) => {
			const server = openServer();
			server.onPull(ocsAnswer([{ type: 'usersInRoom', data: [] }], status));

			const { socket, events } = await server.join();
			socket.sendSignal(ben, signal(1));
			await settled();

			expect(events.slice(2)).toEqual([event]);
			expect(server.unanswered).toEqual([]);
		}
	);

	it('given a question that waits, when the connection is closed, then nothing is said any more, either way', async () => {
		const server = openServer();
		server.onPull(answer([user(own)]), held);
		const { socket, events } = await server.join();
		const before = events.length;

		socket.close();
		socket.close();
		socket.sendSignal(ben, signal(1));
		socket.sendState([ben], { kind: 'reaction', emoji: '❤️' });
		socket.pullAgain?.();
		await settled();

		expect(events).toHaveLength(before);
		expect(server.unanswered).toEqual([]);
	});

	it('given a page that goes, when it says goodbye, then the room hears it in a request that outlives the page', async () => {
		const server = openServer();
		server.onPull(answer([user(own)]), held);
		const { socket, events } = await server.join();
		const before = events.length;

		socket.bye();
		const last = server.requests.at(-1);
		socket.bye();
		await settled();

		expect(last).toMatchObject({ method: 'DELETE', keepalive: true });
		expect(last?.path).toMatch(/v4\/room\/abcd1234\/participants\/active$/);
		expect(server.requests.at(-1)).toBe(last);
		expect(events).toHaveLength(before);
		expect(server.counted).toEqual(['unsent.failed: bye']);
	});

	it('given a new connection of the same session, when it has joined, then everybody is told anew, and who went meanwhile', async () => {
		const server = openServer();
		server.onPull(answer([user(own, 3), user(ben, 3)]), 'network-failure', answer([user(own, 3)]), held);
		await server.join();

		const { events } = await server.join();

		expect(events.slice(2)).toMatchObject([
			{ type: 'ROOM_JOINED', token },
			{ type: 'PARTICIPANTS_CHANGED', participants: [{ sessionId: own }] },
			{ type: 'SESSIONS_LEFT', sessionIds: [ben] }
		]);
	});
});

describe('sending', () => {
	it('given messages, when they are said, then the first goes at once, and what comes meanwhile goes together, in order', async () => {
		let answerNow = () => {};
		const later = new Promise<void>((done) => (answerNow = done));
		const server = openServer();
		server.onPull(answer([user(own)]), held);
		server.onSend({ ...(taken as object), after: later }, taken);
		const { socket } = await server.join();

		socket.sendSignal(ben, signal(1));
		socket.sendState([ben, own], { kind: 'hand', state: 'raised', at: 7 });
		await settled();
		for (const n of [2, 3, 4]) socket.sendSignal(ben, signal(n));
		await settled();
		expect(server.posts()).toBe(1);
		answerNow();
		await settled();

		expect(server.sentIn(0)).toEqual([
			{
				to: ben,
				sid: '1766',
				roomType: 'video',
				type: 'candidate',
				payload: { candidate: { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 } }
			},
			{ to: ben, roomType: 'video', type: 'raiseHand', payload: { state: true, timestamp: 7 } },
			{ to: own, roomType: 'video', type: 'raiseHand', payload: { state: true, timestamp: 7 } }
		]);
		expect(server.sentIn(1)).toHaveLength(3);
		expect(server.posts()).toBe(2);
	});

	it('given a request that fails, when there is a connection again, then all of it is said again, before anything else', async () => {
		const server = openServer();
		server.onPull(answer([user(own)]), held, answer([user(own)]), held);
		server.onSend('network-failure', taken, taken);
		const first = await server.join();
		first.socket.sendSignal(ben, signal(1));
		first.socket.sendSignal(ben, signal(2));
		await settled();
		expect(first.types().at(-1)).toBe('SOCKET_CLOSED');

		const second = await server.join();
		second.socket.sendSignal(ben, signal(3));
		await settled();

		expect(server.sentIn(1)).toEqual(server.sentIn(0));
		expect(server.sentIn(0)).toHaveLength(2);
		expect(server.sentIn(2)).toHaveLength(1);
	});

	it('given a request whose answer is late, when there is a new connection, then nothing is said twice at a time', async () => {
		let answerNow = () => {};
		const later = new Promise<void>((done) => (answerNow = done));
		const server = openServer();
		server.onPull(answer([user(own)]), 'network-failure', answer([user(own)]), held);
		server.onSend({ ...(taken as object), after: later }, taken);
		const opened = server.open();
		opened.socket.joinRoom(token, room);
		opened.socket.sendSignal(ben, signal(1));
		await until(() => opened.types().includes('SOCKET_CLOSED'), 'the first one is over');

		const second = await server.join();
		second.socket.sendSignal(ben, signal(2));
		await settled();
		expect(server.posts()).toBe(1);
		answerNow();
		await settled();

		expect(server.sentIn(1)).toEqual([expect.objectContaining({ to: ben })]);
		expect(server.posts()).toBe(2);
	});

	it('given another session in the room, when it joins, then what the one before had to say is not said', async () => {
		const server = openServer();
		server.onPull(answer([user(own)]), held, held);
		server.onSend('network-failure');
		const { socket } = await server.join();
		socket.sendSignal(ben, signal(1));
		await settled();

		const again = server.open();
		again.socket.joinRoom(token, 'nc-again' as NextcloudSessionId);
		await settled();

		expect(server.posts()).toBe(1);
		expect(again.events.at(-1)).toMatchObject({ type: 'HELLO_ACCEPTED', sessionId: 'nc-again' });
	});

	it('given what can never be taken, when it was refused, then it is counted, and does not hold up the rest', async () => {
		const server = openServer();
		server.onPull(answer([user(own)]), held);
		server.onSend(ocsAnswer(null, 413), taken);
		const { socket } = await server.join();
		const huge: PeerSignal = {
			kind: 'answer',
			callId: '1' as CallId,
			purpose: 'usermedia',
			description: { type: 'answer', sdp: 'x'.repeat(70_000) },
			metadata: {}
		};

		socket.sendSignal(ben, huge);
		socket.sendSignal(ben, signal(1));
		await settled();
		socket.sendState([ben], { kind: 'reaction', emoji: '❤️' });
		await settled();

		expect(server.counted).toEqual(['unsent.too-long: answer', 'unsent.refused: candidate']);
		expect(server.sentIn(1)).toMatchObject([{ type: 'reaction' }]);
	});

	it('given very much to say, when it is said, then no request is too large, and what waits has an end', async () => {
		const server = openServer();
		server.onPull(answer([user(own)]), held);
		server.onSend(...Array.from({ length: 10 }, () => taken));
		const { socket } = await server.join();

		for (let n = 0; n < 505; n += 1) socket.sendSignal(ben, signal(n));
		await settled();

		const sizes = Array.from({ length: server.posts() }, (_, index) => server.sentIn(index).length);
		expect(sizes).toEqual(Array.from({ length: 10 }, () => 50));
		expect(server.counted).toEqual(Array.from({ length: 5 }, () => 'unsent.too-many: candidate'));
	});

	it('given native words, when they are sent, then they say whom they are for', async () => {
		const server = openServer(nativeDialect);
		server.onPull(answer([user(own)]), held);
		server.onSend(taken);
		const { socket } = await server.join();

		socket.sendSignal(ben, { kind: 'reject', callId: '1' as CallId, purpose: 'usermedia' });
		await settled();

		expect(server.sentIn(0)).toEqual([{ type: 'm.call.reject', content: { call_id: '1' }, to: ben }]);
	});
});
