import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'libsql';

/** Another process has the directory, or this one has it already. */
export class DirectoryInUseError extends Error {
	override readonly name = 'DirectoryInUseError';
}

const againAfterMs = 100;

/**
 * Takes a data directory for one server alone: two would each believe that nobody else writes. The lock is one that SQLite
 * has on a file without anything in it, and the system gives it back when the process ends, in whatever way.
 * @param directory is there
 * @param withinMs how long to wait for a server that is just ending
 * @returns what gives it back
 * @throws {DirectoryInUseError} and what the file system says
 */
export async function lockDataDirectory(directory: string, withinMs: number): Promise<() => void> {
	const file = new Database(join(directory, 'roost.db.lock'));
	for (let waitedMs = 0; ; waitedMs += againAfterMs) {
		try {
			file.exec('BEGIN EXCLUSIVE');
			return () => void file.close();
		} catch (error) {
			const isTaken = error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY';
			if (isTaken && waitedMs < withinMs) {
				await wait(againAfterMs);
				continue;
			}
			file.close();
			throw isTaken ? new DirectoryInUseError('another Roost runs with it', { cause: error }) : error;
		}
	}
}
