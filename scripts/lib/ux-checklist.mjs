import { problemsOfTests, tableRowsOf, testsIn } from './coverage.mjs';

/** What stands in place of a test: by whom nothing is claimed that nobody has seen. */
const noteForm = /^(?:not built: |not whole: |seen \d{4}-\d\d-\d\d: ).{10,}/;

/**
 * Reads the tables of docs/ux-checklist.md: what is promised to the person in front of the screen, and what shows it.
 * @param page the text of the page
 * @returns `{ chapter, clause, tests, note }` of each row; `note` is what stands in place of tests
 */
export const rowsOf = (page) =>
	tableRowsOf(page, 2).map(({ chapter, cells: [clause, proof] }) => {
		const tests = testsIn(proof);
		return { chapter, clause, tests, note: tests.length > 0 ? '' : proof };
	});

/**
 * @param repository its paths, results of tests and texts, as `problemsOfTests` takes them
 * @returns what is wrong with the row, in words; nothing if all is well
 */
export function problemsOf({ tests, note }, repository) {
	if (tests.length > 0) return problemsOfTests(tests, repository);
	return noteForm.test(note)
		? []
		: ['neither a test nor a note: "not built: …", "not whole: …" or "seen YYYY-MM-DD: …"'];
}
