import { sveltekit } from '@sveltejs/kit/vite';
import Icons from 'unplugin-icons/vite';
import { defineConfig, type Plugin } from 'vite';

/** Where `npm run dev` finds the embedded server; scripts/dev.mjs starts it there. */
const server = process.env['ROOST_DEV_SERVER'] ?? 'http://127.0.0.1:3001';

/** SvelteKit hides what it announces by a style attribute, which the page's policy refuses: a class does the same. */
const announcerByClass: Plugin = {
	name: 'roost:announcer-by-class',
	enforce: 'pre',
	transform: {
		filter: { id: /\/generated\/root\.svelte$/ },
		handler: (code) =>
			code.replace(/(id="svelte-announcer"[^>]*?) style="[^"]*"/, '$1 class="visually-hidden"')
	}
};

const basics = /\/lib\/ui\/(?:shell\/|primitives\/(?:Avatar|Button|IconButton|Spinner)\.)/;

export default defineConfig({
	plugins: [announcerByClass, sveltekit(), Icons({ compiler: 'svelte', scale: 1.25 })],
	// the oldest browsers that know :dir(), which would otherwise become long lists of languages
	build: {
		target: 'es2022',
		cssTarget: ['chrome120', 'firefox121', 'safari17'],
		// what every page shows comes in one piece: many small ones are each compressed worse
		rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'basics', test: basics }] } } }
	},
	server: {
		proxy: {
			'/ocs': server,
			'/healthz': server,
			'/readyz': server,
			'/signaling': { target: server, ws: true }
		}
	}
});
