import { defineConfig } from '@playwright/test';

/** Real media on few cores: one test at a time, each with its own server and its own browsers. */
export default defineConfig({
	testDir: 'tests/e2e',
	workers: 1,
	fullyParallel: false,
	forbidOnly: true,
	retries: 0,
	timeout: 90_000,
	expect: { timeout: 15_000 },
	reporter: [['list']],
	use: {
		launchOptions: {
			executablePath: process.env['ROOST_CHROMIUM'] ?? '/usr/bin/chromium',
			args: [
				'--no-sandbox',
				// half the usual pictures: each is drawn, encoded, decoded and painted by the processor
				'--use-fake-device-for-media-stream=fps=10',
				'--use-fake-ui-for-media-stream',
				'--allow-loopback-in-peer-connection',
				'--disable-quic',
				'--no-first-run',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync'
			]
		}
	}
});
