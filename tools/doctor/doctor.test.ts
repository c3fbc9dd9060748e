import { createServer, request as sendRequest } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { once } from 'node:events';
import { createServer as createNetServer, type AddressInfo } from 'node:net';
import { afterAll, expect, it } from 'vitest';
import type { Config } from '../../server/config.ts';
import { certificates } from '../../server/testing/certificates.ts';
import { startTestServer } from '../../server/testing/test-server.ts';
import type { Hint, Outcome, ProbeName } from '../../src/lib/domain/check/evidence.ts';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import { startFakeTurnServer } from '../../tests/support/fake-turn-server.ts';
import { parseCallAddress } from './call-address.ts';
import { jsonOf, tableOf } from './report.ts';
import { runDoctor } from './run-doctor.ts';
import { startFakeHpb } from './testing/fake-hpb.ts';
import { createPage } from './testing/page.ts';

/* Real servers on this machine, each set up wrongly in one way, and the one cause that has to be named. */

const page = createPage();
afterAll(() => page[Symbol.dispose]());

const startRoost = (config: Partial<Config> = {}, now: () => number = Date.now) =>
	startTestServer({ config, webDirectory: page.webDirectory, now });

async function examine(origin: string, room = 'demo'): Promise<readonly Outcome[]> {
	const address = parseCallAddress(`${origin}/call/${room}`);
	if (!address) throw new Error('the link of the test is none');
	return runDoctor(address);
}

/** What has to be changed, and where it showed. */
const causes = (outcomes: readonly Outcome[]) =>
	outcomes.flatMap(({ probe, state, hint }) => (hint === null ? [] : [`${probe} ${state}: ${hint}`]));
const isNamed = (probe: ProbeName, state: 'warn' | 'fail', hint: Hint) => `${probe} ${state}: ${hint}`;
const stateOf = (outcomes: readonly Outcome[], wanted: ProbeName) =>
	outcomes.filter(({ probe }) => probe === wanted).map(({ state }) => state);

const turnFor = (turn: { udpUrl: string; tcpUrl: string; stunUrl: string; secret: string }) => ({
	stunUrls: [turn.stunUrl],
	turn: { urls: [turn.udpUrl, turn.tcpUrl], secret: turn.secret }
});

it('given a server where all is well, when it is examined, then nothing has to be changed, and nobody was left behind', async () => {
	await using turn = await startFakeTurnServer();
	await using server = await startRoost(turnFor(turn));

	const outcomes = await examine(server.origin);

	expect(causes(outcomes)).toEqual([]);
	expect(outcomes.filter(({ state }) => state === 'ok').map(({ probe }) => probe)).toEqual(
		expect.arrayContaining(['page', 'capabilities', 'entry', 'settings', 'socket', 'hello', 'features'])
	);
	expect(stateOf(outcomes, 'room')).toEqual(['ok']);
	expect(stateOf(outcomes, 'news')).toEqual(['ok']);
	expect(stateOf(outcomes, 'clock')).toEqual(['ok']);
	expect(stateOf(outcomes, 'stun')).toEqual(['ok']);
	expect(stateOf(outcomes, 'turn')).toEqual(['ok', 'ok']);
	expect(turn.counts).toEqual({ granted: 2, released: 2 });
	await using guest = server.client();
	await guest.joinRoom('demo', 'Ann');
	const { data } = await guest.talk('GET', 'v4/room/demo/participants');
	expect(JSON.stringify(data)).not.toContain('Roost doctor');
});

it('given a signaling server of its own, when all is well, then the news of the room come through it', async () => {
	await using hpb = await startFakeHpb();
	await using server = await startRoost({ signaling: hpb.config });

	const outcomes = await examine(server.origin);

	expect(causes(outcomes)).toEqual(['stun warn: stun-none', 'turn warn: turn-none']);
	expect(stateOf(outcomes, 'news')).toEqual(['ok']);
	expect(outcomes.find(({ probe }) => probe === 'features')?.fact).toContain('2.1.1');
	expect(hpb.said).toEqual(['hello', 'room', 'bye']);
});

it('given signaling by long poll, when all is well, then there is no socket to look at', async () => {
	await using server = await startRoost({ signalingMode: 'internal' });

	const outcomes = await examine(server.origin);

	expect(stateOf(outcomes, 'room')).toEqual(['ok']);
	expect(stateOf(outcomes, 'socket')).toEqual(['skipped']);
	expect(causes(outcomes)).toEqual(['stun warn: stun-none', 'turn warn: turn-none']);
});

it('given a link by http that people are sent to https from, when it is examined, then where it leads is what is looked at', async () => {
	await using server = await startRoost();
	// as proxies do it: a request of any kind is answered so, and one with a body would come as another one without
	const front = createServer((request, response) => {
		response.writeHead(301, { Location: server.origin + (request.url ?? '') }).end();
	});
	front.listen(0, '127.0.0.1');
	await once(front, 'listening');
	const { port } = front.address() as AddressInfo;

	const outcomes = await examine(`http://127.0.0.1:${port}`);

	expect(causes(outcomes)).toEqual(['stun warn: stun-none', 'turn warn: turn-none']);
	expect(stateOf(outcomes, 'room')).toEqual(['ok']);
	front.close();
});

it('given a server that is down, when it is examined, then that is the cause', async () => {
	const gone = await startRoost();
	const { origin } = gone;
	await gone[Symbol.asyncDispose]();

	expect(causes(await examine(origin))).toEqual([
		isNamed('page', 'fail', 'server-unreachable'),
		isNamed('capabilities', 'fail', 'server-unreachable')
	]);
});

it('given a name that nobody knows, when it is examined, then the name is the cause', async () => {
	expect(causes(await examine('http://nobody.invalid'))).toContain(
		isNamed('capabilities', 'fail', 'server-name')
	);
});

it('given an untrusted certificate, when it is examined, then the certificate is the cause', async () => {
	const server = createSecureServer(certificates.a, (_request, response) => response.end());
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;

	const outcomes = await examine(`https://127.0.0.1:${port}`);

	expect(causes(outcomes)).toContain(isNamed('capabilities', 'fail', 'server-certificate'));
	server.close();
});

it('given another program at the address, when it is examined, then it is said not to be Talk', async () => {
	const server = createServer((_request, response) => {
		response.setHeader('Content-Type', 'text/html').end('<h1>It works!</h1>');
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;

	expect(causes(await examine(`http://127.0.0.1:${port}`))).toEqual([
		isNamed('capabilities', 'fail', 'not-talk')
	]);
	server.close();
});

it('given a server that sends everybody in a circle, when it is examined, then it is said to fail', async () => {
	const server = createServer((request, response) => {
		response.writeHead(302, { Location: request.url ?? '' }).end();
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as AddressInfo;

	const outcomes = await examine(`http://127.0.0.1:${port}`);

	expect(causes(outcomes)).toContain(isNamed('capabilities', 'fail', 'server-failing'));
	expect(outcomes.find(({ probe }) => probe === 'capabilities')?.fact).toBe('redirects');
	server.close();
});

it.each([
	['https', createServer()],
	['http', createNetServer((socket) => void socket.on('error', () => undefined).end('SSH-2.0-OpenSSH\r\n'))]
])(
	'given %s asked of what speaks something else, when it is examined, then it is said not to be Talk',
	async (scheme, server) => {
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const { port } = server.address() as AddressInfo;

		const outcomes = await examine(`${scheme}://127.0.0.1:${port}`);

		expect(causes(outcomes)).toContain(isNamed('capabilities', 'fail', 'not-talk'));
		server.close();
	}
);

it('given a room that does not exist, when it is examined, then the room is the cause', async () => {
	await using server = await startRoost();

	expect(causes(await examine(server.origin, 'nosuchroom'))).toEqual([
		isNamed('entry', 'fail', 'room-unknown')
	]);
});

it('given a room with a lobby, when it is examined, then the check ends in front of it and nothing is called broken', async () => {
	await using server = await startRoost();
	await using owner = server.client();
	const { data } = await owner.talk('POST', 'v4/room', { roomType: 3, roomName: 'Later' });
	const { token } = parseRoom(data);
	await owner.joinRoom(token);
	await owner.talk('PUT', `v4/room/${token}/webinar/lobby`, { state: 1 });

	const outcomes = await examine(server.origin, token);

	expect(causes(outcomes)).toEqual([
		isNamed('entry', 'warn', 'room-lobby'),
		isNamed('stun', 'warn', 'stun-none'),
		isNamed('turn', 'warn', 'turn-none')
	]);
	expect(stateOf(outcomes, 'room')).toEqual(['skipped']);
});

it.each([
	{ version: '2.0', features: undefined, probe: 'room' },
	{ version: '1.0', features: ['audio-video-permissions', 'incall-all', 'switchto'], probe: 'hello' }
] as const)(
	'given a signaling server with another secret, when hello $version is said, then the secret is the cause',
	async ({ features, probe }) => {
		await using hpb = await startFakeHpb({ secret: 'another secret', ...(features && { features }) });
		await using server = await startRoost({ signaling: { ...hpb.config, secret: 'the secret here' } });

		expect(causes(await examine(server.origin))).toContain(isNamed(probe, 'fail', 'signaling-secret'));
	}
);

it('given a signaling server that does not know this server, when it is examined, then its list is the cause', async () => {
	await using hpb = await startFakeHpb({ backends: ['https://cloud.example.org'] });
	await using server = await startRoost({ signaling: hpb.config });

	expect(causes(await examine(server.origin))).toContain(isNamed('hello', 'fail', 'backend-unknown'));
});

it.each([200, 400, 426])(
	'given a proxy that answers an upgrade with %i, when it is examined, then the proxy is the cause',
	async (upgradeStatus) => {
		await using hpb = await startFakeHpb({ upgradeStatus });
		await using server = await startRoost({ signaling: hpb.config });

		expect(causes(await examine(server.origin))).toContain(isNamed('socket', 'fail', 'socket-upgrade'));
	}
);

it('given a proxy in front of Roost that does not upgrade, when it is examined, then the proxy is the cause', async () => {
	await using server = await startRoost();
	// without a listener for upgrades, Node takes them for ordinary requests, as such a proxy does
	const proxy = createServer((request, response) => {
		const { method, url: path } = request;
		const hopByHop = ['connection', 'upgrade'];
		const headers = Object.fromEntries(
			Object.entries(request.headers).filter(([name]) => !hopByHop.includes(name))
		);
		const { port } = new URL(server.origin);
		const passed = sendRequest({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 500, answer.headers);
			answer.pipe(response);
		});
		request.pipe(passed);
	});
	proxy.listen(0, '127.0.0.1');
	await once(proxy, 'listening');
	const { port } = proxy.address() as AddressInfo;

	const outcomes = await examine(`http://127.0.0.1:${port}`);

	expect(causes(outcomes)).toContain(isNamed('socket', 'fail', 'socket-upgrade'));
	proxy.close();
});

it('given a proxy without a signaling server behind it, when it is examined, then that is the cause', async () => {
	await using hpb = await startFakeHpb({ upgradeStatus: 502 });
	await using server = await startRoost({ signaling: hpb.config });

	expect(causes(await examine(server.origin))).toContain(isNamed('socket', 'fail', 'signaling-down'));
});

it('given a signaling server that does not run, when it is examined, then its address is the cause', async () => {
	const gone = await startFakeHpb();
	const { config } = gone;
	await gone[Symbol.asyncDispose]();
	await using server = await startRoost({ signaling: config });

	expect(causes(await examine(server.origin))).toContain(isNamed('socket', 'fail', 'socket-unreachable'));
});

it.each([
	{ version: '2.0', features: undefined },
	{ version: '1.0', features: ['audio-video-permissions'] }
] as const)(
	'given a signaling server that reaches nobody, when hello $version is said, then that is the cause',
	async ({ features }) => {
		await using hpb = await startFakeHpb({ isCutOff: true, ...(features && { features }) });
		await using server = await startRoost({ signaling: hpb.config });

		expect(causes(await examine(server.origin))).toContain(isNamed('hello', 'fail', 'backend-unreachable'));
	}
);

it('given a signaling server that hears nothing, when it is examined, then the way to it is the cause', async () => {
	await using hpb = await startFakeHpb({ isDeaf: true });
	await using server = await startRoost({ signaling: hpb.config });

	const outcomes = await examine(server.origin);

	expect(stateOf(outcomes, 'room')).toEqual(['ok']);
	expect(causes(outcomes)).toContain(isNamed('news', 'fail', 'news-missing'));
}, 15_000);

it.each([
	{ skewMs: 600_000, code: 'token_expired' },
	{ skewMs: -600_000, code: 'token_not_valid_yet' }
])(
	'given a signaling server whose clock is $skewMs ms off, when it is examined, then the clock is the cause',
	async ({ skewMs, code }) => {
		await using hpb = await startFakeHpb({ skewMs });
		await using server = await startRoost({ signaling: hpb.config });

		const outcomes = await examine(server.origin);

		expect(causes(outcomes)).toContain(isNamed('hello', 'fail', 'clock-signaling'));
		expect(causes(outcomes)).toContain(isNamed('clock', 'fail', 'clock-signaling'));
		expect(outcomes.find(({ probe }) => probe === 'hello')?.fact).toBe(code);
	}
);

it('given a clock of this machine that is off, when it is examined, then that is said, and no more', async () => {
	await using server = await startRoost();
	const address = parseCallAddress(`${server.origin}/call/demo`);
	if (!address) throw new Error('the link of the test is none');

	const outcomes = await runDoctor(address, () => Date.now() - 3_600_000);

	expect(causes(outcomes)).toContain(isNamed('clock', 'warn', 'clock-here'));
	expect(outcomes.filter(({ state }) => state === 'fail')).toEqual([]);
});

it('given a signaling server of 2021, when it is examined, then its age is the cause', async () => {
	await using hpb = await startFakeHpb({
		features: ['audio-video-permissions', 'mcu', 'simulcast'],
		version: '0.4.1'
	});
	await using server = await startRoost({ signaling: hpb.config });

	const outcomes = await examine(server.origin);

	expect(causes(outcomes)).toContain(isNamed('features', 'fail', 'signaling-too-old'));
	expect(stateOf(outcomes, 'room')).toEqual(['ok']);
}, 15_000);

it('given a TURN server with another secret, when it is examined, then the secret is the cause on every way', async () => {
	await using turn = await startFakeTurnServer({ secret: 'another secret' });
	await using server = await startRoost(turnFor({ ...turn, secret: 'the secret here' }));

	expect(causes(await examine(server.origin))).toEqual([
		isNamed('turn', 'fail', 'turn-secret'),
		isNamed('turn', 'fail', 'turn-secret')
	]);
});

it('given a network without UDP, when TURN works over TCP, then that is a warning', async () => {
	await using turn = await startFakeTurnServer({ silent: ['udp'] });
	await using server = await startRoost(turnFor(turn));

	const outcomes = await examine(server.origin);

	expect(causes(outcomes)).toEqual([
		isNamed('stun', 'warn', 'stun-unreachable'),
		isNamed('turn', 'warn', 'turn-udp-blocked')
	]);
	expect(stateOf(outcomes, 'turn')).toEqual(['warn', 'ok']);
}, 20_000);

it('given a TURN server that does not answer at all, when it is examined, then its address is the cause', async () => {
	await using turn = await startFakeTurnServer({ silent: ['udp', 'tcp'] });
	await using server = await startRoost({ turn: { urls: [turn.udpUrl, turn.tcpUrl], secret: turn.secret } });

	expect(causes(await examine(server.origin))).toEqual([
		isNamed('turn', 'fail', 'turn-unreachable'),
		isNamed('turn', 'fail', 'turn-unreachable')
	]);
}, 20_000);

it('given TURN over TLS with an untrusted certificate, when it is examined, then the certificate is the cause', async () => {
	await using turn = await startFakeTurnServer({ tls: certificates.a });
	await using server = await startRoost({ turn: { urls: [turn.tlsUrl], secret: turn.secret } });

	expect(causes(await examine(server.origin))).toContain(isNamed('turn', 'fail', 'turn-certificate'));
});

it('given a TURN server that has no relay to give, when it is examined, then the server is the cause', async () => {
	await using turn = await startFakeTurnServer({ refuseWith: 486 });
	await using server = await startRoost({ turn: { urls: [turn.tcpUrl], secret: turn.secret } });

	expect(causes(await examine(server.origin))).toContain(isNamed('turn', 'fail', 'turn-refused'));
});

it('given credentials that have run out, when they are refused, then the clock of who made them is the cause', async () => {
	await using turn = await startFakeTurnServer();
	const aWeekAgo = () => Date.now() - 7 * 24 * 3_600_000;
	await using server = await startRoost({ turn: { urls: [turn.tcpUrl], secret: turn.secret } }, aWeekAgo);

	expect(causes(await examine(server.origin))).toContain(isNamed('turn', 'fail', 'turn-expired'));
});

it('given a secure page with a signaling server that is not, when it is examined, then browsers are said to refuse it', async () => {
	await using hpb = await startFakeHpb();
	await using server = await startRoost({ signaling: hpb.config });
	const address = parseCallAddress(`${server.origin}/call/demo`);
	if (!address) throw new Error('the link of the test is none');

	const outcomes = await runDoctor(address, Date.now, true);

	expect(causes(outcomes)).toContain(isNamed('settings', 'fail', 'mixed-content'));
});

it('given everything that is secret, when the report is written, then none of it is in there', async () => {
	await using turn = await startFakeTurnServer({ secret: 'another secret' });
	await using hpb = await startFakeHpb({ secret: 'another secret' });
	await using server = await startRoost({
		...turnFor({ ...turn, secret: 'the secret here' }),
		signaling: { ...hpb.config, secret: 'the secret there' }
	});

	const outcomes = await examine(server.origin);

	for (const report of [tableOf(outcomes), jsonOf(outcomes)]) {
		expect(report).toContain('static-auth-secret');
		// tokens, tickets, session ids, nonces, usernames and credentials are all longer than any word of the report
		expect(report).not.toMatch(/secret (here|there)|another secret|\d{10}:|[\w+/=-]{40,}/);
	}
});
