import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { misspelt } from './config-names.ts';

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
const namesIn = (text: string) => [...new Set(text.match(/\bROOST_[A-Z_]*[A-Z]\b/g))];

it.each([
	['ROOST_SIGNALNG_URL', 'ROOST_SIGNALING_URL'],
	['ROOST_STUN_URL', 'ROOST_STUN_URLS'],
	['ROOST_ROOM', 'ROOST_ROOMS'],
	['ROOST_DATADIR', 'ROOST_DATA_DIR'],
	['ROOST_TRUSTED_PROXY', 'ROOST_TRUSTED_PROXIES'],
	['Roost_Public_Url', 'ROOST_PUBLIC_URL'],
	['ROOSTUPSTREAM', 'ROOST_UPSTREAM']
])('given %s, when the server starts, then it says that %s may be meant', (name, meant) => {
	expect(misspelt({ [name]: 'x' })).toEqual([{ name, meant }]);
});

it('given every setting that the server reads, when it starts, then it says nothing of them', () => {
	const names = namesIn(read('./config.ts') + read('./config-backends.ts'));
	expect(names.length).toBeGreaterThan(15);
	const environment = Object.fromEntries(names.map((name) => [name, 'x']));
	expect(misspelt(environment)).toEqual([]);
	// nor is there one among the names that nobody reads: each is nearly itself with a letter more
	for (const name of names)
		expect(misspelt({ [`${name}X`]: 'x' })).toEqual([{ name: `${name}X`, meant: name }]);
});

it('given names of other commands and programs, when the server starts, then it says nothing of them', () => {
	expect(misspelt({ ROOST_CHROMIUM: 'x', ROOST_BENCH_PROFILE: 'x', PATH: 'x', ROOSTER: 'x' })).toEqual([]);
});
