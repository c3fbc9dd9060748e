import { once } from 'node:events';
import http from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { expect, it, describe } from 'vitest';
import { WebSocket } from 'ws';
import { parseChatMessages } from '../../src/lib/protocol/chat-message.ts';
import { errorKeyword, parseOcs } from '../../src/lib/protocol/ocs.ts';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import { startTalkUpstream, type TalkUpstream } from '../testing/talk-upstream.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { startTestServer } from '../testing/test-server.ts';
import { talkVersion } from '../testing/talk-versions.ts';

const api = '/ocs/v2.php/apps/spreed/api';
const capabilities = '/ocs/v2.php/cloud/capabilities';

/** A request that no client library mends on the way. */
function rawRequest(origin: string, target: string, headers: Record<string, string> = {}, method = 'GET') {
	return new Promise<{ status: number; headers: http.IncomingHttpHeaders; body: string }>(
		(resolve, reject) => {
			const request = http.request(origin, { method, path: target, headers }, (response) => {
				let body = '';
				response.on('data', (piece: Buffer) => (body += piece.toString()));
				response.on('end', () =>
					resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
				);
				response.on('error', reject);
			});
			request.on('error', reject);
			request.end();
		}
	);
}

/** An upstream that answers everything with one status line and its headers, however wrong they are. */
async function startRawUpstream(answer: string) {
	const server = createServer((socket) => {
		socket.on('error', () => undefined);
		socket.on('data', () => socket.write(`HTTP/1.1 ${answer}\r\n\r\n`));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		[Symbol.asyncDispose]: async () => void server.close()
	};
}

async function keywordOf(response: Response): Promise<string | undefined> {
	return errorKeyword(parseOcs(await response.json()).data);
}

describe('a second Roost behind the gateway', () => {
	it('given two guests, when they come through the gateway, then they meet in a call and in the chat, and it stores nothing', async () => {
		await using behind = await startTestServer();
		await using gateway = await startTestGateway(behind.origin);
		const [ann, ben] = [gateway.client(), gateway.client()];
		const settings = await ann.settings('demo');

		const atAnn = await enterThrough(gateway, ann, 'Ann');
		const atBen = await enterThrough(gateway, ben, 'Ben');
		await ann.talk('POST', 'v4/call/demo', { flags: 3 });
		await ben.talk('POST', 'v4/call/demo', { flags: 7 });
		await atAnn.socket.nextUpdate(({ displayName, inCall }) => displayName === 'Ben' && inCall === 7);
		atAnn.socket.sendTo(atBen.sessionId, { type: 'hello there' });
		const poll = ben.talk('GET', 'v1/chat/demo?lookIntoFuture=1&timeout=20&lastKnownMessageId=0');
		await ann.talk('POST', 'v1/chat/demo', { message: 'Hi Ben', referenceId: 'r1' });

		expect(settings.server).toBe(`${gateway.origin}/signaling/demo`);
		expect(settings.helloAuthUrl).toBe(`${behind.origin}${api}/v3/signaling/backend`);
		expect(await atBen.socket.next('message')).toMatchObject({
			message: { sender: { sessionid: atAnn.sessionId }, data: { type: 'hello there' } }
		});
		expect((await poll).status).toBe(200);
		const history = await ben.talk('GET', 'v1/chat/demo?lookIntoFuture=0');
		expect(parseChatMessages(history.data).map(({ message }) => message)).toContain('Hi Ben');
		expect(parseRoom((await behind.client().talk('GET', 'v4/room/demo')).data).hasCall).toBe(true);
		expect(gateway.hasData()).toBe(false);
		for (const { socket } of [atAnn, atBen]) socket.drop();
	});

	it('given a Roost without a socket behind it, when guests signal, then what one sends the other pulls', async () => {
		await using behind = await startTestServer({ config: { signalingMode: 'internal' } });
		await using gateway = await startTestGateway(behind.origin);
		const [ann, ben] = [gateway.client(), gateway.client()];
		const atAnn = await ann.joinRoom('demo', 'Ann');
		const atBen = await ben.joinRoom('demo', 'Ben');
		await ben.talk('GET', 'v3/signaling/demo'); // who is there

		const pull = ben.talk('GET', 'v3/signaling/demo');
		const fn = JSON.stringify({ to: atBen.sessionId, type: 'hello there' });
		const messages = JSON.stringify([{ ev: 'message', fn, sessionId: atAnn.sessionId }]);
		const sent = await ann.talk('POST', 'v3/signaling/demo', { messages });

		expect(await ann.settings('demo')).toMatchObject({ signalingMode: 'internal', server: '' });
		expect(sent.status).toBe(200);
		expect(JSON.stringify((await pull).data)).toContain('hello there');
	});

	it('given a guest whose socket was lost, when the gateway was restarted, then the session is resumed through the new one', async () => {
		await using behind = await startTestServer();
		let gateway = await startTestGateway(behind.origin);
		const ann = gateway.client();
		const { socket, resumeId, sessionId } = await enterThrough(gateway, ann, 'Ann');
		await gateway[Symbol.asyncDispose]();
		await socket.closed;
		gateway = await startTestGateway(behind.origin);

		const again = await openSocket(gateway, 'demo');
		again.send(JSON.stringify({ id: '1', type: 'hello', hello: { version: '1.0', resumeid: resumeId } }));

		expect(await again.next('hello')).toMatchObject({ hello: { sessionid: sessionId } });
		again.close();
		await gateway[Symbol.asyncDispose]();
	});
});

/** Room, hello and room again, over the socket that the settings name. */
async function enterThrough(gateway: TestGateway, guest: ReturnType<TestGateway['client']>, name: string) {
	await guest.joinRoom('demo', name);
	await guest.settings('demo');
	const socket = await guest.openSocket({}, '/signaling/demo/spreed');
	const { sessionid, resumeid } = await guest.hello('demo');
	await guest.enterSignalingRoom('demo');
	expect(gateway.hasData()).toBe(false);
	return { socket, sessionId: sessionid, resumeId: resumeid };
}

/** A bare socket, and the frames that come over it. */
async function openSocket(gateway: TestGateway, room: string, headers: Record<string, string> = {}) {
	const socket = new WebSocket(`${gateway.origin.replace(/^http/, 'ws')}/signaling/${room}/spreed`, {
		headers
	});
	const frames: { type: string }[] = [];
	const waiting: (() => void)[] = [];
	socket.on('message', (data: Buffer) => {
		frames.push(JSON.parse(data.toString()) as { type: string });
		for (const wake of waiting.splice(0)) wake();
	});
	await new Promise((resolve, reject) => {
		socket.once('open', resolve);
		socket.once('error', reject);
	});
	return {
		send: (text: string) => socket.send(text),
		close: () => socket.close(),
		async next(type: string) {
			for (;;) {
				const found = frames.find((frame) => frame.type === type);
				if (found) return found;
				await new Promise<void>((resolve) => waiting.push(resolve));
			}
		}
	};
}

/** The status that a refused upgrade is answered with. */
const refusedWith = (gateway: TestGateway, path: string, headers: Record<string, string> = {}) =>
	new Promise<number>((resolve, reject) => {
		const socket = new WebSocket(`${gateway.origin.replace(/^http/, 'ws')}${path}`, { headers });
		socket.on('unexpected-response', (_request, response) => {
			resolve(response.statusCode ?? 0);
			response.destroy();
			socket.terminate();
		});
		socket.on('open', () => reject(new Error('it was opened')));
		socket.on('error', () => undefined);
	});

describe('what is reachable', () => {
	it('given everything but what guests need, when it is asked for, then the upstream never hears of it', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url);
		const targets = [
			'/index.php/login',
			'/index.php/settings/admin',
			'/status.php',
			'/remote.php/dav/',
			'/ocs/v2.php/cloud/users',
			`${api}/v4/room/open1234/../../../../../cloud/users`,
			`${api}/v4/room/open1234/..%2f..%2f..%2fcloud/users`,
			`${api}/v4/room/%2e%2e/%2e%2e/cloud/users`,
			`${api}/v4/room/open1234\\..\\..`,
			`${api}/v4/room/open1234/%252e%252e/x`,
			`/%6fcs/v2.php/cloud/capabilities`,
			`//127.0.0.1${capabilities}`,
			`http://127.0.0.1:${upstream.port}${capabilities}`,
			`${api}/v3/signaling/backend`,
			`${api}/v1/bot/open1234/message`
		];

		const answers = await Promise.all(targets.map((target) => rawRequest(gateway.origin, target)));

		expect(answers.map(({ status }) => status)).toEqual(targets.map(() => 404));
		expect(upstream.seen).toEqual([]);
		const inEnvelope = await rawRequest(gateway.origin, '/ocs/v2.php/cloud/users');
		expect(parseOcs(JSON.parse(inEnvelope.body))).toMatchObject({ statusCode: 404 });
		const page = await rawRequest(gateway.origin, '/index.php/call/open1234');
		expect(page).toMatchObject({ status: 302, headers: { location: '/call/open1234' } });
	});

	it('given a Nextcloud below a path, when guests ask, then they are served from below it', async () => {
		await using upstream = await startTalkUpstream({ webroot: '/nextcloud' });
		await using gateway = await startTestGateway(upstream.url);
		const guest = gateway.client();

		await guest.request('GET', capabilities);
		const room = await guest.joinRoom('open1234', 'Ann');

		expect(room.displayName).toBe('Team');
		expect(upstream.seen.every(({ url }) => url.startsWith('/nextcloud/ocs/v2.php/'))).toBe(true);
	});

	it('given an answer that would speak for this origin, when it is passed on, then only its data are', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url);

		const picture = await gateway.client().request('GET', `${api}/v1/room/open1234/avatar`);
		const avatar = await gateway.client().request('GET', '/index.php/avatar/guest/Ann/64');

		expect(await picture.text()).toContain('<svg');
		expect(picture.headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*sandbox$/);
		expect(picture.headers.get('x-content-type-options')).toBe('nosniff');
		expect(picture.headers.get('cache-control')).toBe('no-store');
		expect(avatar.headers.get('cache-control')).toBe('private, max-age=3600');
		expect(new Uint8Array(await avatar.arrayBuffer())).toEqual(new Uint8Array([0x89, 0x50, 0x4e, 0x47]));
	});

	it('given a body that is too large, when it is sent, then it goes nowhere', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url);

		const response = await gateway
			.client()
			.request('POST', `${api}/v1/chat/open1234`, { body: 'a'.repeat(600_000) });

		expect(response.status).toBe(413);
		expect(upstream.seen).toEqual([]);
	});
});

describe('what the upstream is told', () => {
	it('given a request with all kinds of headers, when it is passed on, then only what it needs is', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url);

		await rawRequest(gateway.origin, `${capabilities}?format=json`, {
			accept: 'application/json',
			'ocs-apirequest': 'true',
			'accept-language': 'de',
			'x-nextcloud-talk-session-tab-id': 'T'.repeat(64),
			origin: 'http://evil.example',
			referer: 'http://127.0.0.1/call/secret',
			authorization: 'Bearer admin',
			cookie: 'theirs=1; oc_sessionPassphrase=2; __Host-nc_sameSiteCookielax=true',
			'x-forwarded-for': '10.9.8.7',
			'x-forwarded-host': 'evil.example',
			'x-forwarded-proto': 'https',
			forwarded: 'for=10.9.8.7',
			'x-real-ip': '10.9.8.7',
			connection: 'keep-alive, x-secret',
			'x-secret': '1',
			te: 'trailers',
			'proxy-authorization': 'Basic x'
		});

		expect(upstream.seen.map(({ url }) => url)).toEqual([`${capabilities}?format=json`]);
		const { 'x-roost-gateway': mark, ...rest } = { ...upstream.seen[0]?.headers };
		expect(mark).toMatch(/^[0-9a-f]{16}$/);
		expect(rest).toEqual({
			host: `127.0.0.1:${upstream.port}`,
			accept: 'application/json',
			'accept-language': 'de',
			'ocs-apirequest': 'true',
			'x-nextcloud-talk-session-tab-id': 'T'.repeat(64),
			'x-forwarded-for': '127.0.0.1',
			connection: 'keep-alive'
		});
	});

	it('given a trusted proxy before the gateway, when it says who asks, then the upstream is told', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url, { config: { trustedProxies: ['127.0.0.1'] } });

		await rawRequest(gateway.origin, capabilities, { 'x-forwarded-for': '6.6.6.6, 10.9.8.7' });

		expect(upstream.seen[0]?.headers['x-forwarded-for']).toBe('10.9.8.7');
	});

	it('given a form and an empty body, when they are sent, then they arrive as they were', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url);
		const guest = gateway.client();
		const headers = { 'content-type': 'application/x-www-form-urlencoded' };

		await guest.request('POST', `${api}/v1/chat/open1234`, { body: 'message=a+b%C3%BC', headers });
		await guest.request('DELETE', `${api}/v4/call/open1234`);

		expect(upstream.seen.map(({ method, body }) => [method, body])).toEqual([
			['POST', 'message=a+b%C3%BC'],
			['DELETE', '']
		]);
		expect(upstream.seen[0]?.headers['content-type']).toBe(headers['content-type']);
	});
});

describe('cookies', () => {
	it.each([
		['http', 'https', false],
		['https', 'https', true],
		['http', 'http', false]
	])(
		'given Roost at %s and a Nextcloud that calls itself %s, when a guest joins, then the jar holds',
		async (own, theirs, isSecure) => {
			await using upstream = await startTalkUpstream({ secureCookies: theirs === 'https' });
			const publicUrl = `${own}://calls.example`;
			await using gateway = await startTestGateway(upstream.url, { config: { publicUrl } });
			const guest = gateway.client();

			const first = await guest.request('GET', capabilities);
			const room = await guest.joinRoom('open1234', 'Ann');

			const set = first.headers.getSetCookie();
			expect(set).toHaveLength(4);
			for (const cookie of set) {
				expect(cookie).toMatch(/^roost_[0-9a-f]{8}_/);
				expect(cookie).toMatch(/; Path=\/; /);
				expect(cookie).toMatch(/; HttpOnly/);
				expect(cookie).toMatch(/; SameSite=(lax|strict)/i);
				expect(cookie).not.toMatch(/domain=/i);
				expect(/; Secure(;|$)/.test(cookie)).toBe(isSecure);
			}
			expect(room.actorType).toBe('guests');
			const names = (upstream.seen.at(-1)?.headers.cookie ?? '')
				.split('; ')
				.map((pair) => pair.split('=')[0]);
			const host = theirs === 'https' ? '__Host-' : '';
			expect(names).toEqual([
				expect.stringMatching(/^oc[0-9a-f]{10}$/),
				'oc_sessionPassphrase',
				`${host}nc_sameSiteCookielax`,
				`${host}nc_sameSiteCookiestrict`
			]);
		}
	);

	it('given cookies of other programs and of another upstream on this host, when a guest asks, then they are not sent on', async () => {
		await using one = await startTalkUpstream();
		await using two = await startTalkUpstream();
		await using atOne = await startTestGateway(one.url);
		await using atTwo = await startTestGateway(two.url);
		const jar = new Map([['wordpress', 'secret']]);
		const { createTestClient } = await import('../../tests/support/test-client.ts');

		await createTestClient(atOne.origin, jar).request('GET', capabilities);
		expect(jar.size).toBe(5);
		await createTestClient(atTwo.origin, jar).request('GET', capabilities);
		await createTestClient(atTwo.origin, jar).request('GET', capabilities);

		expect(one.seen[0]?.headers.cookie).toBeUndefined();
		expect(two.seen[0]?.headers.cookie).toBeUndefined();
		expect(two.seen[1]?.headers.cookie?.split('; ')).toHaveLength(4);
		expect(two.seen[1]?.headers.cookie).not.toContain('secret');
	});

	it('given a room with a password, when it was right, then the renewed session is used', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url);
		const guest = gateway.client();
		await guest.request('GET', capabilities);
		const before = new Map(guest.jar);
		const path = 'v4/room/secret12/participants/active';

		const wrong = await guest.talk('POST', path, { password: 'open' });
		const right = await guest.talk('POST', path, { password: 'sesame' });

		expect(wrong).toMatchObject({ status: 403, data: { error: 'password' } });
		expect(right.status).toBe(200);
		expect([...guest.jar].filter(([name, value]) => before.get(name) !== value).length).toBeGreaterThan(0);
		expect((await guest.talk('POST', 'v1/guest/secret12/name', { displayName: 'Ann' })).status).toBe(200);
	});
});

describe('refusals of the upstream', () => {
	it('given a lobby, a ban and a throttle, when they are met, then status, words and times arrive', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url);
		const guest = gateway.client();
		await guest.request('GET', capabilities);
		await guest.joinRoom('lobby123');

		const lobby = await guest.talk('POST', 'v4/call/lobby123', { flags: 3 });
		const ban = await guest.talk('POST', 'v4/room/banned12/participants/active', {});
		const throttle = await guest.talk('POST', 'v4/room/busy1234/participants/active', {});

		expect(lobby.status).toBe(412);
		expect(ban).toMatchObject({ status: 403, data: { error: 'ban' } });
		expect(throttle.status).toBe(429);
		expect(throttle.headers.get('x-nextcloud-bruteforce-throttled')).toBe('25000ms');
		expect(throttle.headers.get('x-nextcloud-talk-hash')).toBe('hash-25');
	});
});

describe('what can be wrong with the upstream', () => {
	it('given nobody there, when guests ask, then that is said with a word, once in the log, and again when it is over', async () => {
		const port = await freePort();
		const lines: Record<string, unknown>[] = [];
		const log = (line: Record<string, unknown>) => void lines.push(line);
		await using gateway = await startTestGateway(`http://127.0.0.1:${port}`, { log });
		const guest = gateway.client();

		const response = await guest.request('GET', capabilities);
		await guest.request('GET', capabilities);

		expect(response.status).toBe(502);
		expect(await keywordOf(response)).toBe('upstream-unreachable');
		expect(response.headers.get('cache-control')).toBe('no-store');
		expect(lines.filter(({ problem }) => problem === 'upstream-unreachable')).toHaveLength(1);
		expect((await guest.request('GET', '/healthz')).status).toBe(200);
		const ready = await guest.request('GET', '/readyz');
		expect([ready.status, await ready.json()]).toEqual([
			503,
			{ status: 'not ready', problem: 'upstream-unreachable' }
		]);
	});

	it('given one that says nothing, when it takes too long, then that is another word, and it is left alone', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url, { timings: { answerMs: 100 } });
		upstream.go('hang');

		const response = await gateway.client().request('GET', capabilities);

		expect(response.status).toBe(504);
		expect(await keywordOf(response)).toBe('upstream-slow');
		expect(await upstream.seen[0]?.outcome).toBe('abandoned');
	});

	it('given a wait for news, when it lasts longer than an answer may, then it goes on', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url, { timings: { answerMs: 100 } });
		const guest = gateway.client();
		await guest.request('GET', capabilities);
		await guest.joinRoom('open1234');

		const idle = await guest.talk('GET', 'v1/chat/open1234?lookIntoFuture=1&timeout=1');
		const poll = guest.talk('GET', 'v1/chat/open1234?lookIntoFuture=1&timeout=30');
		await expect.poll(() => upstream.seen.at(-1)?.url).toContain('timeout=30');
		await guest.talk('POST', 'v1/chat/open1234', { message: 'news' });

		expect(idle.status).toBe(304);
		expect((await poll).status).toBe(200);
		expect((await poll).headers.get('x-chat-last-given')).toBe('1');
	});

	it('given a browser that does not wait any more, when it goes, then the upstream is not kept waiting either', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url);
		const guest = gateway.client();
		await guest.request('GET', capabilities);
		await guest.joinRoom('open1234');
		const gone = new AbortController();

		const poll = guest.request('GET', `${api}/v1/chat/open1234?lookIntoFuture=1&timeout=30`, {
			signal: gone.signal
		});
		await expect.poll(() => upstream.seen.at(-1)?.url).toContain('timeout=30');
		gone.abort();

		await expect(poll).rejects.toThrow();
		expect(await upstream.seen.at(-1)?.outcome).toBe('abandoned');
	});

	it('given one that stops in the middle of an answer, when it stalls, then the answer breaks off', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url, { timings: { stallMs: 100 } });
		upstream.go('stall');

		const response = await gateway.client().request('GET', capabilities);

		await expect(response.text()).rejects.toThrow();
		const settings = await gateway.client().request('GET', `${api}/v3/signaling/settings?token=open1234`);
		expect(settings.status).toBe(502);
	});

	it('given maintenance, when guests ask, then they are told, and for how long', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url);
		upstream.go('maintenance');

		const response = await gateway.client().request('GET', `${api}/v4/room/open1234`);

		expect(response.status).toBe(503);
		expect(response.headers.get('x-nextcloud-maintenance-mode')).toBe('1');
		expect(response.headers.get('retry-after')).toBe('120');
		const ready = await gateway.client().request('GET', '/readyz');
		expect(await ready.json()).toEqual({ status: 'not ready', problem: 'upstream-maintenance' });
		upstream.go(null);
		expect((await gateway.client().request('GET', '/readyz')).status).toBe(200);
	});

	it('given one that sends browsers elsewhere, when it does, then nobody goes there', async () => {
		const lines: Record<string, unknown>[] = [];
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url, { log: (line) => void lines.push(line) });
		upstream.go('redirect');

		const response = await gateway.client().request('GET', capabilities);

		expect(response.status).toBe(502);
		expect(await keywordOf(response)).toBe('upstream-redirect');
		expect(response.headers.get('location')).toBeNull();
		expect(lines.map(({ reason }) => reason)).toContain('it redirects to https://foreign.example');
	});

	it('given one that answers everything with what cannot be passed on, when it goes on so, then the log says it once', async () => {
		const lines: Record<string, unknown>[] = [];
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url, { log: (line) => void lines.push(line) });
		const guest = gateway.client();
		const told = () => lines.filter((line) => line['upstream'] === upstream.url && line['msg'] !== 'gateway');

		upstream.go('redirect');
		for (let count = 0; count < 3; count += 1) await guest.request('GET', capabilities);
		expect(told().map(({ problem }) => problem)).toEqual(['upstream-redirect']);
		upstream.go(null);
		await guest.request('GET', capabilities);

		expect(told().map(({ msg }) => msg)).toEqual([
			'the upstream does not answer',
			'the upstream answers again'
		]);
	});

	it('given one that sends everybody elsewhere, when it is asked again and again whether it is ready, then it is not', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url);
		const ready = async () => (await gateway.client().request('GET', '/readyz')).status;
		upstream.go('redirect');

		const statuses = [await ready(), await ready()];

		expect(statuses).toEqual([503, 503]);
	});

	it.each([
		['302 Found\r\nContent-Length: 0', 502, 'upstream-redirect'],
		['999 Odd\r\nContent-Length: 0', 502, 'upstream-broken']
	])(
		'given the answer %j, when it is passed on, then that is said instead, and nobody is sent in a circle',
		async (answer, status, keyword) => {
			await using upstream = await startRawUpstream(answer);
			await using gateway = await startTestGateway(upstream.url);

			const response = await gateway.client().request('GET', capabilities);

			expect([response.status, await keywordOf(response)]).toEqual([status, keyword]);
		}
	);

	it('given an answer without a body that names the length of one, when it is passed on, then the length is not', async () => {
		await using upstream = await startRawUpstream('204 No Content\r\nContent-Length: 5');
		await using gateway = await startTestGateway(upstream.url);

		const { status, headers } = await rawRequest(gateway.origin, capabilities);

		expect(status).toBe(204);
		expect(headers['content-length']).toBeUndefined();
	});

	it('given settings that make no sense, when they are asked for, then that is said', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url);
		upstream.go('nonsense');

		const response = await gateway.client().request('GET', `${api}/v3/signaling/settings?token=open1234`);

		expect(response.status).toBe(502);
		expect(await keywordOf(response)).toBe('upstream-broken');
	});

	it('given a certificate that nobody vouches for, when guests ask, then nothing is sent, unless that was switched off', async () => {
		await using upstream = await startTalkUpstream({ tls: true });
		await using strict = await startTestGateway(upstream.url);
		await using loose = await startTestGateway(upstream.url, { isInsecure: true });

		const refused = await strict.client().request('GET', capabilities);
		const noSocket = await refusedWith(strict, '/signaling/open1234/spreed');

		expect(refused.status).toBe(502);
		expect(await keywordOf(refused)).toBe('upstream-certificate');
		expect(noSocket).toBe(502);
		expect(upstream.seen).toEqual([]);
		expect((await loose.client().request('GET', capabilities)).status).toBe(200);
		const socket = await openSocket(loose, 'open1234');
		expect(await socket.next('welcome')).toBeDefined();
		socket.close();
	});

	it('given a connection that the upstream has given up, when it is used again, then only what can be repeated is', async () => {
		const answered: string[] = [];
		const behind = createServer((socket) => {
			let requests = 0;
			socket.on('error', () => undefined);
			socket.on('data', (piece) => {
				requests += 1;
				if (requests > 1) return socket.resetAndDestroy();
				answered.push(piece.toString().split(' ')[0] ?? '');
				return socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
			});
		}).listen(0, '127.0.0.1');
		await new Promise((resolve) => behind.once('listening', resolve));
		const address = behind.address();
		const port = typeof address === 'object' && address ? address.port : 0;
		await using gateway = await startTestGateway(`http://127.0.0.1:${port}`);
		const ask = async (method: string) => {
			const response = await gateway.client().request(method, `${api}/v4/call/open1234`);
			await response.text();
			return response.status;
		};

		expect([await ask('GET'), await ask('GET'), await ask('POST'), await ask('POST')]).toEqual([
			200, 200, 502, 200
		]);
		expect(answered).toEqual(['GET', 'GET', 'POST']);
		await gateway.stop();
		await new Promise((resolve) => behind.close(resolve));
	});

	it('given the address of the gateway itself, when guests ask, then it does not ask itself for ever', async () => {
		const port = await freePort();
		await using gateway = await startTestGateway(`http://127.0.0.1:${port}`, { config: { port } });

		const response = await gateway.client().request('GET', capabilities);

		expect(response.status).toBe(508);
		expect(await keywordOf(response)).toBe('upstream-looping');
	});
});

async function freePort(): Promise<number> {
	const probe = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => probe.once('listening', resolve));
	const address = probe.address();
	const port = typeof address === 'object' && address ? address.port : 0;
	await new Promise((resolve) => probe.close(resolve));
	return port;
}

describe('the signaling socket', () => {
	const cases: [string, Parameters<typeof startTalkUpstream>[0]][] = [
		['beside Nextcloud', {}],
		['beside Nextcloud below a path', { webroot: '/nextcloud' }],
		['at another address', { ownSignalingPort: true }]
	];
	it.each(cases)(
		'given a signaling server %s, when a browser connects, then only the handshake goes there',
		async (_, options) => {
			await using upstream = await startTalkUpstream(options);
			await using gateway = await startTestGateway(upstream.url);
			const headers = { cookie: 'a=1', origin: gateway.origin, 'x-forwarded-for': '10.9.8.7' };

			const socket = await openSocket(gateway, 'open1234', headers);

			expect(await socket.next('welcome')).toMatchObject({ welcome: { version: '2.0.0' } });
			const seen = upstream.sockets[0];
			expect(seen?.headers).not.toHaveProperty('cookie');
			expect(seen?.headers).not.toHaveProperty('origin');
			expect(seen?.headers['x-forwarded-for']).toBe('127.0.0.1');
			socket.close();
		}
	);

	it('given other addresses and other sites, when they want a socket, then they get none', async () => {
		await using upstream = await startTalkUpstream();
		await using gateway = await startTestGateway(upstream.url);

		expect(await refusedWith(gateway, '/signaling/spreed')).toBe(404);
		expect(await refusedWith(gateway, '/signaling/nowhere1/spreed')).toBe(404);
		expect(await refusedWith(gateway, '/signaling/open1234/../spreed')).toBe(404);
		expect(await refusedWith(gateway, '/standalone-signaling/spreed')).toBe(404);
		expect(await refusedWith(gateway, '/signaling/open1234/spreed?x=1')).toBe(404);
		const origin = 'https://evil.example';
		expect(await refusedWith(gateway, '/signaling/open1234/spreed', { origin })).toBe(403);
		expect(upstream.sockets).toEqual([]);
	});

	it('given no signaling server, when a socket is wanted, then there is none, and the settings stay as they are', async () => {
		await using upstream = await startTalkUpstream({ signaling: 'internal', version: talkVersion(24) });
		await using gateway = await startTestGateway(upstream.url);

		expect(await refusedWith(gateway, '/signaling/open1234/spreed')).toBe(404);
		expect(await gateway.client().settings('open1234')).toMatchObject({
			signalingMode: 'internal',
			server: ''
		});
	});

	it('given an open socket, when either end goes, then the other end goes too', async () => {
		const upstream: TalkUpstream = await startTalkUpstream({ ownSignalingPort: true });
		await using gateway = await startTestGateway(upstream.url);
		const guest = gateway.client();
		const first = await guest.openSocket({}, '/signaling/open1234/spreed');

		await upstream.stop();

		expect(await first.closed).toBe(1006);
		expect(await refusedWith(gateway, '/signaling/open1234/spreed')).toBe(502);
	});
});
