import { sveltekit } from '@sveltejs/kit/vite';
import Icons from 'unplugin-icons/vite';
import { defineConfig } from 'vite';
import { compileAhead } from './tools/vite/compile-ahead.ts';
import { earlyPage } from './tools/vite/early-page.ts';
import { iconComponent } from './tools/vite/icon-path.ts';
import { ownRouter } from './tools/vite/own-router.ts';
import { dividedIcon } from './tools/vite/pictures.ts';
import { rawState, unusedParts } from './tools/vite/unused-parts.ts';
import { words } from './tools/vite/words.ts';

/** Where `npm run dev` finds the embedded server; scripts/dev.mjs starts it there. */
const server = process.env['ROOST_DEV_SERVER'] ?? 'http://127.0.0.1:3001';

/**
 * Few pieces: many small ones are each compressed worse, and say at length what they take from each other. A piece has
 * what is needed at one time; a group also takes what its modules import, so that what another time needs as well stands
 * before it. The first group that fits a module has it.
 */
const pieces = [
	// of what no page starts with
	{
		name: 'later-style',
		test: /(?:\/ui\/(?:call|chat|ended|error|settings|share)\/|\/primitives\/Dialog|\/prejoin\/(?:Waiting|Recording)|\/ChatAlone).*[?&]type=style/
	},
	{ name: 'style', test: /[?&]type=style|\/app\.css$/ },
	// what more than one page starts with
	{ name: 'basics', tags: ['$initial' as const], minShareCount: 2 },
	// what the calls on Home, the visit and the connection check stand on
	{
		name: 'machines',
		test: /\/xstate\/|\/src\/lib\/(?:domain\/(?:backoff|call\/ice-servers|store\/tab-actor)|app\/actor-view|adapters\/(?:webrtc\/(?:notes|effect-sounds)|storage\/tab-channel|talk\/http\/call-api))\b/,
		minShareCount: 2
	},
	// the page fetches it behind itself, so that it is there when nothing else is
	{
		name: 'problem',
		test: /\/ui\/error\/|\/messages\/errors|\/ProblemScreen\.svelte|\/app\/diagnostics|\/shell\/less-motion/
	},
	{ name: 'waiting', test: /\/prejoin\/(?:Waiting|Recording)|\/messages\/lobby/ },
	// what settings and the link of a call share with the call, which they must not wait for
	{
		name: 'dialogs',
		test: /icons\/lucide|\/primitives\/Dialog|\/ui\/call\/(?:shortcut|Shortcut|arrow-focus|live-video|call-menus)/,
		minShareCount: 2
	},
	// the check opens a socket without the engine
	{ name: 'signaling', test: /\/src\/lib\/(?:adapters|protocol)\//, minShareCount: 2 },
	{ name: 'engine', test: /\/src\/lib\/(?:domain\/(?:call|chat)\/|app\/call-engine)/ },
	{ name: 'call', test: /\/ui\/(?:call|chat|ended)\/|\/InCall\.svelte/ }
];

/** Reading a property has no effect in our code, and what is global here is always there. */
const treeshake = { propertyReadSideEffects: false, unknownGlobalSideEffects: false } as const;

export default defineConfig(({ command }) => ({
	plugins: [
		unusedParts,
		rawState,
		ownRouter,
		words,
		earlyPage,
		sveltekit(),
		Icons({ compiler: command === 'build' ? dividedIcon : iconComponent }),
		compileAhead([/\/InCall\.svelte$/, /\/call-engine\.ts$/])
	],
	// the oldest browsers that know :dir(), which would otherwise become long lists of languages
	build: {
		target: 'es2022',
		cssTarget: ['chrome120', 'firefox121', 'safari17'],
		rolldownOptions: {
			optimization: { inlineConst: { mode: 'all', pass: 3 } },
			treeshake,
			output: {
				codeSplitting: { groups: pieces },
				minify: { compress: { target: 'es2022', treeshake }, mangle: { toplevel: true } }
			}
		}
	},
	server: {
		proxy: {
			'/ocs': server,
			'/healthz': server,
			'/readyz': server,
			'/signaling': { target: server, ws: true }
		}
	}
}));
