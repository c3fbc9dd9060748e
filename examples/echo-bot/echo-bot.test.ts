import { spawn, type ChildProcess } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseChatMessages } from '../../src/lib/protocol/chat-message.ts';
import { createTestClient, type TestClient } from '../../tests/support/test-client.ts';

// programs start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000, expect: { poll: { timeout: 10_000 } } });

const root = fileURLToPath(new URL('../..', import.meta.url));
const outDir = join(root, 'node_modules', '.cache', 'server for bots', process.pid.toString());
const adminToken = 'an-administrators-token';
const children: ChildProcess[] = [];
let directory: string;
let origin: string;

/** Runs a program of this repository until it ends, or for as long as the tests do. */
function start(args: string[], environment: Record<string, string>) {
	const child = spawn(process.execPath, args, {
		cwd: directory,
		env: { PATH: process.env['PATH'], ROOST_ADMIN_TOKEN: adminToken, ...environment },
		stdio: ['ignore', 'pipe', 'pipe']
	});
	children.push(child);
	const output = { stdout: '', stderr: '' };
	child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
	child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
	const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
	/** Waits for what the program prints. */
	const printed = async (line: RegExp): Promise<string> => {
		await vi.waitFor(() => expect(output.stdout).toMatch(line), { timeout: 25_000 });
		return line.exec(output.stdout)?.[1] ?? '';
	};
	return { child, output, ended, printed };
}

/** @returns what `npm run bots` prints */
async function bots(...words: string[]) {
	const { ended, output } = start([join(root, 'scripts/bots.mjs'), ...words, '--server', origin], {});
	return { status: await ended, ...output };
}

beforeAll(async () => {
	directory = mkdtempSync(join(tmpdir(), 'roost bots '));
	await build({
		root,
		configFile: join(root, 'vite.server.config.ts'),
		logLevel: 'silent',
		build: { outDir, emptyOutDir: true, reportCompressedSize: false }
	});
	const { printed } = start([join(outDir, 'main.js')], { PORT: '0', ROOST_DATA_DIR: 'data' });
	const port = await printed(/^Roost is ready: http:\/\/localhost:(\d+)\//m);
	origin = `http://127.0.0.1:${port}`;
});
afterAll(() => {
	for (const child of children) child.kill('SIGKILL');
	rmSync(outDir, { recursive: true, force: true });
	rmSync(directory, { recursive: true, force: true });
});

/** A bot as a program of its own, registered and in the demo room. */
async function startEcho(name: string) {
	// the port is known first, then the address can be registered, and then there is a secret to start with
	const { child, ended, printed } = start([join(root, 'examples/echo-bot/echo-bot.mjs')], {
		PORT: '0',
		BOT_SECRET: 'none yet'
	});
	const url = await printed(/^Echo bot listens at (\S+)$/m);
	child.kill();
	await ended;
	const installed = await bots('install', name, url);
	const id = /^id\t(\d+)$/m.exec(installed.stdout)?.[1] ?? '';
	const secret = /^secret\t(\S+)$/m.exec(installed.stdout)?.[1] ?? '';
	const { port } = new URL(url);
	const environment = { PORT: port, BOT_SECRET: secret, ROOST_URL: origin };
	const bot = start([join(root, 'examples/echo-bot/echo-bot.mjs')], environment);
	await bot.printed(/^Echo bot listens at (\S+)$/m);
	expect((await bots('setup', id, 'demo')).status).toBe(0);
	return { id, url, secret, bot };
}

const texts = async (client: TestClient) =>
	parseChatMessages((await client.talk('GET', 'v1/chat/demo?lookIntoFuture=0')).data)
		.filter(({ systemMessage }) => systemMessage === '')
		.map(({ actorDisplayName, message }) => `${actorDisplayName}: ${message}`);

it('given the echo bot in a room, when a guest writes, then it answers, and only to what is really from the server', async () => {
	const { id, url, secret } = await startEcho('Echo');
	await using ann = createTestClient(origin);
	const { actorId } = await ann.joinRoom('demo', 'Ann');

	await ann.talk('POST', 'v1/chat/demo', { message: `Hello @"guest/${actorId}" {you}` });

	await expect.poll(() => texts(ann)).toEqual(['Echo: Hello Ann {you}', 'Ann: Hello {mention-guest1} {you}']);
	const [echoed] = parseChatMessages((await ann.talk('GET', 'v1/chat/demo?lookIntoFuture=0')).data);
	expect(echoed).toMatchObject({ actorType: 'bots', parent: { actorDisplayName: 'Ann' } });

	// as if by the server: with a wrong signature, a right one, and the right one once more
	const target = { type: 'Collection', id: 'demo', name: 'Demo' };
	const content = JSON.stringify({ message: 'forged', parameters: {} });
	const object = { type: 'Note', id: echoed?.id.toString() ?? '', name: 'message', content };
	const body = JSON.stringify({ type: 'Create', actor: { type: 'Person' }, object, target });
	const random = randomBytes(32).toString('hex');
	const tell = async (key: string) => {
		const signature = createHmac('sha256', key)
			.update(random + body)
			.digest('hex');
		const headers = { 'x-nextcloud-talk-random': random, 'x-nextcloud-talk-signature': signature };
		return (await fetch(url, { method: 'POST', headers, body })).status;
	};
	expect(await tell('another secret')).toBe(401);
	expect([await tell(secret), await tell(secret)]).toEqual([200, 200]);
	await ann.talk('POST', 'v1/chat/demo', { message: 'last' });
	await expect.poll(() => texts(ann)).toContain('Echo: last');
	expect((await texts(ann)).filter((text) => text === 'Echo: forged')).toHaveLength(1);

	// and as if by the bot: with a wrong signature, and with what it has signed once more
	const post = async (key: string) => {
		const signature = createHmac('sha256', key).update(`${random}again`).digest('hex');
		const headers = { 'x-nextcloud-talk-bot-random': random, 'x-nextcloud-talk-bot-signature': signature };
		const path = '/ocs/v2.php/apps/spreed/api/v1/bot/demo/message';
		return (await ann.request('POST', path, { body: { message: 'again' }, headers })).status;
	};
	expect([await post('another secret'), await post(secret), await post(secret)]).toEqual([401, 201, 401]);
	expect((await bots('list')).stdout).toContain(`${id}\tEcho\tenabled\twebhook, response\t${url}\n`);
	expect((await bots('uninstall', id)).status).toBe(0);
});

it('given no secret, when the echo bot starts, then it ends with one line', async () => {
	const { ended, output } = start([join(root, 'examples/echo-bot/echo-bot.mjs')], { PORT: '0' });

	expect(await ended).toBe(1);
	expect(output).toEqual({
		stdout: '',
		stderr: expect.stringMatching(/^BOT_SECRET is not set.+\n$/) as string
	});
});

it('given a bot that has stopped to listen, when a guest writes, then that is sent at once and the list says why', async () => {
	const { id, bot } = await startEcho('Slow');
	await using ann = createTestClient(origin);
	await ann.joinRoom('demo', 'Ann');
	// its port still takes connections, and nobody answers
	bot.child.kill('SIGSTOP');
	const startedAt = Date.now();

	const sent = await ann.talk('POST', 'v1/chat/demo', { message: 'anybody?' });

	expect(sent.status).toBe(201);
	expect(Date.now() - startedAt).toBeLessThan(4_500);
	const details = async () => {
		const path = '/ocs/v2.php/apps/spreed/api/v1/bot/admin';
		const response = await ann.request('GET', path, { headers: { authorization: `Bearer ${adminToken}` } });
		return JSON.stringify(await response.json());
	};
	await expect.poll(details, { timeout: 20_000 }).toContain('no answer within 5000 ms');
	const line = new RegExp(
		`^${id}\tSlow\tenabled\t.*\t\\d errors in a row, the last: no answer within 5000 ms$`,
		'm'
	);
	expect((await bots('list')).stdout).toMatch(line);
	expect((await bots('remove', id, 'demo')).status).toBe(0);
	expect((await bots('list', 'demo')).stdout).toContain(`${id}\tSlow\tdisabled\n`);
});

it.each([
	[['install', 'Bad', 'ftp://127.0.0.1/'], 1, /refuses: it does not take url$/m],
	[['setup', '999', 'demo'], 1, /refuses: it does not take that bot$/m],
	[['setup', '1', 'nowhere'], 1, /refuses: there is no such room/],
	[['state', '999', 'enabled'], 1, /refuses: there is no such bot$/m],
	[['state', '1', 'asleep'], 2, /Which state/],
	[['setup', 'Echo', 'demo'], 2, /Which bot/],
	[['dance'], 2, /There is no command dance/],
	[[], 2, /Which command/]
])(
	'given %j, when it is asked of the command line, then it ends with %i and says why',
	async (words, status, why) => {
		const answer = await bots(...words);

		expect(answer).toMatchObject({ status, stdout: '' });
		expect(answer.stderr).toMatch(why);
	}
);
