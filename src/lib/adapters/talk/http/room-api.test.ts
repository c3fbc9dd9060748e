import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { createTestTalkApi, ocsAnswer } from '../../../../../tests/support/test-talk-api.ts';
import { RoomToken } from '../../../protocol/ids.ts';

const token = v.parse(RoomToken, 'abcd1234');
const roomPath = 'apps/spreed/api/v4/room/abcd1234';
const activePath = `${roomPath}/participants/active`;

const wireRoom = {
	token,
	type: 3,
	name: 'fallback',
	displayName: 'Team',
	actorType: 'guests',
	actorId: 'a'.repeat(40),
	participantType: 4,
	sessionId: 'nc-session',
	permissions: 246,
	canStartCall: true,
	hasPassword: true,
	hasCall: true,
	callStartTime: 1_766_000_000,
	readOnly: 0,
	lobbyState: 0,
	recordingConsent: 0
};

describe('looking up a room', () => {
	it('given a room, when it is looked up, then it is told in words', async () => {
		const { api, on } = createTestTalkApi();
		on('GET', roomPath, ocsAnswer(wireRoom));

		expect(await api.lookUpRoom(token)).toEqual({
			token,
			name: 'Team',
			description: '',
			hasPassword: true,
			hasCall: true,
			callStartedAt: 1_766_000_000,
			isReadOnly: false,
			isLobbyActive: false,
			isLobbyClosed: false,
			lobbyOpensAt: 0,
			needsRecordingConsent: false,
			isRecording: false,
			permissions: {
				startCall: true,
				joinCall: true,
				publishAudio: true,
				publishVideo: true,
				publishScreen: true,
				chat: true
			}
		});
	});

	it('given the skeleton for strangers, when it is read, then it promises nothing', async () => {
		const { api, on } = createTestTalkApi();
		const skeleton = { token, type: 3, permissions: 1, participantType: 4, sessionId: '0', hasCall: false };
		on('GET', roomPath, ocsAnswer({ ...skeleton, callStartTime: 5, name: '', displayName: '' }));

		const room = await api.lookUpRoom(token);

		expect(room).toMatchObject({ name: '', hasCall: false, callStartedAt: 0, hasPassword: false });
		expect(new Set(Object.values(room.permissions))).toEqual(new Set([false]));
	});

	it('given a closed lobby, when someone looks, then it holds only those it is meant for', async () => {
		const { api, on } = createTestTalkApi();
		const held = { ...wireRoom, lobbyState: 1 };
		on(
			'GET',
			roomPath,
			ocsAnswer(held),
			ocsAnswer({ ...held, participantType: 6 }),
			ocsAnswer({ ...held, permissions: 254 })
		);

		const rooms = [await api.lookUpRoom(token), await api.lookUpRoom(token), await api.lookUpRoom(token)];

		expect(rooms.map(({ isLobbyActive }) => isLobbyActive)).toEqual([true, false, false]);
	});

	it('given read-only, consent and no right to start, when the room is read, then it says so', async () => {
		const { api, on } = createTestTalkApi();
		const strict = { ...wireRoom, readOnly: 1, recordingConsent: 1, canStartCall: false, displayName: '' };
		on('GET', roomPath, ocsAnswer(strict));

		expect(await api.lookUpRoom(token)).toMatchObject({
			name: 'fallback',
			isReadOnly: true,
			needsRecordingConsent: true,
			permissions: { startCall: false, joinCall: true }
		});
	});
});

describe('entering a room', () => {
	it('given an open room, when it is entered, then a session was asked for and came', async () => {
		const { api, on, requests } = createTestTalkApi();
		on('POST', activePath, ocsAnswer({ ...wireRoom, participantType: 6 }));

		const entered = await api.enterRoom(token, { takeOver: false });

		expect(entered).toMatchObject({
			nextcloudSessionId: 'nc-session',
			actorType: 'guests',
			actorId: 'a'.repeat(40),
			isModerator: true,
			name: 'Team'
		});
		expect(requests).toMatchObject([{ body: { force: false } }]);
		expect(requests[0]?.body).toEqual({ force: false });
		expect(requests[0]?.headers['content-type']).toBe('application/json');
	});

	it('given a password, when the room is entered by force, then both are sent', async () => {
		const { api, on, requests } = createTestTalkApi();
		on('POST', activePath, ocsAnswer(wireRoom));

		await api.enterRoom(token, { password: 'pass phrase', takeOver: true });

		expect(requests[0]?.body).toEqual({ force: true, password: 'pass phrase' });
	});

	it('given an answer without a session, when the room is entered, then that is unexpected', async () => {
		const { api, on } = createTestTalkApi();
		on(
			'POST',
			activePath,
			ocsAnswer({ ...wireRoom, sessionId: '0' }),
			ocsAnswer({ ...wireRoom, sessionId: '' })
		);

		for (let turn = 0; turn < 2; turn += 1) {
			await expect(api.enterRoom(token, { takeOver: true })).rejects.toMatchObject({
				code: 'server.unexpected'
			});
		}
	});

	const refusals: [string, Parameters<typeof ocsAnswer>, string][] = [
		['a wrong password', [{ error: 'password' }, 403], 'room.password'],
		['a ban', [{ error: 'ban' }, 403], 'room.banned'],
		['a ban by an old server', [null, 403], 'room.banned'],
		['another refusal', [{ error: 'cookies' }, 403], 'server.refused'],
		['an unknown room', [null, 404], 'room.not-found'],
		['a live session, by a server that says no more', [null, 409], 'room.occupied'],
		['guessed passwords', [null, 429], 'server.throttled']
	];
	for (const [what, answer, code] of refusals) {
		it(`given ${what}, when the room is entered, then the error is ${code}`, async () => {
			const { api, on } = createTestTalkApi();
			on('POST', activePath, ocsAnswer(...answer));

			await expect(api.enterRoom(token, { takeOver: false })).rejects.toMatchObject({ code });
		});
	}
});

describe('a session in the way', () => {
	const now = 1_787_000_000;
	const headers = { Date: new Date(now * 1_000).toUTCString() };
	const conflict = (inCall: number, age: number, withClock = true) =>
		ocsAnswer({ sessionId: 'other', inCall, lastPing: now - age }, 409, withClock ? headers : {});

	for (const [inCall, age] of [
		[0, 41],
		[1, 61],
		[7, 3_600]
	] as const) {
		it(`given one silent for ${age} s with flags ${inCall}, when the room is entered, then it is replaced`, async () => {
			const { api, on, requests } = createTestTalkApi();
			on('POST', activePath, conflict(inCall, age), ocsAnswer(wireRoom));

			const entered = await api.enterRoom(token, { password: 'p', takeOver: false });

			expect(entered.nextcloudSessionId).toBe('nc-session');
			expect(requests.map(({ body }) => body)).toEqual([
				{ force: false, password: 'p' },
				{ force: true, password: 'p' }
			]);
		});
	}

	const standing: [string, ReturnType<typeof ocsAnswer>][] = [
		['alive outside the call', conflict(0, 40)],
		['alive in the call', conflict(7, 60)],
		['of an unknown age, since the server tells no time', conflict(0, 3_600, false)],
		['from the future', conflict(0, -100)]
	];
	for (const [what, answer] of standing) {
		it(`given one ${what}, when the room is entered, then the user has to decide`, async () => {
			const { api, on, requests } = createTestTalkApi();
			on('POST', activePath, answer);

			await expect(api.enterRoom(token, { takeOver: false })).rejects.toMatchObject({
				code: 'room.occupied',
				recovery: 'user'
			});
			expect(requests).toHaveLength(1);
		});
	}

	it('given force from the start, when it does not help, then it is not tried again', async () => {
		const { api, on, requests } = createTestTalkApi();
		on('POST', activePath, conflict(0, 100));

		await expect(api.enterRoom(token, { takeOver: true })).rejects.toMatchObject({ code: 'room.occupied' });
		expect(requests).toHaveLength(1);
	});

	it('given force that does not help, when the room is entered, then it is not tried again', async () => {
		const { api, on, requests } = createTestTalkApi();
		on('POST', activePath, conflict(0, 100), conflict(0, 100));

		await expect(api.enterRoom(token, { takeOver: false })).rejects.toMatchObject({ code: 'room.occupied' });
		expect(requests).toHaveLength(2);
	});
});

describe('the rest of a stay', () => {
	it('given a session, when it leaves as the page goes, then the request outlives the page', async () => {
		const { api, on, requests } = createTestTalkApi();
		on('DELETE', activePath, ocsAnswer(null), ocsAnswer(null));

		await api.leaveRoom(token, { keepalive: true });
		await api.leaveRoom(token);

		expect(requests.map(({ keepalive }) => keepalive)).toEqual([true, false]);
	});

	it('given a guest, when a name is set, then it is sent; without a session that is lost', async () => {
		const { api, on, requests } = createTestTalkApi();
		const path = 'apps/spreed/api/v1/guest/abcd1234/name';
		on('POST', path, ocsAnswer([]), ocsAnswer(null, 404), ocsAnswer(null, 403));

		await api.setGuestName(token, 'Ann');

		expect(requests[0]?.body).toEqual({ displayName: 'Ann' });
		await expect(api.setGuestName(token, 'Ann')).rejects.toMatchObject({ code: 'session.lost' });
		await expect(api.setGuestName(token, 'Ann')).rejects.toMatchObject({ code: 'server.refused' });
	});

	it('given a name, when a room is made, then it is public and its token comes back', async () => {
		const { api, on, requests } = createTestTalkApi();
		on('POST', 'apps/spreed/api/v4/room', ocsAnswer({ ...wireRoom, token: 'newroom1' }, 201));

		const room = await api.createRoom('Stand-up');

		expect(room.token).toBe('newroom1');
		expect(requests[0]?.body).toEqual({ roomType: 3, roomName: 'Stand-up' });
	});
});

describe('what the server can do', () => {
	const path = 'cloud/capabilities';

	it('given settings, when they are read, then they are told in words', async () => {
		const { api, on } = createTestTalkApi();
		const config = {
			call: { enabled: false, 'supported-reactions': ['❤️'], 'end-to-end-encryption': true },
			chat: { 'max-length': 1_000 },
			conversations: { 'can-create': true }
		};
		on(
			'GET',
			path,
			ocsAnswer({ capabilities: { spreed: { features: ['call-end-to-end-encryption'], config } } })
		);

		expect(await api.fetchServerInfo()).toEqual({
			callsEnabled: false,
			maxChatLength: 1_000,
			reactions: ['❤️'],
			features: ['call-end-to-end-encryption'],
			canCreateRooms: true,
			hasEncryptedCalls: true
		});
	});

	it.each([
		[['call-end-to-end-encryption'], { 'end-to-end-encryption': true }, true],
		[['call-end-to-end-encryption'], {}, true],
		[['call-end-to-end-encryption'], [], true],
		[['call-end-to-end-encryption'], { 'end-to-end-encryption': false }, false],
		[['call-end-to-end-encryption'], { 'end-to-end-encryption': 0 }, false],
		[[], { 'end-to-end-encryption': true }, false],
		[[], {}, false]
	])(
		'given the features %j and the setting %j, when it is asked, then encryption: %s',
		async (features, call, is) => {
			const { api, on } = createTestTalkApi();
			on('GET', path, ocsAnswer({ capabilities: { spreed: { features, config: { call } } } }));

			expect(await api.fetchServerInfo()).toMatchObject({ hasEncryptedCalls: is });
		}
	);

	it('given an old server with empty lists for objects, when it is asked, then the defaults hold', async () => {
		const { api, on } = createTestTalkApi();
		on('GET', path, ocsAnswer({ capabilities: { spreed: { features: [], config: [] } } }));

		expect(await api.fetchServerInfo()).toEqual({
			callsEnabled: true,
			maxChatLength: 32_000,
			reactions: [],
			features: [],
			canCreateRooms: false,
			hasEncryptedCalls: false
		});
	});

	it('given a Nextcloud without Talk, when it is asked, then it refuses for good', async () => {
		const { api, on } = createTestTalkApi();
		on('GET', path, ocsAnswer({ capabilities: [] }));

		await expect(api.fetchServerInfo()).rejects.toMatchObject({ code: 'server.refused', recovery: 'none' });
	});
});
