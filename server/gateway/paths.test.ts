import { describe, expect, it } from 'vitest';
import { allowedPath } from './paths.ts';

const api = '/ocs/v2.php/apps/spreed/api';

describe('what a guest needs', () => {
	it.each([
		['GET', '/ocs/v2.php/cloud/capabilities'],
		['GET', '/ocs/v1.php/cloud/capabilities?format=json'],
		['GET', `${api}/v4/room/abcd1234`],
		['DELETE', `${api}/v4/room/abcd1234/participants/active`],
		['POST', `${api}/v4/room`],
		['GET', `${api}/v1/room/abcd1234/avatar/dark`],
		['POST', `${api}/v1/guest/abcd1234/name`],
		['DELETE', `${api}/v4/call/abcd1234`],
		['POST', `${api}/v1/chat/abcd1234`],
		['PUT', `${api}/v1/chat/abcd1234/17`],
		['POST', `${api}/v1/reaction/abcd1234/17`],
		['POST', `${api}/v3/signaling/abcd1234`],
		['GET', '/index.php/avatar/guest/Ann%20B/64'],
		['GET', '/index.php/avatar/ann@cloud.example/64/dark']
	])('given %s %s, when it is asked for, then it is passed on as it is', (method, url) => {
		expect(allowedPath(method, url)).toEqual({ path: url.split('?')[0], wait: 'usual', answer: 'passed' });
	});

	it('given requests that wait for news, or guess a password, when they are asked for, then they may take long', () => {
		expect(allowedPath('GET', `${api}/v1/chat/abcd1234?lookIntoFuture=1&timeout=30`)?.wait).toBe('long');
		expect(allowedPath('GET', `${api}/v1/chat/abcd1234?lookIntoFuture=0`)?.wait).toBe('usual');
		expect(allowedPath('GET', `${api}/v3/signaling/abcd1234`)?.wait).toBe('long');
		expect(allowedPath('POST', `${api}/v4/room/abcd1234/participants/active`)).toEqual({
			path: `${api}/v4/room/abcd1234/participants/active`,
			wait: 'long',
			answer: 'passed'
		});
		expect(allowedPath('GET', `${api}/v3/signaling/settings?token=abcd1234`)).toMatchObject({
			wait: 'usual',
			answer: 'settings'
		});
	});
});

describe('everything else', () => {
	it.each([
		['GET', '/'],
		['GET', '/index.php/login'],
		['GET', '/index.php/call/abcd1234'],
		['GET', '/index.php/settings/admin'],
		['GET', '/index.php/apps/files'],
		['GET', '/index.php/apps/spreed/settings'],
		['POST', '/index.php/avatar/ann/64'],
		['GET', '/remote.php/dav'],
		['GET', '/status.php'],
		['GET', '/ocs/v2.php/cloud/users'],
		['POST', '/ocs/v2.php/cloud/capabilities'],
		['GET', '/ocs/v2.php/apps/files_sharing/api/v1/shares'],
		['POST', `${api}/v1/bot/abcd1234/message`],
		['POST', `${api}/v3/signaling/backend`],
		['POST', `${api}/v3/signaling/settings`],
		['GET', `${api}/v3/signaling/welcome/0`],
		['POST', `${api}/v1/recording/backend`],
		['GET', `${api}/v1/federation/invitation`],
		['PATCH', `${api}/v4/room/abcd1234`],
		['OPTIONS', `${api}/v4/room/abcd1234`],
		['TRACE', `${api}/v4/room/abcd1234`],
		['GET', `http://cloud.example${api}/v4/room/abcd1234`]
	])('given %s %s, when it is asked for, then it does not exist', (method, url) => {
		expect(allowedPath(method, url)).toBeUndefined();
	});

	it.each([
		'/../../../../cloud/users',
		'/..',
		'/.',
		'/%2e%2e/%2e%2e',
		'/%2E.',
		'/.%2e/x',
		'/..%2f..%2fcloud',
		'/a%2fb',
		'/a%5cb',
		'/a\\b',
		'/a%00',
		'/a%0d%0aX: y',
		'/%252e%252e',
		'/a%252fb',
		'/a;b',
		'/..;/x',
		'/%3f',
		'/%23',
		'/%',
		'/%zz',
		'/%ff',
		'//x',
		'/x/',
		'/ü',
		'/a b'
	])('given a room and %j behind it, when it is asked for, then it does not exist', (rest) => {
		expect(allowedPath('GET', `${api}/v4/room/abcd1234${rest}`)).toBeUndefined();
		expect(allowedPath('GET', `/index.php/avatar${rest}/64`)).toBeUndefined();
	});
});
