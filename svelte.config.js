import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { withPages } from './tools/vite/pages.js';

const folder = 'build/web';
const fallback = 'app.html';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	// four letters of the hash tell our components apart as well, and stand in every selector of every style sheet
	compilerOptions: { runes: true, cssHash: ({ hash, css }) => `r${hash(css).slice(0, 4)}` },
	kit: {
		// one page for every address: the server answers unknown paths with it (docs/adr/0001)
		adapter: withPages(adapter({ pages: folder, assets: folder, fallback }), {
			folder,
			fallback,
			// the same page, which also asks at once for what its route begins with
			routes: { 'home.html': '/', 'call.html': '/call/[token]' },
			early: { page: 'call.html', file: '.svelte-kit/early/early.html' }
		}),
		serviceWorker: { register: false },
		version: { pollInterval: 0 },
		typescript: {
			config: (config) => ({
				...config,
				include: [
					...config.include,
					'../bench/**/*.ts',
					'../bench/**/*.svelte',
					'../examples/**/*.ts',
					'../tools/**/*.ts'
				]
			})
		}
	}
};
