import { WebSocket } from 'ws';
import type { NextcloudSessionId, SessionId } from '../../src/lib/protocol/ids.ts';
import { parseOcs } from '../../src/lib/protocol/ocs.ts';
import { parseRoom, type Room } from '../../src/lib/protocol/room.ts';
import { parseSignalingSettings, type SignalingSettings } from '../../src/lib/protocol/signaling-settings.ts';
import type { ParticipantEntry } from '../../src/lib/protocol/signaling-event.ts';
import { parseServerFrame, type ServerFrame } from '../../src/lib/protocol/signaling.ts';
import { recordAnswer } from './answer-recorder.ts';

/** An answer under `/ocs`, opened. */
export interface OcsResponse {
	status: number;
	data: unknown;
	headers: Headers;
}

interface RequestOptions {
	headers?: Record<string, string>;
	/** sent as JSON; text is sent as it is */
	body?: unknown;
	signal?: AbortSignal;
}

type FrameOf<Type extends ServerFrame['type']> = Extract<ServerFrame, { type: Type }>;

/**
 * A guest without a browser: real HTTP with a jar of its own, and a real WebSocket. What the server says goes
 * through the schemas of the protocol, so every test checks both ends of them.
 * @param origin `http://127.0.0.1:<port>` of a running server
 * @param tabId 64 letters and digits, to share the jar of another client without being the same guest
 */
export function createTestClient(origin: string, jar = new Map<string, string>(), tabId?: string) {
	let socket: TestSocket | undefined;
	let session: { room: Room; nextcloudSessionId: NextcloudSessionId } | undefined;

	async function request(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
		const { body, signal } = options;
		const response = await fetch(`${origin}${path}`, {
			method,
			redirect: 'manual',
			headers: {
				accept: 'application/json',
				'ocs-apirequest': 'true',
				...(jar.size > 0 && { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') }),
				...(tabId !== undefined && { 'x-nextcloud-talk-session-tab-id': tabId }),
				...(body !== undefined && { 'content-type': 'application/json' }),
				...options.headers
			},
			...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
			...(signal && { signal })
		});
		await recordAnswer(method, path, response);
		for (const cookie of response.headers.getSetCookie()) {
			const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
			jar.set(name, value);
		}
		return response;
	}

	/** @param path below `/ocs/v2.php/apps/spreed/api/` */
	async function talk(method: string, path: string, body?: unknown): Promise<OcsResponse> {
		const response = await request(method, `/ocs/v2.php/apps/spreed/api/${path}`, { body });
		const { status, headers } = response;
		if (status === 304) return { status, data: undefined, headers };
		return { status, data: parseOcs(await response.json()).data, headers };
	}

	async function joinRoom(token: string, name?: string): Promise<Room> {
		const answer = await talk('POST', `v4/room/${token}/participants/active`, { force: true });
		const room = parseRoom(answer.data);
		session = { room, nextcloudSessionId: room.sessionId as NextcloudSessionId };
		if (name !== undefined) await talk('POST', `v1/guest/${token}/name`, { displayName: name });
		return room;
	}

	async function settings(token: string): Promise<SignalingSettings> {
		return parseSignalingSettings((await talk('GET', `v3/signaling/settings?token=${token}`)).data);
	}

	/** Opens a socket and waits for its welcome. */
	async function openSocket(
		headers: Record<string, string> = {},
		path = '/signaling/spreed'
	): Promise<TestSocket> {
		socket = createTestSocket(`${origin.replace(/^http/, 'ws')}${path}`, headers);
		await socket.next('welcome');
		return socket;
	}

	/** Says hello 2.0 with fresh settings. */
	async function hello(token: string, features: string[] = []): Promise<FrameOf<'hello'>['hello']> {
		const params = (await settings(token)).helloAuthParams['2.0'];
		const url = `${origin}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`;
		const answer = await currentSocket().ask({
			type: 'hello',
			hello: { version: '2.0', auth: { url, params }, features }
		});
		if (answer.type !== 'hello') throw new Error(`hello was answered with ${JSON.stringify(answer)}`);
		return answer.hello;
	}

	/** Joins over HTTP and over the socket, up to the answer to the room frame and the update after it. */
	async function enter(token: string, name?: string, features: string[] = []) {
		const room = await joinRoom(token, name);
		const opened = await openSocket();
		const { sessionid, resumeid } = await hello(token, features);
		await enterSignalingRoom(token);
		return { room, socket: opened, sessionId: sessionid, resumeId: resumeid };
	}

	async function enterSignalingRoom(token: string): Promise<ServerFrame> {
		const sessionid = session?.nextcloudSessionId;
		return currentSocket().ask({ type: 'room', room: { roomid: token, sessionid } });
	}

	function currentSocket(): TestSocket {
		if (!socket) throw new Error('no socket was opened');
		return socket;
	}

	return {
		jar,
		request,
		talk,
		joinRoom,
		settings,
		openSocket,
		hello,
		enter,
		enterSignalingRoom,
		get nextcloudSessionId() {
			return session?.nextcloudSessionId;
		},
		[Symbol.asyncDispose]: async () => {
			socket?.drop();
		}
	};
}
export type TestClient = ReturnType<typeof createTestClient>;

/** A socket that remembers every frame until a test has taken it. */
export function createTestSocket(url: string, headers: Record<string, string>) {
	const socket = new WebSocket(url, { headers, perMessageDeflate: false });
	const frames: ServerFrame[] = [];
	let changed: (() => void) | undefined;
	let askedCount = 0;
	const closed = new Promise<number>((resolve) => {
		socket.on('close', (code) => resolve(code));
	});
	const opened = new Promise<void>((resolve, reject) => {
		socket.on('open', resolve);
		socket.on('error', reject);
	});
	opened.catch(() => undefined); // whoever waits for a frame is told
	socket.on('message', (data: Buffer) => {
		const frame = parseServerFrame(JSON.parse(data.toString()));
		if (frame) frames.push(frame);
		changed?.();
	});

	const send = (frame: unknown) => {
		socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
	};

	/** Waits for the first frame that fits, and takes it with all that came before it. */
	async function nextThat<Frame extends ServerFrame>(
		fits: (frame: ServerFrame) => frame is Frame,
		what: string,
		withinMs = 10_000
	): Promise<Frame> {
		await opened;
		const deadline = Date.now() + withinMs;
		for (;;) {
			const index = frames.findIndex(fits);
			const found = frames[index];
			if (found && fits(found)) {
				frames.splice(0, index + 1);
				return found;
			}
			const left = deadline - Date.now();
			if (left <= 0 || socket.readyState === socket.CLOSED) {
				throw new Error(`no ${what} came, but ${JSON.stringify(frames)}`);
			}
			await new Promise<void>((resolve) => {
				const timer = setTimeout(resolve, Math.min(left, 50));
				changed = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		}
	}

	return {
		opened,
		closed,
		send,
		nextThat,
		next: <Type extends ServerFrame['type']>(type: Type) =>
			nextThat((frame): frame is FrameOf<Type> => frame.type === type, type),
		/** Sends a frame with an id and waits for the answer to it. */
		ask(frame: object, withinMs?: number) {
			askedCount += 1;
			const id = `ask-${askedCount}`;
			send({ id, ...frame });
			return nextThat(
				(answer): answer is ServerFrame => 'id' in answer && answer.id === id,
				`answer to ${JSON.stringify(frame)}`,
				withinMs
			);
		},
		/** Waits for an event of this target and type. */
		nextEvent: (target: string, type: string) =>
			nextThat(
				(frame): frame is FrameOf<'event'> =>
					frame.type === 'event' && frame.event.target === target && frame.event.type === type,
				`${target}/${type}`
			).then(({ event }) => event),
		/** Waits for the participants update in which one entry fits. */
		nextUpdate: (fits: (entry: ParticipantEntry) => boolean) =>
			nextThat(
				(frame): frame is FrameOf<'event'> =>
					frame.type === 'event' &&
					frame.event.target === 'participants' &&
					frame.event.type === 'update' &&
					'users' in frame.event.update &&
					frame.event.update.users.some(fits),
				'update that fits'
			),
		/** Sends a message to one session. */
		sendTo(sessionid: SessionId, data: unknown) {
			send({ type: 'message', message: { recipient: { type: 'session', sessionid }, data } });
		},
		/** What came and was not taken. */
		untaken: () => [...frames],
		ping: (data?: string) => socket.ping(data),
		pause: () => socket.pause(),
		resume: () => socket.resume(),
		/** Breaks the connection, as a lost network does. */
		drop: () => socket.terminate(),
		/** @param code 1001 is what a browser says for a page that goes */
		close: (code?: number) => socket.close(code)
	};
}
export type TestSocket = ReturnType<typeof createTestSocket>;
