/** How the scripted server answers one request. */
export type FakeAnswer =
	| 'network-failure'
	| {
			/** 200 if omitted. */
			status?: number;
			headers?: Record<string, string>;
			/** Sent as JSON; omitted: no body. */
			json?: unknown;
			/** Sent as it is, instead of JSON. */
			text?: string;
			/** The answer is held back until this resolves. */
			after?: Promise<unknown>;
			/** Status and headers go at once, the body when this resolves. */
			bodyAfter?: Promise<unknown>;
	  };

/** A request as the server saw it. */
export interface SeenRequest {
	method: string;
	path: string;
	query: Record<string, string>;
	headers: Record<string, string>;
	/** Read as JSON; `undefined` without a body. */
	body: unknown;
	keepalive: boolean;
	credentials: RequestCredentials;
}

/** Statuses that never have a body. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

/** A `fetch` without a network: answers what it was told to, each answer once. */
export function createFakeFetch() {
	const answers = new Map<string, FakeAnswer[]>();
	const requests: SeenRequest[] = [];
	const unanswered: string[] = [];

	const take = (key: string): FakeAnswer => {
		const answer = answers.get(key)?.shift();
		if (answer !== undefined) return answer;
		unanswered.push(key);
		throw new Error(`no answer was scripted for ${key}`);
	};

	return {
		/** Queues answers for one method and path; the query does not count. */
		on: (method: string, path: string, ...scripted: FakeAnswer[]): void => {
			const key = `${method} ${path}`;
			answers.set(key, [...(answers.get(key) ?? []), ...scripted]);
		},
		fetch: async (url: string, init: RequestInit = {}): Promise<Response> => {
			const request = new Request(url, init); // refuses with a TypeError what a real fetch refuses
			// a request's own signal follows the given one only as long as nobody collects the garbage
			const signal = init.signal ?? request.signal;
			signal.throwIfAborted();
			const seen = look(request, init.body);
			requests.push(seen);
			const answer = take(`${seen.method} ${seen.path}`);
			if (answer === 'network-failure') throw new TypeError('fetch failed');
			await orAborted(answer.after, signal);
			return respond(answer, signal);
		},
		/** Every request that got as far as the server, oldest first. */
		requests: requests as readonly SeenRequest[],
		/** Requests that nothing was scripted for: a test that left any has missed something. */
		unanswered: unanswered as readonly string[]
	};
}

function look(request: Request, body: RequestInit['body']): SeenRequest {
	const { pathname, searchParams } = new URL(request.url);
	if (body !== undefined && typeof body !== 'string') throw new Error('the fake reads no body but text');
	return {
		method: request.method,
		path: pathname,
		query: Object.fromEntries(searchParams),
		headers: Object.fromEntries(request.headers),
		body: body === undefined ? undefined : JSON.parse(body),
		keepalive: request.keepalive,
		credentials: request.credentials
	};
}

function respond(answer: Exclude<FakeAnswer, string>, signal: AbortSignal): Response {
	const { status = 200, headers = {}, bodyAfter } = answer;
	const text = answer.text ?? (answer.json === undefined ? undefined : JSON.stringify(answer.json));
	if (text !== undefined && bodiless.has(status)) throw new Error(`an answer ${status} has no body`);
	if (text === undefined) return new Response(null, { status, headers });
	const body = new ReadableStream({
		start: async (controller) => {
			try {
				await orAborted(bodyAfter, signal);
				controller.enqueue(new TextEncoder().encode(text));
				controller.close();
			} catch (cause) {
				controller.error(cause);
			}
		}
	});
	return new Response(body, { status, headers });
}

/** @throws the signal's reason if that comes first */
async function orAborted(work: Promise<unknown> | undefined, signal: AbortSignal): Promise<void> {
	if (!work) return;
	await new Promise<void>((settle, fail) => {
		const aborted = () => fail(signal.reason as Error);
		signal.addEventListener('abort', aborted, { once: true });
		if (signal.aborted) aborted();
		work.then(() => settle(), fail);
	});
}
