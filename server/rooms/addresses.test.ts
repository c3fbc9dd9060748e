import { expect, it } from 'vitest';
import { createRanges, readRange } from './addresses.ts';

it.each([
	['192.0.2.1', '192.0.2.1'],
	[' ::FFFF:192.0.2.1 ', '192.0.2.1'],
	['192.0.2.0/024', '192.0.2.0/24'],
	['2001:DB8::/32', '2001:db8::/32'],
	['::1', '::1'],
	['0.0.0.0/0', '0.0.0.0/0'],
	['192.0.2.0/33', undefined],
	['2001:db8::/129', undefined],
	['192.0.2.0/', undefined],
	['192.0.2.0/-1', undefined],
	['192.0.2.0/8/8', undefined],
	['example.org', undefined],
	['', undefined]
])('given "%s", when it is read as a range, then it is %s', (text, range) => {
	expect(readRange(text)).toBe(range);
});

it('given ranges, when addresses are looked up, then those of either kind are found in theirs, also if one wears the other', () => {
	const isWithin = createRanges(['192.0.2.0/24', '198.51.100.7', '2001:db8::/32']);

	const inside = ['192.0.2.255', '::ffff:192.0.2.1', '198.51.100.7', '2001:db8:ffff::1'];
	const outside = ['192.0.3.0', '198.51.100.8', '2001:db9::1', '::1', '', 'example.org'];

	expect(inside.filter((address) => !isWithin(address))).toEqual([]);
	expect(outside.filter(isWithin)).toEqual([]);
	expect(createRanges([])('192.0.2.1')).toBe(false);
});
