import { isIP } from 'node:net';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Config } from '../config.ts';
import type { Metrics } from '../metrics.ts';
import { createTrust } from '../network.ts';
import { isAdministrator } from './changer.ts';

const isLoopback = createTrust(['127.0.0.0/8', '::1/128']);

/** What proxies add: whoever comes through one that is not trusted is not at this machine, whatever the address says. */
const forwarded = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'];

/** Measures every answer, and tells of it and all else at `/metrics`: to this machine, or with the admin token. */
export function registerMetrics(app: FastifyInstance, metrics: Metrics, config: Config): void {
	app.addHook('onResponse', async (request, reply) => {
		const route = request.routeOptions.url ?? 'none';
		metrics.answered(request.method, route, reply.statusCode, reply.elapsedTime / 1_000);
	});
	app.get('/metrics', async (request, reply) => {
		reply.header('Cache-Control', 'no-store');
		if (!isLocal(request) && !isAdministrator(request, config))
			return reply.code(403).type('text/plain').send('For this machine, or with the admin token.\n');
		return reply.type(metrics.contentType).send(await metrics.text());
	});
}

/** Behind a trusted proxy `ip` is the address of whoever asked it, and `ips` the way. The name tells a page that rebinds names from us. */
function isLocal(request: FastifyRequest): boolean {
	const isProxied = (request.ips?.length ?? 1) === 1 && forwarded.some((name) => name in request.headers);
	const name = request.hostname.replace(/^\[(.*)\]$/, '$1');
	const isOurName = name === 'localhost' || isIP(name) !== 0;
	return !isProxied && isOurName && isLoopback(request.ip);
}
