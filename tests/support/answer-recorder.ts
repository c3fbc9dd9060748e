import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** One answer under `/ocs`, as it was; what `npm run test:openapi` judges. */
interface RecordedAnswer {
	method: string;
	/** path and query */
	path: string;
	status: number;
	/** names of headers in lower case */
	headers: Record<string, string>;
	/** undefined: none, or not JSON */
	body?: unknown;
}

/** Named by whoever runs the tests; without it nothing is recorded. */
const folder = process.env['ROOST_RECORD_ANSWERS'];

/** Keeps an answer for a look at it after all tests have run. */
export async function recordAnswer(method: string, path: string, response: Response): Promise<void> {
	if (folder === undefined || folder === '' || !path.startsWith('/ocs/')) return;
	const isJson = response.headers.get('content-type')?.includes('json') ?? false;
	const answer: RecordedAnswer = {
		method,
		path,
		status: response.status,
		headers: Object.fromEntries(response.headers),
		...(isJson && { body: JSON.parse(await response.clone().text()) as unknown })
	};
	mkdirSync(folder, { recursive: true });
	// a file for each process of tests: lines of two would mix
	appendFileSync(join(folder, `${process.pid.toString()}.jsonl`), `${JSON.stringify(answer)}\n`);
}
