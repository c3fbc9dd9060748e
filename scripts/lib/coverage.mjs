import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, prepare, root, run } from './project.mjs';

/*
 * What the pages share that say which test proves what (docs/protocol-coverage.md, docs/ux-checklist.md). Files are named by
 * the end of their path; a test by the end of its file's path and its name, or its beginning and "…".
 */

/** The rows of all tables of a page that have so many cells, without heads and rules: `{ chapter, cells }`. */
export function tableRowsOf(page, cellCount) {
	const rows = [];
	let chapter = '';
	let isHead = true;
	for (const line of page.split('\n')) {
		if (line.startsWith('#')) chapter = line.replace(/^#+ /, '');
		const cells = line
			.split(/(?<!\\)\|/)
			.slice(1, -1)
			.map((cell) => cell.trim());
		const isRule = cells.length > 0 && cells.every((cell) => /^:?-+:?$/.test(cell));
		if (cells.length === cellCount && !isHead && !isRule) rows.push({ chapter, cells });
		// the first row of a table is its head
		isHead = cells.length === 0;
	}
	return rows;
}

/** The tests that a cell names: `{ file, name }`. */
export const testsIn = (cell) =>
	[...cell.matchAll(/`([\w./-]+\.(?:test|spec)\.ts)` ([^`]+)/g)].map(([, file, name]) => ({
		file,
		name: name.replace(/;? *$/, '')
	}));

/** The one path that ends so, at a border of names; else what is wrong. */
export function pathOf(name, paths) {
	const found = paths.filter((path) => path === name || path.endsWith(`/${name}`));
	if (found.length === 1) return { path: found[0] };
	return { problem: found.length === 0 ? `no file ${name}` : `${name} may be any of ${found.join(', ')}` };
}

const fits = (title, name) => (name.endsWith('…') ? title.startsWith(name.slice(0, -1)) : title === name);

/**
 * @param paths all files of the repository, from its root
 * @param results what vitest's JSON reporter wrote, `{ path: [{ title, status }] }`
 * @param textOf reads a file: tests that need a browser are none of vitest's, and are looked for there
 * @returns what is wrong with the named tests, in words
 */
export function problemsOfTests(tests, { paths, results, textOf }) {
	const problems = [];
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
	return problems;
}

/** @returns the results of a report of vitest's JSON reporter, by path from `from` */
export function resultsOf(report, from) {
	const results = {};
	for (const { name, assertionResults } of report.testResults) {
		const path = name.replaceAll('\\', '/').replace(`${from.replaceAll('\\', '/')}/`, '');
		results[path] = assertionResults.map(({ title, status }) => ({ title, status }));
	}
	return results;
}

function repositoryPaths() {
	const folders = ['src', 'server', 'tests', 'scripts', 'tools', 'examples', 'deploy', 'bench'];
	return folders.flatMap((folder) =>
		readdirSync(at(folder), { recursive: true, encoding: 'utf8' })
			.map((name) => `${folder}/${name}`.replaceAll('\\', '/'))
			.filter((path) => !path.includes('node_modules'))
	);
}

async function reportOfRunning(paths, rows) {
	await prepare();
	const folder = mkdtempSync(join(tmpdir(), 'roost-coverage-'));
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

/**
 * Holds a page against the repository and prints what is wrong. `--from FILE` of the command line names a report of vitest's
 * JSON reporter; without it the tests that are named are run.
 * @param page path of the page
 * @param rowsOf reads its text into rows; each has `tests`
 * @param problemsOf what is wrong with a row, in words
 * @param titleOf how a row is called
 * @returns the rows, and how many of them are wrong
 */
export async function checkPage(page, { rowsOf, problemsOf, titleOf }) {
	const words = process.argv.slice(2);
	const from = words.includes('--from') ? words[words.indexOf('--from') + 1] : undefined;
	const rows = rowsOf(readFileSync(at(page), 'utf8'));
	const paths = repositoryPaths();
	const report =
		from === undefined ? await reportOfRunning(paths, rows) : JSON.parse(readFileSync(from, 'utf8'));
	const results = resultsOf(report, root);
	const textOf = (path) => readFileSync(at(path), 'utf8');
	let wrong = 0;
	for (const row of rows) {
		const problems = problemsOf(row, { paths, results, textOf });
		if (problems.length === 0) continue;
		wrong += 1;
		console.log(titleOf(row));
		for (const problem of problems) console.log(`    ${problem}`);
	}
	if (rows.length === 0) console.error('the page has no rows');
	if (wrong > 0 || rows.length === 0) process.exitCode = 1;
	return { rows, wrong };
}
