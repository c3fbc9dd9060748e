import {
	closeSync,
	copyFileSync,
	existsSync,
	fsyncSync,
	mkdirSync,
	openSync,
	readdirSync,
	renameSync,
	rmdirSync,
	rmSync,
	statSync
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'libsql';

const databaseName = 'roost.db';

/** Something that the one who asked can mend. */
class BackupError extends Error {
	name = 'BackupError';
}

/**
 * Copies a data directory while the server may be writing to it: the database as of one moment after this was called,
 * by SQLite's own means, and the secrets. The copy is there as a whole or not at all.
 * @param dataDir as ROOST_DATA_DIR
 * @param target must not be there yet, or be an empty directory
 * @returns how much is in the copy
 * @throws {BackupError}
 */
export function backUp(dataDir, target) {
	const source = join(dataDir, databaseName);
	if (!existsSync(source)) throw new BackupError(`${dataDir} holds no ${databaseName}`);
	mustBeOwner(source);
	const isThere = existsSync(target);
	if (isThere && !isEmptyDirectory(target)) throw new BackupError(`${target} is there already`);
	const parent = dirname(target);
	mkdirSync(parent, { recursive: true });
	const unfinished = join(parent, `.${basename(target)}.${process.pid}.tmp`);
	mkdirSync(unfinished, { mode: 0o700 });
	try {
		for (const name of secretsIn(dataDir)) copy(join(dataDir, name), join(unfinished, name));
		const copied = copyDatabase(source, join(unfinished, databaseName));
		sync(unfinished);
		if (isThere) rmdirSync(target);
		renameSync(unfinished, target);
		sync(parent);
		return copied;
	} catch (error) {
		rmSync(unfinished, { recursive: true, force: true });
		throw error;
	}
}

/** Opening a database leaves files beside it: those of another user could keep the server from starting. */
function mustBeOwner(file) {
	const { uid } = statSync(file);
	if (process.getuid === undefined || process.getuid() === uid) return;
	throw new BackupError(`${file} belongs to the user with id ${uid}: run this as that user`);
}

const isEmptyDirectory = (path) => statSync(path).isDirectory() && readdirSync(path).length === 0;

/** All that is not the database: what a later version adds is taken along. */
const secretsIn = (dataDir) =>
	readdirSync(dataDir, { withFileTypes: true })
		.filter((entry) => entry.isFile() && !entry.name.startsWith(databaseName) && !entry.name.endsWith('.tmp'))
		.map(({ name }) => name);

/** With the mode of the file. */
function copy(from, to) {
	copyFileSync(from, to);
	sync(to);
}

function copyDatabase(from, to) {
	// made first, so that nobody else can read it at any moment
	closeSync(openSync(to, 'wx', 0o600));
	const database = new Database(from);
	try {
		database.pragma('busy_timeout = 5000');
		database.prepare('VACUUM INTO ?').run(to);
	} finally {
		database.close();
	}
	sync(to);
	return inspect(to);
}

/** @throws {BackupError} if the copy is not sound */
function inspect(file) {
	const database = new Database(file);
	try {
		const [{ quick_check: found }] = database.pragma('quick_check');
		if (found !== 'ok') throw new BackupError(`the copy is damaged: ${found}`);
		const count = (table) => database.prepare(`SELECT COUNT(*) AS count FROM ${table}`).get().count;
		return { rooms: count('rooms'), messages: count('messages'), bytes: statSync(file).size };
	} finally {
		database.close();
	}
}

/** Waits for the disk. */
function sync(path) {
	const handle = openSync(path, 'r');
	try {
		fsyncSync(handle);
	} finally {
		closeSync(handle);
	}
}
