import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { groups, idPattern, testsById, verdict } from './lib/conformance.mjs';
import { helpFor, prepare, run, takesOnly } from './lib/project.mjs';

helpFor(`
npm run test:conformance [-- --from FILE] [-- --brief]

Runs every test whose name begins with the id of a row of the call semantics (C01 … P17), and prints the table of the
230 ids. A row passes if it has a test and all of its tests passed; a missing or skipped one fails.
--from FILE   takes the results from a report of vitest's JSON reporter instead of running
--brief       prints the groups, and only those rows that did not pass`);
takesOnly({ '--from': 1, '--brief': 0 });

const words = process.argv.slice(2);
const from = words.includes('--from') ? words[words.indexOf('--from') + 1] : undefined;

async function runTests() {
	await prepare();
	const folder = mkdtempSync(join(tmpdir(), 'roost-conformance-'));
	const file = join(folder, 'report.json');
	await run('vitest', ['run', '-t', idPattern, '--reporter=json', `--outputFile=${file}`]);
	const report = JSON.parse(readFileSync(file, 'utf8'));
	rmSync(folder, { recursive: true });
	return report;
}

const report = from === undefined ? await runTests() : JSON.parse(readFileSync(from, 'utf8'));
const found = testsById(report);
const isBrief = words.includes('--brief');
let passed = 0;
for (const [letter, { title, rows }] of Object.entries(groups)) {
	const own = [...found].filter(([id]) => id.startsWith(letter));
	const good = own.filter(([, tests]) => verdict(tests) === 'passed').length;
	passed += good;
	console.log(`${letter}   ${title}: ${good} of ${rows}`);
	for (const [id, tests] of own) {
		const said = verdict(tests);
		if (isBrief && said === 'passed') continue;
		const more = tests.length > 1 ? `  (+${tests.length - 1} more)` : '';
		console.log(`    ${id}  ${said.padEnd(7)}  ${tests[0]?.title ?? ''}${more}`);
	}
}
console.log(`${passed} of ${found.size} rows passed`);
if (passed < found.size) process.exitCode = 1;
