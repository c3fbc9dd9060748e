import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { microtasks } from '../../../../tests/support/peer-call-bench.ts';
import { accepted, ben, openSession, settings, token } from '../../../../tests/support/signaling-bench.ts';
import { RoostError, type ErrorCode } from '../errors.ts';
import type { SocketEvent } from '../signaling.ts';

describe('getting in', () => {
	it('given a server with hello 2.0, when its welcome comes, then hello, room and report follow in that order', async () => {
		const session = openSession();
		await session.goOnline();

		expect(session.socket().asked).toEqual([
			'open wss://hpb.example/spreed',
			'hello 2.0',
			'join nc-1',
			'join nc-1' // does it answer when it is asked once more?
		]);
		expect(session.heard).toEqual([
			{
				type: 'SIGNALING_UP',
				sessionId: 'ann-1',
				resumed: false,
				iceServers: [{ urls: ['stun:stun.example'] }],
				hasMediaServer: false,
				hasSimulcast: false,
				takesUpdates: false,
				tellsOfChat: true
			}
		]);
	});

	it('given a server that relays media, when we are in, then the call knows; when a request is refused, then it hears that too', async () => {
		const session = openSession();
		await microtasks();
		await session.say({ type: 'SOCKET_OPENED' }, { type: 'WELCOME_RECEIVED', features: ['hello-v2'] });
		await session.say({ type: 'REQUEST_REFUSED', code: 'too early to matter' });
		await session.say({ ...accepted('ann-1'), features: ['mcu', 'simulcast', 'update-sdp'] } as SocketEvent);
		await session.say({ type: 'ROOM_JOINED', token }, { type: 'REQUEST_REFUSED', code: 'not_allowed' });

		expect(session.heard).toEqual([
			expect.objectContaining({
				type: 'SIGNALING_UP',
				hasMediaServer: true,
				hasSimulcast: true,
				takesUpdates: true
			}),
			{ type: 'REQUEST_REFUSED', code: 'not_allowed' }
		]);
	});

	it('given hello 2.0 in the settings, when no welcome comes, then hello 1.0 leaves after 1.5 s, before the server hangs up', async () => {
		const session = openSession();
		await microtasks();
		await session.say({ type: 'SOCKET_OPENED' });
		await session.advance(1_499);
		expect(session.socket().asked).toHaveLength(1);

		await session.advance(1);

		expect(session.socket().asked.at(-2)).toBe('hello 1.0');
	});

	it('given a welcome, when hello is said, then the room is asked for in the same breath, and we are up with its answer', async () => {
		const session = openSession();
		await microtasks();
		await session.say({ type: 'SOCKET_OPENED' }, { type: 'WELCOME_RECEIVED', features: ['hello-v2'] });
		expect(session.socket().asked.slice(1)).toEqual(['hello 2.0', 'join nc-1']);

		await session.say(accepted('ann-1'));
		expect(session.heard).toEqual([]);
		expect(session.socket().asked).toHaveLength(3);
		await session.say({ type: 'ROOM_JOINED', token });

		expect(session.heard).toEqual([expect.objectContaining({ type: 'SIGNALING_UP' })]);
	});

	it('given a welcome without hello-v2, when it comes, then hello is 1.0', async () => {
		const session = openSession();
		await microtasks();

		await session.say({ type: 'SOCKET_OPENED' }, { type: 'WELCOME_RECEIVED', features: ['mcu'] });

		expect(session.socket().asked.at(-2)).toBe('hello 1.0');
	});

	it('given settings without hello 2.0, when the socket opens, then nothing is waited for', async () => {
		const session = openSession({ settings: [settings({ helloV2: null })] });
		await microtasks();

		await session.say({ type: 'SOCKET_OPENED' });

		expect(session.socket().asked.at(-2)).toBe('hello 1.0');
	});

	it('given settings without hello 1.0, when no welcome comes, then hello is 2.0', async () => {
		const session = openSession({ settings: [settings({ helloV1: null })] });
		await microtasks();
		await session.say({ type: 'SOCKET_OPENED' });

		await session.advance(1_500);

		expect(session.socket().asked.at(-2)).toBe('hello 2.0');
	});

	it('given settings with no way to say hello, when the socket opens, then the machine lives and tries again', async () => {
		const session = openSession({ settings: [settings({ helloV1: null, helloV2: null })] });
		await microtasks();

		await session.say({ type: 'SOCKET_OPENED' });
		await session.advance(60_000);

		expect(session.broken).toEqual([]);
		expect(session.counts.settings).toBeGreaterThan(1);
	});

	it('given a hello, when the room has not answered, then nobody is told that we are in', async () => {
		const session = openSession();
		await microtasks();

		await session.say(
			{ type: 'SOCKET_OPENED' },
			{ type: 'WELCOME_RECEIVED', features: ['hello-v2'] },
			accepted('ann-1')
		);

		expect(session.types()).toEqual([]);
	});

	it('given a socket that never opens, when 10 s are over, then it is closed and another one is tried', async () => {
		const session = openSession();
		await microtasks();

		await session.advance(10_000);
		expect(session.sockets[0]?.isClosed).toBe(true);
		await session.advance(1_000);

		expect(session.sockets).toHaveLength(2);
	});

	it.each(['greeting', 'joining the room'])(
		'given silence while %s, when 10 s are over, then it starts again',
		async (step) => {
			const session = openSession();
			await microtasks();
			await session.say({ type: 'SOCKET_OPENED' }, { type: 'WELCOME_RECEIVED', features: ['hello-v2'] });
			if (step !== 'greeting') await session.say(accepted('ann-1'));

			await session.advance(11_000);

			expect(session.sockets).toHaveLength(2);
			expect(session.counts.settings).toBe(2);
		}
	);
});

describe('refusals', () => {
	it('given a refused hello, when it is tried again, then with settings fetched anew, and a person can know', async () => {
		const session = openSession();
		await microtasks();
		await session.say(
			{ type: 'SOCKET_OPENED' },
			{ type: 'WELCOME_RECEIVED', features: ['hello-v2'] },
			{ type: 'HELLO_REFUSED', code: 'token_expired' }
		);
		expect(session.heard).toEqual([{ type: 'SIGNALING_TROUBLE', code: 'signaling.refused' }]);

		await session.advance(1_000);

		expect(session.counts.settings).toBe(2);
		expect(session.sockets).toHaveLength(2);
	});

	it('given a hello throttled for too many attempts, when it is tried again, then not before 10 s', async () => {
		const session = openSession();
		await microtasks();
		await session.say(
			{ type: 'SOCKET_OPENED' },
			{ type: 'WELCOME_RECEIVED', features: ['hello-v2'] },
			{ type: 'HELLO_REFUSED', code: 'too_many_requests' }
		);

		await session.advance(9_999);
		expect(session.sockets).toHaveLength(1);
		await session.advance(1);

		expect(session.sockets).toHaveLength(2);
	});

	it('given a throttled request for settings, when it is tried again, then not before the server allows it', async () => {
		const session = openSession({
			settings: [new RoostError('server.throttled', 'scripted', { retryAfterMs: 25_000 })]
		});
		await microtasks();

		await session.advance(24_999);
		expect(session.counts.settings).toBe(1);
		await session.advance(1);

		expect(session.counts.settings).toBe(2);
	});

	it.each(['no_such_room', 'duplicate_session'])(
		'given a room session that the server does not know (%s), when refused, then the room is entered anew, once',
		async (code) => {
			const session = openSession();
			await microtasks();
			await session.say(
				{ type: 'SOCKET_OPENED' },
				{ type: 'WELCOME_RECEIVED', features: ['hello-v2'] },
				accepted('ann-1'),
				{ type: 'ROOM_REFUSED', code }
			);
			await session.goOnline('ann-2');

			expect(session.counts).toEqual({ settings: 2, entries: 1 });
			expect(session.names).toEqual(['Ann']);
			expect(session.socket().asked).toContain('join nc-again-1');
			expect(session.types()).toEqual(['ROOM_REENTERED', 'SIGNALING_UP']);
		}
	);

	it('given a room session refused twice, when the second refusal comes, then it gives up and says so', async () => {
		const session = openSession();
		await microtasks();
		for (const name of ['ann-1', 'ann-2']) {
			await session.say(
				{ type: 'SOCKET_OPENED' },
				{ type: 'WELCOME_RECEIVED', features: ['hello-v2'] },
				accepted(name),
				{ type: 'ROOM_REFUSED', code: 'no_such_room' }
			);
		}

		expect(session.heard.at(-1)).toEqual({ type: 'SIGNALING_REFUSED', code: 'room.not-found' });
		expect(session.actor.getSnapshot().status).toBe('done');
		expect(session.clock.pending).toBe(0);
	});

	it.each<SocketEvent>([
		{ type: 'ROOM_REFUSED', code: 'room_join_failed' },
		{ type: 'SOCKET_CLOSED', code: 1006 },
		{ type: 'HELLO_REFUSED', code: 'session_limit_exceeded' }
	])(
		'given a room session made anew that expires in an outage ($type), when it is refused afterwards, then it is made anew once more',
		async (trouble) => {
			const session = openSession();
			const greet = () =>
				session.say({ type: 'SOCKET_OPENED' }, { type: 'WELCOME_RECEIVED', features: ['hello-v2'] });
			const refuse = async () => {
				await greet();
				await session.say(accepted('ann-1'), { type: 'ROOM_REFUSED', code: 'no_such_room' });
			};
			await microtasks();
			await refuse();
			await greet();
			if (trouble.type === 'ROOM_REFUSED') await session.say(accepted('ann-1'));
			await session.say(trouble);
			await session.advance(15_000);

			await refuse();
			await session.goOnline('ann-2');

			expect(session.counts.entries).toBe(2);
			expect(session.heard.at(-1)).toMatchObject({ type: 'SIGNALING_UP', sessionId: 'ann-2' });
		}
	);

	it('given a room that cannot be joined now, when refused, then it is tried again with the same session', async () => {
		const session = openSession();
		await microtasks();
		await session.say(
			{ type: 'SOCKET_OPENED' },
			{ type: 'WELCOME_RECEIVED', features: ['hello-v2'] },
			accepted('ann-1'),
			{ type: 'ROOM_REFUSED', code: 'room_join_failed' }
		);
		await session.advance(1_000);
		await session.goOnline('ann-2');

		expect(session.counts).toEqual({ settings: 2, entries: 0 });
		expect(session.socket().asked).toContain('join nc-1');
	});

	it('given a room session that is gone, when settings are asked for again and again, then each new entry waits for its turn', async () => {
		const session = openSession({ settings: [...Array<ErrorCode>(12).fill('session.lost')] });
		await microtasks();
		expect(session.counts.entries).toBe(1); // at once the first time, never in a loop

		await session.advance(3_000);

		expect(session.counts.entries).toBeLessThan(6);
		await session.advance(120_000);
		expect(session.sockets.length).toBeGreaterThan(0);
	});

	it('given a room that is gone, when the server says so twice, 5 s apart, then it is believed', async () => {
		const session = openSession({
			settings: ['session.lost'],
			entries: ['room.not-found', 'room.not-found']
		});
		await microtasks();
		await session.advance(4_999);
		expect(session.counts.entries).toBe(1);
		expect(session.types()).toEqual([]);

		await session.advance(1);

		expect(session.heard).toEqual([{ type: 'SIGNALING_REFUSED', code: 'room.not-found' }]);
	});

	it('given a server that says not found only once, when asked again, then it goes on', async () => {
		const session = openSession({ settings: ['session.lost'], entries: ['room.not-found'] });
		await microtasks();
		await session.advance(5_000);
		await session.goOnline();

		expect(session.types()).toEqual(['ROOM_REENTERED', 'SIGNALING_UP']);
	});

	it.each(['room.banned', 'room.password'] as const)(
		'given a room that answers %s, when entered anew, then it gives up',
		async (code) => {
			const session = openSession({ settings: ['session.lost'], entries: [code] });
			await microtasks();

			expect(session.heard).toEqual([{ type: 'SIGNALING_REFUSED', code }]);
			expect(session.actor.getSnapshot().status).toBe('done');
		}
	);

	it('given somebody who was told that our room session is gone, when they say so, then it is made anew', async () => {
		const session = openSession();
		await session.goOnline();

		session.actor.send({ type: 'ROOM_SESSION_LOST' });
		await microtasks();
		await session.goOnline('ann-2');

		expect(session.types()).toEqual(['SIGNALING_UP', 'SIGNALING_DOWN', 'ROOM_REENTERED', 'SIGNALING_UP']);
		expect(session.heard.at(-1)).toMatchObject({ sessionId: 'ann-2', resumed: false });
	});
});

describe('losing and finding the socket', () => {
	it('given a session in the room, when the socket is lost, then it is resumed without new settings', async () => {
		const session = openSession();
		await session.goOnline();
		await session.drop();
		expect(session.types()).toEqual(['SIGNALING_UP', 'SIGNALING_DOWN']);

		await session.advance(1_000);
		await session.say({ type: 'SOCKET_OPENED' });
		expect(session.socket().asked.at(-1)).toBe('resume resume-ann-1');
		await session.say(accepted('ann-1'));

		expect(session.heard.at(-1)).toMatchObject({ type: 'SIGNALING_UP', sessionId: 'ann-1', resumed: true });
		expect(session.counts.settings).toBe(1);
	});

	it('given a resumption, when it is refused, then settings are fetched and a new session begins', async () => {
		const session = openSession();
		await session.goOnline();
		await session.drop();
		await session.advance(1_000);

		await session.say({ type: 'SOCKET_OPENED' }, { type: 'HELLO_REFUSED', code: 'no_such_session' });
		await session.goOnline('ann-2');

		expect(session.counts.settings).toBe(2);
		expect(session.heard.at(-1)).toMatchObject({ type: 'SIGNALING_UP', sessionId: 'ann-2', resumed: false });
	});

	it('given a resumption, when the server gives another session instead, then it counts as a new one and joins the room', async () => {
		const session = openSession();
		await session.goOnline();
		await session.drop();
		await session.advance(1_000);

		await session.say({ type: 'SOCKET_OPENED' }, accepted('ann-2'));
		expect(session.socket().asked.at(-1)).toBe('join nc-1');
		await session.say({ type: 'ROOM_JOINED', token });

		expect(session.heard.at(-1)).toMatchObject({ type: 'SIGNALING_UP', sessionId: 'ann-2', resumed: false });
	});

	it('given a session that was not in the room yet, when the socket is lost, then it is not resumed', async () => {
		const session = openSession();
		await microtasks();
		await session.say(
			{ type: 'SOCKET_OPENED' },
			{ type: 'WELCOME_RECEIVED', features: ['hello-v2'] },
			accepted('ann-1')
		);
		await session.drop();

		await session.advance(1_000);
		await session.goOnline('ann-2');

		expect(session.socket().asked).toEqual([
			'open wss://hpb.example/spreed',
			'hello 2.0',
			'join nc-1',
			'join nc-1'
		]);
		expect(session.heard).toMatchObject([{ type: 'SIGNALING_UP', sessionId: 'ann-2', resumed: false }]);
	});

	it('given a server that stays away, when it is tried again and again, then the waits grow to 15 s and never end', async () => {
		const session = openSession();
		await session.goOnline();
		const opened: number[] = [];
		await session.drop();
		for (let moment = 0; moment < 120_000; moment += 100) {
			const before = session.sockets.length;
			await session.advance(100);
			if (session.sockets.length === before) continue;
			opened.push(session.clock.now());
			await session.drop();
		}

		const waits = opened.map((at, index) => at - (opened[index - 1] ?? 0));
		expect(waits.slice(0, 8)).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
	});

	it('given a long outage, when the server is back, then the next loss starts with a short wait', async () => {
		const session = openSession();
		await session.goOnline();
		for (const wait of [500, 1_000, 2_000]) {
			await session.drop();
			await session.advance(wait);
		}
		await session.say({ type: 'SOCKET_OPENED' }, accepted('ann-1'));

		await session.drop();
		await session.advance(500);

		expect(session.sockets).toHaveLength(5);
	});

	it('given a wait, when the network comes back, then it is tried at once', async () => {
		const session = openSession();
		await session.goOnline();
		await session.drop();

		session.actor.send({ type: 'CONNECT_NOW' });

		expect(session.sockets).toHaveLength(2);
	});

	it('given a socket that looks alive, when the network changed, then a new one takes its place without a goodbye', async () => {
		const session = openSession();
		await session.goOnline();

		session.actor.send({ type: 'CONNECT_NOW' });
		await session.say({ type: 'SOCKET_OPENED' }, accepted('ann-1'));

		expect(session.sockets[0]).toMatchObject({ isClosed: true });
		expect(session.sockets[0]?.asked).not.toContain('bye');
		expect(session.types()).toEqual(['SIGNALING_UP', 'SIGNALING_DOWN', 'SIGNALING_UP']);
	});

	it.each(['session_resumed', 'room_session_reconnected'])(
		'given another client of ours (%s), when the server says bye, then it stops for good',
		async (reason) => {
			const session = openSession();
			await session.goOnline();

			await session.say({ type: 'SERVER_SAID_BYE', reason });
			await session.advance(600_000);

			expect(session.sockets).toHaveLength(1);
			expect(session.heard.at(-1)).toEqual({ type: 'REMOVED_FROM_ROOM', reason: 'replaced' });
			expect(session.actor.getSnapshot().status).toBe('done');
		}
	);

	it('given any other bye, when the socket closes, then it comes back', async () => {
		const session = openSession();
		await session.goOnline();

		await session.say({ type: 'SERVER_SAID_BYE', reason: 'hello_timeout' });
		await session.drop(1000);
		await session.advance(1_000);

		expect(session.sockets).toHaveLength(2);
	});

	it('given a removal from the room, when it is told, then it is passed on and nothing is tried again', async () => {
		const session = openSession();
		await session.goOnline();

		await session.say({ type: 'REMOVED_FROM_ROOM', reason: 'removed' });
		await session.advance(600_000);

		expect(session.sockets).toHaveLength(1);
		expect(session.heard.at(-1)).toEqual({ type: 'REMOVED_FROM_ROOM', reason: 'removed' });
	});

	it('given a welcome of the first server, when another one without hello 2.0 takes its place, then the old word does not count', async () => {
		const session = openSession();
		await microtasks();
		await session.say(
			{ type: 'SOCKET_OPENED' },
			{ type: 'WELCOME_RECEIVED', features: ['hello-v2'] },
			{ type: 'HELLO_REFUSED', code: 'auth_failed' }
		);
		await session.advance(1_000);

		await session.say({ type: 'SOCKET_OPENED' });
		await session.advance(1_500);

		expect(session.socket().asked.at(-2)).toBe('hello 1.0');
	});
});

describe('what is sent', () => {
	it('given a session in the room, when signals are sent, then each leaves at once and is acknowledged', async () => {
		const session = openSession();
		await session.goOnline();

		session.send(1);
		session.actor.send({ type: 'SEND_STATE_TO', to: [ben], state: { kind: 'microphone', state: 'on' } });

		expect(session.socket().asked.slice(-2)).toEqual(['answer to ben', 'microphone to ben']);
		expect(session.replies).toEqual([{ type: 'SEND_OK', id: 1 }]);
	});

	it('given an outage, when the session is resumed, then what waited leaves in order', async () => {
		const session = openSession();
		await session.goOnline();
		await session.drop();
		session.send(1);
		session.send(2);
		expect(session.replies).toEqual([]);

		await session.advance(1_000);
		await session.say({ type: 'SOCKET_OPENED' }, accepted('ann-1'));

		expect(session.socket().asked.slice(1)).toEqual([
			'resume resume-ann-1',
			'answer to ben',
			'answer to ben',
			'join nc-1'
		]);
		expect(session.replies).toEqual([
			{ type: 'SEND_OK', id: 1 },
			{ type: 'SEND_OK', id: 2 }
		]);
	});

	it('given an outage, when a new session begins, then what waited fails, and so does what came while it began', async () => {
		const session = openSession();
		await session.goOnline();
		await session.drop();
		session.send(1);
		await session.advance(1_000);
		await session.say({ type: 'SOCKET_OPENED' }, { type: 'HELLO_REFUSED', code: 'no_such_session' });
		await session.say(
			{ type: 'SOCKET_OPENED' },
			{ type: 'WELCOME_RECEIVED', features: ['hello-v2'] },
			accepted('ann-2')
		);
		session.send(2);

		await session.say({ type: 'ROOM_JOINED', token });

		expect(session.replies).toEqual([
			{ type: 'SEND_FAILED', id: 1, retryable: false },
			{ type: 'SEND_FAILED', id: 2, retryable: false }
		]);
		expect(session.socket().asked).not.toContain('answer to ben');
	});

	it('given a very long outage, when more than 500 signals wait, then the oldest fail', async () => {
		const session = openSession();
		await session.goOnline();
		await session.drop();

		for (let id = 1; id <= 502; id += 1) session.send(id);

		expect(session.replies).toEqual([
			{ type: 'SEND_FAILED', id: 1, retryable: false },
			{ type: 'SEND_FAILED', id: 2, retryable: false }
		]);
	});
});

describe('stopping', () => {
	it('given a session in the room, when it is stopped, then the server hears goodbye before the socket closes', async () => {
		const session = openSession();
		await session.goOnline();

		session.actor.send({ type: 'STOP' });

		expect(session.broken).toEqual([]);
		expect(session.socket().asked.at(-1)).toBe('bye');
		expect(session.socket().isClosed).toBe(true);
		expect(session.actor.getSnapshot().status).toBe('done');
		expect(session.clock.pending).toBe(0);
	});

	it('given a wait for the next attempt, when it is stopped, then nothing is tried any more', async () => {
		const session = openSession();
		await session.goOnline();
		await session.drop();

		session.actor.send({ type: 'STOP' });
		await session.advance(600_000);

		expect(session.sockets).toHaveLength(1);
		expect(session.clock.pending).toBe(0);
	});
});

it('given any order of what a socket can say and people can do, when it has happened, then the machine lives, opens one socket at a time and leaves no timer', async () => {
	const say = fc.constantFrom<SocketEvent>(
		{ type: 'SOCKET_OPENED' },
		{ type: 'WELCOME_RECEIVED', features: ['hello-v2'] },
		accepted('ann-1'),
		accepted('ann-2'),
		{ type: 'HELLO_REFUSED', code: 'no_such_session' },
		{ type: 'HELLO_REFUSED', code: 'too_many_requests' },
		{ type: 'ROOM_JOINED', token },
		{ type: 'ROOM_REFUSED', code: 'no_such_room' },
		{ type: 'ROOM_REFUSED', code: 'room_join_failed' },
		{ type: 'REQUEST_REFUSED', code: 'not_in_room' },
		{ type: 'SERVER_SAID_BYE', reason: 'hello_timeout' },
		{ type: 'SERVER_SAID_BYE', reason: 'session_resumed' },
		{ type: 'SOCKET_CLOSED', code: 1006 },
		{ type: 'PARTICIPANTS_CHANGED', participants: [] },
		{ type: 'NOTHING_NEW' },
		{ type: 'REMOVED_FROM_ROOM', reason: 'removed' }
	);
	type Step =
		| { say: SocketEvent }
		| { advance: number }
		| { do: 'CONNECT_NOW' | 'ROOM_SESSION_LOST' | 'DOUBT' }
		| { send: number };
	const step: fc.Arbitrary<Step> = fc.oneof(
		{ weight: 6, arbitrary: fc.record({ say }) },
		fc.record({ advance: fc.constantFrom(1, 500, 1_500, 10_000) }),
		fc.record({
			do: fc.constantFrom('CONNECT_NOW' as const, 'ROOM_SESSION_LOST' as const, 'DOUBT' as const)
		}),
		fc.record({ send: fc.nat(9) })
	);
	const refusal = fc.constantFrom<ErrorCode>('session.lost', 'server.unreachable', 'room.not-found');
	await fc.assert(
		fc.asyncProperty(
			fc.array(step, { maxLength: 30 }),
			fc.array(refusal, { maxLength: 4 }),
			fc.boolean(),
			async (steps, refusals, hasSocket) => {
				const found = hasSocket ? settings() : settings({ url: null, helloV1: null, helloV2: null });
				const session = openSession({
					settings: [...refusals, ...Array.from({ length: 100 }, () => found)],
					entries: [...refusals]
				});
				await microtasks();
				for (const next of steps) {
					if ('say' in next && session.sockets.length > 0) await session.say(next.say);
					if ('advance' in next) await session.advance(next.advance);
					if ('do' in next) session.actor.send({ type: next.do });
					if ('send' in next) session.send(next.send);
					await microtasks();
					expect(session.sockets.filter(({ isClosed }) => !isClosed).length).toBeLessThanOrEqual(1);
				}
				session.actor.send({ type: 'STOP' });
				await microtasks();

				expect(session.broken).toEqual([]);
				expect(session.actor.getSnapshot().status).toBe('done');
				expect(session.clock.pending).toBe(0);
				expect(session.sockets.every(({ isClosed }) => isClosed)).toBe(true);
			}
		),
		{ seed: 1_907, numRuns: 150 }
	);
}, 60_000);
