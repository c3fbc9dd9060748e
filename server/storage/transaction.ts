import type Database from 'libsql';

/**
 * Everything that is written meanwhile, or nothing of it. Where SQLite has taken it back by itself, as when the disk is full,
 * there is nothing left to take back; the library's own transactions complain of that, and not of the disk.
 * @throws what the work throws, or what the database says at the end
 */
export function inTransaction<Result>(database: Database.Database, work: () => Result): Result {
	database.exec('BEGIN IMMEDIATE');
	try {
		const result = work();
		database.exec('COMMIT');
		return result;
	} catch (error) {
		if (database.inTransaction) database.exec('ROLLBACK');
		throw error;
	}
}
