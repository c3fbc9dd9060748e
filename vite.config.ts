import { sveltekit } from '@sveltejs/kit/vite';
import Icons from 'unplugin-icons/vite';
import { defineConfig } from 'vite';

/** Where `npm run dev` finds the embedded server; scripts/dev.mjs starts it there. */
const server = process.env['ROOST_DEV_SERVER'] ?? 'http://127.0.0.1:3001';

export default defineConfig({
	plugins: [sveltekit(), Icons({ compiler: 'svelte', scale: 1.25 })],
	build: { target: 'es2022' },
	server: {
		proxy: {
			'/ocs': server,
			'/healthz': server,
			'/readyz': server,
			'/signaling': { target: server, ws: true }
		}
	}
});
