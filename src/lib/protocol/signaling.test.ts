import { expect, it } from 'vitest';
import { parseClientFrame } from './client-frame.ts';
import { parseSignalingEvent } from './signaling-event.ts';
import { parseServerFrame } from './signaling.ts';

it('given a frame of a type from the future, when either end reads it, then it is skipped', () => {
	expect(parseClientFrame({ type: 'hologram', hologram: {} })).toBeUndefined();
	expect(parseServerFrame({ type: 'dialout', dialout: {} })).toBeUndefined();
	expect(parseServerFrame({ type: 'event', event: { target: 'room', type: 'moon' } })).toBeUndefined();
});

it('given a known frame with a missing field, when it is read, then that is an error', () => {
	expect(() => parseClientFrame({ type: 'hello', hello: {} })).toThrow();
	expect(() => parseServerFrame({ type: 'hello', hello: { sessionid: 'a' } })).toThrow();
	expect(() => parseClientFrame({ type: 'room', room: { roomid: '../etc' } })).toThrow();
});

it('given a hello with a resume id, when it is read, then it is a resume', () => {
	const frame = parseClientFrame({ id: '1', type: 'hello', hello: { version: '1.0', resumeid: 'r' } });

	expect(frame).toEqual({ id: '1', type: 'hello', hello: { version: '1.0', resumeid: 'r' } });
});

it('given a hello with an empty resume id and credentials, when it is read, then the credentials count', () => {
	const auth = { url: 'https://talk.example/x', params: { token: 't' } };

	const frame = parseClientFrame({ type: 'hello', hello: { version: '2.0', resumeid: '', auth } });

	expect(frame).toEqual({ type: 'hello', hello: { version: '2.0', auth: { type: 'client', ...auth } } });
});

it('given empty PHP arrays for objects, when frames are read, then they count as empty objects', () => {
	expect(parseServerFrame({ type: 'room', room: { roomid: 'demo', properties: [] } })).toEqual({
		type: 'room',
		room: { roomid: 'demo', properties: {} }
	});
	expect(parseServerFrame({ type: 'bye', bye: [] })).toEqual({ type: 'bye', bye: { reason: '' } });
});

it('given boolean call flags of a very old server, when an update is read, then they become bits', () => {
	const users = [
		{ sessionId: 'a', inCall: true },
		{ sessionId: 'b', inCall: false },
		{ sessionId: 'c', inCall: 3, displayName: 'Cem' }
	];

	const event = parseSignalingEvent({
		target: 'participants',
		type: 'update',
		update: { roomid: 'demo', users }
	});

	expect(event).toMatchObject({ update: { users: [{ inCall: 7 }, { inCall: 0 }, { inCall: 3 }] } });
});

it('given an update for everybody, when it is read, then it is told apart from a list', () => {
	const update = { roomid: 'demo', incall: 0, all: true };

	const event = parseSignalingEvent({ target: 'participants', type: 'update', update });

	expect(event).toEqual({ target: 'participants', type: 'update', update });
});

it('given news of the chat, when it is read, then refresh and comment are told apart', () => {
	const read = (chat: unknown) =>
		parseSignalingEvent({
			target: 'room',
			type: 'message',
			message: { roomid: 'demo', data: { type: 'chat', chat } }
		});

	expect(read({ refresh: true })).toMatchObject({ message: { data: { chat: { refresh: true } } } });
	expect(read({ comment: { id: 1 } })).toMatchObject({
		message: { data: { chat: { refresh: false, comment: { id: 1 } } } }
	});
	expect(() => read('soon')).toThrow();
});

it('given a room message about something else, when it is read, then only its type is handed on', () => {
	const message = { roomid: 'demo', data: { type: 'recording', recording: { status: 1 } } };

	const event = parseSignalingEvent({ target: 'room', type: 'message', message });

	expect(event).toMatchObject({ message: { data: { type: 'recording' } } });
});
