import { expect, it } from 'vitest';
import { formatsFor } from './format.ts';

const en = formatsFor('en');
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

it.each([
	[5 * second, 'now'],
	[minute, '1 minute ago'],
	[59 * minute, '59 minutes ago'],
	[hour, '1 hour ago'],
	[day, 'yesterday'],
	[8 * day, 'last week'],
	[40 * day, 'last month'],
	[800 * day, '2 years ago'],
	[-5 * minute, 'now']
])('given something %i ms ago, when it is told, then it is %j', (ago, words) => {
	expect(en.relativeTime(1e12 - ago, 1e12)).toBe(words);
});

it.each([
	[0, '0 sec'],
	[59 * second, '59 sec'],
	[90 * second, '1 min'],
	[2 * hour, '2 hr'],
	[hour + 4 * minute, '1 hr 4 min'],
	[-1, '0 sec']
])('given %i ms, when the duration is told, then it is %j', (ms, words) => {
	expect(en.duration(ms)).toBe(words);
});

it('given a language with more plurals than two, when a form is missing, then the general one is used', () => {
	const pl = formatsFor('pl');

	expect([1, 2, 5].map((n) => pl.plural(n, { one: 'osoba', few: 'osoby', other: 'osób' }))).toEqual([
		'osoba',
		'osoby',
		'osób'
	]);
	expect(pl.plural(2, { other: 'osób' })).toBe('osób');
	expect(formatsFor('de').list(['Ana', 'Bo'])).toBe('Ana und Bo');
});
