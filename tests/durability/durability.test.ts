import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ChatMessage } from '../../src/lib/protocol/chat-message.ts';
import { brokenPromises, type Promised } from './promises.ts';
import { runRounds } from './rounds.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Below node_modules, so that the bundle finds its packages. */
const outDir = join(root, 'node_modules', '.cache', 'server to kill', process.pid.toString());

beforeAll(async () => {
	await build({
		root,
		configFile: join(root, 'vite.server.config.ts'),
		logLevel: 'silent',
		build: { outDir, emptyOutDir: true, reportCompressedSize: false }
	});
});
afterAll(() => rmSync(outDir, { recursive: true, force: true }));

it('given 20 guests who chat, when the server is killed again and again, then all that was acknowledged is there, once', async () => {
	const { acknowledged, broken } = await runRounds({
		bundle: join(outDir, 'main.js'),
		rounds: 4,
		seed: Math.floor(Math.random() * 2 ** 31)
	});

	expect(broken).toEqual([]);
	expect(acknowledged).toBeGreaterThan(20);
});

const promised = (changes: Partial<Promised> = {}): Promised => ({
	referenceId: 'r',
	id: 5,
	text: { acknowledged: 'new', inDoubt: undefined },
	isDeleted: { acknowledged: false, inDoubt: undefined },
	reactions: new Map([['ann', { emoji: '👍', is: 'there' }]]),
	...changes
});
const found = (changes: Partial<ChatMessage> = {}) =>
	({
		id: 5,
		message: 'new',
		systemMessage: '',
		referenceId: 'r',
		reactions: { '👍': 1 },
		...changes
	}) as ChatMessage;

it.each([
	['is lost', []],
	['is there twice', [found(), found({ id: 6 })]],
	['comes after', [found({ id: 9, systemMessage: 'reaction' }), found()]],
	['had id', [found({ id: 4 })]],
	['says old', [found({ message: 'old' })]],
	['is deleted', [found({ deleted: true })]],
	['has 0 👍', [found({ reactions: {} })]],
	['has 1 🎉', [found({ reactions: { '👍': 1, '🎉': 1 } })]],
	['was written by nobody', [found(), found({ id: 6, referenceId: 'other' })]]
])('given a room that broke its word, when it is looked at, then "%s" is found', (line, history) => {
	expect(brokenPromises([promised()], [found()])).toEqual([]);
	expect(brokenPromises([promised()], history).join()).toContain(line);
});

it('given what was on its way, when it is looked at, then both ends of it are fine', () => {
	const inDoubt = promised({
		id: undefined,
		text: { acknowledged: 'old', inDoubt: 'new' },
		isDeleted: { acknowledged: false, inDoubt: true },
		reactions: new Map([['ann', { emoji: '👍', is: 'inDoubt' }]])
	});

	for (const history of [
		[],
		[found()],
		[found({ message: 'old' })],
		[found({ deleted: true })],
		[found({ reactions: {} })]
	]) {
		expect(brokenPromises([inDoubt], history)).toEqual([]);
	}
});
