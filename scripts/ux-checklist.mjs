import { checkPage } from './lib/coverage.mjs';
import { helpFor, takesOnly } from './lib/project.mjs';
import { problemsOf, rowsOf } from './lib/ux-checklist.mjs';

helpFor(`
npm run test:ux-checklist [-- --from FILE]

Holds docs/ux-checklist.md against the repository: each test that it names ran and passed, and each promise without one has a
reason, or the day on which somebody looked. Runs the tests that are named; those that need a browser are only looked for.
--from FILE   takes the results from a report of vitest's JSON reporter instead of running`);
takesOnly({ '--from': 1 });

const { rows, wrong } = await checkPage('docs/ux-checklist.md', {
	rowsOf,
	problemsOf,
	titleOf: ({ chapter, clause }) => `${chapter}: ${clause}`
});
const count = (start) => rows.filter(({ note }) => note.startsWith(start)).length;
const tested = rows.filter(({ tests }) => tests.length > 0).length;
console.log(
	`${rows.length} rows: ${tested} with tests, ${count('seen')} seen by a person, ` +
		`${count('not whole')} not whole, ${count('not built')} not built; ${wrong} wrong`
);
