import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs, parseEnv } from 'node:util';
import { at, helpFor, prepare } from './lib/project.mjs';

helpFor(`
npm run backup -- DIRECTORY [--data-dir DIRECTORY]

A copy of the data directory in DIRECTORY, which must be new or empty: the database, consistent whatever the server
writes meanwhile, and the keys and secrets beside it. The server need not be stopped. Run it as the server's user.

The data directory is --data-dir, else ROOST_DATA_DIR from the environment or .env, else ./data. To restore: stop the
server, put the copy in place of its data directory, start it.

Ends with 0 if the copy is complete, 1 if there is none, 2 if the command is none. Keep the copy like a password.`);

function end(message, status) {
	console.error(message);
	process.exit(status);
}

function read() {
	try {
		return parseArgs({ allowPositionals: true, options: { 'data-dir': { type: 'string' } } });
	} catch (error) {
		return end(`${error.message}\nnpm run backup -- --help says what there is.`, 2);
	}
}

const { values, positionals } = read();
const [target, ...more] = positionals;
if (target === undefined || more.length > 0) end('Takes the directory to make. See --help.', 2);
const env = { ...(existsSync(at('.env')) && parseEnv(readFileSync(at('.env'), 'utf8'))), ...process.env };
/** npm changes the directory before it starts this; what was typed is about the one before. */
const typed = (path) => resolve(process.env.INIT_CWD ?? '.', path);
const dataDir =
	values['data-dir'] === undefined
		? resolve(at(), env.ROOST_DATA_DIR?.trim() || 'data')
		: typed(values['data-dir']);

// where only the server is installed there is nothing to prepare, nor to prepare it with
if (!existsSync(at('node_modules', 'libsql'))) await prepare();
const { backUp } = await import('./lib/backup.mjs');
try {
	const begun = Date.now();
	const { rooms, messages, bytes } = backUp(dataDir, typed(target));
	console.log(
		`${typed(target)}: ${rooms} rooms, ${messages} messages, ${(bytes / 1e6).toFixed(1)} MB, in ${Date.now() - begun} ms`
	);
} catch (error) {
	end(error.message, 1);
}
