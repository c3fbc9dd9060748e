import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

let directory: string;
beforeAll(async () => {
	directory = mkdtempSync(join(tmpdir(), 'roost-memory-'));
	await build({
		root: fileURLToPath(new URL('..', import.meta.url)),
		configFile: false,
		publicDir: false,
		logLevel: 'silent',
		build: {
			ssr: 'server/memory.ts',
			outDir: directory,
			target: 'node20',
			rolldownOptions: { output: { entryFileNames: 'memory.mjs' } }
		}
	});
	writeFileSync(join(directory, 'churn.mjs'), churn);
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Much that is in use for a while, beside what stays: how many megabytes are in use after the start, and at most. */
const churn = `
const { sweepSooner } = await import('./memory.mjs');
if (process.argv[2] === 'sooner') sweepSooner();
const megabytes = () => Math.round(process.memoryUsage().heapUsed / 1e6);
const stays = Array.from({ length: 300_000 }, (_, nth) => ({ nth, all: [nth, nth + 1] }));
const begun = megabytes();
const passing = [];
let most = 0;
for (let nth = 0; nth < 800_000; nth += 1) {
	passing[nth % 20_000] = { nth, all: new Array(24).fill(nth) };
	if (nth % 5_000 === 0) most = Math.max(most, megabytes());
}
process.stdout.write(JSON.stringify({ begun, most, kept: stays.length, isExposed: 'gc' in globalThis }));
`;

function run(...words: string[]) {
	const output = execFileSync(
		process.execPath,
		['--max-semi-space-size=4', join(directory, 'churn.mjs'), ...words],
		{ encoding: 'utf8' }
	);
	return JSON.parse(output) as { begun: number; most: number; kept: number; isExposed: boolean };
}

it('given a program that forgets soon, when it is swept sooner, then what it forgot does not pile up', () => {
	const [usual, sooner] = [run(), run('sooner')];

	expect(sooner.most).toBeLessThan(usual.most * 0.7);
	expect(sooner.most).toBeLessThan(sooner.begun * 2.2);
	expect(sooner).toMatchObject({ kept: 300_000, isExposed: false });
});
