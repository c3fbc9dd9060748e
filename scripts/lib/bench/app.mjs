import { at, ensureBrowser, isBuilt, run as runTool } from '../project.mjs';

/** What a benchmark that opens the built app in a browser needs: both of them, made or fetched where they are not there. */
export async function prepareApp() {
	let status = 0;
	if (!isBuilt()) {
		const { build } = await import('../../build.mjs');
		status = await build();
	}
	return { status, env: { ROOST_CHROMIUM: status === 0 ? await ensureBrowser() : '', ROOST_ROOT: at() } };
}

/**
 * Runs a benchmark that opens the built app in a browser.
 * @param bundle the benchmark as one file
 * @param target where it writes its result
 * @param words options as they were typed, handed on
 * @returns the exit status
 */
export async function runWithApp(bundle, target, words) {
	const { status, env } = await prepareApp();
	return status === 0 ? runTool('node', [bundle, target, ...words], { env }) : status;
}
