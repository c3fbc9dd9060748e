import { describe, expect, it } from 'vitest';
import { pathOf, placeOf, routesOf, withoutSlash } from './routes.ts';

const routes = routesOf({ '/': [2], '/call/[token]': [3], '/check': [4] });
const found = (pathname: string) => {
	const place = placeOf(pathname, routes);
	return place && [place.route.leaf, place.params];
};

describe('the place of an address', () => {
	it.each([
		['/', [2, {}]],
		['/check', [4, {}]],
		['/check/', [4, {}]],
		['/call/abcd1234', [3, { token: 'abcd1234' }]],
		['/call/a%20b', [3, { token: 'a b' }]],
		['/call/', null],
		['/call/one/two', null],
		['/checks', null],
		['/nothing', null],
		['/call/%E0%A4%A', null]
	])('%s is %j', (pathname, place) => {
		expect(found(pathname)).toEqual(place);
	});
});

it('given parameters of any kind, when a path is made of them, then the same come out of it', () => {
	for (const token of ['abcd1234', 'a b', 'ä/ö', '%', '?#', '[token]'])
		expect(found(pathOf('/call/[token]', { token }))).toEqual([3, { token }]);
	expect(pathOf('/check')).toBe('/check');
});

it('given an address with a slash at its end, then it is the same without', () => {
	const without = (path: string) => withoutSlash(new URL(path, 'https://roost.test')).href;
	expect(without('/')).toBe('https://roost.test/');
	expect(without('/check/?call=a#b')).toBe('https://roost.test/check?call=a#b');
	expect(without('/call/abcd//')).toBe('https://roost.test/call/abcd');
});
