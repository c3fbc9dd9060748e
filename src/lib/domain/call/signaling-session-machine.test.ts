import fc from 'fast-check';
import { createActor, fromCallback, type EventObject } from 'xstate';
import { describe, expect, it } from 'vitest';
import { BenchClock, microtasks, relayed } from '../../../../tests/support/peer-call-bench.ts';
import type { CallId, NextcloudSessionId, ResumeId, RoomToken, SessionId } from '../../protocol/ids.ts';
import { RoostError, type ErrorCode } from '../errors.ts';
import type { SignalingSocket, SocketEvent } from '../signaling.ts';
import type { EnteredRoom, SignalingSettings, TalkApi } from '../talk-api.ts';
import { signalingSessionMachine } from './signaling-session-machine.ts';

const token = 'room' as RoomToken;
const ben = 'ben' as SessionId;
const settings = (over: Partial<SignalingSettings> = {}): SignalingSettings => ({
	url: 'wss://hpb.example/spreed',
	backendUrl: 'https://cloud.example/backend',
	helloV1: { userid: null, ticket: 'ticket' },
	helloV2: { token: 'jwt' },
	iceServers: [{ urls: ['stun:stun.example'] }],
	...over
});
const everything = {
	startCall: true,
	joinCall: true,
	publishAudio: true,
	publishVideo: true,
	publishScreen: true
};
const room = (session: string): EnteredRoom => ({
	token,
	name: 'Room',
	hasPassword: false,
	hasCall: false,
	callStartedAt: 0,
	isReadOnly: false,
	isLobbyActive: false,
	lobbyOpensAt: 0,
	needsRecordingConsent: false,
	permissions: { ...everything, chat: true },
	nextcloudSessionId: session as NextcloudSessionId,
	actorType: 'guests',
	actorId: 'ann',
	isModerator: false
});

/** A socket in the hands of the test. */
interface TestSocket {
	/** What the client asked of it, in order. */
	asked: string[];
	say: (event: SocketEvent) => void;
	isClosed: boolean;
}

type Answer<T> = T | ErrorCode | RoostError;

interface Script {
	settings: Answer<SignalingSettings>[];
	entries: Answer<EnteredRoom>[];
	looks: Answer<EnteredRoom>[];
}

/** @param first how the server answers, one after the other; then everything goes well */
function openSession(first: Partial<Script> = {}) {
	const clock = new BenchClock();
	const sockets: TestSocket[] = [];
	const heard: EventObject[] = [];
	const script: Script = {
		settings: [...(first.settings ?? [])],
		entries: [...(first.entries ?? [])],
		looks: [...(first.looks ?? [])]
	};
	const counts = { settings: 0, entries: 0 };
	let looks = 0;
	const names: string[] = [];
	const answer = async <T>(answers: Answer<T>[], otherwise: T): Promise<T> => {
		const next = answers.shift() ?? otherwise;
		if (next instanceof RoostError) throw next;
		if (typeof next === 'string') throw new RoostError(next as ErrorCode, 'scripted');
		return next;
	};
	const api: Pick<TalkApi, 'fetchSignalingSettings' | 'enterRoom' | 'setGuestName' | 'lookUpRoom'> = {
		lookUpRoom: async () => {
			looks += 1;
			return answer(script.looks, room('not told'));
		},
		fetchSignalingSettings: async () => {
			counts.settings += 1;
			return answer(script.settings, settings());
		},
		enterRoom: async () => {
			counts.entries += 1;
			return answer(script.entries, room(`nc-again-${counts.entries}`));
		},
		setGuestName: async (_, name) => {
			names.push(name);
		}
	};
	const owner = createActor(
		fromCallback<EventObject>(({ receive }) => {
			receive((event) => heard.push(event));
		})
	).start();
	const open = (url: string | null, listener: (event: SocketEvent) => void): SignalingSocket => {
		const socket: TestSocket = {
			asked: [`open ${url}`],
			isClosed: false,
			say: (event) => {
				if (!socket.isClosed) listener(event);
			}
		};
		sockets.push(socket);
		const ask = (text: string) => {
			if (!socket.isClosed) socket.asked.push(text);
		};
		return {
			hello: (version, { helloV1, helloV2 }) => {
				if ((version === '2.0' ? helloV2 : helloV1) === null) throw new Error(`no parameters for ${version}`);
				ask(`hello ${version}`);
			},
			resume: (resumeId) => ask(`resume ${resumeId}`),
			joinRoom: (_, session) => ask(`join ${session}`),
			sendSignal: (to, signal) => ask(`${signal.kind} to ${to}`),
			sendState: (to, state) => ask(`${state.kind} to ${to.join()}`),
			bye: () => ask('bye'),
			pullAgain: () => ask('pull again'),
			close: () => void (socket.isClosed = true)
		};
	};
	const actor = createActor(signalingSessionMachine, {
		clock,
		input: {
			api: api as TalkApi,
			transport: { open },
			token,
			nextcloudSessionId: 'nc-1' as NextcloudSessionId,
			password: undefined,
			name: 'Ann',
			random: () => 0.5,
			owner
		}
	});
	const broken: unknown[] = [];
	actor.subscribe({ error: (error) => broken.push(error) });
	actor.start();

	const socket = (): TestSocket => {
		const last = sockets.at(-1);
		if (last === undefined) throw new Error('no socket was opened');
		return last;
	};
	const say = async (...events: SocketEvent[]) => {
		for (const event of events) {
			socket().say(event);
			await microtasks();
		}
	};
	const advance = async (ms: number) => {
		const end = clock.now() + ms;
		while (clock.next <= end) {
			clock.increment(clock.next - clock.now());
			await microtasks();
		}
		clock.increment(end - clock.now());
	};
	const drop = async (code = 1006) => say({ type: 'SOCKET_CLOSED', code });
	const goOnline = async (session = 'ann-1') => {
		await microtasks();
		await say(
			{ type: 'SOCKET_OPENED' },
			{ type: 'WELCOME_RECEIVED', features: ['hello-v2'] },
			accepted(session),
			{ type: 'ROOM_JOINED', token }
		);
	};
	const replies: EventObject[] = [];
	const replyTo = createActor(
		fromCallback<EventObject>(({ receive }) => {
			receive((event) => replies.push(event));
		})
	).start();
	return {
		actor,
		advance,
		broken,
		clock,
		counts,
		drop,
		goOnline,
		heard,
		looks: () => looks,
		names,
		replies,
		say,
		socket,
		sockets,
		send: (id: number) => {
			const signal = relayed.answer(`call-${id}` as CallId);
			actor.send({ type: 'SEND_SIGNAL', to: ben, signal, id, replyTo });
		},
		types: () => heard.map(({ type }) => type)
	};
}

const accepted = (session: string): SocketEvent => ({
	type: 'HELLO_ACCEPTED',
	sessionId: session as SessionId,
	resumeId: `resume-${session}` as ResumeId,
	features: []
});

describe('getting in', () => {
	it('given a server with hello 2.0, when its welcome comes, then hello, room and report follow in that order', async () => {
		const session = openSession();
		await session.goOnline();

		expect(session.socket().asked).toEqual(['open wss://hpb.example/spreed', 'hello 2.0', 'join nc-1']);
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

		expect(session.socket().asked.at(-1)).toBe('hello 1.0');
	});

	it('given a welcome without hello-v2, when it comes, then hello is 1.0', async () => {
		const session = openSession();
		await microtasks();

		await session.say({ type: 'SOCKET_OPENED' }, { type: 'WELCOME_RECEIVED', features: ['mcu'] });

		expect(session.socket().asked.at(-1)).toBe('hello 1.0');
	});

	it('given settings without hello 2.0, when the socket opens, then nothing is waited for', async () => {
		const session = openSession({ settings: [settings({ helloV2: null })] });
		await microtasks();

		await session.say({ type: 'SOCKET_OPENED' });

		expect(session.socket().asked.at(-1)).toBe('hello 1.0');
	});

	it('given settings without hello 1.0, when no welcome comes, then hello is 2.0', async () => {
		const session = openSession({ settings: [settings({ helloV1: null })] });
		await microtasks();
		await session.say({ type: 'SOCKET_OPENED' });

		await session.advance(1_500);

		expect(session.socket().asked.at(-1)).toBe('hello 2.0');
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

		expect(session.socket().asked).toEqual(['open wss://hpb.example/spreed', 'hello 2.0', 'join nc-1']);
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

		expect(session.socket().asked.at(-1)).toBe('hello 1.0');
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
			'answer to ben'
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
		expect(session.socket().asked).toHaveLength(3);
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

		expect(session.socket().asked).toEqual(['open wss://hpb.example/spreed', 'hello 2.0', 'join nc-1']);
		expect(session.heard.at(-1)).toMatchObject({ sessionId: 'ann-1', resumed: false, tellsOfChat: true });
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
		| { do: 'CONNECT_NOW' | 'ROOM_SESSION_LOST' }
		| { send: number };
	const step: fc.Arbitrary<Step> = fc.oneof(
		{ weight: 6, arbitrary: fc.record({ say }) },
		fc.record({ advance: fc.constantFrom(1, 500, 1_500, 10_000) }),
		fc.record({ do: fc.constantFrom('CONNECT_NOW' as const, 'ROOM_SESSION_LOST' as const) }),
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
