import { defineConfig } from 'vite';

const root = decodeURIComponent(new URL('..', import.meta.url).pathname);
const tool = process.env['ROOST_TOOL'] ?? 'roundtrip';

/** One tool as one file for Node 20, which cannot load TypeScript by itself. Packages stay in node_modules. */
export default defineConfig({
	root,
	publicDir: false,
	logLevel: 'warn',
	build: {
		ssr: `tools/${tool}/${tool}.ts`,
		outDir: `node_modules/.cache/roost-${tool}`,
		emptyOutDir: true,
		target: 'node20',
		minify: false,
		rolldownOptions: { output: { entryFileNames: `${tool}.mjs` } }
	}
});
