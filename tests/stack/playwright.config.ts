import { defineConfig } from '@playwright/test';
import base from '../../playwright.config.ts';
import type { StackOptions } from './support/stack.ts';

interface SignalingServer {
	version: string;
	binary: string;
}

/** What scripts/stack.mjs found; empty where the files are only listed. */
const servers = JSON.parse(process.env['ROOST_STACK_SERVERS'] ?? '[]') as SignalingServer[];

/** One project for each version of the signaling server; everything runs in the namespace that the script made. */
export default defineConfig<object, StackOptions>({
	...base,
	testDir: '.',
	globalTimeout: 14 * 60_000,
	projects: servers.map(({ version, binary }) => ({
		name: `hpb-${version}`,
		use: { signalingServer: binary }
	}))
});
