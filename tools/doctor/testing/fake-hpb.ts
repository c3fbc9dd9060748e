import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errors, importSPKI, jwtVerify } from 'jose';
import { WebSocketServer, type WebSocket } from 'ws';
import { parseCapabilities } from '../../../src/lib/protocol/capabilities.ts';
import { parseOcs } from '../../../src/lib/protocol/ocs.ts';
import { parseClientFrame, type ClientFrame } from '../../../src/lib/protocol/client-frame.ts';

interface HpbOptions {
	secret?: string;
	features?: readonly string[];
	version?: string;
	/** Added to the clock of this machine. */
	skewMs?: number;
	/** The backends that it may ask; absent: whichever a client names. */
	backends?: readonly string[];
	/** What it asks for leads nowhere. */
	isCutOff?: boolean;
	/** What it is told gets lost. */
	isDeaf?: boolean;
	/** Upgrades are answered with this instead, as by a proxy that does not pass them on. */
	upgradeStatus?: number;
}

const recent = [
	'audio-video-permissions',
	'federation',
	'hello-v2',
	'incall-all',
	'switchto',
	'update-sdp',
	'welcome'
];

type Frame<Type extends ClientFrame['type']> = Extract<ClientFrame, { type: Type }>;
interface Session {
	id: string;
	socket: WebSocket;
	backend: string;
	room: string;
	nextcloudSessionId: string;
}

/**
 * An external signaling server as far as a guest who only looks needs it: hello by token and by ticket, the room, and
 * what it is told about participants. It asks the server of the rooms, signed, as the real one does.
 */
export async function startFakeHpb(options: HpbOptions = {}) {
	const { secret = 'a secret of the signaling server', features = recent, version = '2.1.1' } = options;
	const now = () => Date.now() + (options.skewMs ?? 0);
	const sessions = new Set<Session>();
	const said: string[] = [];

	const sign = (random: string, body: string) =>
		createHmac('sha256', secret).update(random).update(body).digest('hex');

	async function reach(url: string, init?: RequestInit): Promise<unknown> {
		if (options.isCutOff === true) throw new Error('no route to the server of the rooms');
		const response = await fetch(url, init);
		return parseOcs(await response.json()).data;
	}

	/** @returns what the server of the rooms says, errors included */
	async function ask(backend: string, request: object) {
		const body = JSON.stringify(request);
		const random = 'f'.repeat(64);
		return (await reach(`${backend}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`, {
			method: 'POST',
			body,
			headers: {
				'content-type': 'application/json',
				'ocs-apirequest': 'true',
				'spreed-signaling-random': random,
				'spreed-signaling-checksum': sign(random, body)
			}
		})) as { type: string; error?: { code: string } };
	}

	/** @returns the code of a refusal */
	async function checkToken(backend: string, token: string): Promise<string | undefined> {
		try {
			const data = await reach(`${backend}/ocs/v2.php/cloud/capabilities`, {
				headers: { accept: 'application/json', 'ocs-apirequest': 'true' }
			});
			const pem = parseCapabilities(data)?.config.signaling['hello-v2-token-key'] ?? '';
			const currentDate = new Date(now());
			const { payload } = await jwtVerify(token, await importSPKI(pem, 'EdDSA'), {
				clockTolerance: 60,
				currentDate
			});
			return (payload.iat ?? 0) * 1_000 > now() + 60_000 ? 'token_not_valid_yet' : undefined;
		} catch (error) {
			return error instanceof errors.JWTExpired ? 'token_expired' : 'invalid_token';
		}
	}

	async function hello(socket: WebSocket, { id, hello }: Frame<'hello'>): Promise<Session | null> {
		if (!('auth' in hello)) return null;
		const { auth } = hello;
		const backend = auth.url.split('/ocs/v2.php/apps/spreed/')[0] ?? '';
		const refuse = (code: string) => {
			socket.send(JSON.stringify({ id, type: 'error', error: { code, message: code } }));
			return null;
		};
		if (options.backends && !options.backends.includes(backend)) return refuse('invalid_backend');
		if (hello.version === '2.0') {
			const refused = await checkToken(backend, (auth.params as { token: string }).token);
			if (refused !== undefined) return refuse(refused);
		} else {
			const request = { type: 'auth', auth: { version: '1.0', params: auth.params } };
			const answer = await ask(backend, request).catch(() => undefined);
			if (!answer) return refuse('internal_error');
			if (answer.error) return refuse(answer.error.code);
		}
		const session = { id: `session-${sessions.size + 1}`, socket, backend, room: '', nextcloudSessionId: '' };
		sessions.add(session);
		const server = { version, features };
		const accepted = { version: hello.version, sessionid: session.id, resumeid: `r-${session.id}`, server };
		socket.send(JSON.stringify({ id, type: 'hello', hello: { ...accepted, userid: '' } }));
		return session;
	}

	async function join(session: Session, { id, room }: Frame<'room'>): Promise<void> {
		const { roomid } = room;
		const sessionid = 'sessionid' in room ? (room.sessionid ?? '') : '';
		const request = { type: 'room', room: { version: '1.0', roomid, userid: '', sessionid } };
		const answer = await ask(session.backend, request).catch(() => undefined);
		const code = answer === undefined ? 'room_join_failed' : answer.error?.code;
		if (code !== undefined) {
			session.socket.send(JSON.stringify({ id, type: 'error', error: { code, message: code } }));
			return;
		}
		session.room = roomid;
		session.nextcloudSessionId = sessionid;
		session.socket.send(JSON.stringify({ id, type: 'room', room: { roomid, properties: {} } }));
	}

	async function leave(session: Session): Promise<void> {
		sessions.delete(session);
		if (session.room === '') return;
		const { room: roomid, nextcloudSessionId: sessionid } = session;
		const room = { version: '1.0', roomid, userid: '', sessionid, action: 'leave' };
		await ask(session.backend, { type: 'room', room }).catch(() => undefined);
	}

	/** What the server of the rooms tells. */
	async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const pieces: Buffer[] = [];
		for await (const piece of request) pieces.push(piece as Buffer);
		const body = Buffer.concat(pieces).toString();
		const end = (status: number, answer: object = {}) => {
			response.writeHead(status, {
				'content-type': 'application/json',
				date: new Date(now()).toUTCString()
			});
			response.end(JSON.stringify(answer));
		};
		if (request.url === '/api/v1/welcome') {
			end(200, { 'nextcloud-spreed-signaling': 'Welcome', version });
			return;
		}
		if (request.url === '/spreed') {
			end(400, { error: 'no upgrade' });
			return;
		}
		const random = String(request.headers['spreed-signaling-random'] ?? '');
		const given = Buffer.from(String(request.headers['spreed-signaling-checksum'] ?? ''));
		const expected = Buffer.from(sign(random, body));
		if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
			end(403);
			return;
		}
		end(200);
		if (options.isDeaf !== true)
			tell(JSON.parse(body) as { type: string; participants?: { users?: Entry[] } });
	}

	type Entry = { sessionId: string; displayName?: string };
	function tell({ type, participants }: { type: string; participants?: { users?: Entry[] } }): void {
		if (type !== 'participants') return;
		for (const { socket, room } of sessions) {
			const users = (participants?.users ?? []).flatMap((user) => {
				const session = [...sessions].find(({ nextcloudSessionId }) => nextcloudSessionId === user.sessionId);
				return session ? [{ ...user, sessionId: session.id }] : [];
			});
			const event = { target: 'participants', type: 'update', update: { roomid: room, users } };
			socket.send(JSON.stringify({ type: 'event', event }));
		}
	}

	const server = createServer((request, response) => void receive(request, response));
	const sockets = new WebSocketServer({ noServer: true });
	server.on('upgrade', (request, stream, head) => {
		if (options.upgradeStatus !== undefined) {
			stream.end(`HTTP/1.1 ${options.upgradeStatus} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
		} else if (request.url === '/spreed') {
			sockets.handleUpgrade(request, stream, head, (socket) => sockets.emit('connection', socket, request));
		} else {
			stream.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
		}
	});
	sockets.on('connection', (socket) => {
		let session: Session | null = null;
		let previous = Promise.resolve();
		if (features.includes('welcome')) {
			socket.send(JSON.stringify({ type: 'welcome', welcome: { features, version } }));
		}
		const handle = async (text: string) => {
			const frame = parseClientFrame(JSON.parse(text));
			said.push(frame?.type ?? 'unknown');
			if (frame?.type === 'hello') session = await hello(socket, frame);
			else if (frame?.type === 'room' && session) await join(session, frame);
			else if (frame?.type === 'bye' && session) await leave(session);
		};
		socket.on('message', (data: Buffer) => {
			previous = previous.then(() => handle(data.toString()));
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;

	return {
		config: { url: `http://127.0.0.1:${port}`, secret },
		/** Types of the frames that guests sent. */
		said,
		[Symbol.asyncDispose]: async () => {
			for (const socket of sockets.clients) socket.terminate();
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		}
	};
}
