import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFakeFetch, type FakeAnswer } from './fake-fetch.ts';
import { fetchContract, type FetchPlatform } from './fetch-contract.ts';

/** The script of the fake, acted out by a real server. */
function createRealServer() {
	const answers = new Map<string, FakeAnswer[]>();
	const requests: ReturnType<FetchPlatform['requests']>[number][] = [];

	async function act(request: IncomingMessage, response: ServerResponse): Promise<void> {
		const { method = '', headers } = request;
		const { pathname, searchParams } = new URL(request.url ?? '', 'http://host.example');
		const body = await text(request);
		requests.push({
			method,
			path: pathname,
			query: Object.fromEntries(searchParams),
			headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
			body: body === '' ? undefined : JSON.parse(body)
		});
		const answer = answers.get(`${method} ${pathname}`)?.shift();
		if (answer === undefined || answer === 'network-failure') {
			request.socket.destroy();
			return;
		}
		await answer.after;
		response.writeHead(answer.status ?? 200, answer.headers);
		response.flushHeaders();
		await answer.bodyAfter;
		response.end(answer.text ?? (answer.json === undefined ? '' : JSON.stringify(answer.json)));
	}

	const http = createServer((request, response) => void act(request, response));
	return {
		http,
		requests,
		on: (method: string, path: string, answer: FakeAnswer) => {
			const key = `${method} ${path}`;
			answers.set(key, [...(answers.get(key) ?? []), answer]);
		}
	};
}

const server = createRealServer();
let base = '';
beforeAll(async () => {
	await new Promise<void>((listening) => server.http.listen(0, '127.0.0.1', () => listening()));
	base = `http://127.0.0.1:${(server.http.address() as AddressInfo).port}`;
});
afterAll(() => {
	server.http.closeAllConnections();
	server.http.close();
});

const fake = createFakeFetch();
const platforms: Record<string, FetchPlatform> = {
	'the fake': {
		fetch: fake.fetch,
		base: () => 'https://cloud.example',
		on: fake.on,
		requests: () => fake.requests
	},
	'a real server': { fetch, base: () => base, on: server.on, requests: () => server.requests }
};

for (const [name, platform] of Object.entries(platforms)) {
	describe(`fetch from ${name}`, () => {
		for (const promise of fetchContract(platform)) it(promise.name, () => promise.run());
	});
}

describe('the script of the fake', () => {
	it('given a request that nothing was scripted for, when it is sent, then it fails and is remembered', async () => {
		const { fetch, on, unanswered } = createFakeFetch();
		on('GET', '/once', { json: 1 });
		await fetch('https://cloud.example/once');

		await expect(fetch('https://cloud.example/once')).rejects.toThrow('GET /once');
		await expect(fetch('https://cloud.example/once', { method: 'POST' })).rejects.toThrow('POST /once');

		expect(unanswered).toEqual(['GET /once', 'POST /once']);
	});

	it('given options a server cannot see, when a request is sent, then they are recorded too', async () => {
		const { fetch, on, requests } = createFakeFetch();
		on('DELETE', '/x', { json: null });

		await fetch('https://cloud.example/x', {
			method: 'DELETE',
			keepalive: true,
			credentials: 'same-origin'
		});

		expect(requests).toMatchObject([{ keepalive: true, credentials: 'same-origin' }]);
	});
});
