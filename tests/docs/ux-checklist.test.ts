import { expect, it } from 'vitest';
import { problemsOf, rowsOf } from '../../scripts/lib/ux-checklist.mjs';

const page = (proof: string) =>
	`## 3. Home\n\n| Promised | Shown by |\n| --- | --- |\n| one field | ${proof} |\n`;
const repository = {
	paths: ['src/lib/ui/home/HomeScreen.test.ts', 'tests/e2e/offline.spec.ts'],
	results: {
		'src/lib/ui/home/HomeScreen.test.ts': [{ title: 'given a link, when so, then good', status: 'passed' }]
	},
	textOf: () => "test('given no network, when so, then seen'"
};
const look = (proof: string) => {
	const [row] = rowsOf(page(proof));
	if (!row) throw new Error('no row');
	return problemsOf(row, repository);
};

it.each([
	'`HomeScreen.test.ts` given a link…; `offline.spec.ts` given no network…',
	'not built: the server has no push',
	'not whole: the list has no pictures of rooms',
	'seen 2026-11-21: on a phone with TalkBack'
])('given a promise with "%s", when it is held against what ran, then all is well', (proof) => {
	expect(look(proof)).toEqual([]);
});

it.each([
	['`HomeScreen.test.ts` given nothing…', 'ran no test'],
	['`offline.spec.ts` given a network…', 'has no test'],
	['later', 'neither a test nor a note'],
	['not built: no', 'neither a test nor a note'],
	['seen lately: on a phone with TalkBack', 'neither a test nor a note'],
	['', 'neither a test nor a note']
])('given a promise with "%s", when it is held against what ran, then it says: %s', (proof, problem) => {
	expect(look(proof).join()).toContain(problem);
});

it('given the page, when it is read, then each row has its chapter, and heads and rules are none', () => {
	expect(rowsOf(page('not built: the server has no push'))).toEqual([
		{ chapter: '3. Home', clause: 'one field', tests: [], note: 'not built: the server has no push' }
	]);
});
