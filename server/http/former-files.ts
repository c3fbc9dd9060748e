import {
	copyFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	renameSync,
	rmSync,
	statSync,
	utimesSync
} from 'node:fs';
import { dirname, join } from 'node:path';

/** As long as a page may be open that was loaded from the version before. */
const keptMs = 7 * 24 * 3_600_000;
/** Where the files lie whose names are made from their content: another version never changes one. */
const namedByContent = join('_app', 'immutable');
/** The time that stands in a file as long as the client consists of it. */
const inUse = new Date(0);

const filesIn = (directory: string): string[] =>
	existsSync(directory)
		? readdirSync(directory, { recursive: true, withFileTypes: true })
				.filter((entry) => entry.isFile())
				.map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
		: [];

/**
 * Keeps the files of the client beside the data, so that pages of the version before still find theirs. What has not been
 * part of the client for a week goes.
 * @param current where the client is that is served now
 * @param kept where former files are, laid out as in the client
 * @param now unix milliseconds
 * @returns the addresses of the files that are there, of which those of the client are no more than a copy
 * @throws what the file system says, if the place cannot be written to
 */
export function keepFormerFiles(current: string, kept: string, now: number): string[] {
	const currentFiles = new Set(filesIn(join(current, namedByContent)));
	for (const name of currentFiles) {
		const target = join(kept, namedByContent, name);
		if (!existsSync(target)) {
			mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
			// whole or not at all: a cut file would be believed for a year
			copyFileSync(join(current, namedByContent, name), `${target}.part`);
			renameSync(`${target}.part`, target);
		}
		utimesSync(target, inUse, inUse);
	}
	for (const name of filesIn(join(kept, namedByContent))) {
		if (currentFiles.has(name)) continue;
		const path = join(kept, namedByContent, name);
		const since = statSync(path).mtimeMs;
		if (since === inUse.getTime()) utimesSync(path, now / 1_000, now / 1_000);
		else if (now - since > keptMs) rmSync(path);
	}
	return filesIn(join(kept, namedByContent)).map(
		(name) => `/${join(namedByContent, name).replaceAll('\\', '/')}`
	);
}
