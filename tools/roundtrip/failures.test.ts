import { expect, it } from 'vitest';
import { errorCode, firstLine, notReached, saidInstead } from './failures.ts';

const nothing = { headings: [], code: undefined, asksForPassword: false };

it('given an error with a log below it, when it is told, then only its first line is', () => {
	expect(firstLine(new Error('page.goto: net::ERR_CONNECTION_REFUSED\nCall log:\n  - navigating'))).toBe(
		'page.goto: net::ERR_CONNECTION_REFUSED'
	);
});

it.each([
	['page.goto: net::ERR_CERT_AUTHORITY_INVALID at https://localhost/', '--insecure'],
	['page.goto: net::ERR_CONNECTION_REFUSED at http://localhost/', 'npm run doctor']
])('given %j, when it is told, then what helps is said', (failure, advice) => {
	expect(notReached(failure)).toMatch(/^net::ERR_/);
	expect(notReached(failure)).toContain(advice);
});

it.each([
	[nothing, 'no call'],
	[
		{ ...nothing, headings: ['Room not found'], code: 'R-ROOM-404' },
		'no call; the page says: Room not found · R-ROOM-404'
	],
	[{ ...nothing, headings: ['Team', 'Waiting'] }, 'no call; the page says: Team · Waiting'],
	[
		{ ...nothing, headings: ['Team'], asksForPassword: true },
		'no call: the room has a password; take one that has none'
	]
])('given %o in place of a call, when that is told, then it is: %s', (said, told) => {
	expect(saidInstead('no call', said)).toBe(told);
});

it.each([
	['Room not found\nR-ROOM-404 Copy', 'R-ROOM-404'],
	['R-INSECURE', 'R-INSECURE'],
	['R-rated', undefined]
])('given the text %j, when a code is looked for, then it is %s', (text, code) => {
	expect(errorCode.exec(text)?.[0]).toBe(code);
});
