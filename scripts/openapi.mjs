import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deviations } from '../tests/openapi/deviations.mjs';
import { helpFor, prepare, run } from './lib/project.mjs';

helpFor(`
npm run test:openapi -- PATH

Runs the tests of the server, keeps every answer that it gives under /ocs, and holds each against Talk's own OpenAPI
description, which is the file PATH. What differs has to be listed in tests/openapi/deviations.mjs with its reason; an
entry of that list which no answer needs any more is an error too.
--all   prints every operation, not only those with something to say`);

const words = process.argv.slice(2);
const [path] = words.filter((word) => word !== '--all');
if (path === undefined) {
	console.error("Takes the path of Talk's OpenAPI description. See --help.");
	process.exit(2);
}
const description = JSON.parse(readFileSync(path, 'utf8'));
await prepare();
const { createJudge } = await import('./lib/openapi.mjs');

const folder = mkdtempSync(join(tmpdir(), 'roost-answers-'));
// the gateway passes on what others answer
const tested = await run('vitest', ['run', 'server', '--exclude', 'server/gateway/**', '--reporter=dot'], {
	env: { ROOST_RECORD_ANSWERS: folder }
});
const answers = readdirSync(folder).flatMap((name) =>
	readFileSync(join(folder, name), 'utf8')
		.trim()
		.split('\n')
		.map((line) => JSON.parse(line))
);
rmSync(folder, { recursive: true });

const judge = createJudge(description);
const unused = new Set(deviations);
const operations = new Map();
let foreign = 0;
for (const answer of answers) {
	const judged = judge(answer);
	if (!judged) {
		foreign += 1;
		continue;
	}
	const { operation, problems } = judged;
	const seen = operations.get(operation) ?? { answers: 0, statuses: new Set(), problems: new Map() };
	operations.set(operation, seen);
	seen.answers += 1;
	seen.statuses.add(answer.status);
	for (const problem of problems) {
		const listed = deviations.find(
			(entry) => entry.operation.test(operation) && entry.problem.test(problem) && fits(entry, answer)
		);
		if (listed) unused.delete(listed);
		else seen.problems.set(problem, `${answer.status} ${answer.path}`);
	}
}

/** @param status of the answer that an entry is about; without one, of any */
function fits({ status }, answer) {
	return status === undefined || status === answer.status;
}

let wrong = 0;
for (const [operation, { answers: count, statuses, problems }] of [...operations].sort()) {
	if (problems.size > 0 || words.includes('--all'))
		console.log(`${operation}: ${count} answers (${[...statuses].sort().join(', ')})`);
	for (const [problem, example] of problems) {
		wrong += 1;
		console.log(`    ${problem}; for example ${example}`);
	}
}
for (const { operation, problem, why } of unused)
	console.log(`not needed any more: ${operation} ${problem} (${why})`);
const judgedCount = answers.length - foreign;
console.log(
	`${judgedCount} answers of ${operations.size} operations: ${wrong} differences that are not listed, ` +
		`${deviations.length} listed, ${unused.size} of them not needed; ${foreign} answers are not Talk's`
);
if (judgedCount === 0) console.error('no answer was recorded');
process.exitCode = tested !== 0 || wrong > 0 || unused.size > 0 || judgedCount === 0 ? 1 : 0;
