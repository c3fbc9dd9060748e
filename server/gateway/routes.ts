import { randomBytes } from 'node:crypto';
import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Bounds } from '../bounds.ts';
import type { Config } from '../config.ts';
import { originOf } from '../http/identity.ts';
import { answerErrors, sendOcs } from '../http/ocs.ts';
import { originOfRequest } from '../network.ts';
import type { CookieNames } from './cookies.ts';
import { headersToBrowser, headersToUpstream, loopHeader } from './headers.ts';
import { allowedPath, splitQuery, type AllowedPath } from './paths.ts';
import { readJson, type SignalingTargets } from './signaling-settings.ts';
import { UpstreamError, type Upstream, type UpstreamAnswer, type UpstreamProblem } from './upstream.ts';

export interface GatewayServices {
	config: Config;
	upstream: Upstream;
	cookies: CookieNames;
	targets: SignalingTargets;
	bounds: Bounds;
	isTrustedProxy: (address: string) => boolean;
	log: Logger;
}

const statusOf: Record<UpstreamProblem, number> = {
	'upstream-unreachable': 502,
	'upstream-slow': 504,
	'upstream-certificate': 502,
	'upstream-redirect': 502,
	'upstream-broken': 502,
	'upstream-looping': 508
};

/** An answer is data, whatever it says it is: opened by itself it may load nothing and run nothing. */
const dataPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox";

const bodiless = new Set([204, 205, 304]);
const isRedirect = (status: number) => status >= 300 && status < 400 && status !== 304;

/** Passes on what `paths.ts` allows. @returns what is registered below each prefix that the upstream has a part in */
export function createGateway(services: GatewayServices) {
	const { upstream, bounds, isTrustedProxy, log } = services;
	const gateway = randomBytes(8).toString('hex');
	const troubles = createTroubleLog(log, upstream.url);

	return async function register(app: FastifyInstance): Promise<void> {
		answerErrors(app);
		app.removeAllContentTypeParsers();
		app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
		await app.register(rateLimit, {
			max: bounds.requestsPerMinute,
			timeWindow: 60_000,
			addHeadersOnExceeding: {
				'x-ratelimit-limit': false,
				'x-ratelimit-remaining': false,
				'x-ratelimit-reset': false
			}
		});
		for (const path of ['/', '/*']) app.all(path, pass);
	};

	async function pass(request: FastifyRequest, reply: FastifyReply) {
		const url = request.raw.url ?? '';
		const allowed = allowedPath(request.method, url);
		if (!allowed) return refuse(reply, url);
		try {
			if (request.headers[loopHeader] === gateway) {
				throw new UpstreamError('upstream-looping', 'ROOST_UPSTREAM is the address of this server');
			}
			return await sendAnswer(request, reply, allowed, await ask(request, reply, allowed));
		} catch (error) {
			if (!(error instanceof UpstreamError)) throw error;
			if (isGone(reply)) return reply.hijack();
			troubles.report(error);
			return sendOcs(
				reply.header('Cache-Control', 'no-store'),
				{ error: error.problem },
				statusOf[error.problem]
			);
		}
	}

	function ask(request: FastifyRequest, reply: FastifyReply, { path, wait, answer }: AllowedPath) {
		const [, query] = splitQuery(request.raw.url ?? '');
		const { address } = originOfRequest(request.raw, isTrustedProxy);
		const cookie = services.cookies.toUpstream(request.headers.cookie);
		const headers = headersToUpstream(request.headers, { address, gateway, cookie });
		// what is read here on the way has to be readable
		if (answer === 'settings')
			Object.assign(headers, { accept: 'application/json', 'accept-encoding': 'identity' });
		const body = Buffer.isBuffer(request.body) ? request.body : undefined;
		if (body || !['GET', 'HEAD'].includes(request.method)) headers['content-length'] = body?.length ?? 0;
		const gone = new AbortController();
		reply.raw.once('close', () => gone.abort());
		const target = query === '' ? path : `${path}?${query}`;
		return upstream.ask({ method: request.method, target, headers, body, wait, signal: gone.signal });
	}

	/** @throws {UpstreamError} before anything is set: what goes wrong here is answered instead */
	async function sendAnswer(
		request: FastifyRequest,
		reply: FastifyReply,
		allowed: AllowedPath,
		answer: UpstreamAnswer
	) {
		const { status, headers, body } = answer;
		const location = isRedirect(status) ? ownLocation(request, answer) : undefined;
		const settings =
			allowed.answer === 'settings' && status === 200
				? services.targets.rewrite(await readJson(body), roomIn(request), originOf(request, services.config))
				: undefined;
		// not before: what comes from an upstream may still be nothing that can be passed on
		troubles.over();

		reply.code(status);
		for (const [name, value] of headersToBrowser(headers)) reply.header(name, value);
		for (const cookie of cookiesFor(request, answer)) reply.header('Set-Cookie', cookie);
		if (allowed.path.startsWith('/ocs/')) reply.header('Cache-Control', 'no-store');
		reply.header('Content-Security-Policy', dataPolicy);
		if (settings !== undefined) {
			return reply.removeHeader('Content-Length').type('application/json; charset=utf-8').send(settings);
		}
		if (location === undefined && !bodiless.has(status)) return reply.send(body);
		body.resume();
		if (location !== undefined) reply.header('Location', location);
		return reply.removeHeader('Content-Length').send();
	}

	function cookiesFor(request: FastifyRequest, { headers }: UpstreamAnswer): string[] {
		const isSecure = originOf(request, services.config).startsWith('https:');
		return (headers['set-cookie'] ?? []).flatMap((cookie) => {
			const own = services.cookies.toBrowser(cookie, isSecure);
			return own === undefined ? [] : [own];
		});
	}

	/**
	 * A redirect within what may be asked for. Browsers must not be sent elsewhere by an answer to a request of the page.
	 * @throws {UpstreamError}
	 */
	function ownLocation(
		request: FastifyRequest,
		{ headers: { location = '' }, body }: UpstreamAnswer
	): string {
		// one that leads nowhere would lead to where it came from
		const own = location === '' ? undefined : upstream.pathOf(location, request.raw.url ?? '');
		if (own !== undefined && allowedPath(request.method, own)) return own;
		body.destroy();
		const where = URL.canParse(location) ? new URL(location).origin : 'a path that is not passed on';
		throw new UpstreamError('upstream-redirect', `it redirects to ${where}`);
	}
}

function roomIn(request: FastifyRequest): string {
	return new URLSearchParams(splitQuery(request.raw.url ?? '')[1]).get('token') ?? '';
}

function refuse(reply: FastifyReply, url: string) {
	if (url.startsWith('/ocs')) return sendOcs(reply, null, 404);
	return reply.code(404).type('text/plain').send('Not found\n');
}

const isGone = (reply: FastifyReply) => reply.raw.destroyed || reply.raw.socket?.destroyed === true;

/** One line when something begins to go wrong and one when it is over, however many requests there are between. */
function createTroubleLog(log: Logger, upstream: string) {
	let current: UpstreamProblem | undefined;
	return {
		report(error: UpstreamError): void {
			if (error.problem === current) return;
			current = error.problem;
			log.warn({ upstream, problem: error.problem, reason: error.message }, 'the upstream does not answer');
		},
		over(): void {
			if (current === undefined) return;
			current = undefined;
			log.info({ upstream }, 'the upstream answers again');
		}
	};
}
