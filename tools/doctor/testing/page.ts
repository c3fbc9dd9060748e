import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory with a page for a server of tests: the client may not have been built. */
export function createPage() {
	const webDirectory = mkdtempSync(join(tmpdir(), 'roost page '));
	writeFileSync(join(webDirectory, 'app.html'), '<!doctype html><title>Roost</title>');
	return {
		webDirectory,
		[Symbol.dispose]: () => rmSync(webDirectory, { recursive: true })
	};
}
