import { helpFor, run } from './lib/project.mjs';

const report = 'test-results/unit.json';
const steps = {
	// first: what it writes tells the other tools where the sources are
	sync: ['svelte-kit', ['sync']],
	// takes long, and one processor: the others go on beside it
	lint: ['eslint', ['.', '--max-warnings', '0']],
	format: ['prettier', ['--check', '--log-level', 'warn', '.']],
	'types:domain': ['tsc', ['-p', 'tsconfig.domain.json']],
	'types:server': ['tsc', ['-p', 'tsconfig.server.json']],
	'types:worker': ['tsc', ['-p', 'src/service-worker']],
	types: ['svelte-check', ['--threshold', 'error', '--output', 'human']],
	'dead-code': ['knip', []],
	test: [
		'vitest',
		[
			'run',
			'--reporter=default',
			'--reporter=./tools/vitest/second-tries.ts',
			'--reporter=json',
			`--outputFile.json=${report}`
		]
	],
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

/** What only reads the sources; nothing of it waits for anything else of it. */
const reading = ['format', 'types:domain', 'types:server', 'types:worker', 'types', 'dead-code'];
/** What is made of the sources, and of the report of the tests. */
const after = ['conformance', 'protocol', 'ux', 'build', 'size'];

const failed = [];
const isWanted = (name) => words.length === 0 || words.includes(name);
async function take(name, options = {}) {
	if (!isWanted(name)) return;
	const [command, args] = steps[name];
	const begun = Date.now();
	const status = await run(command, args, options);
	console.log(
		`${status === 0 ? 'passed' : 'FAILED'}  ${name}  ${((Date.now() - begun) / 1000).toFixed(1)} s`
	);
	if (status !== 0) failed.push(name);
}
async function takeAll(names, options) {
	for (const name of names) await take(name, options);
}

await take('sync');
// what those that only read say, they say in one piece, and only if they failed
await Promise.all([
	take('lint', { quiet: true }),
	takeAll(reading, { quiet: true }).then(() => take('test'))
]);
await takeAll(after);
if (failed.length > 0) console.error(`check failed: ${failed.join(', ')}`);
process.exitCode = failed.length > 0 ? 1 : 0;
