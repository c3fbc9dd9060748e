import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { mutants } from './mutants.mjs';

const root = decodeURIComponent(new URL('../..', import.meta.url).pathname);
const named = process.env['ROOST_MUTANT'] ?? '';
const mutant = mutants.find(({ name }) => name === named);
if (named !== '' && mutant === undefined) throw new Error(`no mutant is called ${named}`);

/** Breaks one line of one file, as the mutant says, while it is loaded. Nothing is written. */
const breakOneLine: Plugin = {
	name: 'break-one-line',
	enforce: 'pre',
	transform: (code, id) => {
		if (mutant === undefined || !id.endsWith(mutant.file)) return undefined;
		const parts = code.split(mutant.find);
		if (parts.length !== 2) throw new Error(`${mutant.name}: its line is there ${parts.length - 1} times`);
		return { code: parts.join(mutant.replace), map: null };
	}
};

/** Only files in which the id of a row stands are loaded at all. */
const filesWithRows = ['src/lib/domain', 'src/lib/adapters'].flatMap((folder) =>
	readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.test.ts'))
		.map((name) => join(folder, name).replaceAll('\\', '/'))
		.filter((file) => /\b[CDEFHJKLMP]\d\d\b/.test(readFileSync(join(root, file), 'utf8')))
);

/** The conformance rows that need no browser, with one machine broken on purpose. */
export default defineConfig({
	root,
	plugins: [breakOneLine],
	test: {
		environment: 'node',
		include: filesWithRows,
		// what is loaded once serves all files: most of the time went into loading
		isolate: false,
		// a whole mutant to each core, not a mutant to all cores
		maxWorkers: 1,
		// a broken machine may wait for ever: its rows are red all the same
		testTimeout: 20_000
	}
});
