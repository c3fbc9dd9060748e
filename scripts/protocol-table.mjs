import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, helpFor, prepare, root, run } from './lib/project.mjs';
import { problemsOf, resultsOf, rowsOf } from './lib/protocol-table.mjs';

helpFor(`
npm run test:protocol-table [-- --from FILE]

Holds docs/protocol-coverage.md against the repository: each file that it names exists, and each test ran and passed. Runs
the tests that are named. Those that need a browser or the servers of test:stack are only looked for.
--from FILE   takes the results from a report of vitest's JSON reporter instead of running`);

const words = process.argv.slice(2);
const from = words.includes('--from') ? words[words.indexOf('--from') + 1] : undefined;

const rows = rowsOf(readFileSync(at('docs/protocol-coverage.md'), 'utf8'));
const folders = ['src', 'server', 'tests', 'scripts', 'tools', 'examples', 'deploy', 'bench'];
const paths = folders.flatMap((folder) =>
	readdirSync(at(folder), { recursive: true, encoding: 'utf8' })
		.map((name) => `${folder}/${name}`.replaceAll('\\', '/'))
		.filter((path) => !path.includes('node_modules'))
);

async function runTests() {
	await prepare();
	const folder = mkdtempSync(join(tmpdir(), 'roost-protocol-'));
	const file = join(folder, 'report.json');
	const named = new Set(rows.flatMap(({ tests }) => tests.map((test) => test.file)));
	const chosen = paths.filter(
		(path) =>
			path.endsWith('.test.ts') && [...named].some((name) => path === name || path.endsWith(`/${name}`))
	);
	await run('vitest', ['run', '--reporter=json', `--outputFile=${file}`, ...chosen]);
	const report = JSON.parse(readFileSync(file, 'utf8'));
	rmSync(folder, { recursive: true });
	return report;
}

const report = from === undefined ? await runTests() : JSON.parse(readFileSync(from, 'utf8'));
const results = resultsOf(report, root);
const textOf = (path) => readFileSync(at(path), 'utf8');
let wrong = 0;
for (const row of rows) {
	const problems = problemsOf(row, { paths, results, textOf });
	if (problems.length === 0) continue;
	wrong += 1;
	console.log(`${row.chapter}: ${row.what}`);
	for (const problem of problems) console.log(`    ${problem}`);
}
const tested = rows.filter(({ tests }) => tests.length > 0).length;
const absent = rows.filter(({ files }) => files.length === 0).length;
console.log(
	`${rows.length} rows: ${tested} with tests, ${absent} left out with a reason, ` +
		`${rows.length - tested - absent} not tested with a reason; ${wrong} wrong`
);
if (rows.length === 0) console.error('the page has no rows');
process.exitCode = wrong > 0 || rows.length === 0 ? 1 : 0;
