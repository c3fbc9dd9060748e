import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { createFakeSockets } from '../../../../tests/support/fake-socket.ts';
import type { SocketEvent } from '../../domain/signaling.ts';
import type { SignalingSettings } from '../../domain/talk-api.ts';
import { CallId, NextcloudSessionId, ResumeId, RoomToken, SessionId } from '../../protocol/ids.ts';
import { createSignalingTransport } from './signaling-socket.ts';

const token = v.parse(RoomToken, 'abcd1234');
const ncSession = v.parse(NextcloudSessionId, 'nc-own');
const ben = v.parse(SessionId, 'hpb-ben');
const cem = v.parse(SessionId, 'hpb-cem');
const callId = v.parse(CallId, '1766');
const url = 'wss://hpb.example/spreed';
const settings: SignalingSettings = {
	url,
	backendUrl: 'https://cloud.example/ocs/v2.php/apps/spreed/api/v3/signaling/backend',
	helloV1: { userid: null, ticket: 'ticket' },
	helloV2: { token: 'jwt' },
	iceServers: []
};

function openSignaling() {
	const sockets = createFakeSockets();
	const events: SocketEvent[] = [];
	const counted: string[] = [];
	const transport = createSignalingTransport({
		openSocket: sockets.openSocket,
		count: (reason) => counted.push(reason)
	});
	const socket = transport.open(url, (event) => events.push(event));
	const { settled } = sockets;
	return { socket, events, counted, end: sockets.end(), settled };
}

async function opened() {
	const signaling = openSignaling();
	signaling.end.accept();
	await signaling.settled();
	return signaling;
}

async function inRoom() {
	const signaling = await opened();
	const { socket, end, events, settled } = signaling;
	socket.hello('2.0', settings);
	socket.joinRoom(token, ncSession);
	end.say({ id: '1', type: 'hello', hello: { sessionid: 'hpb-own', resumeid: 'resume' } });
	end.say({ id: '2', type: 'room', room: { roomid: token, properties: [] } });
	await settled();
	events.length = 0;
	return { ...signaling, sent: () => end.frames().slice(2) };
}

describe('a socket', () => {
	it('given a server, when it takes the connection, then that is reported later and once', async () => {
		const { end, events, settled } = openSignaling();

		end.accept();
		expect(events).toEqual([]);
		await settled();

		expect(events).toEqual([{ type: 'SOCKET_OPENED' }]);
	});

	it('given a server that refuses, when it is tried, then only the end is reported', async () => {
		const { end, events, settled } = openSignaling();

		end.refuse();
		await settled();

		expect(events).toEqual([{ type: 'SOCKET_CLOSED', code: 1006 }]);
	});

	it('given an address that is none, when it is opened, then it ends later like any other', async () => {
		const counted: string[] = [];
		const { openSocket } = createFakeSockets();
		const transport = createSignalingTransport({ openSocket, count: (reason) => counted.push(reason) });
		const events: SocketEvent[] = [];

		const socket = transport.open('nowhere', (event) => events.push(event));
		socket.bye();
		expect(events).toEqual([]);
		await Promise.resolve();

		expect(events).toEqual([{ type: 'SOCKET_CLOSED', code: 1006 }]);
		expect(counted).toEqual(['socket.refused', 'unsent.not-open: bye']);
	});

	it('given an open socket, when the server closes it, then the code comes last', async () => {
		const { end, events, settled } = await opened();

		end.say({ type: 'bye', bye: { reason: 'session_resumed' } });
		end.close(1001);
		await settled();

		expect(events.slice(1)).toEqual([
			{ type: 'SERVER_SAID_BYE', reason: 'session_resumed' },
			{ type: 'SOCKET_CLOSED', code: 1001 }
		]);
	});

	it('given close(), when the server goes on, then nothing is reported and nothing sent', async () => {
		const { socket, end, events, settled } = await opened();

		end.say({ type: 'welcome', welcome: { features: [] } });
		socket.close();
		socket.close();
		socket.bye();
		socket.sendState([ben], { kind: 'microphone', state: 'on' });
		await settled();

		expect(events).toEqual([{ type: 'SOCKET_OPENED' }]);
		expect(end.received).toEqual([]);
		expect(end.closedWith).toBe(1005);
	});

	it('given a listener that closes, when one frame had more to say, then it is not told', async () => {
		const sockets = createFakeSockets();
		const transport = createSignalingTransport({ openSocket: sockets.openSocket, count: () => undefined });
		const events: string[] = [];
		const socket = transport.open(url, ({ type }) => {
			events.push(type);
			if (type === 'PEER_SIGNAL_RECEIVED') socket.close();
		});
		sockets.end().accept();
		const payload = { type: 'offer', sdp: 'v=0', nick: 'Ben' };
		const data = { type: 'offer', sid: '1', roomType: 'video', payload };
		const message = { sender: { type: 'session', sessionid: ben }, data };

		sockets.end().say({ type: 'message', message });
		await sockets.settled();

		expect(events).toEqual(['SOCKET_OPENED', 'PEER_SIGNAL_RECEIVED']);
	});

	it('given an opening socket, when something is sent, then it is left out and counted', async () => {
		const { socket, end, counted, settled } = openSignaling();

		socket.hello('1.0', settings);
		end.accept();
		await settled();

		expect(end.received).toEqual([]);
		expect(counted).toEqual(['unsent.not-open: hello']);
	});

	it('given a frame longer than servers take, when it is sent, then the connection is spared', async () => {
		const { socket, end, counted, settled } = await opened();
		const signal = (length: number) => ({
			kind: 'answer' as const,
			callId,
			purpose: 'usermedia' as const,
			description: { type: 'answer' as const, sdp: 'ä'.repeat(length) },
			metadata: {}
		});

		socket.sendSignal(ben, signal(30_000));
		socket.sendSignal(ben, signal(33_000));
		await settled();

		expect(end.received).toHaveLength(1);
		expect(counted).toEqual(['unsent.too-long: message']);
	});
});

describe('a hello', () => {
	it('given settings, when hello is said, then each version proves itself in its own way', async () => {
		const { socket, end, settled } = await opened();

		socket.hello('1.0', settings);
		socket.hello('2.0', settings);
		socket.resume(v.parse(ResumeId, 'resume'));
		await settled();

		const auth = { type: 'client', url: settings.backendUrl };
		expect(end.frames()).toEqual([
			{
				id: '1',
				type: 'hello',
				hello: { version: '1.0', auth: { ...auth, params: { userid: null, ticket: 'ticket' } } }
			},
			{ id: '2', type: 'hello', hello: { version: '2.0', auth: { ...auth, params: { token: 'jwt' } } } },
			{ id: '3', type: 'hello', hello: { version: '1.0', resumeid: 'resume' } }
		]);
	});

	it('given settings without the parameters, when hello is said, then that is a bug', async () => {
		const { socket } = await opened();

		expect(() => socket.hello('2.0', { ...settings, helloV2: null })).toThrow('hello 2.0');
		expect(() => socket.hello('1.0', { ...settings, helloV1: null })).toThrow('hello 1.0');
	});

	it('given a welcome, when hello is accepted, then its features replace those of the welcome', async () => {
		const { socket, end, events, settled } = await opened();
		end.say({ type: 'welcome', welcome: { features: ['hello-v2', 'welcome'], version: '2.1.1' } });
		socket.hello('2.0', settings);
		const hello = { version: '2.0', sessionid: 'hpb-own', resumeid: 'resume', userid: '' };

		end.say({ id: '1', type: 'hello', hello: { ...hello, server: { features: ['mcu'] } } });
		await settled();

		expect(events.slice(1)).toEqual([
			{ type: 'WELCOME_RECEIVED', features: ['hello-v2', 'welcome'] },
			{ type: 'HELLO_ACCEPTED', sessionId: 'hpb-own', resumeId: 'resume', features: ['mcu'] }
		]);
	});

	it('given a hello without features, when it is accepted, then those of the welcome hold', async () => {
		const { socket, end, events, settled } = await opened();
		end.say({ type: 'welcome', welcome: { features: ['a'] } });
		socket.hello('1.0', settings);
		end.say({ id: '1', type: 'hello', hello: { sessionid: 's', resumeid: 'r' } });
		await settled();

		expect(events.at(-1)).toMatchObject({ type: 'HELLO_ACCEPTED', features: ['a'] });
	});

	it('given errors, when they come, then their ids tell what was refused', async () => {
		const { socket, end, events, settled } = await opened();
		const refuse = (code: string, id?: string) =>
			end.say({ id, type: 'error', error: { code, message: 'no' } });
		socket.resume(v.parse(ResumeId, 'old'));
		refuse('no_such_session', '1');
		refuse('late', '1');
		socket.joinRoom(token, ncSession);
		refuse('no_such_room', '2');
		refuse('not_allowed');
		await settled();

		expect(events.slice(1)).toEqual([
			{ type: 'HELLO_REFUSED', code: 'no_such_session' },
			{ type: 'REQUEST_REFUSED', code: 'late' },
			{ type: 'ROOM_REFUSED', code: 'no_such_room' },
			{ type: 'REQUEST_REFUSED', code: 'not_allowed' }
		]);
	});
});

describe('a room', () => {
	it('given a session, when the room is joined, then both ids are sent and the answer is told from news', async () => {
		const { socket, end, events, settled } = await opened();

		socket.joinRoom(token, ncSession);
		end.say({ id: '1', type: 'room', room: { roomid: token, properties: { name: 'Team' } } });
		end.say({ type: 'room', room: { roomid: token, properties: { name: 'New name' } } });
		await settled();

		expect(end.frames()).toEqual([{ id: '1', type: 'room', room: { roomid: token, sessionid: 'nc-own' } }]);
		expect(events.slice(1)).toEqual([{ type: 'ROOM_JOINED', token }]);
	});

	it('given a room we are in, when it is joined again, then that is a success', async () => {
		const { socket, end, events, settled } = await opened();

		socket.joinRoom(token, ncSession);
		const details = { room: { roomid: token, properties: {} } };
		end.say({ id: '1', type: 'error', error: { code: 'already_joined', message: '', details } });
		await settled();

		expect(events.slice(1)).toEqual([{ type: 'ROOM_JOINED', token }]);
	});

	it('given a room that is asked for once more, when something happens before the answer, then it is still known which room is ours', async () => {
		const { socket, end, events, settled } = await inRoom();
		socket.joinRoom(token, ncSession);
		const update = { roomid: 'other123', incall: 0, all: true };
		end.say({ type: 'event', event: { target: 'participants', type: 'update', update } });
		end.say({ type: 'room', room: { roomid: 'other123', properties: {} } });
		await settled();

		expect(events).toEqual([{ type: 'REMOVED_FROM_ROOM', reason: 'removed' }]);
	});

	it('given a room, when the server moves us out of it, then we were removed', async () => {
		for (const roomid of ['', 'other123']) {
			const { end, events, settled } = await inRoom();
			end.say({ type: 'room', room: { roomid, properties: {} } });
			await settled();

			expect(events).toEqual([{ type: 'REMOVED_FROM_ROOM', reason: 'removed' }]);
		}
	});

	it('given a resumed session, when the server names its room, then that is no removal', async () => {
		const { end, events, settled } = await opened();

		end.say({ type: 'room', room: { roomid: token, properties: {} } });
		await settled();

		expect(events).toEqual([{ type: 'SOCKET_OPENED' }]);
	});

	it('given a resumed session, when the server says it is in no room, then we were removed', async () => {
		const { end, events, settled } = await opened();

		end.say({ type: 'room', room: { roomid: '', properties: {} } });
		await settled();

		expect(events.slice(1)).toEqual([{ type: 'REMOVED_FROM_ROOM', reason: 'removed' }]);
	});

	it('given events of another room, when they come, then they are counted and dropped', async () => {
		const { end, events, counted, settled } = await inRoom();
		const roomid = 'other123';
		end.say({ type: 'event', event: { target: 'roomlist', type: 'disinvite', disinvite: { roomid } } });
		end.say({
			type: 'event',
			event: { target: 'participants', type: 'update', update: { roomid, incall: 0, all: true } }
		});
		const chat = { type: 'chat', chat: { refresh: true } };
		end.say({ type: 'event', event: { target: 'room', type: 'message', message: { roomid, data: chat } } });
		await settled();

		expect(events).toEqual([]);
		expect(counted).toEqual([
			'event.other-room: roomlist/disinvite',
			'event.other-room: participants/update',
			'event.other-room: room/message'
		]);
	});
});

describe('what is sent to others', () => {
	it('given an invite, when it is sent, then it is an offer in the form of Talk', async () => {
		const { socket, settled, sent } = await inRoom();
		const description = { type: 'offer' as const, sdp: 'v=0' };

		socket.sendSignal(ben, {
			kind: 'invite',
			callId,
			purpose: 'usermedia',
			description,
			metadata: {},
			lifetimeMs: 60_000,
			callSeq: 4,
			partyId: 'p'
		});
		await settled();

		expect(sent()).toEqual([
			{
				type: 'message',
				message: {
					recipient: { type: 'session', sessionid: 'hpb-ben' },
					data: { to: 'hpb-ben', sid: '1766', roomType: 'video', type: 'offer', payload: description }
				}
			}
		]);
	});

	it('given a screen, when it is offered, then the offer says whose it is', async () => {
		const { socket, settled, sent } = await inRoom();
		const offer = { type: 'offer' as const, sdp: 'v=0' };
		const shared = { callId, purpose: 'screenshare' as const, metadata: {}, lifetimeMs: 1 };

		socket.sendSignal(ben, { ...shared, kind: 'invite', description: offer });
		socket.sendSignal(ben, { ...shared, kind: 'answer', description: { type: 'answer', sdp: 'v=0' } });
		await settled();

		const [offered, answered] = sent();
		expect(offered).toMatchObject({ message: { data: { roomType: 'screen', broadcaster: 'hpb-own' } } });
		expect(answered).not.toHaveProperty('message.data.broadcaster');
	});

	it('given states, when they are sent, then each session gets a frame of its own', async () => {
		const { socket, settled, sent } = await inRoom();

		socket.sendState([ben, cem], { kind: 'microphone', state: 'off' });
		socket.sendState([], { kind: 'camera', state: 'on' });
		await settled();

		expect(sent()).toEqual(
			['hpb-ben', 'hpb-cem'].map((to) => ({
				type: 'message',
				message: {
					recipient: { type: 'session', sessionid: to },
					data: { to, roomType: 'video', type: 'mute', payload: { name: 'audio' } }
				}
			}))
		);
	});

	it('given bye, when it is said before closing, then it arrives', async () => {
		const { socket, end, settled, sent } = await inRoom();

		socket.bye();
		socket.close();
		await settled();

		expect(sent()).toEqual([{ type: 'bye', bye: {} }]);
		expect(end.closedWith).toBe(1005);
	});
});
