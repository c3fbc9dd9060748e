import Database from 'libsql';
import * as v from 'valibot';
import { migrations } from './migrations.ts';
import { inTransaction } from './transaction.ts';
import { keepWholeTexts } from './whole-texts.ts';

const UserVersion = v.object({ user_version: v.number() });

/** The file was written by a version of Roost that knows more than this one. */
export class NewerDatabaseError extends Error {
	override readonly name = 'NewerDatabaseError';
}

/**
 * Opens the file, creates it if need be, and brings its schema up to date.
 * Every commit waits for the disk: what was told to a client as stored is stored.
 * @throws {NewerDatabaseError} if the schema is newer than this program
 */
export function openDatabase(file: string): Database.Database {
	const database = new Database(file);
	try {
		database.pragma('journal_mode = WAL');
		database.pragma('synchronous = FULL');
		database.pragma('foreign_keys = ON');
		database.pragma('busy_timeout = 5000');
		migrate(database);
		keepWholeTexts(database);
	} catch (error) {
		database.close();
		throw error;
	}
	return database;
}

function migrate(database: Database.Database): void {
	const [row] = v.parse(v.tuple([UserVersion]), database.pragma('user_version'));
	const version = row.user_version;
	if (version > migrations.length) {
		throw new NewerDatabaseError(
			`the database has schema version ${version}, this program knows ${migrations.length}`
		);
	}
	migrations.slice(version).forEach((sql, index) => {
		inTransaction(database, () => {
			database.exec(sql);
			database.pragma(`user_version = ${version + index + 1}`);
		});
	});
}
