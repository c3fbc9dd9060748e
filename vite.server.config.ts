import { defineConfig } from 'vite';

/** The server as one file for Node 20, which cannot load TypeScript by itself. Its packages stay in node_modules. */
export default defineConfig({
	publicDir: false,
	// the client's schemas need it as well, so it is not among the packages that a server is installed with
	ssr: { noExternal: ['valibot'] },
	build: {
		ssr: 'server/main.ts',
		outDir: 'build/server',
		target: 'node20',
		sourcemap: true,
		minify: false,
		rolldownOptions: { output: { entryFileNames: 'main.js' } }
	}
});
