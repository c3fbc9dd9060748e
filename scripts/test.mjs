import { ensureBrowser, helpFor, prepare, run, takesOnly } from './lib/project.mjs';

helpFor(`
npm test

Everything: installs dependencies and a browser if missing, then format, lint, types, dead code, unit, component,
conformance and server tests, build, size budgets, and end-to-end tests in a real browser with real media.
Ends with 0 only if all ran and passed.`);
takesOnly();

await prepare();
await ensureBrowser();

const parts = [
	['check', 'node', ['scripts/check.mjs']],
	['end to end', 'node', ['scripts/e2e.mjs']]
];
const results = [];
for (const [name, command, args] of parts) results.push([name, await run(command, args)]);

console.log('');
for (const [name, status] of results) console.log(`${status === 0 ? 'passed' : 'FAILED'}  ${name}`);
const failed = results.filter(([, status]) => status !== 0).length;
console.log(`${results.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
