import { describe, expect, it } from 'vitest';
import { resultsOf } from '../../scripts/lib/coverage.mjs';
import { problemsOf, rowsOf } from '../../scripts/lib/protocol-table.mjs';

const page = (what: string, where: string, proof: string) =>
	`## One chapter\n\n| What | Implemented in | Tested by |\n| --- | --- | --- |\n| ${what} | ${where} | ${proof} |\n`;
const paths = [
	'server/http/a.ts',
	'server/http/a.test.ts',
	'server/other/a.test.ts',
	'tests/stack/b.spec.ts'
];
const report = {
	testResults: [
		{
			name: '/somewhere/server/http/a.test.ts',
			assertionResults: [
				{ title: 'given one, when so, then good', status: 'passed' },
				{ title: 'given two, when so, then bad', status: 'failed' },
				{ title: 'given three, when so, then later', status: 'skipped' }
			]
		}
	]
};
const look = (where: string, proof: string) => {
	const [row] = rowsOf(page('`thing`', where, proof));
	if (!row) throw new Error('no row');
	const results = resultsOf(report, '/somewhere');
	const textOf = () => "test('given a browser, when so, then seen'";
	return problemsOf(row, { paths, results, textOf }) as string[];
};

describe('a row of the table', () => {
	it.each([
		['`http/a.ts`', '`http/a.test.ts` given one, when so, then good'],
		['`a.ts`', '`http/a.test.ts` given one…; `b.spec.ts` given a browser…'],
		['—', 'guests have no accounts'],
		['`a.ts`', 'not tested: only logged']
	])('given %s and %s, when it is held against what ran, then all is well', (where, proof) => {
		expect(look(where, proof)).toEqual([]);
	});

	it.each([
		['`http/gone.ts`', '`http/a.test.ts` given one…', 'no file http/gone.ts'],
		['`a.ts`', '`a.test.ts` given one…', 'a.test.ts may be any of'],
		['`a.ts`', '`http/a.test.ts` given none…', 'ran no test "given none…"'],
		['`a.ts`', '`http/a.test.ts` given one, when so', 'ran no test'],
		['`a.ts`', '`http/a.test.ts` given two…', 'failed: given two'],
		['`a.ts`', '`http/a.test.ts` given one…; `http/a.test.ts` given three…', 'skipped: given three'],
		['`a.ts`', '`other/a.test.ts` given one…', 'ran no test'],
		['`a.ts`', '`b.spec.ts` given nobody…', 'has no test'],
		['`a.ts`', 'because', 'neither a test nor a reason'],
		['`a.ts`', 'nobody asks for it', 'does not begin with "not tested: "'],
		['—', '`http/a.test.ts` given one…', 'no file implements it'],
		['—', '', 'neither a test nor a reason']
	])('given %s and %s, when it is held against what ran, then it says: %s', (where, proof, problem) => {
		expect(look(where, proof).join()).toContain(problem);
	});

	it('given a table, when it is read, then each row has its chapter, and heads and rules are none', () => {
		expect(rowsOf(`${page('`a\\|b`', '`a.ts`', 'not tested: x')}\n| two | cells |\n`)).toEqual([
			{ chapter: 'One chapter', what: '`a\\|b`', files: ['a.ts'], tests: [], reason: 'not tested: x' }
		]);
	});
});
