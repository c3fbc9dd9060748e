import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startTestServer } from '../testing/test-server.ts';
import { keepFormerFiles } from './former-files.ts';

const day = 24 * 3_600_000;
let folder: string;
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'roost former '));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A built client that consists of a page and one file. */
function client(version: string): string {
	const web = join(folder, version);
	mkdirSync(join(web, '_app', 'immutable', 'chunks'), { recursive: true });
	writeFileSync(join(web, 'app.html'), `<!doctype html><title>${version}</title>`);
	writeFileSync(join(web, '_app', 'immutable', 'chunks', `${version}.js`), `let ${version}`);
	writeFileSync(join(web, '_app', 'immutable', 'chunks', `${version}.js.br`), 'pressed');
	return web;
}
const chunk = (version: string) => `_app/immutable/chunks/${version}.js`;

it('given a page of the version before, when the server was updated, then it still gets its parts, as fresh as ever', async () => {
	const dataDir = join(folder, 'data');
	const before = await startTestServer({ dataDir, webDirectory: client('one') });
	await before.stop();

	await using after = await startTestServer({ dataDir, webDirectory: client('two') });

	const ask = (path: string) =>
		fetch(`${after.origin}/${path}`, { headers: { 'accept-encoding': 'identity' } });
	const former = await ask(chunk('one'));
	expect(await former.text()).toBe('let one');
	expect(former.headers.get('content-type')).toMatch(/javascript/);
	expect(former.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
	expect(await (await ask(chunk('two'))).text()).toBe('let two');
	expect((await ask(chunk('none'))).status).toBe(404);
	expect(await (await ask('')).text()).toContain('two');
});

it('given a version that ran for a month, when it is replaced, then its files stay for a week from then on', () => {
	const kept = join(folder, 'kept');
	const isKept = (version: string) => existsSync(join(kept, chunk(version)));
	keepFormerFiles(client('one'), kept, 0);
	keepFormerFiles(client('two'), kept, 30 * day);
	expect([isKept('one'), isKept('two')]).toEqual([true, true]);

	keepFormerFiles(client('two'), kept, 36 * day);
	expect(isKept('one')).toBe(true);
	keepFormerFiles(client('two'), kept, 38 * day);

	expect([isKept('one'), isKept('two')]).toEqual([false, true]);
});

it('given a version that comes back, when it was nearly forgotten, then its week begins anew after it', () => {
	const kept = join(folder, 'kept');
	keepFormerFiles(client('one'), kept, 0);
	keepFormerFiles(client('two'), kept, day);
	keepFormerFiles(client('one'), kept, 7 * day);
	keepFormerFiles(client('two'), kept, 9 * day);

	keepFormerFiles(client('two'), kept, 15 * day);

	expect(existsSync(join(kept, chunk('one')))).toBe(true);
});

it('given a place that cannot be written to, when the server starts, then it serves the client without a past', async () => {
	const dataDir = join(folder, 'data');
	mkdirSync(dataDir);
	writeFileSync(join(dataDir, 'former-client'), 'a file where the folder would be');

	await using server = await startTestServer({ dataDir, webDirectory: client('one') });

	expect(await (await fetch(`${server.origin}/${chunk('one')}`)).text()).toBe('let one');
});
