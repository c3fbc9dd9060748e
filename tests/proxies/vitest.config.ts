import { defineConfig } from 'vitest/config';

/** Run by `npm run test:proxies`, which brings the programs and the certificate. */
export default defineConfig({
	root: decodeURIComponent(new URL('../..', import.meta.url).pathname),
	test: {
		environment: 'node',
		include: ['tests/proxies/**/*.test.ts'],
		fileParallelism: false,
		testTimeout: 30_000,
		hookTimeout: 30_000
	}
});
