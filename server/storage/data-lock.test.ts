import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestServer } from '../testing/test-server.ts';
import { DirectoryInUseError, lockDataDirectory } from './data-lock.ts';

let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'roost lock '));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('given a directory that is taken, when another wants it, then it has to be given back first', async () => {
	const unlock = await lockDataDirectory(directory, 0);

	await expect(lockDataDirectory(directory, 0)).rejects.toThrow(DirectoryInUseError);
	const waiting = lockDataDirectory(directory, 60_000);
	unlock();

	(await waiting)();
});

it('given a server, when a second one starts with its data, then one line says so and the first goes on', async () => {
	await using first = await startTestServer();

	const starting = startTestServer({ dataDir: first.dataDir, timings: { dataFreeMs: 0 } });

	await expect(starting).rejects.toThrow(/^ROOST_DATA_DIR: got .+, takes a directory of its own \(.+\)$/);
	await using ann = first.client();
	expect((await ann.joinRoom('demo')).displayName).toBe('Demo');
});
