import { createActor, fromCallback, type EventObject } from 'xstate';
import { signalingSessionMachine } from '../../src/lib/domain/call/signaling-session-machine.ts';
import { RoostError, type ErrorCode } from '../../src/lib/domain/errors.ts';
import type { SignalingSocket, SocketEvent } from '../../src/lib/domain/signaling.ts';
import type { EnteredRoom, SignalingSettings, TalkApi } from '../../src/lib/domain/talk-api.ts';
import type {
	CallId,
	NextcloudSessionId,
	ResumeId,
	RoomToken,
	SessionId
} from '../../src/lib/protocol/ids.ts';
import { BenchClock, microtasks, relayed } from './peer-call-bench.ts';

export const token = 'room' as RoomToken;
const nc1 = 'nc-1' as NextcloudSessionId;
export const ben = 'ben' as SessionId;
export const settings = (over: Partial<SignalingSettings> = {}): SignalingSettings => ({
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
export const room = (session: string): EnteredRoom => ({
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

export interface Script {
	settings: Answer<SignalingSettings>[];
	entries: Answer<EnteredRoom>[];
	looks: Answer<EnteredRoom>[];
}

/**
 * @param first how the server answers, one after the other; then everything goes well
 * @param isEntering the room is still being entered: `enter` says that we are in it
 * @param early settings that were fetched before it began
 */
export function openSession(
	first: Partial<Script> = {},
	{ isEntering = false, early = null }: { isEntering?: boolean; early?: SignalingSettings | null } = {}
) {
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
			sendOrder: (to, { kind, target }) => ask(`${kind} ${target} to ${to.join()}`),
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
			settings: early,
			nextcloudSessionId: isEntering ? null : nc1,
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
	const enter = async () => {
		actor.send({ type: 'ROOM_ENTERED', nextcloudSessionId: nc1 });
		await microtasks();
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
		enter,
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

export const accepted = (session: string): SocketEvent => ({
	type: 'HELLO_ACCEPTED',
	sessionId: session as SessionId,
	resumeId: `resume-${session}` as ResumeId,
	features: []
});
