import { createHmac, generateKeyPairSync, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { SignJWT } from 'jose';

/** What a signaling server has asked or told. */
interface Question {
	path: string;
	type: string;
	content: Record<string, unknown>;
}

interface RoomSession {
	token: string;
	/** absent: everything is allowed */
	permissions?: string[];
}

const envelope = (data: unknown, statuscode = 200) =>
	JSON.stringify({ ocs: { meta: { status: 'ok', statuscode, message: 'OK' }, data } });
const refusal = (code: string) => ({ type: 'error', error: { code, message: `${code} it is` } });

/**
 * The server of the rooms towards a signaling server that it trusts, and no further. It is strict: whatever is not proven by
 * the secret, or not sent as Nextcloud wants it, is refused and remembered.
 */
export async function startFakeBackend({
	secret = 'the secret of a backend',
	path = '',
	/** how many sessions it wants to be told of at once; 0: it is one that has not heard of that */
	pingLimit = 2
} = {}) {
	const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const asked: Question[] = [];
	const refused: string[] = [];
	const sessions = new Map<string, RoomSession>();
	/** what it does in place of answering; `raw` is sent as the body */
	const script: {
		isSilent?: boolean;
		status?: number;
		raw?: string;
		type?: string;
		location?: string;
		/** answers to whether somebody may be in a room wait for it */
		hold?: Promise<void>;
		/** answers to who is there wait for it */
		holdPings?: Promise<void>;
	} = {};
	let looks = 0;

	const isProven = ({ headers }: IncomingMessage, body: Buffer) => {
		const random = String(headers['spreed-signaling-random'] ?? '');
		const given = Buffer.from(String(headers['spreed-signaling-checksum'] ?? ''));
		const expected = Buffer.from(createHmac('sha256', secret).update(random).update(body).digest('hex'));
		return random.length >= 32 && given.length === expected.length && timingSafeEqual(given, expected);
	};

	function answer({ type, content }: Question): object {
		if (type === 'auth') {
			const [, userid] =
				/^ticket of (\w+)$/.exec(String((content['params'] as { ticket?: string }).ticket)) ?? [];
			if (userid === undefined) return refusal('invalid_ticket');
			const auth = userid === 'nobody' ? {} : { userid, user: { displayname: userid.toUpperCase() } };
			return { type: 'auth', auth: { version: '1.0', ...auth } };
		}
		if (type === 'room') {
			const session = sessions.get(String(content['sessionid']));
			if (!session || session.token !== content['roomid']) return refusal('no_such_room');
			const { token: roomid, permissions } = session;
			const properties = { name: `Room ${roomid}`, type: 3 };
			return {
				type: 'room',
				room: { version: '1.0', roomid, properties, ...(permissions && { permissions }) }
			};
		}
		return { type: 'room', room: { version: '1.0' } };
	}

	async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const body = Buffer.concat(chunks);
		const { method, headers, url = '' } = request;
		const below = url.slice(path.length);
		const json = { 'content-type': 'application/json' };
		if (method === 'GET' && below === '/ocs/v2.php/cloud/capabilities') {
			looks += 1;
			const signaling = {
				'hello-v2-token-key': publicKey.export({ type: 'spki', format: 'pem' }),
				...(pingLimit > 0 && { 'session-ping-limit': pingLimit })
			};
			const spreed = { features: ['signaling-v3'], config: { signaling } };
			response.writeHead(200, json).end(envelope({ version: {}, capabilities: { spreed } }));
			return;
		}
		const isWellSent =
			method === 'POST' &&
			below === '/ocs/v2.php/apps/spreed/api/v3/signaling/backend' &&
			headers['content-type'] === 'application/json' &&
			headers['ocs-apirequest'] === 'true';
		if (!isWellSent || !isProven(request, body)) {
			refused.push(`${method ?? ''} ${url}`);
			response.writeHead(isWellSent ? 200 : 404, json).end(envelope(refusal('invalid_request')));
			return;
		}
		const said = JSON.parse(body.toString()) as Record<string, unknown> & { type: string };
		const question = { path: url, type: said.type, content: said[said.type] as Record<string, unknown> };
		asked.push(question);
		if (script.isSilent) return;
		if (question.type === 'room' && question.content['action'] !== 'leave') await script.hold;
		if (question.type === 'ping') await script.holdPings;
		const { status = 200, raw, type = 'application/json', location } = script;
		response
			.writeHead(status, { 'content-type': type, ...(location !== undefined && { location }) })
			.end(raw ?? envelope(answer(question)));
	}

	const server = createServer((request, response) => void receive(request, response));
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('no port');
	const base = `http://127.0.0.1:${address.port}${path}`;

	return {
		base,
		config: { base, anyPort: false, secret },
		/** what a hello names */
		url: `${base}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`,
		asked,
		/** what was not proven, or not sent as it has to be */
		refused,
		sessions,
		script,
		/** how many times it was asked for its capabilities */
		looks: () => looks,
		of: (type: string) => asked.filter((question) => question.type === type).map(({ content }) => content),
		/** For a hello 2.0. */
		token: (userid: string, { expiresInS = 60, key = privateKey } = {}) => {
			const now = Math.floor(Date.now() / 1_000);
			const claims = userid === '' ? {} : { sub: userid, userdata: { displayname: userid.toUpperCase() } };
			return new SignJWT(claims)
				.setProtectedHeader({ alg: 'ES256' })
				.setIssuedAt(now)
				.setExpirationTime(now + expiresInS)
				.sign(key);
		},
		[Symbol.asyncDispose]: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		}
	};
}
export type FakeBackend = Awaited<ReturnType<typeof startFakeBackend>>;
