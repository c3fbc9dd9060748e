import http, { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { UpstreamConfig } from '../config.ts';

/** Times in milliseconds. Tests give shorter ones. */
export const defaultUpstreamTimings = {
	/** until a connection stands, TLS included */
	connectMs: 5_000,
	/** until an answer begins; less than clients wait, so that they are told what is wrong */
	answerMs: 12_000,
	/** the same for requests that wait for news: Talk holds them for 30 s */
	longAnswerMs: 45_000,
	/** between two pieces of an answer */
	stallMs: 20_000
};
export type UpstreamTimings = Record<keyof typeof defaultUpstreamTimings, number>;

/**
 * Why there is no answer of the upstream to pass on. These words are told to clients and stay the same.
 * `looping`: it is this gateway itself.
 */
export type UpstreamProblem =
	| 'upstream-unreachable'
	| 'upstream-slow'
	| 'upstream-certificate'
	| 'upstream-redirect'
	| 'upstream-broken'
	| 'upstream-looping';

export class UpstreamError extends Error {
	override readonly name = 'UpstreamError';
	readonly problem: UpstreamProblem;
	constructor(problem: UpstreamProblem, message: string, options: { cause?: unknown } = {}) {
		super(message, options);
		this.problem = problem;
	}
}

export interface UpstreamRequest {
	method: string;
	/** below the base, query included, as it is to be sent */
	target: string;
	headers: OutgoingHttpHeaders;
	body?: Buffer | undefined;
	wait: 'usual' | 'long';
	/** nobody waits for the answer any more */
	signal?: AbortSignal;
}

export interface UpstreamAnswer {
	status: number;
	headers: IncomingHttpHeaders;
	/** what is still to come; whoever does not read it has to destroy it */
	body: IncomingMessage;
}

/** Servers close connections that have been idle for a while, Apache after 5 s: ours are given up before. */
const idleMs = 4_000;
/** Repeating them does what doing them once does. */
const repeatable = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/** One upstream, its connections, and when it last answered. */
export function createUpstream(config: UpstreamConfig, timings: UpstreamTimings, now: () => number) {
	const base = new URL(config.url);
	const basePath = base.pathname.replace(/\/+$/, '');
	const speaks = base.protocol === 'https:' ? https : http;
	const tls = { rejectUnauthorized: !config.isInsecure };
	const agent = new speaks.Agent({ keepAlive: true, timeout: idleMs, ...tls });
	let answeredAt = Number.NEGATIVE_INFINITY;

	/** @throws {UpstreamError} if there is no answer */
	async function ask(request: UpstreamRequest): Promise<UpstreamAnswer> {
		try {
			return await exchange(request);
		} catch (error) {
			// it closed an idle connection just when we used it, and never saw the request
			const isStale = error instanceof UpstreamError && error.cause instanceof StaleConnection;
			if (!isStale || !repeatable.has(request.method)) throw error;
			return exchange(request);
		}
	}

	function exchange({ method, target, headers, body, wait, signal }: UpstreamRequest) {
		return new Promise<UpstreamAnswer>((resolve, reject) => {
			const sent = speaks.request(base, {
				method,
				path: basePath + target,
				headers: { ...headers, host: base.host },
				agent,
				...tls,
				...(signal && { signal })
			});
			const fail = (error: unknown) => {
				stopWaiting();
				reject(upstreamError(error, sent.reusedSocket));
			};
			const slow = (what: string) => () => sent.destroy(new UpstreamError('upstream-slow', what));
			const waiting = setTimeout(
				slow('no answer in time'),
				wait === 'long' ? timings.longAnswerMs : timings.answerMs
			);
			const stopConnecting = whileConnecting(sent, timings.connectMs, slow('no connection in time'));
			const stopWaiting = () => {
				clearTimeout(waiting);
				stopConnecting();
			};
			sent.on('error', fail);
			sent.on('response', (answer) => {
				stopWaiting();
				const { statusCode: status = 0 } = answer;
				if (status < 200 || status > 599) {
					answer.destroy();
					reject(new UpstreamError('upstream-broken', `HTTP ${status}`));
					return;
				}
				// a redirect, or a refusal, may be of anything that stands there in its place
				if (status < 300 || status === 304) answeredAt = now();
				// the agent's own time limit is for idle connections; a wait for news is none
				answer.setTimeout(timings.stallMs, () => answer.destroy(new Error('the upstream stalls')));
				resolve({ status, headers: answer.headers, body: answer });
			});
			// a server that switches protocols when nobody asked for it
			sent.on('upgrade', (_answer, socket) => {
				socket.destroy();
				fail(new UpstreamError('upstream-broken', 'it switched protocols'));
			});
			sent.end(body);
		});
	}

	return {
		url: config.url,
		host: base.host,
		ask,
		/** milliseconds since it last answered as one that works; infinite if it never has */
		silenceMs: () => now() - answeredAt,
		/** Own path for an address the upstream pointed to; `undefined` if that is not below its base. */
		pathOf(location: string, target: string): string | undefined {
			const from = new URL(basePath + target, base);
			const to = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
			if (to?.origin !== base.origin || !`${to.pathname}/`.startsWith(`${basePath}/`)) return undefined;
			return to.pathname.slice(basePath.length) + to.search;
		},
		stop: () => agent.destroy()
	};
}
export type Upstream = ReturnType<typeof createUpstream>;

class StaleConnection extends Error {}

/** @returns what ends it */
export function whileConnecting(
	request: http.ClientRequest,
	limitMs: number,
	tooLong: () => void
): () => void {
	const timer = setTimeout(tooLong, limitMs);
	const stop = () => clearTimeout(timer);
	request.once('socket', (socket) => {
		if (!socket.connecting) stop();
		else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', stop);
	});
	return stop;
}

const certificateProblem = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|HOSTNAME_MISMATCH/;
const protocolProblem = /^(HPE_|ERR_HTTP|ERR_INVALID|ERR_STREAM)/;

/** @param isReused the connection had served a request before */
export function upstreamError(error: unknown, isReused = false): UpstreamError {
	if (error instanceof UpstreamError) return error;
	const code = error instanceof Error && 'code' in error ? String(error.code) : '';
	const problem = certificateProblem.test(code)
		? 'upstream-certificate'
		: protocolProblem.test(code)
			? 'upstream-broken'
			: 'upstream-unreachable';
	const isStale = isReused && ['ECONNRESET', 'EPIPE'].includes(code);
	const cause = isStale ? new StaleConnection(code, { cause: error }) : error;
	return new UpstreamError(problem, code || String(error), { cause });
}
