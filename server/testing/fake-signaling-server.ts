import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { importSPKI, jwtVerify } from 'jose';
import { parseCapabilities } from '../../src/lib/protocol/capabilities.ts';
import { parseOcs } from '../../src/lib/protocol/ocs.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';

/** What the server of the rooms said about one room. */
interface Told {
	token: string;
	type: string;
	content: Record<string, unknown>;
	/** our base address for it, if it was sent */
	backend: string | undefined;
}

/** Types that a signaling server of version 1.2 takes, and what each must carry. */
const required: ReadonlyMap<string, readonly string[]> = new Map([
	['incall', ['incall']],
	['participants', ['changed']],
	['message', ['data']],
	['update', ['properties']],
	['disinvite', []],
	['delete', []],
	['switchto', ['roomid', 'sessions']],
	['invite', ['properties']]
]);
const largestBody = 64 * 1024;

/**
 * An external signaling server towards the server of the rooms, and no further: it checks what the real one checks,
 * knows only sessions whose join was answered, and forgets what is said of others.
 */
export async function startFakeSignalingServer(secret = 'a secret of the signaling server') {
	const told: Told[] = [];
	const refused: string[] = [];
	/** sessions in rooms, and whether they are in the call */
	const sessions = new Map<string, { token: string; inCall: boolean; permissions: string[] }>();
	const script = { failures: 0, status: 503, isSilent: false };
	let changed: (() => void) | undefined;
	let underWay = 0;
	let mostUnderWay = 0;

	const sign = (random: string, body: string) =>
		createHmac('sha256', secret).update(random).update(body).digest('hex');

	const refusalOf = (request: IncomingMessage, body: Buffer, token: string | undefined) => {
		const { headers } = request;
		const random = String(headers['spreed-signaling-random'] ?? '');
		const checksum = Buffer.from(String(headers['spreed-signaling-checksum'] ?? ''), 'utf8');
		const expected = Buffer.from(sign(random, body.toString()), 'utf8');
		if (request.method !== 'POST' || token === undefined) return 404;
		if (headers['content-type'] !== 'application/json') return 400;
		if (headers['content-length'] === undefined) return 411;
		if (body.length > largestBody) return 413;
		const isRight = checksum.length === expected.length && timingSafeEqual(checksum, expected);
		return random.length >= 32 && isRight ? undefined : 403;
	};

	const take = ({ token, type, content }: Told) => {
		const changes = (content['changed'] ?? []) as {
			sessionId: string;
			inCall: number;
			permissions?: string[];
		}[];
		for (const { sessionId, inCall, permissions } of changes) {
			const session = sessions.get(sessionId);
			if (session?.token !== token) continue;
			if (type === 'incall') session.inCall = (inCall & 1) === 1;
			if (permissions) session.permissions = permissions;
		}
		if (type === 'incall' && content['all'] === true) {
			for (const session of sessions.values()) {
				if (session.token === token) session.inCall = (Number(content['incall']) & 1) === 1;
			}
		}
		if (type !== 'disinvite') return;
		for (const id of (content['sessionids'] ?? []) as string[]) sessions.delete(id);
	};

	const receive = async (request: IncomingMessage, response: ServerResponse) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		if (script.isSilent) return;
		const body = Buffer.concat(chunks);
		const token = /^\/api\/v1\/room\/([a-z0-9]+)$/.exec(request.url ?? '')?.[1];
		const end = (status: number) => {
			if (status !== 200) refused.push(`${status} ${request.url ?? ''}`);
			response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
		};
		const refusal = refusalOf(request, body, token);
		if (refusal !== undefined) {
			end(refusal);
			return;
		}
		if (script.failures > 0) {
			script.failures -= 1;
			end(script.status);
			return;
		}
		const message = JSON.parse(body.toString()) as Record<string, unknown>;
		const type = String(message['type']);
		const content = message[type] as Record<string, unknown> | undefined;
		if (!required.get(type)?.every((name) => content && name in content)) {
			end(400);
			return;
		}
		const backend = request.headers['spreed-signaling-backend'] as string | undefined;
		const news = { token: token ?? '', type, content: content ?? {}, backend };
		take(news);
		told.push(news);
		end(200);
		changed?.();
	};

	const server = createServer((request, response) => {
		underWay += 1;
		mostUnderWay = Math.max(mostUnderWay, underWay);
		response.once('close', () => (underWay -= 1));
		void receive(request, response);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');

	/** Asks as the real one does: signed, and wanting JSON in the envelope with status 200. */
	async function ask(origin: string, request: object, headers: Record<string, string> = {}) {
		const body = JSON.stringify(request);
		const random = 'f'.repeat(64);
		const response = await fetch(`${origin}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`, {
			method: 'POST',
			body,
			headers: {
				'content-type': 'application/json',
				'ocs-apirequest': 'true',
				'spreed-signaling-random': random,
				'spreed-signaling-checksum': sign(random, body),
				...headers
			}
		});
		const type = response.headers.get('content-type') ?? '';
		if (!type.startsWith('application/json')) throw new Error(`answered with ${type}`);
		const { data, statusCode } = parseOcs(await response.json());
		if (response.status !== 200 || statusCode !== 200) throw new Error(`answered with ${response.status}`);
		return data as Record<string, unknown> & { type: string };
	}

	return {
		config: { url: `http://127.0.0.1:${address.port}`, secret },
		told,
		refused,
		script,
		/** How many requests were open at once. */
		mostUnderWay: () => mostUnderWay,
		ask,
		/** Lets a session in, if the server of the rooms says so. */
		async join(origin: string, roomid: RoomToken | string, sessionid: string) {
			const answer = await ask(origin, {
				type: 'room',
				room: { version: '1.0', roomid, userid: '', sessionid }
			});
			const room = answer['room'] as { permissions: string[]; properties: unknown } | undefined;
			if (room) sessions.set(sessionid, { token: roomid, inCall: false, permissions: room.permissions });
			return answer;
		},
		leave(origin: string, roomid: RoomToken | string, sessionid: string) {
			sessions.delete(sessionid);
			const room = { version: '1.0', roomid, userid: '', sessionid, action: 'leave' };
			return ask(origin, { type: 'room', room });
		},
		ping(origin: string, roomid: RoomToken | string, ...ids: string[]) {
			const entries = ids.map((sessionid) => ({ sessionid }));
			return ask(origin, { type: 'ping', ping: { version: '1.0', roomid, entries } });
		},
		/** Whether it would let this session send and ask for offers. */
		isInCall: (sessionid: string) => sessions.get(sessionid)?.inCall,
		permissionsOf: (sessionid: string) => sessions.get(sessionid)?.permissions,
		/** Everything is forgotten, as by a restart. */
		forget: () => sessions.clear(),
		/** Waits for something that fits to be told, and takes it with all before it. */
		async next(fits: (news: Told) => boolean): Promise<Told> {
			const deadline = Date.now() + 10_000;
			for (;;) {
				const index = told.findIndex(fits);
				const found = told[index];
				if (found) {
					told.splice(0, index + 1);
					return found;
				}
				if (Date.now() > deadline) throw new Error(`not told, but ${JSON.stringify(told)}`);
				await new Promise<void>((resolve) => {
					const timer = setTimeout(resolve, 50);
					changed = () => {
						clearTimeout(timer);
						resolve();
					};
				});
			}
		},
		/** Reads the token of a hello 2.0 with the key of the capabilities. */
		async readToken(origin: string, token: string) {
			const response = await fetch(`${origin}/ocs/v2.php/cloud/capabilities`, {
				headers: { accept: 'application/json', 'ocs-apirequest': 'true' }
			});
			const capabilities = parseCapabilities(parseOcs(await response.json()).data);
			const pem = capabilities?.config.signaling['hello-v2-token-key'] ?? '';
			return (await jwtVerify(token, await importSPKI(pem, 'EdDSA'))).payload;
		},
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		}
	};
}
