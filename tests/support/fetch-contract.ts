import { expectSame, failureOf, until, type ContractCase } from './contract.ts';
import type { FakeAnswer, SeenRequest } from './fake-fetch.ts';

/** A server that does as it is told, and a way to ask it: real, or the fake. */
export interface FetchPlatform {
	fetch: (url: string, init: RequestInit) => Promise<Response>;
	/** Without a slash at the end. */
	base: () => string;
	on: (method: string, path: string, answer: FakeAnswer) => void;
	/** What the server saw, oldest first. */
	requests: () => readonly Pick<SeenRequest, 'method' | 'path' | 'query' | 'headers' | 'body'>[];
}

const never = new Promise<never>(() => undefined);

const cases: { name: string; run: (platform: FetchPlatform) => Promise<void> }[] = [
	{
		name: 'brings status, headers and body of any answer',
		run: async ({ fetch, base, on }) => {
			for (const status of [200, 201, 404, 409, 429, 503]) {
				on('GET', '/answer', { status, headers: { 'X-Chat-Last-Given': '7' }, json: { status } });
				const response = await fetch(`${base()}/answer?a=1`, { method: 'GET' });
				expectSame(response.status, status, 'status');
				expectSame(response.headers.get('x-chat-last-given'), '7', 'header');
				expectSame(await response.json(), { status }, 'body');
			}
		}
	},
	{
		name: 'brings an answer without a body as empty text',
		run: async ({ fetch, base, on }) => {
			for (const status of [200, 304]) {
				on('GET', '/empty', { status });
				const response = await fetch(`${base()}/empty`, { method: 'GET' });
				expectSame([response.status, await response.text()], [status, ''], 'status and body');
			}
		}
	},
	{
		name: 'shows the server method, path, query, headers and body',
		run: async ({ fetch, base, on, requests }) => {
			on('PUT', '/seen', { json: null });
			const headers = { 'OCS-APIRequest': 'true', 'Content-Type': 'application/json' };
			const body = JSON.stringify({ flags: 3 });
			await fetch(`${base()}/seen?token=abcd&b=%20`, { method: 'PUT', headers, body });
			const seen = requests().at(-1);
			expectSame([seen?.method, seen?.path], ['PUT', '/seen'], 'method and path');
			expectSame(seen?.query, { token: 'abcd', b: ' ' }, 'query');
			expectSame(seen?.headers['ocs-apirequest'], 'true', 'header');
			expectSame(seen?.headers['content-type'], 'application/json', 'type of the body');
			expectSame(seen?.body, { flags: 3 }, 'body');
		}
	},
	{
		name: 'rejects with a TypeError when the network fails',
		run: async ({ fetch, base, on }) => {
			on('GET', '/gone', 'network-failure');
			expectSame(await failureOf(() => fetch(`${base()}/gone`, { method: 'GET' })), 'TypeError', 'failure');
		}
	},
	{
		name: 'rejects with a TypeError for what is no request',
		run: async ({ fetch, base }) => {
			expectSame(await failureOf(() => fetch('/relative', {})), 'TypeError', 'address without a host');
			const withBody = () => fetch(`${base()}/x`, { method: 'GET', body: 'b' });
			expectSame(await failureOf(withBody), 'TypeError', 'body of a GET');
		}
	},
	{
		name: 'rejects when aborted before, and the server sees nothing',
		run: async ({ fetch, base, requests }) => {
			const before = requests().length;
			const failure = await failureOf(() => fetch(`${base()}/x`, { signal: AbortSignal.abort() }));
			expectSame([failure, requests().length], ['AbortError', before], 'failure and requests');
		}
	},
	{
		name: 'rejects when aborted while it waits',
		run: async ({ fetch, base, on, requests }) => {
			const before = requests().length;
			const abort = new AbortController();
			on('GET', '/slow', { json: 1, after: never });
			const failure = failureOf(() => fetch(`${base()}/slow`, { signal: abort.signal }));
			await until(() => requests().length > before, 'the server got the request');
			abort.abort();
			expectSame(await failure, 'AbortError', 'failure');
		}
	},
	{
		name: 'answers once the server does',
		run: async ({ fetch, base, on }) => {
			let answer = () => {};
			on('GET', '/later', { json: 1, after: new Promise<void>((settle) => (answer = settle)) });
			const answered: number[] = [];
			const asked = fetch(`${base()}/later`, {}).then(({ status }) => answered.push(status));
			await new Promise((settle) => setTimeout(settle, 50));
			expectSame(answered, [], 'answers before the server answered');
			answer();
			await asked;
			expectSame(answered, [200], 'answers after that');
		}
	},
	{
		name: 'rejects the body when aborted after the headers',
		run: async ({ fetch, base, on }) => {
			const abort = new AbortController();
			on('GET', '/stalls', { json: 1, bodyAfter: never });
			const response = await fetch(`${base()}/stalls`, { signal: abort.signal });
			expectSame(response.status, 200, 'status');
			const failure = failureOf(() => response.text());
			abort.abort();
			expectSame(await failure, 'AbortError', 'failure');
		}
	}
];

/** What the HTTP client relies on in `fetch`, to be kept by the fake and by a real one. */
export const fetchContract = (platform: FetchPlatform): ContractCase[] =>
	cases.map(({ name, run }) => ({ name, run: () => run(platform) }));
