import { helpFor, run } from './lib/project.mjs';

const report = 'test-results/unit.json';
const steps = {
	// first: what it writes tells the other tools where the sources are
	sync: ['svelte-kit', ['sync']],
	format: ['prettier', ['--check', '--log-level', 'warn', '.']],
	lint: ['eslint', ['.', '--max-warnings', '0']],
	'types:domain': ['tsc', ['-p', 'tsconfig.domain.json']],
	'types:server': ['tsc', ['-p', 'tsconfig.server.json']],
	'types:worker': ['tsc', ['-p', 'src/service-worker']],
	types: ['svelte-check', ['--threshold', 'error', '--output', 'human']],
	'dead-code': ['knip', []],
	test: ['vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]],
	// from the report of the step before: each of the 230 rows of the call semantics has a test, and it passed
	conformance: ['node', ['scripts/conformance.mjs', '--brief', '--from', report]],
	// and what the page about the protocol names exists, and passed
	protocol: ['node', ['scripts/protocol-table.mjs', '--from', report]],
	// as does the page about what the person in front of the screen is promised
	ux: ['node', ['scripts/ux-checklist.mjs', '--from', report]],
	build: ['node', ['scripts/build.mjs']],
	size: ['node', ['scripts/bundle-size.mjs']]
};

helpFor(`
npm run check [-- STEP ...]

The gate of every commit; dependencies must be there (npm ci). All steps in order, or only those named:
${Object.keys(steps).join(', ')}`);

const words = process.argv.slice(2);
const unknown = words.filter((word) => !(word in steps));
if (unknown.length > 0) {
	console.error(`No such step: ${unknown.join(', ')}. There are: ${Object.keys(steps).join(', ')}`);
	process.exit(2);
}

const failed = [];
for (const [name, [command, args]] of Object.entries(steps)) {
	if (words.length > 0 && !words.includes(name)) continue;
	const begun = Date.now();
	const status = await run(command, args);
	console.log(
		`${status === 0 ? 'passed' : 'FAILED'}  ${name}  ${((Date.now() - begun) / 1000).toFixed(1)} s`
	);
	if (status !== 0) failed.push(name);
}
if (failed.length > 0) console.error(`check failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
