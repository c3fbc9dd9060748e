import { defineConfig } from 'vite';

const root = decodeURIComponent(new URL('../..', import.meta.url).pathname);

/** The rounds as one file for Node 20, which cannot load TypeScript by itself. Packages stay in node_modules. */
export default defineConfig({
	root,
	publicDir: false,
	logLevel: 'warn',
	build: {
		ssr: 'tests/durability/command.ts',
		outDir: 'node_modules/.cache/roost-durability',
		emptyOutDir: false,
		target: 'node20',
		minify: false,
		rolldownOptions: { output: { entryFileNames: 'durability.mjs' } }
	}
});
