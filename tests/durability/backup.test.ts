import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parseChatMessages } from '../../src/lib/protocol/chat-message.ts';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import { startTestServer } from '../../server/testing/test-server.ts';
import { createTestClient } from '../support/test-client.ts';

// servers start and end here, on machines that may be busy with something else
vi.setConfig({ testTimeout: 60_000 });

const script = fileURLToPath(new URL('../../scripts/backup.mjs', import.meta.url));
const secrets = [
	'hello-key.pem',
	'signaling-backend.secret',
	'signaling-block.key',
	'signaling-hash.key',
	'signaling-internal.secret',
	'ticket.key'
];
let directory: string;
beforeAll(() => {
	directory = mkdtempSync(join(tmpdir(), "roost 'backup' "));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const place = (name: string) => join(directory, name);

/** The command, as a process of its own beside the server. */
async function backUp(...words: string[]) {
	const child = spawn(process.execPath, [script, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
	let output = '';
	for (const stream of [child.stdout, child.stderr])
		stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
	await once(child, 'close');
	return { status: child.exitCode, output };
}

it('given guests who write without a pause, when a copy is made, then a server on it has all that was acknowledged before', async () => {
	const [dataDir, target] = [place('data'), place('copies/today')];
	await using server = await startTestServer({ dataDir, bounds: { chatBurst: 1_000_000 } });
	const guests = await Promise.all(
		['Ann', 'Ben', 'Cem', 'Dua'].map(async (name) => {
			const guest = server.client();
			await guest.joinRoom('demo', name);
			return { name, guest };
		})
	);
	const acknowledged: string[] = [];
	let isOver = false;
	const writing = guests.map(async ({ name, guest }) => {
		for (let index = 0; !isOver; index += 1) {
			const referenceId = `${name}-${index}`;
			const answer = await guest.talk('POST', 'v1/chat/demo', { message: 'hi', referenceId });
			if (answer.status === 201) acknowledged.push(referenceId);
		}
	});
	await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(50);
	const before = [...acknowledged];

	const { status, output } = await backUp(target, '--data-dir', dataDir);
	isOver = true;
	await Promise.all(writing);

	expect(output).toMatch(/1 rooms, \d+ messages/);
	expect(status).toBe(0);
	expect(acknowledged.length, 'written meanwhile').toBeGreaterThan(before.length);
	expect(readdirSync(target).sort()).toEqual([...secrets.slice(0, 1), 'roost.db', ...secrets.slice(1)]);
	expect(statSync(target).mode & 0o777).toBe(0o700);
	for (const name of readdirSync(target)) expect(statSync(join(target, name)).mode & 0o777).toBe(0o600);
	for (const name of secrets)
		expect(readFileSync(join(target, name))).toEqual(readFileSync(join(dataDir, name)));
	expect(readdirSync(place('copies'))).toEqual(['today']);

	await using restored = await startTestServer({ dataDir: target });
	const [ann] = guests;
	await using again = createTestClient(restored.origin, ann?.guest.jar);
	expect(parseRoom((await again.talk('GET', 'v4/room/demo')).data).actorId).not.toBe('');
	const kept = new Set<string>();
	for (let from = 0; ;) {
		const query = `lookIntoFuture=1&timeout=0&limit=200&lastKnownMessageId=${from}`;
		const { status, data } = await again.talk('GET', `v1/chat/demo?${query}`);
		if (status === 304) break;
		for (const { id, referenceId } of parseChatMessages(data)) {
			from = id;
			kept.add(referenceId);
		}
	}
	expect(before.filter((referenceId) => !kept.has(referenceId))).toEqual([]);
	const written = await again.talk('POST', 'v1/chat/demo', { message: 'and on it goes' });
	expect(written.status).toBe(201);
});

it.each([
	['a directory that is not empty', ['full', '--data-dir', 'some'], 1, /full is there already/],
	['a data directory without a database', ['new', '--data-dir', 'empty'], 1, /empty holds no roost\.db/],
	['no directory', [], 2, /Takes the directory/],
	['an option that is none', ['new', '--quickly'], 2, /--quickly/]
])(
	'given %s, when a copy is asked for, then there is none, and a reason',
	async (_what, words, status, reason) => {
		for (const name of ['full', 'some', 'empty']) mkdirSync(place(name), { recursive: true });
		writeFileSync(place('full/mine'), 'x');
		writeFileSync(place('some/roost.db'), '');

		const result = await backUp(...words.map((word) => (word.startsWith('--') ? word : place(word))));

		expect(result.output).toMatch(reason);
		expect(result.status).toBe(status);
		expect(readdirSync(place('full'))).toEqual(['mine']);
		expect(readdirSync(directory)).not.toContain('new');
	}
);

it('given a database that is damaged, when a copy is asked for, then there is none', async () => {
	mkdirSync(place('damaged'));
	writeFileSync(place('damaged/roost.db'), 'not a database'.repeat(1_000));

	const { status } = await backUp(place('of damaged'), '--data-dir', place('damaged'));

	expect(status).toBe(1);
	expect(readdirSync(directory).filter((name) => name.includes('of damaged'))).toEqual([]);
});
