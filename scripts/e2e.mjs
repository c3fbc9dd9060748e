import { ensureBrowser, helpFor, isBuilt, prepare, run } from './lib/project.mjs';

helpFor(`
npm run test:e2e [-- PLAYWRIGHT OPTIONS]

End-to-end tests: real browsers, the built app, the real server, real media. Builds first if sources changed.
For example: npm run test:e2e -- tests/e2e/two-guests.spec.ts`);

await prepare();
if (!isBuilt()) {
	const { build } = await import('./build.mjs');
	if ((await build()) !== 0) process.exit(1);
}
const browser = await ensureBrowser();
process.exitCode = await run('playwright', ['test', ...process.argv.slice(2)], {
	env: { ROOST_CHROMIUM: browser }
});
