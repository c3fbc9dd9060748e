import { describe, expect, it } from 'vitest';
import { microtasks } from '../../../../tests/support/peer-call-bench.ts';
import { accepted, openSession, settings, token } from '../../../../tests/support/signaling-bench.ts';
import type { SocketEvent } from '../signaling.ts';

const joined: SocketEvent = { type: 'ROOM_JOINED', token };
const join = 'join nc-1';

/** Online at a server that has answered when it was asked whether it is still there. */
async function openTrusted(script: Parameters<typeof openSession>[0] = {}) {
	const session = openSession(script);
	await session.goOnline();
	await session.say(joined);
	const asked = () => session.sockets.map(({ asked }) => asked.filter((text) => text === join).length);
	return { ...session, asked };
}

describe('a socket that looks open', () => {
	it('given a server that answers, when nothing else happens, then it is asked each 30 s, and nobody hears of it', async () => {
		const session = await openTrusted();
		expect(session.asked()).toEqual([2]);

		await session.advance(29_999);
		expect(session.asked()).toEqual([2]);
		await session.advance(1);
		expect(session.asked()).toEqual([3]);
		await session.say(joined);
		await session.advance(29_999);

		expect(session.sockets).toHaveLength(1);
		expect(session.types()).toEqual(['SIGNALING_UP']);
	});

	it('given a server that used to answer, when it is silent for 5 s, then a new socket takes over the session, with what was said meanwhile', async () => {
		const session = await openTrusted();
		await session.advance(34_999);
		expect(session.sockets).toHaveLength(1);
		await session.advance(1);
		expect(session.sockets[0]?.isClosed).toBe(true);
		expect(session.types()).toEqual(['SIGNALING_UP', 'SIGNALING_DOWN']);
		session.send(1);

		await session.say({ type: 'SOCKET_OPENED' }, accepted('ann-1'));

		expect(session.socket().asked.slice(1)).toEqual(['resume resume-ann-1', 'answer to ben']);
		expect(session.heard.at(-1)).toMatchObject({ type: 'SIGNALING_UP', sessionId: 'ann-1', resumed: true });
	});

	it('given a session that was resumed, when the new socket falls silent as well, then it is replaced as the first was', async () => {
		const session = await openTrusted();
		await session.drop();
		await session.advance(1_000);
		await session.say({ type: 'SOCKET_OPENED' }, accepted('ann-1'));

		await session.advance(35_000);

		expect(session.sockets).toHaveLength(3);
	});

	it('given a session that has just begun, when media stops and the socket is silent, then it is replaced within 5 s', async () => {
		const session = openSession();
		await session.goOnline();
		await session.say(joined);

		session.actor.send({ type: 'DOUBT' });
		await session.advance(5_000);

		expect(session.sockets).toHaveLength(2);
	});

	it('given a server that has not answered yet, when a session is resumed, then it is asked whether it does', async () => {
		const session = openSession();
		await session.goOnline();
		await session.drop();
		await session.advance(1_000);
		await session.say({ type: 'SOCKET_OPENED' }, accepted('ann-1'), joined);

		await session.advance(35_000);

		expect(session.sockets).toHaveLength(3);
	});

	it('given media that stops, when that is told, then the server is asked at once, and once', async () => {
		const session = await openTrusted();

		session.actor.send({ type: 'DOUBT' });
		session.actor.send({ type: 'DOUBT' });
		expect(session.asked()).toEqual([3]);
		await session.advance(5_000);

		expect(session.sockets).toHaveLength(2);
	});

	it('given a server that never answers such a question, when time passes, then it is asked once and believed to be there', async () => {
		const session = openSession();
		await session.goOnline();

		await session.advance(600_000);
		session.actor.send({ type: 'DOUBT' });
		await session.advance(60_000);

		expect(session.socket().asked.filter((text) => text === join)).toHaveLength(2);
		expect(session.types()).toEqual(['SIGNALING_UP']);
	});

	it('given a server that used to answer, when another takes its place, then that one is not expected to', async () => {
		const session = await openTrusted();
		await session.drop();
		await session.advance(1_000);
		await session.say({ type: 'SOCKET_OPENED' }, { type: 'HELLO_REFUSED', code: 'no_such_session' });
		await session.goOnline('ann-2');

		await session.advance(600_000);

		expect(session.sockets).toHaveLength(3);
	});

	it.each(['no_such_room', 'room_join_failed'])(
		'given the answer %s, when it comes, then the server is there, and that is all it says',
		async (code) => {
			const session = await openTrusted();
			await session.advance(30_000);

			await session.say({ type: 'ROOM_REFUSED', code });
			await session.advance(29_999);

			expect(session.counts.entries).toBe(0);
			expect(session.sockets).toHaveLength(1);
			expect(session.types()).toEqual(['SIGNALING_UP']);
		}
	);

	it('given a server without a socket, when there is doubt, then it is not asked: its answers are waited for anyway', async () => {
		const pulled = settings({ url: null, helloV1: null, helloV2: null });
		const session = openSession({ settings: [pulled] });
		await microtasks();
		await session.say({ type: 'SOCKET_OPENED' }, accepted('nc-1'), joined);

		session.actor.send({ type: 'DOUBT' });
		await session.advance(120_000);

		expect(session.socket().asked).toEqual(['open null', join]);
		expect(session.types()).not.toContain('SIGNALING_DOWN');
	});
});
