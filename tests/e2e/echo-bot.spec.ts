import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test as base } from '../support/guest.ts';
import { startRoost } from '../support/roost-server.ts';

const adminToken = 'an-administrators-token';
const echoBot = fileURLToPath(new URL('../../examples/echo-bot/echo-bot.mjs', import.meta.url));
const botsCommand = fileURLToPath(new URL('../../scripts/bots.mjs', import.meta.url));

interface Program {
	/** Waits for a line, and gives what stands in its group. */
	printed(line: RegExp): Promise<string>;
	ended: Promise<number | null>;
	stop(): Promise<unknown>;
}

interface Fixtures {
	start: (script: string, args: string[], environment: Record<string, string>) => Program;
}

const test = base.extend<Fixtures>({
	roost: async ({}, use) => {
		const server = await startRoost({ ROOST_ADMIN_TOKEN: adminToken });
		await use(server);
		await server.stop();
	},
	start: async ({}, use) => {
		const children: ChildProcess[] = [];
		await use((script, args, environment) => {
			const child = spawn(process.execPath, [script, ...args], {
				env: { PATH: process.env['PATH'], ROOST_ADMIN_TOKEN: adminToken, ...environment },
				stdio: ['ignore', 'pipe', 'inherit']
			});
			children.push(child);
			let output = '';
			child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
			const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
			return {
				printed: async (line) => {
					await expect.poll(() => output, { timeout: 20_000 }).toMatch(line);
					return line.exec(output)?.[1] ?? '';
				},
				ended,
				stop: () => {
					child.kill();
					return ended;
				}
			};
		});
		for (const child of children) child.kill('SIGKILL');
	}
});

test('given the echo bot in a room, when guests write, then its answers are seen by all, under its name, until it is sent out', async ({
	openGuest,
	roost,
	start
}) => {
	const bots = async (...words: string[]) => {
		const program = start(botsCommand, [...words, '--server', roost.url], {});
		expect(await program.ended, words.join(' ')).toBe(0);
		return program;
	};
	// its port is known once it has listened; only then it can be registered, and has a secret
	const first = start(echoBot, [], { PORT: '0', BOT_SECRET: 'none yet' });
	const url = await first.printed(/^Echo bot listens at (\S+)$/m);
	await first.stop();
	const installed = await bots('install', 'Echo <b>bot</b>', url);
	const id = await installed.printed(/^id\t(\d+)$/m);
	const secret = await installed.printed(/^secret\t(\S+)$/m);
	const { port } = new URL(url);
	await start(echoBot, [], { PORT: port, BOT_SECRET: secret, ROOST_URL: roost.url }).printed(/^(Echo)/m);
	await bots('setup', id, 'demo');
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join('Join without camera or mic');
	await ben.join('Join without camera or mic');

	await ben.press('Chat');
	await ann.say('Hello, is <i>anybody</i> here? 🦉');

	for (const guest of [ann, ben]) {
		const said = guest.messages.getByRole('article').filter({ hasText: 'Hello, is <i>anybody</i> here? 🦉' });
		await expect(said).toHaveCount(2);
		await expect(said.last()).toHaveAccessibleName(/^\W*Echo <b>bot<\/b>\W/);
	}
	// two who write at the same time are both answered, each once
	await Promise.all([ann.say('One'), ben.say('Two')]);
	for (const text of ['One', 'Two']) {
		// said, quoted in the answer, and said again by it
		await expect(ann.messages.getByText(text, { exact: true })).toHaveCount(3);
		await expect(ben.messages.getByText(text, { exact: true })).toHaveCount(3);
	}

	await bots('remove', id, 'demo');
	await ann.say('Nobody says this again');
	await ben.say('Nor this');
	await expect(ann.messages.getByText('Nor this')).toBeVisible();
	await expect(ann.messages.getByText('Nobody says this again')).toHaveCount(1);
});
