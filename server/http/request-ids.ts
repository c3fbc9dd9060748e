import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** What proxies make of it: nginx 32 hexadecimal digits, Caddy a UUID. Nothing that could begin another line or header. */
const idForm = /^[\w.:-]{8,128}$/;

/**
 * The id by which a request, or a socket, is found in the log: that of a trusted proxy, so that its log and ours can be
 * read together, else a new one. The same for the same request however often it is asked for.
 */
export function createRequestIds(isTrustedProxy: (address: string) => boolean) {
	const ids = new WeakMap<IncomingMessage, string>();
	return (request: IncomingMessage): string => {
		const known = ids.get(request);
		if (known !== undefined) return known;
		const given = request.headers['x-request-id'];
		const isBelieved =
			typeof given === 'string' && idForm.test(given) && isTrustedProxy(request.socket.remoteAddress ?? '');
		const id = isBelieved ? given : randomUUID();
		ids.set(request, id);
		return id;
	};
}
export type RequestIds = ReturnType<typeof createRequestIds>;

/**
 * One line for each answer, by the pattern of its route: the address itself lets people into a room. What changes
 * something or fails is told of at `info`, what is only read at `debug`. The answer has the id as well.
 */
export function logRequests(app: FastifyInstance): void {
	app.addHook('onRoute', ({ method, url }) => app.log.trace({ method, route: url }, 'route'));
	app.addHook('onRequest', async (request, reply) => void reply.header('X-Request-Id', request.id));
	app.addHook('onResponse', async (request, reply) => {
		const { method, routeOptions } = request;
		const { statusCode, elapsedTime } = reply;
		const isReading = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
		const level = isReading && statusCode < 400 ? 'debug' : 'info';
		const line = {
			method,
			route: routeOptions.url ?? 'none',
			status: statusCode,
			ms: Math.round(elapsedTime)
		};
		request.log[level](line, 'answered');
	});
}
