import { describe, expect, it } from 'vitest';
import { microtasks } from '../../../../tests/support/peer-call-bench.ts';
import {
	accepted,
	openSession,
	room,
	settings,
	token,
	type Script
} from '../../../../tests/support/signaling-bench.ts';
import type { SocketEvent } from '../signaling.ts';

describe('a server without a socket', () => {
	const pulled = settings({ url: null, helloV1: null, helloV2: null });
	const enough = (count: number) => Array.from({ length: count }, () => pulled);
	/** The id of the session is that of the room session. */
	const letIn = (id = 'nc-1'): SocketEvent[] => [
		{ type: 'SOCKET_OPENED' },
		accepted(id),
		{ type: 'ROOM_JOINED', token }
	];
	const openPulled = (script: Partial<Script> = {}) => openSession({ settings: enough(20), ...script });

	it('given its settings, when it lets us in, then nobody says hello, and it has to be asked about the chat', async () => {
		const session = openPulled();
		await microtasks();

		await session.say(...letIn());

		expect(session.socket().asked).toEqual(['open null', 'join nc-1']);
		expect(session.heard).toEqual([
			{
				type: 'SIGNALING_UP',
				sessionId: 'nc-1',
				resumed: false,
				iceServers: [{ urls: ['stun:stun.example'] }],
				hasMediaServer: false,
				hasSimulcast: false,
				takesUpdates: false,
				tellsOfChat: false
			}
		]);
	});

	it('given a question that it holds, when it has not refused us for a second, then we are in', async () => {
		const session = openPulled();
		await microtasks();
		await session.say({ type: 'SOCKET_OPENED' }, accepted('nc-1'));

		await session.advance(999);
		expect(session.heard).toEqual([]);
		await session.advance(1);
		expect(session.types()).toEqual(['SIGNALING_UP']);
		await session.say({ type: 'ROOM_JOINED', token });

		expect(session.types()).toEqual(['SIGNALING_UP']);
	});

	it('given a lost question, when we come back, then by way of new settings, as who we were, with what waited', async () => {
		const session = openPulled();
		await microtasks();
		await session.say(...letIn());
		await session.drop();
		session.send(1);

		await session.advance(500);
		await session.say(...letIn());

		expect(session.counts).toEqual({ settings: 2, entries: 0 });
		expect(session.types()).toEqual(['SIGNALING_UP', 'SIGNALING_DOWN', 'SIGNALING_UP']);
		expect(session.heard.at(-1)).toMatchObject({ sessionId: 'nc-1', resumed: true });
		expect(session.socket().asked).toEqual(['open null', 'join nc-1', 'answer to ben']);
		expect(session.replies).toEqual([{ type: 'SEND_OK', id: 1 }]);
	});

	it('given a server that is away for minutes, when it is back, then so are we, and never were out', async () => {
		const session = openPulled({
			settings: [pulled, ...Array.from({ length: 30 }, () => 'server.unreachable' as const), pulled]
		});
		await microtasks();
		await session.say(...letIn());
		await session.drop();

		while (session.sockets.length < 2) await session.advance(1_000);
		await session.say(...letIn());

		expect(session.heard.at(-1)).toMatchObject({ type: 'SIGNALING_UP', sessionId: 'nc-1', resumed: true });
		expect(session.counts.entries).toBe(0);
	});

	it.each([
		['at once', 0],
		['after a while', 60_000]
	])(
		'given a room that does not know us (%s), when it says so, then we enter it anew, once',
		async (_, ms) => {
			const session = openPulled();
			await microtasks();
			if (ms > 0) await session.say(...letIn());
			else await session.say({ type: 'SOCKET_OPENED' }, accepted('nc-1'));
			await session.advance(ms);

			await session.say({ type: 'ROOM_REFUSED', code: 'no_such_room' });
			await session.say(...letIn('nc-again-1'));

			expect(session.counts.entries).toBe(1);
			expect(session.names).toEqual(['Ann']);
			expect(session.socket().asked).toEqual(['open null', 'join nc-again-1']);
			expect(session.heard.at(-1)).toMatchObject({ sessionId: 'nc-again-1', resumed: false });
		}
	);

	it('given a room that does not know us twice in a row, when it says so, then it is over', async () => {
		const session = openPulled();
		await microtasks();
		for (const id of ['nc-1', 'nc-again-1']) {
			await session.say({ type: 'SOCKET_OPENED' }, accepted(id), {
				type: 'ROOM_REFUSED',
				code: 'no_such_room'
			});
		}

		expect(session.heard.at(-1)).toEqual({ type: 'SIGNALING_REFUSED', code: 'room.not-found' });
		expect(session.actor.getSnapshot().status).toBe('done');
	});

	it.each([true, false])(
		'given another tab that took over, when we hear of it, then we stop (let in: %s)',
		async (isIn) => {
			const session = openPulled();
			await microtasks();
			if (isIn) await session.say(...letIn());
			else await session.say({ type: 'SOCKET_OPENED' }, accepted('nc-1'));

			await session.say({ type: 'REMOVED_FROM_ROOM', reason: 'replaced' });

			expect(session.heard).toContainEqual({ type: 'REMOVED_FROM_ROOM', reason: 'replaced' });
			expect(session.actor.getSnapshot().status).toBe('done');
			expect(session.socket().isClosed).toBe(true);
		}
	);

	it('given an answer without news, when a moment has passed, then it is asked again; after a loss it is not', async () => {
		const session = openPulled();
		await microtasks();
		await session.say(...letIn(), { type: 'NOTHING_NEW' });
		await session.advance(249);
		expect(session.socket().asked).not.toContain('pull again');
		await session.advance(1);
		expect(session.socket().asked.at(-1)).toBe('pull again');

		await session.say({ type: 'NOTHING_NEW' });
		await session.drop();
		await session.advance(250);

		expect(session.socket().asked.filter((what) => what === 'pull again')).toHaveLength(1);
	});

	it('given nobody who tells what changes in the room, when time passes, then we look, and failing is no harm', async () => {
		const session = openPulled({ looks: ['server.unreachable', { ...room('not told'), name: 'Renamed' }] });
		await microtasks();
		await session.say(...letIn());

		await session.advance(60_000);

		expect(session.looks()).toBe(2);
		expect(session.types()).toEqual(['SIGNALING_UP', 'ROOM_READ']);
		expect(session.heard.at(-1)).toMatchObject({ room: { name: 'Renamed' } });
		await session.advance(300_000);
		expect(session.looks()).toBe(12);
	});

	it('given a socket, when time passes, then nobody looks at the room, for the server tells', async () => {
		const session = openSession();
		await session.goOnline();

		await session.advance(300_000);

		expect(session.looks()).toBe(0);
	});

	it.each([
		['in the room', 0],
		['waiting', 1],
		['asking for settings', 2]
	])(
		'given our leaving, when the room does not know us any more, then we do not come back (%s)',
		async (_, stage) => {
			const session = openPulled();
			await microtasks();
			if (stage < 2) await session.say(...letIn());
			if (stage === 1) await session.drop();
			if (stage === 2) session.actor.send({ type: 'CONNECT_NOW' });

			session.actor.send({ type: 'PARTING' });
			await session.advance(60_000);

			expect(session.counts.entries).toBe(0);
			expect(session.actor.getSnapshot().status).toBe('done');
			expect(session.clock.pending).toBe(0);
			expect(session.sockets.every(({ isClosed }) => isClosed || stage === 1)).toBe(true);
		}
	);

	it('given our leaving over a socket, when it is said, then goodbye can still be', async () => {
		const session = openSession();
		await session.goOnline();

		session.actor.send({ type: 'PARTING' });
		expect(session.socket().isClosed).toBe(false);
		session.actor.send({ type: 'STOP' });

		expect(session.socket().asked.at(-1)).toBe('bye');
	});

	it('given settings with a socket by now, when we come back, then over that, as somebody new', async () => {
		const session = openSession({ settings: [pulled, settings()] });
		await microtasks();
		await session.say(...letIn());
		await session.drop();
		await session.advance(500);

		await session.goOnline();

		expect(session.socket().asked).toEqual([
			'open wss://hpb.example/spreed',
			'hello 2.0',
			'join nc-1',
			'join nc-1'
		]);
		expect(session.heard.at(-1)).toMatchObject({ sessionId: 'ann-1', resumed: false, tellsOfChat: true });
	});
});
