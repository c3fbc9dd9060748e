import { defineConfig } from 'vite';

/** The server as one file for Node 20, which cannot load TypeScript by itself. Packages stay in node_modules. */
export default defineConfig({
	publicDir: false,
	build: {
		ssr: 'server/main.ts',
		outDir: 'build/server',
		target: 'node20',
		sourcemap: true,
		minify: false,
		rolldownOptions: { output: { entryFileNames: 'main.js' } }
	}
});
