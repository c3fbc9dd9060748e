import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseChatMessages } from '../../src/lib/protocol/chat-message.ts';
import { collectLog } from '../../server/testing/collected-log.ts';
import { startTestServer } from '../../server/testing/test-server.ts';
import { createTestClient } from '../support/test-client.ts';

vi.setConfig({ expect: { poll: { timeout: 10_000 } } });

const folder = process.env['ROOST_PROXY_FOLDER'] ?? '';
if (!existsSync(join(folder, 'cert.pem'))) throw new Error('run by npm run test:proxies');
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];

const deployed = (path: string) =>
	readFileSync(fileURLToPath(new URL(`../../deploy/${path}`, import.meta.url)), 'utf8');

/** Replaces what belongs to a machine, and nothing else; all of it has to be there. */
function adapt(text: string, changes: [RegExp, string][]): string {
	return changes.reduce((adapted, [{ source }, replacement]) => {
		const pattern = new RegExp(source, 'gm');
		if (!pattern.test(adapted)) throw new Error(`there is no ${source}`);
		return adapted.replaceAll(pattern, replacement);
	}, text);
}

async function freePort(): Promise<number> {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address() as { port: number };
	server.close();
	await once(server, 'close');
	return port;
}

interface Ports {
	https: number;
	http: number;
	roost: number;
}

interface Proxy {
	/** @returns the command that has it run in this folder, in the foreground */
	command(directory: string, ports: Ports): string[];
	/** the same that only looks at the configuration */
	check(directory: string): string[];
	/** what its ids look like */
	id: RegExp;
}

const nginx: Proxy = {
	command(directory, { https, http, roost }) {
		const site = adapt(deployed('nginx/roost.conf'), [
			[/calls\.example\.org\$/, `localhost:${https}$`],
			[/server_name calls\.example\.org/, 'server_name localhost'],
			[/\/etc\/letsencrypt\/live\/calls\.example\.org\/fullchain\.pem/, cert],
			[/\/etc\/letsencrypt\/live\/calls\.example\.org\/privkey\.pem/, key],
			[/\/var\/log\/nginx/, directory],
			[/listen 80;/, `listen 127.0.0.1:${http};`],
			[/listen 443 ssl;/, `listen 127.0.0.1:${https} ssl;`],
			[/^\s*listen \[::\].*$/, ''],
			[/127\.0\.0\.1:3000/, `127.0.0.1:${roost}`]
		]);
		writeFileSync(join(directory, 'roost.conf'), site);
		const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
			.map((name) => `${name}_temp_path ${join(directory, name)};`)
			.join('\n');
		writeFileSync(
			join(directory, 'nginx.conf'),
			`user root;\npid ${join(directory, 'nginx.pid')};\nevents {}\nhttp {\n${temporary}\ninclude ${join(directory, 'roost.conf')};\n}\n`
		);
		return [
			'nginx',
			'-p',
			directory,
			'-e',
			'stderr',
			'-c',
			join(directory, 'nginx.conf'),
			'-g',
			'daemon off;'
		];
	},
	check: (directory) => ['nginx', '-t', '-e', 'stderr', '-p', directory, '-c', join(directory, 'nginx.conf')],
	id: /^[\da-f]{32}$/
};

const caddy: Proxy = {
	command(directory, { https, http, roost }) {
		const site = adapt(deployed('caddy/Caddyfile'), [
			[/^\{\n/, `{\n\tadmin off\n\thttp_port ${http}\n\thttps_port ${https}\n`],
			[/^calls\.example\.org \{/, `localhost {\n\tbind 127.0.0.1\n\ttls ${cert} ${key}`],
			[/127\.0\.0\.1:3000/, `127.0.0.1:${roost}`]
		]);
		writeFileSync(join(directory, 'Caddyfile'), site);
		return ['caddy', 'run', '--adapter', 'caddyfile', '--config', join(directory, 'Caddyfile')];
	},
	check: (directory) => [
		'caddy',
		'validate',
		'--adapter',
		'caddyfile',
		'--config',
		join(directory, 'Caddyfile')
	],
	id: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
};

describe.each([
	{ name: 'nginx', proxy: nginx },
	{ name: 'Caddy', proxy: caddy }
])('Roost behind $name', ({ proxy }) => {
	const log = collectLog();
	let server: Awaited<ReturnType<typeof startTestServer>>;
	let directory: string;
	let child: ChildProcess | undefined;
	let origin: string;
	let ports: Ports;
	let said = '';
	let isStopped = false;

	beforeAll(async () => {
		directory = mkdtempSync(join(folder, 'proxy-'));
		const web = join(directory, 'web');
		mkdirSync(web);
		writeFileSync(join(web, 'app.html'), '<!doctype html><title>Roost</title>');
		// as in the unit, and as the comment at the top of either file says, but for the public address
		const config = { trustedProxies: ['127.0.0.1'] };
		server = await startTestServer({ config, webDirectory: web, log: log.log });
		ports = { https: await freePort(), http: await freePort(), roost: server.port };
		origin = `https://localhost:${ports.https}`;
		const [program = '', ...words] = proxy.command(directory, ports);
		child = spawn(program, words, {
			cwd: directory,
			env: { ...process.env, HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
			stdio: ['ignore', 'pipe', 'pipe']
		});
		child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
		const isUp = async () => {
			const status = await fetch(`${origin}/healthz`).then(({ status }) => status, String);
			if (status !== 200) throw new Error(`${program} does not serve: ${status}\n${said}`);
		};
		await vi.waitFor(isUp, { timeout: 20_000 });
	});
	afterAll(async () => {
		if (child?.exitCode === null) {
			child.kill('SIGTERM');
			await once(child, 'exit');
		}
		if (!isStopped) await server[Symbol.asyncDispose]();
	});

	it('given the file, when the program itself checks it, then it has nothing to say against it', () => {
		const [program = '', ...words] = proxy.check(directory);
		const { status, stdout, stderr } = spawnSync(program, words, {
			encoding: 'utf8',
			env: { ...process.env, HOME: directory }
		});

		const complaints = `${stdout}${stderr}`
			.split('\n')
			// the certificate of this test names nobody who could say that it was taken back
			.filter((line) => /\[warn|\[emerg|"warn"|error/i.test(line) && !line.includes('stapling OCSP'));
		expect({ status, complaints }).toEqual({ status: 0, complaints: [] });
	});

	it('given the page, when it is opened, then it comes with its policy, and plain http leads to https', async () => {
		const page = await fetch(`${origin}/call/demo`, { headers: { accept: 'text/html' } });

		expect(await page.text()).toContain('<title>Roost</title>');
		expect(page.headers.get('content-security-policy')).toContain(`wss://localhost:${ports.https}`);
		const plain = await new Promise<IncomingMessage>((resolve, reject) => {
			const headers = { host: 'localhost' };
			get({ host: '127.0.0.1', port: ports.http, path: '/call/demo', headers }, resolve).on('error', reject);
		});
		plain.resume();
		expect(String(plain.statusCode)).toMatch(/^30[18]$/);
		expect(plain.headers.location).toMatch(new RegExp(`^https://localhost(:${ports.https})?/call/demo$`));
	});

	it('given two guests, when they join, call and speak by the socket, then they hear each other', async () => {
		await using ann = createTestClient(origin);
		await using ben = createTestClient(origin);
		const one = await ann.enter('demo', 'Ann');
		const other = await ben.enter('demo', 'Ben');

		expect((await ann.settings('demo')).server).toBe(`${origin}/signaling`);
		const { headers } = await createTestClient(origin).request('GET', '/ocs/v2.php/cloud/capabilities');
		expect(headers.getSetCookie()[0]).toContain('; Secure');
		expect((await ann.talk('POST', 'v4/call/demo', { flags: 3 })).status).toBe(200);
		await other.socket.nextUpdate(({ sessionId, inCall }) => sessionId === one.sessionId && inCall === 3);
		other.socket.sendTo(one.sessionId, { type: 'offer', payload: { sdp: 'a'.repeat(60_000) } });
		expect(await one.socket.next('message')).toMatchObject({ message: { data: { type: 'offer' } } });
	});

	it('given a browser of another origin, when it opens a socket, then it is refused', async () => {
		await using client = createTestClient(origin);

		await expect(client.openSocket({ origin: 'https://evil.example' })).rejects.toThrow('403');
		await expect(client.openSocket({ origin }).then(() => 'open')).resolves.toBe('open');
	});

	it('given somebody who waits for news, when there is some, then it comes at once and not when they stop waiting', async () => {
		await using ann = createTestClient(origin);
		await using ben = createTestClient(origin);
		await ann.joinRoom('demo', 'Ann');
		await ben.joinRoom('demo', 'Ben');
		const { headers } = await ann.talk('GET', 'v1/chat/demo?lookIntoFuture=0&limit=1');
		const last = headers.get('x-chat-last-given') ?? '0';
		const startedAt = Date.now();
		const waiting = ann.talk('GET', `v1/chat/demo?lookIntoFuture=1&timeout=30&lastKnownMessageId=${last}`);

		await ben.talk('POST', 'v1/chat/demo', { message: 'through the proxy' });

		const messages = parseChatMessages((await waiting).data);
		expect(messages.at(-1)?.message).toBe('through the proxy');
		expect(Date.now() - startedAt).toBeLessThan(15_000);
	});

	/** From another address of this machine, with headers of its own. */
	const askFrom = (localAddress: string, path: string, headers: Record<string, string>) =>
		new Promise<IncomingMessage>((resolve, reject) => {
			const options = {
				host: '127.0.0.1',
				port: ports.https,
				servername: 'localhost',
				localAddress,
				path,
				headers
			};
			request({ ...options, method: 'POST' }, (response) => resolve(response.resume()))
				.on('error', reject)
				.end('{}');
		});

	it('given a browser that lies about itself, when it asks, then its real address counts and the id is that of the proxy', async () => {
		const lies = {
			host: `localhost:${ports.https}`,
			'content-type': 'application/json',
			'content-length': '2',
			'x-forwarded-for': '6.6.6.6',
			'x-forwarded-host': 'evil.example',
			'x-request-id': 'an-id-of-my-own'
		};

		const answer = await askFrom('127.0.0.2', '/signaling/api/v1/room/demo', lies);

		const id = String(answer.headers['x-request-id']);
		expect(answer.statusCode).toBe(403);
		expect(id).toMatch(proxy.id);
		expect(log.linesWith({ reqId: id, msg: 'an order for a room is not proven' })).toMatchObject([
			{ address: '127.0.0.2' }
		]);
	});

	it('given what is larger than Roost takes, when it is sent, then 413; what is not comes through', async () => {
		await using client = createTestClient(origin);
		await client.joinRoom('demo');
		const post = (length: number) =>
			client
				.request('POST', '/ocs/v2.php/apps/spreed/api/v1/chat/demo', {
					body: { message: 'hi', filling: 'a'.repeat(length) }
				})
				.then(({ status }) => status);

		expect(await post(500 * 1024)).toBe(201);
		expect(await post(600 * 1024)).toBe(413);
	});

	it('given Roost that does not run, when it is asked for, then 502, and the log of the proxy names no room', async () => {
		await server[Symbol.asyncDispose]();
		isStopped = true;

		const answer = await fetch(`${origin}/ocs/v2.php/apps/spreed/api/v4/room/a-room-nobody-is-to-read-of`);

		expect(answer.status).toBe(502);
		const file = join(directory, 'roost.access.log');
		const written = () => (existsSync(file) ? readFileSync(file, 'utf8') : '') + said;
		await expect.poll(written).toMatch(proxy === nginx ? / [\da-f]{32} 502 GET / : /"status":502/);
		expect(written()).not.toContain('a-room-nobody');
		expect(written()).not.toContain('v1/chat');
	});
});

it.each([
	{ names: 'one name', words: [] },
	{ names: 'two names', words: ['--signaling-host', 'signaling.example.org'] }
])(
	'given what make-secrets writes for $names, when Caddy reads it, then it has nothing to say against it',
	({ words }) => {
		const directory = mkdtempSync(join(folder, 'secrets-'));
		const script = fileURLToPath(new URL('../../deploy/make-secrets.mjs', import.meta.url));
		const named = ['--host', 'calls.example.org', '--ip', '203.0.113.7', ...words];
		const made = spawnSync(process.execPath, [script, '--to', directory, ...named], { encoding: 'utf8' });
		expect(made.stderr).toBe('');

		const file = join(directory, 'run', 'Caddyfile');
		const { status, stderr } = spawnSync('caddy', ['adapt', '--adapter', 'caddyfile', '--config', file], {
			encoding: 'utf8',
			env: { ...process.env, HOME: directory, ROOST_HOST: 'calls.example.org' }
		});

		expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
	}
);

describe('the unit of systemd', () => {
	const unit = deployed('systemd/roost.service');
	const analyze = (...words: string[]) => spawnSync('systemd-analyze', words, { encoding: 'utf8' });

	it('given the unit, when systemd reads it, then it knows every word of it', () => {
		const file = join(folder, 'roost.service');
		writeFileSync(file, unit.replace('/usr/bin/node', process.execPath));

		const { status, stderr } = analyze('verify', '--man=no', file);

		expect({
			status,
			complaints: stderr.split('\n').filter((line) => line.includes('roost.service'))
		}).toEqual({
			status: 0,
			complaints: []
		});
	});

	it('given the unit, when systemd judges what it could do, then that is little', () => {
		const file = join(folder, 'roost.service');
		writeFileSync(file, unit);

		const { status, stdout } = analyze('security', '--offline=true', '--threshold=15', '--no-pager', file);

		expect(status, stdout).toBe(0);
		expect(stdout).toMatch(/Overall exposure level for roost\.service: \d\.\d OK/);
	});

	it('given a word it does not know or a gate left open, when systemd reads that, then it says so', () => {
		const [unknown, open] = [join(folder, 'unknown.service'), join(folder, 'open.service')];
		writeFileSync(
			unknown,
			unit.replace('NoNewPrivileges=', 'NoNewPrivilege=').replace('/usr/bin/node', process.execPath)
		);
		writeFileSync(open, unit.replace('CapabilityBoundingSet=\n', '').replace('DynamicUser=yes', 'User=root'));

		expect(analyze('verify', '--man=no', unknown).stderr).toMatch(/Unknown key (name )?'NoNewPrivilege'/);
		expect(analyze('security', '--offline=true', '--threshold=15', '--no-pager', open).status).toBe(1);
	});
});
