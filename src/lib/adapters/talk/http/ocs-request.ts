import type { Abort } from '../../../domain/abort.ts';
import { RoostError } from '../../../domain/errors.ts';
import { parseOcs } from '../../../protocol/ocs.ts';
import { readReply, type Meaning, type OcsReply } from './ocs-reply.ts';

export interface OcsEdges {
	/** Called without a receiver, as browsers demand of their own. */
	fetch: (url: string, init: RequestInit) => Promise<Response>;
	/** Absolute, with the web root if there is one: `https://cloud.example/nextcloud`. */
	baseUrl: string;
	/** 64 characters of `[A-Za-z0-9]`: a server that knows it keeps one session for each tab of a browser. */
	tabId: string;
	/** BCP 47: the language of system messages. Omitted: whatever the browser asks for. */
	language?: string;
}

export interface OcsRequest {
	/** Names the request in errors, instead of its address, which holds the room token. */
	what: string;
	method: 'GET' | 'POST' | 'PUT' | 'DELETE';
	/** What follows `/ocs/v2.php/`. */
	path: string;
	query?: Record<string, string | number>;
	body?: object;
	/** From sending to the last byte of the answer; 15 s if omitted. */
	timeoutMs?: number;
	/** The request outlives the page. */
	keepalive?: boolean;
	/** Ends the request when nobody waits for the answer any more. */
	signal?: Abort;
}

export interface Ocs {
	/**
	 * Sends a request and waits for the whole answer, whatever its status.
	 * @throws {RoostError} `server.unreachable` if there was none in time
	 */
	exchange(request: OcsRequest): Promise<OcsReply>;
	/**
	 * Sends a request and reads its answer.
	 * @param read is given only what was not refused; whatever it throws, but a `RoostError`, becomes
	 * `server.unexpected`
	 * @throws {RoostError}
	 */
	ask<T>(request: OcsRequest, read: (reply: OcsReply) => T, meaning?: Meaning): Promise<T>;
}

/** Where Talk's own endpoints are. */
export const talkPath = (path: string): string => `apps/spreed/api/${path}`;

const usualTimeoutMs = 15_000;

/**
 * One way to ask a Nextcloud server.
 * @throws {RangeError} for a tab id that servers would not take: a bug in the caller
 */
export function createOcs({ fetch, baseUrl, tabId, language }: OcsEdges): Ocs {
	if (!/^[A-Za-z0-9]{64}$/.test(tabId)) throw new RangeError('a tab id has 64 letters and digits');
	const base = `${baseUrl.replace(/\/+$/, '')}/ocs/v2.php/`;
	const headers = {
		'OCS-APIRequest': 'true',
		Accept: 'application/json',
		'X-Nextcloud-Talk-Session-Tab-Id': tabId,
		...(language === undefined ? {} : { 'Accept-Language': language })
	};

	const initOf = ({ method, body, keepalive }: OcsRequest): RequestInit => ({
		method,
		headers: body ? { ...headers, 'Content-Type': 'application/json' } : headers,
		credentials: 'same-origin',
		cache: 'no-store',
		...(body ? { body: JSON.stringify(body) } : {}),
		...(keepalive ? { keepalive } : {})
	});

	async function exchange(request: OcsRequest): Promise<OcsReply> {
		const { what, timeoutMs = usualTimeoutMs, signal } = request;
		const timeout = new AbortController();
		const end = () => timeout.abort();
		const timer = setTimeout(end, timeoutMs);
		signal?.addEventListener('abort', end);
		if (signal?.aborted) end();
		try {
			const response = await fetch(base + request.path + queryOf(request), {
				...initOf(request),
				signal: timeout.signal
			});
			const text = await response.text();
			const { status, headers } = response;
			return { what, status, headers, data: () => parseOcs(JSON.parse(text)).data };
		} catch (cause) {
			const why = signal?.aborted
				? 'nobody waits any more'
				: timeout.signal.aborted
					? `no answer in ${timeoutMs} ms`
					: 'the network failed';
			throw new RoostError('server.unreachable', `${what}: ${why}`, { cause });
		} finally {
			clearTimeout(timer);
			signal?.removeEventListener('abort', end);
		}
	}

	return {
		exchange,
		ask: async (request, read, meaning = generally) => readReply(await exchange(request), read, meaning)
	};
}

const generally: Meaning = () => undefined;

function queryOf({ query }: OcsRequest): string {
	if (!query) return '';
	const entries = Object.entries(query).map(([key, value]) => [key, String(value)]);
	return `?${new URLSearchParams(entries).toString()}`;
}
