import { checkPage } from './lib/coverage.mjs';
import { helpFor, takesOnly } from './lib/project.mjs';
import { problemsOf, rowsOf } from './lib/protocol-table.mjs';

helpFor(`
npm run test:protocol-table [-- --from FILE]

Holds docs/protocol-coverage.md against the repository: each file that it names exists, and each test ran and passed. Runs
the tests that are named. Those that need a browser or the servers of test:stack are only looked for.
--from FILE   takes the results from a report of vitest's JSON reporter instead of running`);
takesOnly({ '--from': 1 });

const { rows, wrong } = await checkPage('docs/protocol-coverage.md', {
	rowsOf,
	problemsOf,
	titleOf: ({ chapter, what }) => `${chapter}: ${what}`
});
const tested = rows.filter(({ tests }) => tests.length > 0).length;
const absent = rows.filter(({ files }) => files.length === 0).length;
console.log(
	`${rows.length} rows: ${tested} with tests, ${absent} left out with a reason, ` +
		`${rows.length - tested - absent} not tested with a reason; ${wrong} wrong`
);
