import { readFileSync, writeFileSync } from 'node:fs';
import { at } from '../project.mjs';

const page = at('docs', 'performance.md');

/** A table as prettier would write it: columns of equal width. */
export function table(head, rows, isNumber) {
	const all = [head, ...rows];
	const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column].length)));
	const line = (row) =>
		`| ${row.map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column]))).join(' | ')} |`;
	const rule = `| ${widths.map((width, column) => (isNumber(column) ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
	return [line(head), rule, ...rows.map(line)].join('\n');
}

export const ms = (value) => (value === null ? '–' : value.toFixed(0));
export const percent = (share) => (share === null ? 'unknown' : `${(100 * share).toFixed(0)} %`);

/**
 * Prints the tables of a run, and puts them where docs/performance.md has room for them.
 * @param report makes text in Markdown of a result
 */
export function writeReport(part, result, report) {
	const { date, commit, machine, load } = result;
	const about = `${date}, commit ${commit}, ${machine.cores} × ${machine.cpu}, Node ${machine.node.replace(/^v/, '')}, load ${load}.`;
	const text = `${about}\n\n${report(result)}`;
	console.log(`\n${text}\n`);
	const [begin, end] = [`<!-- ${part}: written by npm run bench -->`, `<!-- end of ${part} -->`];
	const before = readFileSync(page, 'utf8');
	const [from, to] = [before.indexOf(begin), before.indexOf(end)];
	if (from < 0 || to < from) throw new Error(`docs/performance.md has no room for ${part}`);
	writeFileSync(page, `${before.slice(0, from + begin.length)}\n\n${text}\n\n${before.slice(to)}`);
}
