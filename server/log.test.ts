import { randomBytes } from 'node:crypto';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Config } from './config.ts';
import { collectLog } from './testing/collected-log.ts';
import { internalAuth, openInternalClient, order } from './testing/signaling-programs.ts';
import { startTestBot, testBotSecret } from './testing/test-bot.ts';
import { startTestServer } from './testing/test-server.ts';

vi.setConfig({ testTimeout: 120_000, expect: { poll: { timeout: 10_000 } } });

/** Easily found again, whole or in part. */
const canary = (name: string) => `CANARY-${name}-${randomBytes(24).toString('hex')}`;

/** Every field in which somebody may write a secret, and some in which nobody should and somebody will. */
const fields = [
	...[
		'password',
		'secret',
		'message',
		'displayName',
		'actorDisplayName',
		'referenceId',
		'roomName',
		'description'
	],
	...[
		'url',
		'name',
		'actorId',
		'internalNote',
		'token',
		'ticket',
		'sessionId',
		'messages',
		'reaction',
		'emoji',
		'q'
	]
];
const bodyOf = (value: string) => Object.fromEntries(fields.map((name) => [name, `${value}-${name}`]));

/** All that proves something, or is said in confidence, in the headers of a request. */
const headersOf = (value: string) => ({
	'ocs-apirequest': 'true',
	authorization: `Bearer ${value}`,
	cookie: `roost_session=${value}; other=${value}`,
	'x-nextcloud-talk-bot-random': value,
	'x-nextcloud-talk-bot-signature': value,
	'spreed-signaling-random': value,
	'spreed-signaling-checksum': value
});

/** With `:names` of parameters: those of rooms are of one that exists, others are the value. */
const addressOf = (route: string, room: string, value: string) =>
	route
		.replaceAll(/:(\w+)/g, (_all, name: string) => (name === 'token' ? room : encodeURIComponent(value)))
		.replace('*', encodeURIComponent(value));

/** Only those that tell something, for the message of a test that fails. */
const linesThat = (text: string, secret: string) => text.split('\n').filter((line) => line.includes(secret));

/** Bytes as a client of no good will would send them. */
function sendRaw(port: number, text: string): Promise<void> {
	return new Promise((resolve) => {
		const socket = connect(port, '127.0.0.1', () => socket.write(text));
		socket.setTimeout(500, () => socket.destroy());
		socket.on('data', () => socket.destroy());
		socket.on('error', () => undefined);
		socket.on('close', () => resolve());
	});
}

let backend: ReturnType<typeof createServer>;
beforeAll(async () => {
	backend = createServer((_request, response) => response.writeHead(403).end('no'));
	await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
});
afterAll(() => void backend.close());

const adminToken = canary('admin');
const portOfBackend = () => (backend.address() as { port: number }).port;
const configurations: { mode: string; config: () => Partial<Config> }[] = [
	{ mode: 'the socket', config: () => ({}) },
	{ mode: 'signaling without a socket', config: () => ({ signalingMode: 'internal' }) },
	{
		mode: 'an external signaling server',
		config: () => ({
			signaling: { url: `http://127.0.0.1:${portOfBackend()}`, secret: canary('backend') }
		})
	}
];

describe.each(configurations)('the log of a server with $mode', ({ config }) => {
	it('given secrets in every part of requests to every route, when they are answered, then none is in it', async () => {
		const { log, lines, text, linesWith } = collectLog();
		const turn = { urls: ['turn:127.0.0.1:3478'], secret: canary('turn') };
		const own = { ...config(), adminToken, turn, trustedProxies: ['127.0.0.1'] };
		await using server = await startTestServer({
			log,
			config: own,
			bounds: { requestsPerMinute: 1e6, unknownTokens: 1e6 },
			timings: { pullMs: 10 }
		});
		await using guest = server.client();
		const password = canary('password');
		const made = await guest.talk('POST', 'v4/room', { roomType: 3, roomName: 'Private', password });
		const { token: room, roost } = v.parse(
			v.object({ token: v.string(), roost: v.object({ moderatorSecret: v.string() }) }),
			made.data
		);
		const joined = await guest.joinRoom(room, 'Ann');
		const settings = own.signalingMode === 'internal' ? undefined : await guest.settings(room);
		const unsaid = canary('unsaid');
		// what deletes comes last, or there would be nothing to ask for
		const isLast = ({ method }: { method?: unknown }) => Number(method === 'DELETE');
		const routes = lines()
			.filter(({ msg }) => msg === 'route')
			.sort((one, other) => isLast(one) - isLast(other));
		expect(routes.length).toBeGreaterThan(60);

		const statuses = new Set<number>();
		for (const { method: methods, route } of routes) {
			for (const method of [methods].flat().map(String)) {
				if (method === 'HEAD') continue;
				const hasBody = !['GET', 'OPTIONS', 'TRACE', 'SEARCH'].includes(method);
				const query = new URLSearchParams({ ...bodyOf(unsaid), timeout: '0' }).toString();
				const ask = async (headers: Record<string, string>, body: string) => {
					const path = `${addressOf(String(route), room, unsaid)}?${query}`;
					const response = await fetch(`${server.origin}${path}`, {
						method,
						redirect: 'manual',
						headers: { ...headers, ...(hasBody && { 'content-type': 'application/json' }) },
						...(hasBody && { body })
					}).catch(() => undefined); // fetch itself refuses some methods
					await response?.arrayBuffer();
					if (response) statuses.add(response.status);
				};
				const jar = [...guest.jar].map(([name, value]) => `${name}=${value}`).join('; ');
				await ask(headersOf(unsaid), JSON.stringify(bodyOf(unsaid)));
				await ask({ ...headersOf(unsaid), cookie: jar }, `{"password": "${unsaid}`);
				const isEnding = method === 'DELETE' || String(route).endsWith('/active');
				if (!isEnding)
					await ask(
						{ 'ocs-apirequest': 'true', authorization: `Bearer ${adminToken}`, cookie: jar },
						JSON.stringify(bodyOf(unsaid))
					);
			}
		}
		await sendRaw(server.port, `GET / HTTP/1.1\r\nCookie: ${unsaid}\r\nBad Header ${unsaid}\r\n\r\n`);
		await sendRaw(server.port, `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${unsaid.repeat(1_000)}\r\n\r\n`);
		await sendRaw(server.port, `BREW /${unsaid} HTTP/1.1\r\n\r\n`);

		// there was something to leave out: lines for each request, and for those that could not be read
		expect(linesWith({ msg: 'answered' }).length).toBeGreaterThan(routes.length);
		expect([...statuses]).toEqual(expect.arrayContaining([200, 400, 403, 404]));
		expect(linesWith({ msg: 'client error' }).length).toBeGreaterThan(0);
		const secrets = {
			unsaid: unsaid.slice(0, 40),
			adminToken,
			password,
			moderatorSecret: roost.moderatorSecret,
			turn: turn.secret,
			backend: own.signaling?.secret,
			session: joined.sessionId,
			cookie: [...guest.jar.values()].join(),
			// of a token, the part that proves it
			token: settings?.helloAuthParams['2.0']?.token.split('.')[2],
			ticket: settings?.helloAuthParams['1.0']?.ticket.split(':').at(-1),
			// whoever knows it gets in
			room
		};
		for (const [name, secret] of Object.entries(secrets)) {
			if (secret !== undefined) expect(linesThat(text(), secret), name).toEqual([]);
		}
	});
});

describe('the log of the signaling socket', () => {
	it('given secrets in every frame, when they are handled or refused, then none is in it', async () => {
		const { log, text, linesWith } = collectLog();
		const dataDir = mkdtempSync(join(tmpdir(), 'roost log '));
		await using server = await startTestServer({ log, dataDir });
		await using ann = server.client();
		await using ben = server.client();
		const { socket, sessionId, resumeId, room } = await ann.enter('demo', 'Ann');
		const other = await ben.enter('demo', 'Ben');
		const unsaid = canary('frame');
		const recipient = { type: 'session', sessionid: other.sessionId };
		const auth = {
			url: `${server.origin}/ocs/v2.php/apps/spreed/`,
			params: { token: unsaid, ticket: unsaid }
		};
		const frames = [
			{ type: 'hello', hello: { version: '2.0', auth } },
			{ type: 'message', message: { recipient, data: { type: 'offer', payload: { sdp: unsaid } } } },
			{ type: 'message', message: { recipient: { type: 'session', sessionid: unsaid }, data: unsaid } },
			{ type: 'control', control: { recipient, data: { action: unsaid } } },
			{ type: 'transient', transient: { type: 'set', key: unsaid, value: unsaid } },
			{ type: 'internal', internal: { type: 'incall', incall: { incall: unsaid } } },
			{ type: 'room', room: { roomid: 'demo', sessionid: unsaid } },
			{ type: unsaid, [unsaid]: unsaid },
			{ type: 'room', room: { roomid: [unsaid] } },
			`{"id": "${unsaid}", "type`
		];
		for (const frame of frames) socket.send(frame);
		await expect.poll(() => linesWith({ msg: 'message dropped' }).length).toBeGreaterThan(0);

		for (const hello of [
			{ version: '2.0', auth },
			{ version: '1.0', auth },
			{ version: '1.0', resumeid: unsaid.padEnd(64, 'x') },
			{ version: '2.0', auth: { ...auth, type: unsaid } },
			{
				version: '1.0',
				auth: { type: 'internal', params: { random: unsaid, token: unsaid, backend: unsaid } }
			}
		]) {
			await using stranger = server.client();
			const asking = await stranger.openSocket();
			expect((await asking.ask({ type: 'hello', hello })).type).toBe('error');
		}
		const internal = internalAuth(server);
		await using recorder = await openInternalClient(server);
		await recorder.joinRoom('demo');
		const ordered = await order(server, 'demo', { type: 'message', message: { data: { type: unsaid } } });
		expect(ordered.status).toBe(200);
		socket.drop();
		await expect.poll(() => linesWith({ msg: 'signaling socket lost' })).toHaveLength(1);
		const back = await ann.openSocket();
		await back.ask({ type: 'hello', hello: { version: '1.0', resumeid: resumeId } });

		expect(linesWith({ msg: 'signaling session resumed' })).toHaveLength(1);
		expect(linesWith({ msg: 'hello refused' }).length).toBeGreaterThanOrEqual(4);
		const kept = (who: string) => readFileSync(join(dataDir, `signaling-${who}.secret`), 'utf8').trim();
		const secrets = {
			unsaid,
			resumeId,
			sessionId,
			nextcloudSessionId: room.sessionId,
			internalSecret: kept('internal'),
			backendSecret: kept('backend'),
			proof: internal.params.token,
			recorder: recorder.hello.sessionid
		};
		for (const [name, secret] of Object.entries(secrets)) expect(linesThat(text(), secret), name).toEqual([]);
		rmSync(dataDir, { recursive: true, force: true });
	});

	it('given a bot, when it is told, fails and speaks, then neither its secret nor what proves it is in it', async () => {
		const { log, text, linesWith } = collectLog();
		await using bot = await startTestBot();
		bot.answer(() => ({ status: 500 }));
		await using server = await startTestServer({
			log,
			config: { adminToken },
			timings: { botRetryMs: 1 },
			bounds: { botErrors: 1 }
		});
		await using admin = server.client();
		const asAdmin = async (path: string, body?: object) => {
			const headers = { authorization: `Bearer ${adminToken}` };
			return admin.request('POST', `/ocs/v2.php/apps/spreed/api/v1/bot/${path}`, { headers, body });
		};
		const said = canary('said');
		await asAdmin('admin', {
			name: 'Echo',
			secret: testBotSecret,
			url: `${bot.url}?key=${said}`,
			features: 3
		});
		await asAdmin('demo/1');
		await admin.joinRoom('demo');

		await admin.talk('POST', 'v1/chat/demo', { message: said });

		await expect.poll(() => linesWith({ level: 50 }).length).toBeGreaterThan(0);
		const proofs = bot.told.flatMap(({ headers }) =>
			['random', 'signature'].map((name) => String(headers[`x-nextcloud-talk-${name}`]))
		);
		expect(proofs.length).toBeGreaterThan(0);
		for (const secret of [said, testBotSecret, adminToken, ...proofs])
			expect(linesThat(text(), secret)).toEqual([]);
	});
});

describe('an error in the log', () => {
	it('given what a schema did not take, when it is logged, then it says where, and not what', () => {
		const { log, lines, text } = collectLog();
		const unsaid = canary('value');
		const bytes = Object.assign(new Error('Parse Error', { cause: new SyntaxError(unsaid) }), {
			code: 'HPE_INVALID_METHOD',
			rawPacket: Buffer.from(unsaid)
		});

		try {
			v.parse(v.picklist(['a']), unsaid);
		} catch (error) {
			log.error({ err: error }, 'one');
		}
		log.error({ err: bytes, password: unsaid, deep: { token: unsaid, headers: { cookie: unsaid } } }, 'two');
		log.error({ err: unsaid }, 'three');

		expect(lines()).toMatchObject([
			{ err: { type: 'ValiError', stack: expect.stringMatching(/log\.test\.ts/) as string } },
			{
				err: { message: 'Parse Error', code: 'HPE_INVALID_METHOD', cause: { type: 'SyntaxError' } },
				password: '[hidden]'
			},
			{ msg: 'three' }
		]);
		expect(text()).not.toContain(unsaid);
	});
});
