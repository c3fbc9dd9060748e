import { createTalkApi } from '../../src/lib/adapters/talk/ocs-client.ts';
import { createFakeFetch, type FakeAnswer } from './fake-fetch.ts';

/** An answer in the envelope that every answer of Nextcloud has. */
export function ocsAnswer(data: unknown, status = 200, headers: Record<string, string> = {}): FakeAnswer {
	const meta = { status: status < 400 ? 'ok' : 'failure', statuscode: status, message: '' };
	return { status, headers, json: { ocs: { meta, data } } };
}

/** The real HTTP client over a scripted network. Paths are given from below `/ocs/v2.php/` on. */
export function createTestTalkApi(language?: string) {
	const { fetch, on, requests, unanswered } = createFakeFetch();
	const api = createTalkApi({
		fetch,
		baseUrl: 'https://cloud.example/nextcloud/',
		tabId: 'T'.repeat(64),
		...(language === undefined ? {} : { language })
	});
	return {
		api,
		requests,
		unanswered,
		on: (method: string, path: string, ...answers: FakeAnswer[]) =>
			on(method, `/nextcloud/ocs/v2.php/${path}`, ...answers)
	};
}
