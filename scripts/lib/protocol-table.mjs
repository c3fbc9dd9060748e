/**
 * Reads the tables of docs/protocol-coverage.md: what there is, the files that implement it, the tests that prove it. Files
 * are named by the end of their path; a test by the end of its file's path and its name, or its beginning and "…".
 * @param page the text of the page
 * @returns `{ chapter, what, files, tests, reason }` of each row; `reason` is what stands in place of tests
 */
export function rowsOf(page) {
	const rows = [];
	let chapter = '';
	for (const line of page.split('\n')) {
		if (line.startsWith('#')) chapter = line.replace(/^#+ /, '');
		const cells = line
			.split(/(?<!\\)\|/)
			.slice(1, -1)
			.map((cell) => cell.trim());
		if (cells.length !== 3 || cells[1] === 'Implemented in' || /^:?-+:?$/.test(cells[1])) continue;
		const [what, where, proof] = cells;
		const files = [...where.matchAll(/`([^`]+)`/g)].map(([, file]) => file);
		const tests = [...proof.matchAll(/`([\w./-]+\.(?:test|spec)\.ts)` ([^`]+)/g)].map(([, file, name]) => ({
			file,
			name: name.replace(/;? *$/, '')
		}));
		rows.push({ chapter, what, files, tests, reason: tests.length > 0 ? '' : proof });
	}
	return rows;
}

/** The one path that ends so, at a border of names; else what is wrong. */
function pathOf(name, paths) {
	const found = paths.filter((path) => path === name || path.endsWith(`/${name}`));
	if (found.length === 1) return { path: found[0] };
	return { problem: found.length === 0 ? `no file ${name}` : `${name} may be any of ${found.join(', ')}` };
}

const fits = (title, name) => (name.endsWith('…') ? title.startsWith(name.slice(0, -1)) : title === name);

/**
 * @param paths all files of the repository, from its root
 * @param results what vitest's JSON reporter wrote, `{ path: [{ title, status }] }`
 * @param textOf reads a file: tests that need a browser are none of vitest's, and are looked for there
 * @returns what is wrong with the row, in words; nothing if all is well
 */
export function problemsOf({ files, tests, reason }, { paths, results, textOf }) {
	const problems = files.map((file) => pathOf(file, paths).problem);
	if (tests.length === 0) {
		if (reason.length < 10) problems.push('neither a test nor a reason');
		else if (files.length > 0 && !reason.startsWith('not tested: '))
			problems.push('implemented, but the reason does not begin with "not tested: "');
	} else if (files.length === 0) problems.push('tested, but no file implements it');
	for (const { file, name } of tests) {
		const { path, problem } = pathOf(file, paths);
		if (problem) problems.push(problem);
		else if (path.endsWith('.spec.ts')) {
			if (!textOf(path).includes(name.replace(/…$/, ''))) problems.push(`${file} has no test "${name}"`);
		} else {
			const own = (results[path] ?? []).filter(({ title }) => fits(title, name));
			const bad = own.filter(({ status }) => status !== 'passed');
			if (own.length === 0) problems.push(`${file} ran no test "${name}"`);
			for (const { title, status } of bad) problems.push(`${file}: ${status}: ${title}`);
		}
	}
	return problems.filter((problem) => problem !== undefined);
}

/** @returns the results of a report of vitest's JSON reporter, by path from `root` */
export function resultsOf(report, root) {
	const results = {};
	for (const { name, assertionResults } of report.testResults) {
		const path = name.replaceAll('\\', '/').replace(`${root.replaceAll('\\', '/')}/`, '');
		results[path] = assertionResults.map(({ title, status }) => ({ title, status }));
	}
	return results;
}
