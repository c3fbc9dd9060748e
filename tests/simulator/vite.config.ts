import { defineConfig } from 'vite';

const root = decodeURIComponent(new URL('../..', import.meta.url).pathname);

/** The search as one file for Node 20, which cannot load TypeScript by itself. Packages stay in node_modules. */
export default defineConfig({
	root,
	publicDir: false,
	logLevel: 'warn',
	build: {
		ssr: 'tests/simulator/nightly.ts',
		outDir: 'node_modules/.cache/roost-search',
		emptyOutDir: true,
		target: 'node20',
		minify: false,
		rolldownOptions: { output: { entryFileNames: 'search.mjs' } }
	}
});
