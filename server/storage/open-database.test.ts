import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDatabase } from './open-database.ts';

let directory: string;
beforeEach(() => {
	directory = mkdtempSync(join(tmpdir(), 'roost database '));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('given a database, when it is opened, then each commit waits for the disk', () => {
	const database = openDatabase(join(directory, 'roost.db'));

	// with WAL only FULL (2) and beyond sync the journal at each commit: NORMAL may lose the last ones with the power
	expect(database.pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }]);
	expect(database.pragma('synchronous')).toEqual([{ synchronous: 2 }]);
	database.close();
});
