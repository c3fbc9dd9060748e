import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fetchWithCookies, startEmbeddedServer } from '../../../../tests/support/embedded-server.ts';
import { openSignalingTab } from '../../../../tests/support/signaling-tab.ts';
import type { PeerSignal, SocketEvent } from '../../domain/signaling.ts';
import { CallId, RoomToken } from '../../protocol/ids.ts';
import { createTalkApi } from './ocs-client.ts';

const demo = v.parse(RoomToken, 'demo');
const presence = { inCall: true, audio: true, video: false };
const plainly = { silent: false, consent: false };

let server: Awaited<ReturnType<typeof startEmbeddedServer>>;
/** A new one for each test: sessions of the one before may still be waiting for their sockets. */
let room: RoomToken;
const guests: { stop: () => void }[] = [];

beforeAll(async () => {
	server = await startEmbeddedServer();
});
beforeEach(async () => {
	({ token: room } = await openGuest('r').api.createRoom('Stand-up'));
});
afterEach(() => {
	for (const guest of guests.splice(0)) guest.stop();
});
afterAll(async () => {
	await server.stop();
});

/** One browser with one tab, up to an open socket. */
function openGuest(tab: string) {
	const { api, transport, events, counted, seen } = openSignalingTab(server.baseUrl, tab);
	/** Room, hello and room again: everything up to the call. */
	const arrive = async (name: string, version: '1.0' | '2.0' = '2.0') => {
		const entered = await api.enterRoom(room, { takeOver: false });
		await api.setGuestName(room, name);
		const settings = await api.fetchSignalingSettings(room);
		const socket = transport.open(settings.url, (event) => events.push(event));
		guests.push({ stop: () => socket.close() });
		await seen('WELCOME_RECEIVED');
		socket.hello(version, settings);
		const { sessionId, resumeId } = await seen('HELLO_ACCEPTED');
		socket.joinRoom(room, entered.nextcloudSessionId);
		await seen('ROOM_JOINED');
		return { entered, settings, socket, sessionId, resumeId };
	};

	return { api, transport, events, counted, seen, arrive };
}

describe('the embedded server', () => {
	it('given a stranger, when a room is looked up, then it is there, and another is not', async () => {
		const { api } = openGuest('a');

		expect(await api.fetchServerInfo()).toMatchObject({ callsEnabled: true, hasEncryptedCalls: false });
		expect(await api.lookUpRoom(demo)).toMatchObject({ token: 'demo', name: 'Demo', hasPassword: false });
		await expect(api.lookUpRoom(v.parse(RoomToken, 'nowhere1'))).rejects.toMatchObject({
			code: 'room.not-found'
		});
		await expect(api.setGuestName(demo, 'Ann')).rejects.toMatchObject({ code: 'session.lost' });
	});

	it('given a password and a lobby, when a guest enters, then the adapter tells each from the other, and from being let in', async () => {
		const { baseUrl } = server;
		const browser = fetchWithCookies();
		const host = createTalkApi({ fetch: browser, baseUrl, tabId: 'h'.repeat(64) });
		const { token } = await host.createRoom('Board');
		const order = async (path: string, body: object) => {
			const answer = await browser(`${baseUrl}/ocs/v2.php/apps/spreed/api/v4/room/${token}/${path}`, {
				method: 'PUT',
				headers: { 'OCS-APIRequest': 'true', 'Content-Type': 'application/json' },
				body: JSON.stringify(body)
			});
			expect(answer.status).toBe(200);
		};
		await order('password', { password: 'open sesame' });
		await order('webinar/lobby', { state: 1, timer: 4_000_000_000 });
		const { api } = openGuest('a');
		const entering = (password?: string) =>
			api.enterRoom(token, { takeOver: false, ...(password !== undefined && { password }) });

		expect(await api.lookUpRoom(token)).toMatchObject({ name: '', hasPassword: true, isLobbyActive: false });
		await expect(entering()).rejects.toMatchObject({ code: 'room.password' });
		await expect(entering('open says me')).rejects.toMatchObject({ code: 'room.password' });
		expect(await entering('open sesame')).toMatchObject({
			name: 'Board',
			isLobbyActive: true,
			lobbyOpensAt: 4_000_000_000,
			isModerator: false
		});
		await expect(api.joinCall(token, presence, plainly)).rejects.toMatchObject({ code: 'room.lobby' });
		expect(await host.enterRoom(token, { takeOver: false })).toMatchObject({
			isLobbyActive: false,
			isModerator: true
		});
		await order('webinar/lobby', { state: 0 });
		expect(await api.lookUpRoom(token)).toMatchObject({ isLobbyActive: false, lobbyOpensAt: 0 });
		await api.joinCall(token, presence, plainly);
	});

	it('given two guests, when they join the call, then each learns of the other by name', async () => {
		const ann = openGuest('a');
		const ben = openGuest('b');
		const atAnn = await ann.arrive('Ann');
		const atBen = await ben.arrive('Ben');

		await ann.api.joinCall(room, presence, plainly);
		await ben.api.joinCall(room, { ...presence, video: true }, plainly);

		const isIn = (id: string) => (event: Extract<SocketEvent, { type: 'PARTICIPANTS_CHANGED' }>) =>
			event.participants.some(({ sessionId, presence }) => sessionId === id && presence?.inCall === true);
		const own = await ann.seen('PARTICIPANTS_CHANGED', isIn(atAnn.sessionId));
		expect(own.participants.find(({ sessionId }) => sessionId === atAnn.sessionId)).toMatchObject({
			nextcloudSessionId: atAnn.entered.nextcloudSessionId,
			presence,
			permissions: { publishAudio: true }
		});
		const other = await ann.seen('PARTICIPANTS_CHANGED', isIn(atBen.sessionId));
		expect(other.participants.find(({ sessionId }) => sessionId === atBen.sessionId)).toMatchObject({
			name: 'Ben',
			actorType: 'guests',
			presence: { inCall: true, audio: true, video: true }
		});
		await ben.seen('PARTICIPANTS_CHANGED', isIn(atAnn.sessionId));
		const names = (await ann.api.listCallPeers(room)).map(({ name }) => name);
		expect(names.sort()).toEqual(['Ann', 'Ben']);
		expect(await ann.api.lookUpRoom(room)).toMatchObject({ hasCall: true });
	});

	it('given two guests in the room, when they signal, then each gets what the other sent', async () => {
		const ann = openGuest('a');
		const ben = openGuest('b');
		const atAnn = await ann.arrive('Ann');
		const atBen = await ben.arrive('Ben');
		await ann.api.joinCall(room, presence, plainly);
		await ben.api.joinCall(room, presence, plainly);
		const routed = { callId: v.parse(CallId, '1766000000000'), purpose: 'usermedia' as const };
		const offer = { type: 'offer' as const, sdp: 'v=0 offer' };
		const answer = { type: 'answer' as const, sdp: 'v=0 answer' };
		const ice = { candidate: 'candidate:1', sdpMid: '0', sdpMLineIndex: 0 };
		const invite: PeerSignal = {
			...routed,
			kind: 'invite',
			description: offer,
			metadata: {},
			lifetimeMs: 10_000
		};

		atBen.socket.sendSignal(atAnn.sessionId, invite);
		atAnn.socket.sendSignal(atBen.sessionId, {
			...routed,
			kind: 'answer',
			description: answer,
			metadata: {}
		});
		atAnn.socket.sendSignal(atBen.sessionId, { ...routed, kind: 'candidates', candidates: [ice] });
		atAnn.socket.sendState([atBen.sessionId], { kind: 'hand', state: 'raised', at: 7 });

		expect(await ann.seen('PEER_SIGNAL_RECEIVED')).toEqual({
			type: 'PEER_SIGNAL_RECEIVED',
			from: atBen.sessionId,
			signal: invite
		});
		await ben.seen('MEMBER_STATE_RECEIVED', ({ state }) => state.kind === 'hand');
		const received = ben.events.filter(
			({ type }) => type === 'PEER_SIGNAL_RECEIVED' || type === 'MEMBER_STATE_RECEIVED'
		);
		const from = atAnn.sessionId;
		expect(received).toEqual([
			{
				type: 'PEER_SIGNAL_RECEIVED',
				from,
				signal: { ...routed, kind: 'answer', description: answer, metadata: {} }
			},
			{ type: 'PEER_SIGNAL_RECEIVED', from, signal: { ...routed, kind: 'candidates', candidates: [ice] } },
			{ type: 'MEMBER_STATE_RECEIVED', from, state: { kind: 'hand', state: 'raised', at: 7 } }
		]);
	});

	it('given a message, when it is sent, then the other hears of it and finds it', async () => {
		const ann = openGuest('a');
		const ben = openGuest('b');
		await ann.arrive('Ann');
		await ben.arrive('Ben');
		const before = await ben.api.fetchHistory(room, { limit: 1 });
		ben.events.length = 0;

		const text = 'Grüße an {alle}';
		const stored = await ann.api.sendMessage(room, { text, referenceId: 'ref-1', actorName: 'Ann' });

		await ben.seen('CHAT_CHANGED');
		const after = before.lastGiven ?? before.messages.at(-1)?.id ?? 0;
		const page = await ben.api.fetchNewer(room, { after, waitSeconds: 0 });
		expect(page.messages).toEqual([stored]);
		expect(page.messages).toMatchObject([{ text, referenceId: 'ref-1', actorName: 'Ann' }]);
		const next = await ben.api.fetchNewer(room, { after: page.lastGiven ?? 0, waitSeconds: 0 });
		expect(next).toEqual({ messages: [], lastGiven: undefined });
	});

	it('given a lost socket, when the session is resumed, then it is the same, and news go on', async () => {
		const ann = openGuest('a');
		const ben = openGuest('b');
		const atAnn = await ann.arrive('Ann');
		const atBen = await ben.arrive('Ben');
		atAnn.socket.close();
		ann.events.length = 0;

		const socket = ann.transport.open(atAnn.settings.url, (event) => ann.events.push(event));
		guests.push({ stop: () => socket.close() });
		await ann.seen('SOCKET_OPENED');
		socket.resume(atAnn.resumeId);
		const { sessionId } = await ann.seen('HELLO_ACCEPTED');
		atBen.socket.sendState([sessionId], { kind: 'reaction', emoji: '❤️' });

		expect(sessionId).toBe(atAnn.sessionId);
		expect(await ann.seen('MEMBER_STATE_RECEIVED')).toMatchObject({ state: { emoji: '❤️' } });
	});

	it('given a guest in the call, when it leaves, then the others see it go, and it is out', async () => {
		const ann = openGuest('a');
		const ben = openGuest('b');
		const atAnn = await ann.arrive('Ann');
		await ben.arrive('Ben');
		await ann.api.joinCall(room, presence, plainly);
		const isOut = (event: Extract<SocketEvent, { type: 'PARTICIPANTS_CHANGED' }>) =>
			event.participants.some(
				({ sessionId, presence }) => sessionId === atAnn.sessionId && presence?.inCall === false
			);
		ben.events.length = 0;

		await ann.api.leaveCall(room, { keepalive: true });
		await ben.seen('PARTICIPANTS_CHANGED', isOut);
		await ann.api.leaveRoom(room, { keepalive: true });

		const left = await ben.seen('SESSIONS_LEFT');
		expect(left.sessionIds).toEqual([atAnn.sessionId]);
		expect(await ann.seen('REMOVED_FROM_ROOM')).toMatchObject({ reason: 'removed' });
		await expect(ann.api.leaveCall(room)).rejects.toMatchObject({ code: 'session.lost' });
	});

	it('given a session in the call, when the same tab enters again, then it has to take over', async () => {
		const ann = openGuest('a');
		const { entered } = await ann.arrive('Ann');
		await ann.api.joinCall(room, presence, plainly);

		await expect(ann.api.enterRoom(room, { takeOver: false })).rejects.toMatchObject({
			code: 'room.occupied'
		});
		const again = await ann.api.enterRoom(room, { takeOver: true });

		expect(again.nextcloudSessionId).not.toBe(entered.nextcloudSessionId);
		expect(again.actorId).toBe(entered.actorId);
	});

	it('given a whole visit with hello 1.0, when it is over, then no frame of the server was left unread', async () => {
		const ann = openGuest('a');
		const { socket } = await ann.arrive('Ann', '1.0');
		await ann.api.joinCall(room, presence, plainly);
		await ann.api.updateCall(room, { ...presence, video: true });

		socket.bye();
		await ann.seen('SOCKET_CLOSED');

		expect(ann.counted.filter((reason) => /malformed|unknown/.test(reason))).toEqual([]);
	});
});
