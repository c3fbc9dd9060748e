import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutants } from '../tests/mutation/mutants.mjs';
import { idPattern, testsById, verdict } from './lib/conformance.mjs';
import { helpFor, run } from './lib/project.mjs';

helpFor(`
npm run test:mutation [-- NAME ...]

Breaks the machines on purpose, one named mutant of tests/mutation/mutants.mjs at a time (all, or those named), and runs
the conformance rows against each. A mutant is killed when exactly the rows that it lists go red. Takes minutes.`);

const names = process.argv.slice(2);
const unknown = names.filter((name) => !mutants.some((mutant) => mutant.name === name));
if (unknown.length > 0) {
	console.error(`no mutant is called ${unknown.join(', ')}`);
	process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'roost-mutation-'));

/** @returns the ids of the rows that are red with this mutant; '' is the machine as it is */
async function redRows(name) {
	const file = join(folder, `${name || 'none'}.json`);
	const config = ['--config', 'tests/mutation/vitest.config.ts'];
	await run('vitest', ['run', ...config, '-t', idPattern, '--reporter=json', `--outputFile=${file}`], {
		env: { ROOST_MUTANT: name },
		quiet: true,
		expectFailure: true
	});
	const report = JSON.parse(readFileSync(file, 'utf8'));
	const unloaded = report.testResults.filter(
		({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0
	);
	if (unloaded.length > 0) throw new Error(`${name}: ${unloaded[0].message}`);
	return [...testsById(report)].filter(([, tests]) => verdict(tests) === 'FAILED').map(([id]) => id);
}

const before = await redRows('');
if (before.length > 0) {
	console.error(`red before anything was broken: ${before.join(', ')}`);
	process.exit(1);
}
const chosen = mutants.filter(({ name }) => names.length === 0 || names.includes(name));
let survivors = 0;
for (const { name, kills, why } of chosen) {
	const red = await redRows(name);
	const missed = kills.filter((id) => !red.includes(id));
	const extra = red.filter((id) => !kills.includes(id));
	const isKilled = red.length > 0 && missed.length === 0 && extra.length === 0;
	if (!isKilled) survivors += 1;
	console.log(`${isKilled ? 'killed  ' : 'SURVIVED'}  ${name}  (${why})`);
	console.log(`          red: ${red.join(', ') || 'none'}`);
	if (missed.length > 0) console.log(`          should be red: ${missed.join(', ')}`);
	if (extra.length > 0) console.log(`          should be green: ${extra.join(', ')}`);
}
rmSync(folder, { recursive: true });
console.log(`${chosen.length - survivors} of ${chosen.length} mutants killed`);
if (survivors > 0) process.exitCode = 1;
