import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { SocketEvent } from '../../../domain/signaling.ts';
import { RoomToken } from '../../../protocol/ids.ts';
import { talkDialect } from './dialect.ts';
import { createFrameReader } from './frame-reader.ts';

const token = v.parse(RoomToken, 'abcd1234');

function createReader() {
	const counted: string[] = [];
	const reader = createFrameReader(talkDialect, (reason) => counted.push(reason));
	reader.roomRequested('1', token);
	const read = (frame: unknown): SocketEvent[] => reader.read(JSON.stringify(frame));
	read({ id: '1', type: 'room', room: { roomid: token } });
	return { read, readRaw: (data: unknown) => reader.read(data), counted };
}

const event = (target: string, type: string, content: object) => ({
	type: 'event',
	event: { target, type, ...content }
});
const message = (data: unknown, type = 'message') => ({
	type,
	[type]: { sender: { type: 'session', sessionid: 'ben' }, data }
});

describe('participants', () => {
	it('given an update, when it is read, then it tells what was in it and no more', () => {
		const { read } = createReader();
		const users = [
			{
				sessionId: 'ben',
				nextcloudSessionId: 'nc-ben',
				inCall: 3,
				lastPing: 1,
				participantType: 4,
				participantPermissions: 1 | 4 | 16,
				actorType: 'guests',
				actorId: 'b',
				displayName: 'Ben'
			},
			{ sessionId: 'cem', inCall: 0 },
			{ sessionId: 'dan', userId: 'dan', internal: true },
			{ sessionId: 'eve', userId: '', virtual: true, inCall: 9 },
			{ sessionId: 'fay', internal: false }
		];

		const events = read(event('participants', 'update', { update: { roomid: token, users } }));

		const away = { inCall: false, audio: false, video: false };
		expect(events).toEqual([
			{
				type: 'PARTICIPANTS_CHANGED',
				participants: [
					{
						sessionId: 'ben',
						nextcloudSessionId: 'nc-ben',
						presence: { inCall: true, audio: true, video: false },
						permissions: {
							startCall: false,
							joinCall: true,
							publishAudio: true,
							publishVideo: false,
							publishScreen: false,
							chat: false
						},
						actorType: 'guests',
						actorId: 'b',
						name: 'Ben',
						isModerator: false
					},
					{ sessionId: 'cem', presence: away },
					{ sessionId: 'dan', actorType: 'users', actorId: 'dan', isInternal: true },
					{ sessionId: 'eve', presence: { ...away, inCall: true }, isInternal: true },
					{ sessionId: 'fay', isInternal: false }
				]
			}
		]);
	});

	it('given an update for all, when it ends the call, then it is told; another is only counted', () => {
		const { read, counted } = createReader();
		const all = (incall: number) =>
			read(event('participants', 'update', { update: { roomid: token, incall, all: true } }));

		expect(all(0)).toEqual([{ type: 'CALL_ENDED_FOR_ALL' }]);
		expect(all(7)).toEqual([]);
		expect(counted).toEqual(['event.ignored: participants/update']);
	});

	it('given joins and changes, when they are read, then ids and names of accounts are told', () => {
		const { read } = createReader();
		const members = [
			{ sessionid: 'ben', userid: '', roomsessionid: 'nc-ben', features: ['x'] },
			{ sessionid: 'cem', userid: 'cem', user: { displayname: 'Cem' } },
			{ sessionid: 'dan', userid: 'dan', user: [] }
		];
		const expected = [
			{
				type: 'PARTICIPANTS_CHANGED',
				participants: [
					{ sessionId: 'ben', nextcloudSessionId: 'nc-ben' },
					{ sessionId: 'cem', name: 'Cem' },
					{ sessionId: 'dan' }
				]
			}
		];

		expect(read(event('room', 'join', { join: members }))).toEqual(expected);
		expect(read(event('room', 'change', { change: members }))).toEqual(expected);
		expect(read(event('room', 'join', { join: [] }))).toEqual([]);
	});

	it('given departures, when they are read, then the sessions are named', () => {
		const { read } = createReader();

		expect(read(event('room', 'leave', { leave: ['ben', 'cem'] }))).toEqual([
			{ type: 'SESSIONS_LEFT', sessionIds: ['ben', 'cem'] }
		]);
		expect(read(event('room', 'leave', { leave: [] }))).toEqual([]);
	});
});

describe('news of the room', () => {
	it('given chat, when it changes in either form, then that is all that is told', () => {
		const { read, counted } = createReader();
		const said = (data: object) => read(event('room', 'message', { message: { roomid: token, data } }));

		expect(said({ type: 'chat', chat: { refresh: true } })).toEqual([{ type: 'CHAT_CHANGED' }]);
		expect(said({ type: 'chat', chat: { comment: { id: 1 } } })).toEqual([{ type: 'CHAT_CHANGED' }]);
		expect(said({ type: 'transcription' })).toEqual([]);
		expect(counted).toEqual(['event.ignored: room/message']);
	});

	it('given a recording, when it starts, runs, fails or stops, then it is told whether it runs', () => {
		const { read } = createReader();
		const runs = [0, 1, 2, 3, 4, 5].map((status) =>
			read(
				event('room', 'message', {
					message: { roomid: token, data: { type: 'recording', recording: { status } } }
				})
			)
		);

		expect(runs).toEqual(
			[false, true, true, false, false, false].map((isRecording) => [
				{ type: 'RECORDING_CHANGED', isRecording }
			])
		);
	});

	it('given a disinvite, when it is for our room, then we were removed', () => {
		const { read } = createReader();
		const disinvite = { roomid: token, properties: [], reason: 'disinvited' };

		expect(read(event('roomlist', 'disinvite', { disinvite }))).toEqual([
			{ type: 'REMOVED_FROM_ROOM', reason: 'removed' }
		]);
	});

	it('given word that our place is elsewhere, when it comes, then the other room is told', () => {
		const { read } = createReader();

		expect(read(event('room', 'switchto', { switchto: { roomid: 'other123' } }))).toEqual([
			{ type: 'SENT_TO_ROOM', token: 'other123' }
		]);
	});

	it('given what Roost does not act on, when it comes, then it is counted by its name', () => {
		const { read, counted } = createReader();
		read(event('roomlist', 'update', { update: { roomid: token, properties: { name: 'x' } } }));
		read(event('roomlist', 'invite', { invite: { roomid: 'other123' } }));
		read(event('participants', 'flags', { flags: { roomid: token, sessionid: 'p', flags: 1 } }));
		read({ type: 'transient', transient: { type: 'initial', data: [] } });

		expect(counted).toEqual([
			'event.ignored: roomlist/update',
			'event.ignored: roomlist/invite',
			'event.ignored: participants/flags',
			'frame.ignored: transient'
		]);
	});
});

describe('messages of peers', () => {
	it('given an order to mute, when it is a control frame, then it is told', () => {
		const { read } = createReader();

		expect(read(message({ action: 'forceMute', peerId: 'cem' }, 'control'))).toEqual([
			{ type: 'MUTED_BY_MODERATOR', target: 'cem', from: 'ben' }
		]);
	});

	it('given an order to lower a hand, when it is a control frame, then it is told', () => {
		const { read } = createReader();

		expect(read(message({ action: 'lowerHand', peerId: 'cem' }, 'control'))).toEqual([
			{ type: 'HAND_LOWERED_BY_MODERATOR', target: 'cem', from: 'ben' }
		]);
	});

	it('given an order to mute, when it is a plain message, then it is not believed', () => {
		const { read, counted } = createReader();
		const order = { action: 'forceMute', peerId: 'cem' };

		expect(read(message({ type: 'control', payload: order }))).toEqual([]);
		expect(read(message({ type: 'control', ...order }))).toEqual([]);
		expect(read(message(order))).toEqual([]);
		expect(read(message({ type: 'hangup' }, 'control'))).toEqual([]);
		expect(counted).toEqual(['peer.unknown', 'peer.unknown', 'peer.malformed', 'control.unknown']);
	});

	it('given a message that names another sender, when it is read, then the envelope counts', () => {
		const { read } = createReader();
		const claimed = { from: 'eve', sender: 'eve', to: 'eve', broadcaster: 'eve' };
		const data = { ...claimed, type: 'nickChanged', payload: { name: 'Ben' } };

		expect(read(message(data))).toEqual([
			{ type: 'MEMBER_STATE_RECEIVED', from: 'ben', state: { kind: 'name', name: 'Ben' } }
		]);
	});

	it('given an offer with a name, when it is read, then the name is told after it', () => {
		const { read } = createReader();
		const payload = { type: 'offer', sdp: 'v=0', nick: 'Ben' };

		expect(read(message({ type: 'offer', sid: 17, roomType: 'screen', payload }))).toEqual([
			{
				type: 'PEER_SIGNAL_RECEIVED',
				from: 'ben',
				signal: {
					kind: 'invite',
					callId: '17',
					purpose: 'screenshare',
					description: { type: 'offer', sdp: 'v=0' },
					metadata: {},
					lifetimeMs: 10_000
				}
			},
			{ type: 'MEMBER_STATE_RECEIVED', from: 'ben', state: { kind: 'name', name: 'Ben' } }
		]);
	});

	it('given the end of candidates in Talk’s own word, when it is read, then it is an empty candidate', () => {
		const { read } = createReader();

		expect(read(message({ type: 'endOfCandidates', sid: '1', roomType: 'video' }))).toEqual([
			{
				type: 'PEER_SIGNAL_RECEIVED',
				from: 'ben',
				signal: {
					kind: 'candidates',
					callId: '1',
					purpose: 'usermedia',
					candidates: [{ candidate: '', sdpMid: null, sdpMLineIndex: null }]
				}
			}
		]);
	});

	it('given signals that belong to no connection of ours, when they come, then they are counted', () => {
		const { read, counted } = createReader();
		const payload = { type: 'offer', sdp: 'v=0' };
		const ignored = [
			{ type: 'offer', roomType: 'video', payload },
			{ type: 'offer', sid: '1', roomType: 'audio', payload },
			{ type: 'requestoffer', roomType: 'video' },
			{ type: 'mute', payload: {} },
			{ type: 'startedTyping' }
		];

		for (const data of ignored) expect(read(message(data))).toEqual([]);

		expect(counted).toEqual([
			'peer.ignored: offer',
			'peer.ignored: offer',
			'peer.ignored: requestoffer',
			'peer.ignored: mute',
			'peer.ignored: startedTyping'
		]);
	});
});

describe('what makes no sense', () => {
	it('given frames of no known form, when they come, then they are counted and the next one is read', () => {
		const { read, readRaw, counted } = createReader();
		const broken = [new ArrayBuffer(2), undefined, '', '{', 'null', '[]', '{"type":"room","room":{}}'];

		for (const data of broken) expect(readRaw(data)).toEqual([]);
		expect(read({ type: 'dialout', dialout: {} })).toEqual([]);

		expect(counted).toEqual([...broken.map(() => 'frame.malformed'), 'frame.unknown']);
		expect(read({ type: 'bye' })).toEqual([{ type: 'SERVER_SAID_BYE', reason: '' }]);
	});

	/** Words that lead a random frame past the first tests of the reader. */
	const word = fc.constantFrom(
		...['type', 'event', 'target', 'room', 'roomlist', 'participants', 'update', 'users', 'join', 'leave'],
		...[
			'message',
			'control',
			'sender',
			'sessionid',
			'sessionId',
			'data',
			'sid',
			'payload',
			'offer',
			'candidate'
		],
		...[
			'hello',
			'resumeid',
			'error',
			'code',
			'id',
			'1',
			'',
			'roomid',
			'abcd1234',
			'action',
			'forceMute',
			'peerId'
		],
		...['mute', 'name', 'audio', 'disinvite', 'bye', 'welcome', '__proto__']
	);
	const nearFrame = fc.letrec((tie) => ({
		value: fc.oneof(
			{ maxDepth: 6 },
			word,
			fc.jsonValue(),
			fc.dictionary(word, tie('value')),
			fc.array(tie('value'), { maxLength: 3 })
		)
	})).value;
	const sessionId = fc.oneof(fc.constant(''), fc.string(), fc.constant(null));
	const addressed = sessionId.chain((id) =>
		fc.constantFrom<object>(
			message({ type: 'mute', payload: { name: id } }),
			{
				type: 'message',
				message: { sender: { type: 'session', sessionid: id }, data: { type: 'unshareScreen' } }
			},
			event('room', 'join', { join: [{ sessionid: id }] }),
			event('room', 'leave', { leave: [id] }),
			event('participants', 'update', { update: { roomid: token, users: [{ sessionId: id }] } }),
			message({ action: 'forceMute', peerId: id }, 'control'),
			{ type: 'hello', hello: { sessionid: id, resumeid: 'r' } }
		)
	);

	it('given any text at all, when it is read, then nothing is thrown and no session id is empty', () => {
		const text = fc.oneof(
			fc.string(),
			fc.json(),
			fc.oneof(nearFrame, addressed).map((raw) => JSON.stringify(raw))
		);
		fc.assert(
			fc.property(text, (frame) => {
				const { readRaw } = createReader();
				for (const told of readRaw(frame)) expect(sessionIdsOf(told)).not.toContain('');
			}),
			{ seed: 20_26, numRuns: 2_000 }
		);
	});
});

function sessionIdsOf(told: SocketEvent): string[] {
	switch (told.type) {
		case 'PARTICIPANTS_CHANGED':
			return told.participants.map(({ sessionId }) => sessionId);
		case 'SESSIONS_LEFT':
			return told.sessionIds;
		case 'PEER_SIGNAL_RECEIVED':
		case 'MEMBER_STATE_RECEIVED':
			return [told.from];
		case 'MUTED_BY_MODERATOR':
		case 'HAND_LOWERED_BY_MODERATOR':
			return [told.target, told.from];
		case 'HELLO_ACCEPTED':
			return [told.sessionId];
		default:
			return [];
	}
}
