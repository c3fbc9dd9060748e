/** The rows of the call semantics, by group: every one is a test whose name begins with its id. */
export const groups = {
	C: { title: 'peer call, caller', rows: 22 },
	D: { title: 'peer call, callee', rows: 18 },
	E: { title: 'candidates', rows: 20 },
	F: { title: 'ICE health', rows: 14 },
	H: { title: 'ending, legality, messages', rows: 13 },
	J: { title: 'set-up glare', rows: 28 },
	K: { title: 'renegotiation', rows: 30 },
	L: { title: 'metadata and muting', rows: 20 },
	M: { title: 'group call', rows: 48 },
	P: { title: 'store of ongoing calls', rows: 17 }
};

const allIds = Object.entries(groups).flatMap(([letter, { rows }]) =>
	Array.from({ length: rows }, (_, index) => `${letter}${String(index + 1).padStart(2, '0')}`)
);
const known = new Set(allIds);

/** Selects, by name, the tests that carry an id. */
export const idPattern = `(^|\\s)[${Object.keys(groups).join('')}]\\d\\d `;

/** The ids at the start of a title: `L01 L02 given …` has two. */
function idsOf(title) {
	const ids = [];
	for (const word of title.split(' ')) {
		if (!known.has(word)) break;
		ids.push(word);
	}
	return ids;
}

/**
 * @param report what vitest's JSON reporter wrote
 * @returns for each id the tests that carry it: in their own title, or in that of the group around them
 */
export function testsById(report) {
	const found = new Map(allIds.map((id) => [id, []]));
	for (const { assertionResults } of report.testResults) {
		for (const { title, ancestorTitles, status } of assertionResults) {
			const ids = new Set([title, ...ancestorTitles].flatMap(idsOf));
			for (const id of ids) found.get(id).push({ title, status });
		}
	}
	return found;
}

/** @returns `passed`, `FAILED`, `SKIPPED` or `MISSING`: one test that did not pass spoils its row */
export function verdict(tests) {
	if (tests.length === 0) return 'MISSING';
	if (tests.some(({ status }) => status === 'failed')) return 'FAILED';
	return tests.every(({ status }) => status === 'passed') ? 'passed' : 'SKIPPED';
}
