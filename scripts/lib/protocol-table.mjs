import { pathOf, problemsOfTests, tableRowsOf, testsIn } from './coverage.mjs';

/**
 * Reads the tables of docs/protocol-coverage.md: what there is, the files that implement it, the tests that prove it.
 * @param page the text of the page
 * @returns `{ chapter, what, files, tests, reason }` of each row; `reason` is what stands in place of tests
 */
export const rowsOf = (page) =>
	tableRowsOf(page, 3).map(({ chapter, cells: [what, where, proof] }) => {
		const files = [...where.matchAll(/`([^`]+)`/g)].map(([, file]) => file);
		const tests = testsIn(proof);
		return { chapter, what, files, tests, reason: tests.length > 0 ? '' : proof };
	});

/**
 * @param repository its paths, results of tests and texts, as `problemsOfTests` takes them
 * @returns what is wrong with the row, in words; nothing if all is well
 */
export function problemsOf({ files, tests, reason }, repository) {
	const problems = files.map((file) => pathOf(file, repository.paths).problem);
	if (tests.length === 0) {
		if (reason.length < 10) problems.push('neither a test nor a reason');
		else if (files.length > 0 && !reason.startsWith('not tested: '))
			problems.push('implemented, but the reason does not begin with "not tested: "');
	} else if (files.length === 0) problems.push('tested, but no file implements it');
	problems.push(...problemsOfTests(tests, repository));
	return problems.filter((problem) => problem !== undefined);
}
