import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { mutants } from '../tests/mutation/mutants.mjs';
import { idPattern, testsById, verdict } from './lib/conformance.mjs';
import { at, helpFor, prepare, run } from './lib/project.mjs';

helpFor(`
npm run test:mutation [-- NAME ...] [-- --skip-clean]

Breaks the machines on purpose, one named mutant of tests/mutation/mutants.mjs at a time (all, or those named), and runs
the conformance rows against each. A mutant is killed when exactly the rows that it lists go red; what each of them says
about the broken line is printed with it. Takes minutes: as many mutants at once as there are cores.
--skip-clean   does not run the rows against the machines as they are first: for work on one mutant`);

const words = process.argv.slice(2);
const names = words.filter((word) => word !== '--skip-clean');
const unknown = names.filter((name) => !mutants.some((mutant) => mutant.name === name));
if (unknown.length > 0) {
	console.error(`no mutant is called ${unknown.join(', ')}`);
	process.exit(2);
}

await prepare();
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

/** @returns whether exactly the listed rows are red */
async function judge({ name, rows, why }) {
	const red = await redRows(name);
	const listed = Object.keys(rows);
	const missed = listed.filter((id) => !red.includes(id));
	const extra = red.filter((id) => !listed.includes(id));
	const isKilled = red.length > 0 && missed.length === 0 && extra.length === 0;
	const lines = [
		`${isKilled ? 'killed  ' : 'SURVIVED'}  ${name}: ${why}`,
		...listed.filter((id) => red.includes(id)).map((id) => `          ${id}  ${rows[id]}`),
		...missed.map((id) => `          ${id}  STAYED GREEN: ${rows[id]}`),
		...extra.map((id) => `          ${id}  RED, and should be green`)
	];
	console.log(lines.join('\n'));
	return isKilled;
}

const chosen = mutants.filter(({ name }) => names.length === 0 || names.includes(name));
for (const { name, file, find } of chosen) {
	const times = readFileSync(at(file), 'utf8').split(find).length - 1;
	if (times === 1) continue;
	console.error(`${name}: the line that it breaks is ${times} times in ${file}`);
	process.exit(1);
}

const waiting = [...chosen];
let killed = 0;
async function judgeWaiting() {
	for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
		const isKilled = await judge(mutant).catch((error) => {
			console.log(`SURVIVED  ${mutant.name}: its rows could not be run\n${error.message}`);
			return false;
		});
		if (isKilled) killed += 1;
	}
}

const before = words.includes('--skip-clean') ? [] : await redRows('');
if (before.length > 0) {
	console.error(`red before anything was broken: ${before.join(', ')}`);
	process.exit(1);
}
// each runs its rows one file after the other
await Promise.all(Array.from({ length: Math.min(8, availableParallelism()) }, judgeWaiting));
rmSync(folder, { recursive: true });

const rows = new Set(chosen.flatMap((mutant) => Object.keys(mutant.rows)));
const groups = new Set([...rows].map((id) => id.charAt(0)));
console.log(
	`${killed} of ${chosen.length} mutants killed, by ${rows.size} rows of ${groups.size} groups (${[...groups].sort().join(' ')})`
);
if (killed < chosen.length) process.exitCode = 1;
