import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { mutants } from './mutants.mjs';

const root = new URL('../..', import.meta.url).pathname;
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

/** The conformance rows that need no browser, with one machine broken on purpose. */
export default defineConfig({
	root: decodeURIComponent(root),
	plugins: [breakOneLine],
	test: {
		environment: 'node',
		include: ['src/lib/{domain,adapters}/**/*.test.ts'],
		// a broken machine may wait for ever: its rows are red all the same
		testTimeout: 20_000
	}
});
