import { describe, expect, it } from 'vitest';
import { microtasks } from '../../../../tests/support/peer-call-bench.ts';
import { accepted, openSession, settings, token } from '../../../../tests/support/signaling-bench.ts';
import type { SocketEvent } from '../signaling.ts';

const entering = { isEntering: true };
const opened: SocketEvent = { type: 'SOCKET_OPENED' };
const welcome: SocketEvent = { type: 'WELCOME_RECEIVED', features: ['hello-v2'] };
const open = 'open wss://hpb.example/spreed';

describe('a session that begins while the room is being entered', () => {
	it('given one that the server knows, when we are in the room, then only that is left to say', async () => {
		const session = openSession({}, entering);
		await microtasks();
		await session.say(opened, welcome, accepted('ann-1'));
		expect(session.socket().asked).toEqual([open, 'hello 2.0']);

		await session.enter();

		expect(session.socket().asked).toEqual([open, 'hello 2.0', 'join nc-1']);
		await session.say({ type: 'ROOM_JOINED', token });
		expect(session.heard).toMatchObject([{ type: 'SIGNALING_UP', sessionId: 'ann-1' }]);
	});

	it('given settings from before, when it begins, then its socket is opened in the same breath, and they are not asked for', async () => {
		const session = openSession({}, { ...entering, early: settings() });
		expect(session.socket().asked).toEqual([open]);

		await session.say(opened, welcome);

		expect(session.socket().asked).toEqual([open, 'hello 2.0']);
		expect(session.counts.settings).toBe(0);
	});

	it('given settings from before whose socket is lost, when it is opened again, then with new settings', async () => {
		const session = openSession({}, { ...entering, early: settings() });
		await session.say(opened, welcome);
		await session.enter();

		await session.drop();
		await session.advance(10_000);

		expect(session.sockets).toHaveLength(2);
		expect(session.counts.settings).toBe(1);
	});

	it('given a hello that is not answered yet, when we are in the room, then it is not waited for', async () => {
		const session = openSession({}, entering);
		await microtasks();
		await session.say(opened, welcome);
		await session.enter();
		expect(session.socket().asked).toEqual([open, 'hello 2.0', 'join nc-1']);

		await session.say(accepted('ann-1'), { type: 'ROOM_JOINED', token });

		expect(session.heard).toMatchObject([{ type: 'SIGNALING_UP', sessionId: 'ann-1' }]);
	});

	it('given a room that answers before the socket is open, when it opens, then all goes on as without haste', async () => {
		const session = openSession({}, entering);
		await microtasks();
		await session.enter();
		await session.say(opened);
		expect(session.socket().asked).toEqual([open]);

		await session.say(welcome);

		expect(session.socket().asked).toEqual([open, 'hello 2.0', 'join nc-1']);
	});

	it('given a server that knows hello 1.0 only, when we are in the room, then no welcome is waited for', async () => {
		const session = openSession({ settings: [settings({ helloV2: null })] }, entering);
		await microtasks();
		await session.say(opened);
		await session.enter();

		expect(session.socket().asked).toEqual([open, 'hello 1.0', 'join nc-1']);
	});

	it('given a room that takes longer than 5 s, when we are in it, then the session was given up before the server did, and all begins anew', async () => {
		const session = openSession({}, entering);
		await microtasks();
		await session.say(opened, welcome, accepted('ann-1'));
		await session.advance(4_999);
		expect(session.socket().isClosed).toBe(false);
		await session.advance(1);
		expect(session.socket().isClosed).toBe(true);
		await session.advance(60_000);
		expect(session.sockets).toHaveLength(1);

		await session.enter();

		expect(session.counts.settings).toBe(2);
		expect(session.sockets).toHaveLength(2);
		await session.say(opened, welcome);
		// what it knew of us is over: nothing is resumed that never was in a room
		expect(session.socket().asked).toEqual([open, 'hello 2.0', 'join nc-1']);
	});

	it('given settings that are refused to who is not in the room, when we are in it, then they are asked for at once, and nobody hears of trouble', async () => {
		const session = openSession({ settings: ['session.lost'] }, entering);
		await microtasks();
		await session.advance(30_000);
		expect(session.counts).toMatchObject({ settings: 1, entries: 0 });
		expect(session.heard).toEqual([]);

		await session.enter();

		expect(session.counts.settings).toBe(2);
	});

	it('given a socket that closes before we are in the room, when we are in it, then the next one is opened without a pause', async () => {
		const session = openSession({}, entering);
		await microtasks();
		await session.say(opened, welcome, accepted('ann-1'));
		await session.drop();
		await session.advance(60_000);
		expect(session.sockets).toHaveLength(1);

		await session.enter();

		expect(session.sockets).toHaveLength(2);
		await session.say(opened, welcome);
		expect(session.socket().asked).toEqual([open, 'hello 2.0', 'join nc-1']);
	});

	it('given a server without a socket, when we are in the room, then the first question is asked then, and not before', async () => {
		const session = openSession({ settings: [settings({ url: null })] }, entering);
		await microtasks();
		await session.say(opened);
		await session.advance(2_000);
		expect(session.socket().asked).toEqual(['open null']);

		await session.enter();

		expect(session.socket().asked).toEqual(['open null', 'join nc-1']);
	});

	it('given a session that the server knows, when we leave before the room answers, then the server is told', async () => {
		const session = openSession({}, entering);
		await microtasks();
		await session.say(opened, welcome, accepted('ann-1'));

		session.actor.send({ type: 'STOP' });

		expect(session.socket().asked.at(-1)).toBe('bye');
		expect(session.socket().isClosed).toBe(true);
		expect(session.actor.getSnapshot().status).toBe('done');
	});
});
