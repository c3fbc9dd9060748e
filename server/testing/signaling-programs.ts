import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';

interface Server {
	origin: string;
	dataDir: string;
}

/** A frame as it came, for programs that hear what the web client has no use for. */
export type RawFrame = Record<string, unknown> & { type: string };
type Fits = (frame: RawFrame) => boolean;

const secretOf = ({ dataDir }: Server, who: 'internal' | 'backend') =>
	readFileSync(join(dataDir, `signaling-${who}.secret`), 'utf8').trim();

const hmac = (secret: string, random: string, body = '') =>
	createHmac('sha256', secret).update(random).update(body).digest('hex');

/** What an internal client proves itself with in its hello. */
export function internalAuth(server: Server, random = randomBytes(32).toString('hex')) {
	const token = hmac(secretOf(server, 'internal'), random);
	return { type: 'internal', params: { random, token, backend: server.origin } };
}

/** A recorder, or a bridge to telephones: an internal client of the signaling server, after its hello. */
export async function openInternalClient(server: Server, features: string[] = []) {
	const socket = new WebSocket(`${server.origin.replace('http', 'ws')}/signaling/spreed`);
	const frames: RawFrame[] = [];
	let changed: (() => void) | undefined;
	let askedCount = 0;
	socket.on('message', (data: Buffer) => {
		frames.push(JSON.parse(data.toString()) as RawFrame);
		changed?.();
	});
	await new Promise((resolve, reject) => {
		socket.on('open', resolve);
		socket.on('error', reject);
	});

	const send = (frame: object) => socket.send(JSON.stringify(frame));

	/** Waits for the first frame that fits, and takes it with all that came before it. */
	async function next(fits: Fits): Promise<RawFrame> {
		const deadline = Date.now() + 10_000;
		for (;;) {
			const index = frames.findIndex(fits);
			const found = frames[index];
			if (found) {
				frames.splice(0, index + 1);
				return found;
			}
			if (Date.now() > deadline) throw new Error(`did not come, but ${JSON.stringify(frames)}`);
			await new Promise<void>((resolve) => {
				const timer = setTimeout(resolve, 50);
				changed = () => {
					clearTimeout(timer);
					resolve();
				};
			});
		}
	}

	function ask(frame: object): Promise<RawFrame> {
		askedCount += 1;
		const id = `internal-${askedCount}`;
		send({ id, ...frame });
		return next((answer) => answer['id'] === id);
	}

	const answer = await ask({
		type: 'hello',
		hello: { version: '1.0', auth: internalAuth(server), features }
	});
	const hello = answer['hello'] as {
		sessionid: string;
		resumeid: string;
		server: { features: string[] };
	};

	return {
		hello,
		send,
		ask,
		next,
		/** An order of internal clients only. @returns once it has been carried out */
		async tell(type: string, content: object): Promise<void> {
			send({ type: 'internal', internal: { type, [type]: content } });
			// frames are handled in order, and this one is always answered
			await ask({ type: 'hologram' });
		},
		joinRoom: (roomid: string) => ask({ type: 'room', room: { roomid } }),
		/** Breaks the connection. */
		drop: () => socket.terminate(),
		[Symbol.asyncDispose]: async () => socket.terminate()
	};
}

interface OrderOptions {
	secret?: string;
	random?: string;
	headers?: Record<string, string>;
	path?: string;
}

/** Orders something of the signaling server as a Nextcloud does. @param content text is sent as it is */
export async function order(
	server: Server,
	token: string,
	content: object | string,
	options: OrderOptions = {}
) {
	const body = typeof content === 'string' ? content : JSON.stringify(content);
	const { secret = secretOf(server, 'backend'), random = randomBytes(32).toString('hex') } = options;
	const response = await fetch(`${server.origin}${options.path ?? '/api/v1'}/room/${token}`, {
		method: 'POST',
		body,
		headers: {
			'content-type': 'application/json',
			'spreed-signaling-random': random,
			'spreed-signaling-checksum': hmac(secret, random, body),
			'spreed-signaling-backend': `${server.origin}/`,
			...options.headers
		}
	});
	const text = await response.text();
	const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
	return {
		status: response.status,
		headers: response.headers,
		body: isJson ? (JSON.parse(text) as unknown) : text
	};
}
