import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import Icons from 'unplugin-icons/vite';
import { defineConfig } from 'vitest/config';
import { iconComponent } from './tools/vite/icon-path.ts';

const lib = new URL('./src/lib', import.meta.url).pathname;

export default defineConfig({
	test: {
		projects: [
			{
				resolve: { alias: { $lib: decodeURIComponent(lib) } },
				test: {
					name: 'node',
					environment: 'node',
					include: [
						'src/lib/{protocol,domain,adapters,app}/**/*.test.ts',
						'server/**/*.test.ts',
						'tests/support/**/*.test.ts',
						'tests/deploy/**/*.test.ts',
						'tests/docs/**/*.test.ts',
						'tests/durability/**/*.test.ts',
						'tests/fuzz/**/*.test.ts',
						'tests/simulator/**/*.test.ts',
						'tools/**/*.test.ts',
						'bench/**/*.test.ts',
						'examples/**/*.test.ts',
						'src/service-worker/**/*.test.ts'
					]
				}
			},
			{
				plugins: [svelte(), svelteTesting(), Icons({ compiler: iconComponent })],
				resolve: { alias: { $lib: decodeURIComponent(lib) } },
				test: {
					name: 'components',
					environment: 'jsdom',
					include: ['src/lib/ui/**/*.test.ts', 'src/routes/**/*.test.ts']
				}
			}
		]
	}
});
