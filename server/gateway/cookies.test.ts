import { expect, it } from 'vitest';
import { createCookieNames } from './cookies.ts';

const cloud = createCookieNames('https://cloud.example/nextcloud');
const root = createCookieNames('https://cloud.example');
const other = createCookieNames('https://other.example');
const prefix = /^(roost_[0-9a-f]{8}_)/;

/** The pair alone, as a browser sends it back. */
const sent = (cookie: string | undefined) => cookie?.split(';')[0] ?? '';

it('given what Nextcloud sets over https, when Roost is http, then a browser keeps it and it comes back as it was', () => {
	const set = [
		'oc1a2b3c=sess/ion+=; path=/; HttpOnly; SameSite=Lax; Secure',
		'__Host-nc_sameSiteCookielax=true; path=/; httponly;secure; expires=Fri, 31-Dec-2100 23:59:59 GMT; SameSite=lax',
		'__Secure-x="quoted"; Path=/; Secure; SameSite=None; Partitioned'
	];

	const kept = set.map((cookie) => root.toBrowser(cookie, false));

	expect(kept.map((cookie) => cookie?.replace(prefix, '…'))).toEqual([
		'…oc1a2b3c=sess/ion+=; Path=/; HttpOnly; SameSite=Lax',
		'…__Host-nc_sameSiteCookielax=true; Path=/; Expires=Fri, 31-Dec-2100 23:59:59 GMT; HttpOnly; SameSite=lax',
		'…__Secure-x="quoted"; Path=/; SameSite=Lax'
	]);
	expect(root.toUpstream(kept.map(sent).join('; '))).toBe(
		'oc1a2b3c=sess/ion+=; __Host-nc_sameSiteCookielax=true; __Secure-x="quoted"'
	);
});

it('given Roost over https, when an upstream sets cookies, then all of them are secure', () => {
	expect(root.toBrowser('a=1; SameSite=None', true)).toMatch(/; Secure; SameSite=None$/);
	expect(root.toBrowser('a=1; Max-Age=5', true)).toMatch(/_a=1; Path=\/; Max-Age=5; Secure$/);
});

it('given sites that may hold the page in a frame, when Roost is https, then cookies go there too, one for each site', () => {
	const framed = createCookieNames('https://cloud.example', true);

	expect(framed.toBrowser('a=1; SameSite=Strict', true)).toMatch(/; Secure; SameSite=None; Partitioned$/);
	expect(framed.toBrowser('a=1; SameSite=Strict', false)).toMatch(/_a=1; Path=\/; SameSite=Strict$/);
});

it.each([
	[undefined, '/'],
	['/', '/'],
	['/nextcloud', '/'],
	['/nextcloud/', '/'],
	['/nextcloud/ocs', '/ocs'],
	['relative', '/'],
	['/nextcloud2', undefined],
	['/other', undefined],
	['/nextcloud/ü', undefined]
])('given a cookie for the path %s, when it is mapped, then it is for %s', (path, expected) => {
	const mapped = cloud.toBrowser(`a=1${path === undefined ? '' : `; Path=${path}`}`, true);

	expect(/; Path=([^;]*)/.exec(mapped ?? '')?.[1]).toBe(expected);
});

it('given a cookie for a domain, when it is the upstream or above, then it becomes one of this host', () => {
	expect(root.toBrowser('a=1; Domain=cloud.example', true)).not.toMatch(/domain/i);
	expect(root.toBrowser('a=1; Domain=.example', true)).toBeDefined();
	expect(root.toBrowser('a=1; Domain=foreign.example', true)).toBeUndefined();
	expect(root.toBrowser('a=1; Domain=loud.example', true)).toBeUndefined();
	expect(createCookieNames('http://127.0.0.1:1').toBrowser('a=1; Domain=0.0.1', true)).toBeUndefined();
});

it('given what is no cookie, when it is mapped, then there is none', () => {
	for (const cookie of ['', 'novalue', '=x', 'a b=1', 'a=\u0001', 'a=1\r\nX: y', 'ü=1', 'a=b c,d']) {
		expect(root.toBrowser(cookie, true), cookie).toBeUndefined();
	}
	expect(root.toBrowser('a=1; Expires=x\u0000y; Max-Age=soon; SameSite=Often; Foo=bar', true)).toMatch(
		/_a=1; Path=\/; Secure$/
	);
});

it('given cookies of others on this host, when a request goes upstream, then they stay here', () => {
	const foreign = sent(other.toBrowser('oc=1', true));

	expect(root.toUpstream(`session=1; ${foreign}; __Host-nc_sameSiteCookielax=true`)).toBeUndefined();
	expect(root.toUpstream(`session=1; ${sent(root.toBrowser('oc=2', true))}; b=3`)).toBe('oc=2');
	expect(root.toUpstream(undefined)).toBeUndefined();
});
