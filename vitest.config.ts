import { availableParallelism } from 'node:os';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import Icons from 'unplugin-icons/vite';
import { defineConfig } from 'vitest/config';
import { iconComponent } from './tools/vite/icon-path.ts';

const lib = new URL('./src/lib', import.meta.url).pathname;

/** For what hangs; a machine that has other things to do as well is no fault. */
const testTimeout = 20_000;

/** A shared machine stands still for that long now and then: one second try where a whole run would be lost, and said so. */
const retry = process.env['CI'] ? 1 : 0;

export default defineConfig({
	test: {
		// on two cores it would be one, which waits for files, sockets and timers a good part of its time
		maxWorkers: Math.max(2, availableParallelism() - 1),
		projects: [
			{
				resolve: { alias: { $lib: decodeURIComponent(lib) } },
				test: {
					name: 'node',
					testTimeout,
					retry,
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
					testTimeout,
					retry,
					environment: 'jsdom',
					include: ['src/lib/{ui,router}/**/*.test.ts', 'src/routes/**/*.test.ts']
				}
			}
		]
	}
});
