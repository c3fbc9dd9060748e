import { readFileSync } from 'node:fs';
import { defineConfig, type Plugin } from 'vite';
import { mutants } from './mutants.mjs';

const root = decodeURIComponent(new URL('../..', import.meta.url).pathname);
const named = process.env['ROOST_FUZZ_MUTANT'] ?? '';
const mutant = mutants.find(({ name }) => name === named);
if (named !== '' && mutant === undefined) throw new Error(`no mutant is called ${named}`);

/** Breaks one line of the server, as the mutant says, while it is loaded. Nothing of it is written. */
const breakOneLine: Plugin = {
	name: 'break-one-line',
	enforce: 'pre',
	load(id) {
		if (mutant === undefined || !id.endsWith(mutant.file)) return undefined;
		const parts = readFileSync(id, 'utf8').split(mutant.find);
		if (parts.length !== 2) throw new Error(`${mutant.name}: its line is there ${parts.length - 1} times`);
		return parts.join(mutant.replace);
	}
};

/** The fuzz with the whole server in it as one file for Node 20, which cannot load TypeScript by itself. */
export default defineConfig({
	root,
	publicDir: false,
	logLevel: 'warn',
	plugins: [breakOneLine],
	build: {
		ssr: 'tests/fuzz/nightly.ts',
		outDir: `node_modules/.cache/roost-fuzz/${named === '' ? 'whole' : named}`,
		emptyOutDir: true,
		target: 'node20',
		minify: false,
		rolldownOptions: { output: { entryFileNames: 'fuzz.mjs' } }
	}
});
