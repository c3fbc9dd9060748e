import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { parseChatMessages } from '../src/lib/protocol/chat-message.ts';
import { parseRoom } from '../src/lib/protocol/room.ts';
import { createTestClient } from '../tests/support/test-client.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000, expect: { poll: { timeout: 10_000 } } });

const root = fileURLToPath(new URL('..', import.meta.url));
/** Below node_modules, so that the bundle finds its packages; with a space, since paths have them. */
const outDir = join(root, 'node_modules', '.cache', 'server under test', process.pid.toString());
const bundle = join(outDir, 'main.js');
let directory: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
	await build({
		root,
		configFile: join(root, 'vite.server.config.ts'),
		logLevel: 'silent',
		build: { outDir, emptyOutDir: true, reportCompressedSize: false }
	});
	directory = mkdtempSync(join(tmpdir(), 'roost main '));
}, 30_000);

afterEach(() => {
	for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => {
	rmSync(outDir, { recursive: true, force: true });
	rmSync(directory, { recursive: true, force: true });
});

function run(environment: Record<string, string>) {
	const child = spawn(process.execPath, [bundle], {
		cwd: directory,
		env: { PATH: process.env['PATH'], PORT: '0', ROOST_DATA_DIR: 'da ta', ...environment },
		stdio: ['ignore', 'pipe', 'pipe']
	});
	children.push(child);
	const output = { stdout: '', stderr: '' };
	child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
	child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
	const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
		child.on('close', (code, signal) => resolve({ code, signal }));
	});
	return { child, output, ended };
}

async function runUntilReady(environment: Record<string, string> = {}) {
	const running = run(environment);
	const port = await expect
		.poll(() => portIn(running.output.stdout), { timeout: 25_000 })
		.toBeGreaterThan(0)
		.then(() => portIn(running.output.stdout));
	return { ...running, origin: `http://127.0.0.1:${port}` };
}

const portIn = (stdout: string) =>
	Number(/^Roost is ready: http:\/\/localhost:(\d+)\/call\/demo$/m.exec(stdout)?.[1] ?? 0);

it('given a setting whose name is misspelt, when the server starts, then its log names the one that may be meant', async () => {
	const { output } = await runUntilReady({ ROOST_ROOM: 'closed' });

	expect(output.stdout + output.stderr).toMatch(/"name":"ROOST_ROOM","meant":"ROOST_ROOMS"/);
});

it('given a wrong value, when the server starts, then it ends with 78 and one line', async () => {
	const { output, ended } = run({ PORT: 'abc' });

	expect(await ended).toEqual({ code: 78, signal: null });
	expect(output).toEqual({
		stdout: '',
		stderr: 'PORT: got "abc", takes a whole number from 0 to 65535\n'
	});
});

it('given a port that is taken, when the server starts, then it ends with 78 and one line', async () => {
	const other = createServer().listen(0, '127.0.0.1');
	await new Promise((resolve) => other.once('listening', resolve));
	const address = other.address();
	const port = typeof address === 'object' && address ? address.port : 0;

	const { output, ended } = run({ PORT: port.toString(), LOG_LEVEL: 'silent' });

	expect((await ended).code).toBe(78);
	expect(output.stderr).toBe(`PORT: got ${port}, takes a free port: another program listens on this one\n`);
	other.close();
});

it('given a directory that cannot be used, when the server starts, then it ends with 78 and one line', async () => {
	writeFileSync(join(directory, 'file'), '');

	const { output, ended } = run({ ROOST_DATA_DIR: 'file' });

	expect((await ended).code).toBe(78);
	expect(output.stderr).toMatch(/^ROOST_DATA_DIR: got "file", takes [^\n]+\n$/);
});

it.each(['fe80::1', 'a'.repeat(300)])(
	'given %s as host, when the server starts, then it ends with 78 and one line',
	async (host) => {
		const { output, ended } = run({ HOST: host });

		expect((await ended).code).toBe(78);
		expect(output.stderr).toMatch(/^HOST: got [^\n]+, takes an address of this machine\n$/);
	}
);

it('given a server that says that it is ready, when SIGTERM comes at once, then it ends cleanly', async () => {
	const { child, ended, output } = run({});
	const endOnceReady = () => {
		if (portIn(output.stdout) === 0) return;
		child.stdout.off('data', endOnceReady);
		child.kill('SIGTERM');
	};
	child.stdout.on('data', endOnceReady);

	expect(await ended).toEqual({ code: 0, signal: null });
	expect(output.stdout).toContain('stopping');
});

it.each(['SIGINT', 'SIGTERM'] as const)(
	'given a running server with an open socket, when %s comes, then it ends cleanly in time',
	async (signal) => {
		const { child, ended, origin, output } = await runUntilReady();
		await using client = createTestClient(origin);
		const { socket } = await client.enter('demo');
		const waiting = client.talk('GET', 'v1/chat/demo?lookIntoFuture=1&timeout=30').catch(() => undefined);
		const startedAt = Date.now();

		child.kill(signal);

		expect(await ended).toEqual({ code: 0, signal: null });
		expect(Date.now() - startedAt).toBeLessThan(5_000);
		expect(await socket.closed).toBe(1012);
		await waiting;
		expect(output.stderr).toBe('');
		const lines = output.stdout
			.split('\n')
			.filter((line) => line !== '' && !line.startsWith('Roost is ready'));
		for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
		expect(statSync(join(directory, 'da ta')).mode & 0o777).toBe(0o700);
	}
);

it('given a call, when SIGTERM comes and the server starts again, then all that was asked is answered, and the guest is back in it', async () => {
	mkdirSync(join(directory, 'stopped'));
	const first = await runUntilReady({ ROOST_DATA_DIR: 'stopped' });
	const { port } = new URL(first.origin);
	await using ann = createTestClient(first.origin);
	const { socket, resumeId } = await ann.enter('demo', 'Ann');
	await ann.talk('POST', 'v4/call/demo', { flags: 3 });
	const before = parseRoom((await ann.talk('GET', 'v4/room/demo')).data);
	const history = await ann.talk('GET', 'v1/chat/demo?lookIntoFuture=0&limit=1');
	const lastKnown = history.headers.get('x-chat-last-given') ?? '';
	const polling = ann.talk('GET', `v1/chat/demo?lookIntoFuture=1&timeout=30&lastKnownMessageId=${lastKnown}`);
	// the server has read the headers, and the body has not come yet
	const body = JSON.stringify({ message: 'said while it stopped' });
	const cookie = [...ann.jar].map(([name, value]) => `${name}=${value}`).join('; ');
	const posting = request(`${first.origin}/ocs/v2.php/apps/spreed/api/v1/chat/demo`, {
		method: 'POST',
		headers: {
			cookie,
			'ocs-apirequest': 'true',
			'content-type': 'application/json',
			'content-length': body.length,
			expect: '100-continue'
		}
	});
	const posted = new Promise<number>((resolve, reject) => {
		posting.on('response', (response) => resolve(response.resume().statusCode ?? 0));
		posting.on('error', reject);
	});
	posting.flushHeaders();
	await new Promise((resolve) => posting.once('continue', resolve));

	first.child.kill('SIGTERM');
	expect(await socket.closed).toBe(1012);
	posting.end(body);

	expect((await polling).status).toBe(304);
	expect(await posted).toBe(201);
	expect(await first.ended).toEqual({ code: 0, signal: null });

	const second = await runUntilReady({ ROOST_DATA_DIR: 'stopped', PORT: port });
	expect(second.origin).toBe(first.origin);
	const again = await ann.openSocket();
	const resume = { type: 'hello', hello: { version: '1.0', resumeid: resumeId } };
	expect(await again.ask(resume)).toMatchObject({ error: { code: 'no_such_session' } });
	await ann.hello('demo');
	const room = { roomid: 'demo', sessionid: before.sessionId };
	expect(await again.ask({ type: 'room', room })).toMatchObject({ type: 'room', room: { roomid: 'demo' } });
	const after = parseRoom((await ann.talk('GET', 'v4/room/demo')).data);
	expect(after).toMatchObject({
		sessionId: before.sessionId,
		actorId: before.actorId,
		callStartTime: before.callStartTime,
		hasCall: true,
		participantFlags: 3
	});
	const later = await ann.talk(
		'GET',
		`v1/chat/demo?lookIntoFuture=1&timeout=0&lastKnownMessageId=${lastKnown}`
	);
	expect(parseChatMessages(later.data)).toMatchObject([{ message: 'said while it stopped' }]);
});

it('given a request that never ends, when SIGTERM comes, then it is cut off in time, and the end is clean', async () => {
	const { child, ended, origin } = await runUntilReady({ ROOST_DATA_DIR: 'endless' });
	const endless = request(`${origin}/ocs/v2.php/apps/spreed/api/v4/room`, {
		method: 'POST',
		headers: {
			'ocs-apirequest': 'true',
			'content-type': 'application/json',
			'content-length': 100,
			expect: '100-continue'
		}
	});
	const failed = new Promise<Error>((resolve) => endless.on('error', resolve));
	endless.flushHeaders();
	await new Promise((resolve) => endless.once('continue', resolve));
	const startedAt = Date.now();

	child.kill('SIGTERM');

	expect(await ended).toEqual({ code: 0, signal: null });
	expect(Date.now() - startedAt).toBeLessThan(5_000);
	expect(await failed).toMatchObject({ code: 'ECONNRESET' });
});

it('given what clients were told is stored, when the server is killed, then nothing of it is lost', async () => {
	mkdirSync(join(directory, 'killed'));
	const environment = { ROOST_DATA_DIR: 'killed' };
	const first = await runUntilReady(environment);
	await using ann = createTestClient(first.origin);
	await ann.enter('demo', 'Ann');
	await ann.talk('POST', 'v4/call/demo', { flags: 3 });
	const before = parseRoom((await ann.talk('GET', 'v4/room/demo')).data);
	const acknowledged: string[] = [];
	const writing = (async () => {
		for (let index = 0; ; index += 1) {
			const referenceId = `message-${index}`;
			const answer = await ann
				.talk('POST', 'v1/chat/demo', { message: 'hi', referenceId })
				.catch(() => undefined);
			if (answer?.status !== 201) return;
			acknowledged.push(referenceId);
			if (index === 10) first.child.kill('SIGKILL');
		}
	})();
	expect((await first.ended).signal).toBe('SIGKILL');
	await writing;

	const second = await runUntilReady(environment);
	await using again = createTestClient(second.origin, ann.jar);
	const history = await again.talk('GET', 'v1/chat/demo?lookIntoFuture=0&limit=200');
	const kept = parseChatMessages(history.data).map(({ referenceId }) => referenceId);
	expect(kept).toEqual(expect.arrayContaining(acknowledged));

	// the same guest, in the same session, in the same call: without joining over http again
	const socket = await again.openSocket();
	await again.hello('demo');
	const room = { roomid: 'demo', sessionid: before.sessionId };
	expect(await socket.ask({ type: 'room', room })).toMatchObject({ type: 'room', room: { roomid: 'demo' } });
	const after = parseRoom((await again.talk('GET', 'v4/room/demo')).data);
	expect(after).toMatchObject({
		sessionId: before.sessionId,
		actorId: before.actorId,
		callStartTime: before.callStartTime,
		hasCall: true,
		participantFlags: 3
	});
});

it('given an upstream, when the server starts, then it passes on what that has, and makes no data directory', async () => {
	mkdirSync(join(directory, 'behind'));
	const behind = await runUntilReady({ ROOST_DATA_DIR: 'behind' });
	const { output, ended, child } = run({ ROOST_UPSTREAM: behind.origin, ROOST_DATA_DIR: 'before' });
	const ready = /^Roost is ready: http:\/\/localhost:(\d+)\/$/m;
	await expect.poll(() => output.stdout, { timeout: 25_000 }).toMatch(ready);
	const origin = `http://127.0.0.1:${ready.exec(output.stdout)?.[1] ?? ''}`;
	await using client = createTestClient(origin);

	expect((await client.joinRoom('demo', 'Ann')).displayName).toBe('Demo');
	expect((await client.request('GET', '/readyz')).status).toBe(200);
	const socket = await client.openSocket({}, '/signaling/demo/spreed');
	child.kill('SIGTERM');

	expect(await ended).toEqual({ code: 0, signal: null });
	await socket.closed;
	expect(existsSync(join(directory, 'before'))).toBe(false);
});
