import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

/** A small picture: each one is scaled, encoded, decoded and painted by the processor, for every pair of people. */
const camera = fileURLToPath(new URL('tests/fixtures/camera.y4m', import.meta.url));

/** Real media on few cores: one test at a time, each with its own server and its own browsers. */
export default defineConfig({
	testDir: 'tests/e2e',
	workers: 1,
	fullyParallel: false,
	forbidOnly: true,
	// where it decides alone, a stall of the machine may cost one test a second try; the list says "flaky" then
	retries: process.env['CI'] ? 1 : 0,
	timeout: 90_000,
	expect: { timeout: 15_000 },
	reporter: [['list']],
	use: {
		launchOptions: {
			executablePath: process.env['ROOST_CHROMIUM'] ?? '/usr/bin/chromium',
			args: [
				'--no-sandbox',
				'--use-fake-device-for-media-stream=fps=10',
				`--use-file-for-fake-video-capture=${camera}`,
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
