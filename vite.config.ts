import { sveltekit } from '@sveltejs/kit/vite';
import Icons from 'unplugin-icons/vite';
import { defineConfig, type Plugin } from 'vite';
import { iconComponent } from './tools/vite/icon-path.ts';
import { noHydration } from './tools/vite/no-hydration.ts';

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

/**
 * Few pieces: many small ones are each compressed worse, and say at length what they take from each other.
 * The first group that fits a module has it.
 */
const pieces = [
	{ name: 'call-style', test: /\/ui\/(?:call|chat)\/.*[?&]type=style/ },
	{ name: 'style', test: /[?&]type=style|\/app\.css$/ },
	// what more than one page starts with
	{ name: 'basics', tags: ['$initial' as const], minShareCount: 2 },
	// what more than two of the parts that come later need; not components, which would then come before their call
	{ name: 'machines', test: /\/xstate\/|\/src\/lib\/(?!ui\/)/, minShareCount: 3 }
];

export default defineConfig({
	plugins: [noHydration, announcerByClass, sveltekit(), Icons({ compiler: iconComponent })],
	// the oldest browsers that know :dir(), which would otherwise become long lists of languages
	build: {
		target: 'es2022',
		cssTarget: ['chrome120', 'firefox121', 'safari17'],
		rolldownOptions: { output: { codeSplitting: { groups: pieces } } }
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
