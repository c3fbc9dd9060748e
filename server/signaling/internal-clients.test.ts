import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SignalingEvent } from '../../src/lib/protocol/signaling-event.ts';
import type { ServerFrame } from '../../src/lib/protocol/signaling.ts';
import type { TestClient } from '../../tests/support/test-client.ts';
import { openInternalClient, order, type RawFrame } from '../testing/signaling-programs.ts';
import { startTestServer } from '../testing/test-server.ts';

vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

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

type JoinFrame = Extract<ServerFrame, { type: 'event' }> & {
	event: Extract<SignalingEvent, { type: 'join' }>;
};

const isControl = ({ type }: RawFrame) => type === 'control';
const phone = (roomid: string, more: object = {}) => ({
	sessionid: 'call-1',
	roomid,
	userid: 'phone-user',
	user: { displayname: '+49 30 123456', type: 'phone', callid: 'call-1' },
	...more
});

describe('an internal client', () => {
	it('given the secret, when it says hello, then it may add sessions, and needs no room for itself', async () => {
		await using quick = await startTestServer({ timings: { roomJoinMs: 20 } });
		await using guest = quick.client();
		await using bridge = await openInternalClient(quick);
		await guest.joinRoom('demo');
		const socket = await guest.openSocket();
		await guest.hello('demo');

		// by now the bridge, which came first, would be out as well
		expect(await socket.next('bye')).toMatchObject({ bye: { reason: 'room_join_timeout' } });
		expect(bridge.hello.server.features).toContain('virtual-sessions');
		expect(await bridge.joinRoom('demo')).toMatchObject({ room: { roomid: 'demo' } });
	});

	it('given a room, when it joins, then all see it as internal and sending sound, and it sees all', async () => {
		await using ann = server.client();
		const token = await newRoom(ann);
		const { socket, sessionId } = await ann.enter(token, 'Ann');
		await using recorder = await openInternalClient(server, ['recording']);

		expect(await recorder.joinRoom(token)).toMatchObject({ type: 'room', room: { roomid: token } });

		await socket.nextUpdate(
			(entry) => entry.sessionId === recorder.hello.sessionid && entry.internal === true && entry.inCall === 3
		);
		expect(await recorder.next(({ type }) => type === 'event')).toMatchObject({
			event: { type: 'join', join: [{ sessionid: sessionId }, { sessionid: recorder.hello.sessionid }] }
		});
		expect(await recorder.next(({ type }) => type === 'event')).toMatchObject({
			event: {
				update: {
					users: [
						{ sessionId, inCall: 0, displayName: 'Ann' },
						{ sessionId: recorder.hello.sessionid, internal: true, features: ['recording'] }
					]
				}
			}
		});
		expect(await recorder.joinRoom(token)).toMatchObject({ error: { code: 'already_joined' } });
		expect(await recorder.joinRoom('nowhere')).toMatchObject({ error: { code: 'no_such_room' } });
	});

	it('given one that says its flags itself, when it comes and changes them, then all are told', async () => {
		await using ann = server.client();
		const token = await newRoom(ann);
		const { socket } = await ann.enter(token, 'Ann');
		await using recorder = await openInternalClient(server, ['internal-incall']);
		const { sessionid } = recorder.hello;
		await recorder.joinRoom(token);
		await socket.nextUpdate((entry) => entry.sessionId === sessionid && entry.inCall === 0);

		await recorder.tell('incall', { incall: 1 });

		await socket.nextUpdate((entry) => entry.sessionId === sessionid && entry.inCall === 1);
	});

	it('given a message to the call, when an internal client is in it, then it hears it', async () => {
		await using ann = server.client();
		const token = await newRoom(ann);
		const { socket } = await ann.enter(token, 'Ann');
		await using inside = await openInternalClient(server);
		await using outside = await openInternalClient(server, ['internal-incall']);
		await inside.joinRoom(token);
		await outside.joinRoom(token);
		const to = (type: string, data: string) =>
			socket.send({ type: 'message', message: { recipient: { type }, data: { type: data } } });

		to('call', 'in-call');
		to('room', 'last');

		const isMessage = ({ type }: RawFrame) => type === 'message';
		expect(await inside.next(isMessage)).toMatchObject({ message: { data: { type: 'in-call' } } });
		expect(await outside.next(isMessage)).toMatchObject({ message: { data: { type: 'last' } } });
	});

	it('given a lost socket, when it resumes, then its virtual sessions are still there; after a bye they are gone', async () => {
		await using ann = server.client();
		const token = await newRoom(ann);
		const { socket } = await ann.enter(token, 'Ann');
		const bridge = await openInternalClient(server);
		await bridge.tell('addsession', phone(token));
		const joined = await socket.nextUpdate((entry) => entry.virtual === true);
		bridge.drop();
		await using again = server.client();
		const resumed = await again.openSocket();

		expect(
			await resumed.ask({ type: 'hello', hello: { version: '1.0', resumeid: bridge.hello.resumeid } })
		).toMatchObject({ hello: { sessionid: bridge.hello.sessionid } });
		expect(await resumed.ask({ type: 'bye', bye: {} })).toMatchObject({ type: 'bye' });

		const { update } = joined.event as { update: { users: { sessionId: string }[] } };
		expect(await socket.nextEvent('room', 'leave')).toMatchObject({ leave: [update.users[0]?.sessionId] });
	});

	it('given a guest, when it asks for what is for internal clients, then it is ignored, and it is told so', async () => {
		await using ann = server.client();
		const token = await newRoom(ann);
		const { socket } = await ann.enter(token, 'Ann');

		const answer = await socket.ask({
			type: 'internal',
			internal: { type: 'addsession', addsession: phone(token) }
		});

		expect(answer).toMatchObject({ error: { code: 'ignored' } });
		await using ben = server.client();
		const second = await ben.enter(token, 'Ben');
		const { join } = (await second.socket.nextEvent('room', 'join')) as { join: object[] };
		expect(join).toHaveLength(2);
	});
});

describe('a virtual session', () => {
	async function withPhone(more: object = {}) {
		const ann = server.client();
		const token = await newRoom(ann);
		const { socket, sessionId } = await ann.enter(token, 'Ann');
		const bridge = await openInternalClient(server);
		await bridge.tell('addsession', phone(token, more));
		const joined = await socket.nextThat(
			(frame): frame is JoinFrame =>
				frame.type === 'event' &&
				frame.event.type === 'join' &&
				frame.event.join.some(({ userid }) => userid === 'phone-user'),
			'join'
		);
		const id = joined.event.join[0]?.sessionid ?? '';
		return {
			ann,
			token,
			socket,
			sessionId,
			bridge,
			id,
			joined,
			/** Lets the guest give orders, as an account that moderates would. */
			grant: (...permissions: string[]) =>
				order(server, token, {
					type: 'participants',
					participants: { changed: [{ sessionId: ann.nextcloudSessionId, permissions }] }
				}),
			[Symbol.asyncDispose]: async () => {
				await bridge[Symbol.asyncDispose]();
				await ann[Symbol.asyncDispose]();
			}
		};
	}

	it('given a bridge, when it adds one, then the others see a telephone in the call, and so do those who come later', async () => {
		await using call = await withPhone({ flags: 1, options: { actorId: 'tel', actorType: 'phones' } });
		const { token, socket, id } = call;

		expect(call.joined).toMatchObject({
			event: { join: [{ user: { displayname: '+49 30 123456' }, userid: 'phone-user' }] }
		});
		const entry = {
			sessionId: id,
			inCall: 9,
			virtual: true,
			actorType: 'phones',
			actorId: 'tel',
			displayName: '+49 30 123456'
		};
		expect(await socket.nextEvent('participants', 'update')).toMatchObject({ update: { users: [entry] } });
		expect(await socket.nextEvent('participants', 'flags')).toMatchObject({
			flags: { roomid: token, sessionid: id, flags: 1 }
		});

		await using ben = server.client();
		const late = await ben.enter(token, 'Ben');

		expect(await late.socket.nextEvent('room', 'join')).toMatchObject({
			join: [{ sessionid: call.sessionId }, { sessionid: late.sessionId }, { sessionid: id }]
		});
		expect(await late.socket.nextEvent('participants', 'update')).toMatchObject({
			update: { users: [{}, {}, entry] }
		});
		expect(await late.socket.nextEvent('participants', 'flags')).toMatchObject({ flags: { flags: 1 } });
	});

	it('given one, when its bridge changes and removes it, then the others are told each', async () => {
		await using call = await withPhone();
		const { token, socket, bridge, id } = call;

		await bridge.tell('updatesession', { sessionid: 'call-1', roomid: token, flags: 5 });
		expect(await socket.nextEvent('participants', 'flags')).toMatchObject({
			flags: { sessionid: id, flags: 5 }
		});
		await bridge.tell('updatesession', { sessionid: 'call-1', roomid: token, incall: 11 });
		await socket.nextUpdate(({ sessionId, inCall }) => sessionId === id && inCall === 11);
		await bridge.tell('removesession', { sessionid: 'call-1', roomid: token });
		expect(await socket.nextEvent('room', 'leave')).toMatchObject({ leave: [id] });
	});

	it('given the same name, when it is added once more, then it takes the place of the one before', async () => {
		await using call = await withPhone();

		await call.bridge.tell('addsession', phone(call.token));

		expect(await call.socket.nextEvent('room', 'leave')).toMatchObject({ leave: [call.id] });
		expect(await call.socket.nextEvent('room', 'join')).toMatchObject({ join: [{ userid: 'phone-user' }] });
	});

	it.each([
		['mute', { type: 'mute', audio: 1 }],
		['hang up', { type: 'hangup' }],
		['send a digit', { type: 'dtmf', digit: '5' }]
	])(
		'given the right to control, when somebody wants to %s, then its bridge is told which one',
		async (_what, data) => {
			await using call = await withPhone();
			await call.grant('control');

			call.socket.send({
				type: 'control',
				control: { recipient: { type: 'session', sessionid: call.id }, data }
			});

			expect(await call.bridge.next(isControl)).toEqual({
				type: 'control',
				control: {
					sender: { type: 'session', sessionid: call.sessionId },
					recipient: { type: 'session', sessionid: 'call-1', userid: 'phone-user' },
					data
				}
			});
		}
	);

	it('given no right to control, when somebody wants to hang up, then nothing arrives', async () => {
		await using call = await withPhone();
		await using ben = server.client();
		const { socket } = await ben.enter(call.token, 'Ben');
		const recipient = { type: 'session', sessionid: call.id };

		socket.send({ type: 'control', control: { recipient, data: { type: 'hangup' } } });
		socket.send({ type: 'message', message: { recipient, data: { type: 'after' } } });

		expect(await call.bridge.next(({ type }) => type === 'control' || type === 'message')).toMatchObject({
			type: 'message',
			message: { recipient: { sessionid: 'call-1' }, data: { type: 'after' } }
		});
	});

	it('given a user with a telephone, when a message is for the user, then its bridge hears it', async () => {
		await using call = await withPhone();

		call.socket.send({
			type: 'message',
			message: { recipient: { type: 'user', userid: 'phone-user' }, data: { type: 'hi' } }
		});

		expect(await call.bridge.next(({ type }) => type === 'message')).toMatchObject({
			message: {
				sender: { type: 'user', sessionid: call.sessionId },
				recipient: { type: 'session', sessionid: 'call-1' }
			}
		});
	});

	it('given somebody in another room, when they speak to it, then its bridge hears nothing', async () => {
		await using call = await withPhone();
		await using eve = server.client();
		const elsewhere = await eve.enter(await newRoom(eve), 'Eve');
		const recipient = { type: 'session', sessionid: call.id };

		elsewhere.socket.send({ type: 'message', message: { recipient, data: { type: 'intruder' } } });
		await elsewhere.socket.ask({ type: 'hologram' });
		call.socket.send({ type: 'message', message: { recipient, data: { type: 'friend' } } });

		expect(await call.bridge.next(({ type }) => type === 'message')).toMatchObject({
			message: { data: { type: 'friend' } }
		});
	});

	it('given one that its backend wants out, when it is disinvited, then its bridge is to hang up, and it is gone', async () => {
		await using call = await withPhone();

		await order(server, call.token, { type: 'disinvite', disinvite: { sessionids: [call.id] } });

		expect(await call.bridge.next(isControl)).toMatchObject({
			control: {
				sender: { sessionid: call.id },
				recipient: { sessionid: 'call-1' },
				data: { type: 'hangup', hangup: { reason: 'disinvited' } }
			}
		});
		expect(await call.socket.nextEvent('room', 'leave')).toMatchObject({ leave: [call.id] });
	});

	it.each([
		['a room that does not exist', 'addsession', { sessionid: 'x', roomid: 'nowhere' }, 'add_failed'],
		['one that is not there', 'updatesession', { sessionid: 'x', roomid: 'demo', flags: 1 }, 'ignored'],
		['one that is not there', 'removesession', { sessionid: 'x', roomid: 'demo' }, 'ignored'],
		['a name that is no text', 'addsession', { ...phone('demo'), user: { displayname: 7 } }, 'invalid_format']
	])('given %s, when a bridge says %s, then it is told what is wrong', async (_what, type, content, code) => {
		await using bridge = await openInternalClient(server);

		const answer = await bridge.ask({ type: 'internal', internal: { type, [type]: content } });

		expect(answer).toMatchObject({ type: 'error', error: { code } });
	});

	it('given the session of another bridge, when it is changed, then that is ignored', async () => {
		await using call = await withPhone();
		await using other = await openInternalClient(server);

		const answer = await other.ask({
			type: 'internal',
			internal: { type: 'removesession', removesession: { sessionid: 'call-1', roomid: call.token } }
		});

		expect(answer).toMatchObject({ error: { code: 'ignored' } });
	});
});

describe('a call to a telephone', () => {
	const dialout = { type: 'dialout', dialout: { number: '+4930123456', options: { attendeeId: 7 } } };
	const isRequest = ({ type }: RawFrame) => type === 'internal';

	it('given a bridge that can, when it accepts, then its call id is the answer, and all follow how it goes', async () => {
		await using ann = server.client();
		const token = await newRoom(ann);
		const { socket } = await ann.enter(token, 'Ann');
		await using recorder = await openInternalClient(server);
		await recorder.joinRoom(token);
		await using bridge = await openInternalClient(server, ['start-dialout']);

		const answer = order(server, token, dialout);
		const asked = await bridge.next(isRequest);
		const status = (word: string) => ({
			type: 'internal',
			internal: {
				type: 'dialout',
				dialout: { roomid: token, type: 'status', status: { callid: 'c1', status: word } }
			}
		});
		bridge.send({ id: asked['id'], ...status('accepted') });

		expect(asked).toMatchObject({
			internal: {
				type: 'dialout',
				dialout: { roomid: token, request: { number: '+4930123456', options: { attendeeId: 7 } } }
			}
		});
		expect(await answer).toMatchObject({
			status: 200,
			body: { type: 'dialout', dialout: { callid: 'c1' } }
		});
		expect(await socket.next('transient')).toMatchObject({
			transient: { type: 'set', key: 'callstatus_c1', value: { callid: 'c1', status: 'accepted' } }
		});
		bridge.send(status('connected'));
		expect(await socket.next('transient')).toMatchObject({
			transient: { value: { status: 'connected' }, oldvalue: { status: 'accepted' } }
		});
	});

	it('given a bridge that fails, when it says so, then that is the answer; later on all are told', async () => {
		await using ann = server.client();
		const token = await newRoom(ann);
		await ann.enter(token, 'Ann');
		await using listener = await openInternalClient(server);
		await listener.joinRoom(token);
		await using bridge = await openInternalClient(server, ['start-dialout']);
		const error = { code: 'busy', message: 'all lines are taken' };
		const failure = {
			type: 'internal',
			internal: { type: 'dialout', dialout: { roomid: token, type: 'error', error } }
		};

		const answer = order(server, token, dialout);
		const asked = await bridge.next(isRequest);
		bridge.send({ id: asked['id'], ...failure });
		bridge.send({ ...failure, id: 'nobody asked' });

		expect(await answer).toMatchObject({ status: 502, body: { dialout: { error } } });
		expect(await listener.next(({ type }) => type === 'dialout')).toEqual({
			type: 'dialout',
			dialout: { type: 'error', error }
		});
	});

	it.each([
		['no number', { ...dialout, dialout: { number: '0049' } }, 400, 'invalid_number'],
		['nobody who can', dialout, 404, 'no_client_available']
	])('given %s, when a call is asked for, then it is refused', async (_what, asked, status, code) => {
		await using recorder = await openInternalClient(server);
		await recorder.joinRoom('demo');

		expect(await order(server, 'demo', asked)).toMatchObject({
			status,
			body: { type: 'dialout', dialout: { error: { code } } }
		});
	});

	it('given a bridge that is silent, when the time is over or it is gone, then that is the answer', async () => {
		await using quick = await startTestServer({ timings: { dialoutMs: 30, resumeMs: 1 } });
		await using bridge = await openInternalClient(quick, ['start-dialout']);
		expect(bridge.hello.server.features).toContain('dialout');

		expect(await order(quick, 'demo', dialout)).toMatchObject({
			status: 504,
			body: { dialout: { error: { code: 'timeout' } } }
		});

		await using patient = await startTestServer({ timings: { resumeMs: 1 } });
		const leaving = await openInternalClient(patient, ['start-dialout']);
		const answer = order(patient, 'demo', dialout);
		await leaving.next(isRequest);
		leaving.drop();
		expect(await answer).toMatchObject({
			status: 502,
			body: { dialout: { error: { code: 'error_notify' } } }
		});
	});
});
