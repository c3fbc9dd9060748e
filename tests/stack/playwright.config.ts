import { defineConfig } from '@playwright/test';
import base from '../../playwright.config.ts';
import type { StackOptions } from './support/stack.ts';

interface SignalingServer {
	version: string;
	binary: string;
}

/** What scripts/stack.mjs found; empty where the files are only listed. */
const servers = JSON.parse(process.env['ROOST_STACK_SERVERS'] ?? '[]') as SignalingServer[];

/** What no version of the signaling server can change, or what takes long: tried with the newest one that was found. */
const once = [
	'coming-and-going',
	'everybody.six',
	'in-call',
	'pictures',
	'rapid.browser',
	'relay*',
	'roundtrip*',
	'whole-call.internal',
	'whole-call.mesh'
].map((name) => `**/${name}.spec.ts`);

/** One project for each version of the signaling server; everything runs in the namespace that the script made. */
export default defineConfig<object, StackOptions>({
	...base,
	testDir: '.',
	// ten minutes on two quiet cores; a machine half as fast shall come to its end as well
	globalTimeout: 25 * 60_000,
	// a machine may be busy: where time is the subject, the test says so itself
	timeout: 240_000,
	expect: { timeout: 45_000 },
	projects: servers.map(({ version, binary }, index) => ({
		name: `hpb-${version}`,
		use: { signalingServer: binary },
		testIgnore: index === servers.length - 1 ? [] : once
	}))
});
