import * as v from 'valibot';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createTestTalkApi, ocsAnswer } from '../../../../../tests/support/test-talk-api.ts';
import { RoostError } from '../../../domain/errors.ts';
import { RoomToken } from '../../../protocol/ids.ts';
import { createTalkApi } from '../ocs-client.ts';

const token = v.parse(RoomToken, 'abcd1234');
const roomPath = 'apps/spreed/api/v4/room/abcd1234';
const room = ocsAnswer({ token, type: 3 });

const refusedWith = async (work: Promise<unknown>): Promise<RoostError> => {
	const cause = await work.then(
		() => new Error('it was not refused'),
		(error: unknown) => error
	);
	if (cause instanceof RoostError) return cause;
	throw cause;
};

afterEach(() => vi.useRealTimers());

describe('a request', () => {
	it('given any endpoint, when it is asked, then the headers that Talk needs are there', async () => {
		const { api, on, requests } = createTestTalkApi('de');
		on('GET', roomPath, room);

		await api.lookUpRoom(token);

		expect(requests).toMatchObject([
			{
				headers: {
					'ocs-apirequest': 'true',
					accept: 'application/json',
					'x-nextcloud-talk-session-tab-id': 'T'.repeat(64),
					'accept-language': 'de'
				},
				credentials: 'same-origin',
				keepalive: false
			}
		]);
		expect(requests[0]?.headers).not.toHaveProperty('content-type');
	});

	it('given a tab id that servers would not take, when the client is made, then that is a bug', () => {
		for (const tabId of ['', 'a'.repeat(63), 'a'.repeat(65), 'ä'.repeat(64), '-'.repeat(64)]) {
			expect(() => createTalkApi({ fetch, baseUrl: 'https://cloud.example', tabId })).toThrow(RangeError);
		}
	});

	it('given a server that is silent, when 15 s have passed, then it is unreachable', async () => {
		vi.useFakeTimers();
		const { api, on } = createTestTalkApi();
		on('GET', roomPath, { after: new Promise(() => undefined) });
		const seen: RoostError[] = [];
		const refused = refusedWith(api.lookUpRoom(token)).then((error) => seen.push(error));

		await vi.advanceTimersByTimeAsync(14_999);
		expect(seen).toEqual([]);
		await vi.advanceTimersByTimeAsync(1);
		await refused;

		expect(seen).toMatchObject([{ code: 'server.unreachable', recovery: 'retry' }]);
		expect(seen[0]?.message).toContain('15000 ms');
	});

	it('given an answer that stops half way, when 15 s have passed, then the server is unreachable', async () => {
		vi.useFakeTimers();
		const { api, on } = createTestTalkApi();
		on('GET', roomPath, { json: {}, bodyAfter: new Promise(() => undefined) });
		const refused = refusedWith(api.lookUpRoom(token));

		await vi.advanceTimersByTimeAsync(15_000);

		expect((await refused).code).toBe('server.unreachable');
	});

	it('given an answer in time, when it was read, then no timer is left', async () => {
		vi.useFakeTimers();
		const { api, on } = createTestTalkApi();
		on('GET', roomPath, room);

		await api.lookUpRoom(token);

		expect(vi.getTimerCount()).toBe(0);
	});
});

describe('a refusal', () => {
	const outcomes: [string, Parameters<typeof ocsAnswer>, Partial<RoostError>][] = [
		['a room that is not there', [[], 404], { code: 'room.not-found' }],
		['a lobby', [null, 412], { code: 'room.lobby', recovery: 'retry' }],
		['a server at its end', [null, 500], { code: 'server.unreachable' }],
		['a gateway without a server', [null, 502], { code: 'server.unreachable' }],
		['a proxy that waited too long', [null, 408], { code: 'server.unreachable' }],
		['a busy server', [null, 503], { code: 'server.unreachable' }],
		[
			'maintenance',
			[null, 503, { 'X-Nextcloud-Maintenance-Mode': '1' }],
			{ code: 'server.maintenance', recovery: 'retry' }
		],
		['a missing account', [null, 401], { code: 'server.refused', recovery: 'none' }],
		['a refusal without words', [null, 403], { code: 'server.refused' }],
		['a refused client', [null, 426], { code: 'server.refused' }],
		['too many requests', [null, 429], { code: 'server.throttled', retryAfterMs: undefined }],
		[
			'too many requests, for so many seconds',
			[null, 429, { 'Retry-After': '12' }],
			{ code: 'server.throttled', retryAfterMs: 12_000 }
		],
		[
			'too many requests, until some time',
			[null, 429, { Date: 'Sat, 22 Aug 2026 10:00:00 GMT', 'Retry-After': 'Sat, 22 Aug 2026 10:00:30 GMT' }],
			{ code: 'server.throttled', retryAfterMs: 30_000 }
		],
		[
			'too many requests, until a time that is over',
			[null, 429, { Date: 'Sat, 22 Aug 2026 10:00:00 GMT', 'Retry-After': 'Sat, 22 Aug 2026 09:00:00 GMT' }],
			{ code: 'server.throttled', retryAfterMs: 0 }
		],
		[
			'too many requests, until a time of an unknown clock',
			[null, 429, { 'Retry-After': 'Sat, 22 Aug 2026 10:00:30 GMT' }],
			{ code: 'server.throttled', retryAfterMs: undefined }
		],
		[
			'guessed passwords',
			[null, 429, { 'X-Nextcloud-Bruteforce-Throttled': '25000ms' }],
			{ code: 'server.throttled', retryAfterMs: 25_000 }
		],
		[
			'a wait that is none',
			[null, 429, { 'Retry-After': 'soon', 'X-Nextcloud-Bruteforce-Throttled': '-1' }],
			{ code: 'server.throttled', retryAfterMs: undefined }
		]
	];

	for (const [what, answer, error] of outcomes) {
		it(`given ${what}, when a room is looked up, then the error says so`, async () => {
			const { api, on } = createTestTalkApi();
			on('GET', roomPath, ocsAnswer(...answer));

			expect(await refusedWith(api.lookUpRoom(token))).toMatchObject(error);
		});
	}

	it('given no network, when anything is asked, then the server is unreachable', async () => {
		const { api, on } = createTestTalkApi();
		on('GET', roomPath, 'network-failure');

		const error = await refusedWith(api.lookUpRoom(token));

		expect(error).toMatchObject({ code: 'server.unreachable', recovery: 'retry' });
		expect(error.cause).toBeInstanceOf(TypeError);
	});

	it('given a status of a proxy that speaks HTML, when it comes, then the status counts', async () => {
		const { api, on } = createTestTalkApi();
		on('GET', roomPath, { status: 502, text: '<html>Bad gateway' });

		expect(await refusedWith(api.lookUpRoom(token))).toMatchObject({ code: 'server.unreachable' });
	});

	it('given bodies that make no sense, when they come as success, then they are unexpected', async () => {
		const answers = [
			{ text: '<html>Log in' },
			{ text: '' },
			{ json: { ocs: {} } },
			{ status: 304 },
			ocsAnswer(null),
			ocsAnswer({ token: '../etc', type: 3 }),
			ocsAnswer({ token, type: 'big' })
		];
		const { api, on } = createTestTalkApi();
		on('GET', roomPath, ...answers);

		for (const answer of answers) {
			const error = await refusedWith(api.lookUpRoom(token));
			expect(error, JSON.stringify(answer)).toMatchObject({ code: 'server.unexpected', recovery: 'retry' });
		}
	});

	it('given secrets in the address and the answer, when it is refused, then the message has none', async () => {
		const { api, on } = createTestTalkApi();
		on('GET', roomPath, ocsAnswer({ error: 'password' }, 400), ocsAnswer({ error: 'my secret!' }, 400));

		const known = await refusedWith(api.lookUpRoom(token));
		const strange = await refusedWith(api.lookUpRoom(token));

		expect(known.message).toBe('look up room: HTTP 400 (password)');
		expect(strange.message).toBe('look up room: HTTP 400');
	});
});
