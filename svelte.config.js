import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	// four letters of the hash tell our components apart as well, and stand in every selector of every style sheet
	compilerOptions: { cssHash: ({ hash, css }) => `r${hash(css).slice(0, 4)}` },
	kit: {
		// one page for every address: the server answers unknown paths with it (docs/adr/0001)
		adapter: adapter({ pages: 'build/web', assets: 'build/web', fallback: 'app.html' }),
		serviceWorker: { register: false },
		version: { pollInterval: 0 },
		typescript: {
			config: (config) => ({
				...config,
				include: [...config.include, '../bench/**/*.ts', '../examples/**/*.ts', '../tools/**/*.ts']
			})
		}
	}
};
