import { defineConfig } from 'vite';

const root = decodeURIComponent(new URL('..', import.meta.url).pathname);

/** One benchmark as one file for Node 20, which cannot load TypeScript by itself. Packages stay in node_modules. */
export default defineConfig({
	root,
	publicDir: false,
	logLevel: 'warn',
	build: {
		ssr: `bench/${process.env['ROOST_BENCH'] ?? 'engine'}.ts`,
		outDir: '.cache/roost-bench',
		emptyOutDir: true,
		target: 'node20',
		minify: false,
		rolldownOptions: { output: { entryFileNames: 'bench.mjs' } }
	}
});
