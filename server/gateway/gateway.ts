import fastify, { type FastifyBaseLogger } from 'fastify';
import type { Logger } from 'pino';
import { defaultBounds, defaultTimings, type Bounds } from '../bounds.ts';
import type { Config, UpstreamConfig } from '../config.ts';
import { closeApp, endConnections, fastifyOptions } from '../http/http-server.ts';
import { registerMetrics } from '../http/metrics-route.ts';
import { createRequestIds, logRequests } from '../http/request-ids.ts';
import { addSecurityHeaders } from '../http/security-headers.ts';
import { answerWithoutUpgrade } from '../http/socket-address.ts';
import { findWebClient, serveWebClient } from '../http/web-client.ts';
import { listenError, localUrl, portOf } from '../listening.ts';
import { createMetrics } from '../metrics.ts';
import { createTrust } from '../network.ts';
import type { RunningServer } from '../server.ts';
import { readTls, watchTls } from '../tls-files.ts';
import { createCookieNames } from './cookies.ts';
import { createReadiness } from './readiness.ts';
import { createGateway } from './routes.ts';
import { createSignalingTargets } from './signaling-settings.ts';
import { relaySockets } from './signaling-socket.ts';
import { createUpstream, defaultUpstreamTimings, type UpstreamTimings } from './upstream.ts';

interface GatewayOptions {
	log: Logger;
	/** shorter or tighter than usual, for tests */
	timings?: Partial<UpstreamTimings>;
	bounds?: Partial<Bounds>;
	/** milliseconds since 1970 */
	now?: () => number;
	/** where the built client is; found by itself if absent */
	webDirectory?: string;
}

/**
 * Starts Roost in front of a Nextcloud and waits until it listens. It serves the client, passes on what the client needs
 * of Talk, and stores nothing. Whether the upstream answers shows later: it may start after us.
 * @throws {ConfigError} if the host or the port cannot be used
 */
export async function startGateway(
	config: Config & { upstream: UpstreamConfig },
	options: GatewayOptions
): Promise<RunningServer> {
	const { log, now = Date.now } = options;
	const bounds = { ...defaultBounds, ...options.bounds };
	const timings = { ...defaultUpstreamTimings, ...options.timings };
	const webDirectory = options.webDirectory ?? findWebClient();
	const isTrustedProxy = createTrust(config.trustedProxies);
	const tls = config.tls && readTls(config.tls);

	const upstream = createUpstream(config.upstream, timings, now);
	const targets = createSignalingTargets(upstream);
	const isReady = createReadiness(upstream);

	const requestLog: FastifyBaseLogger = log;
	const requestIds = createRequestIds(isTrustedProxy);
	const app = fastify(
		fastifyOptions({ isTrustedProxy, requestIds, tls, timings: defaultTimings, bounds, log: requestLog })
	);
	logRequests(app);
	endConnections(app, () => undefined);
	await addSecurityHeaders(app, config, webDirectory, isTrustedProxy);
	registerMetrics(app, createMetrics(), config);
	app.get('/healthz', () => ({ status: 'ok' }));
	app.get('/readyz', async (_request, reply) => {
		const problem = await isReady();
		return problem === undefined
			? { status: 'ready' }
			: reply.code(503).send({ status: 'not ready', problem });
	});
	const cookies = createCookieNames(config.upstream.url, config.embedders.length > 0);
	const services = { config, upstream, cookies, targets, bounds, isTrustedProxy, log };
	const gateway = createGateway(services);
	for (const prefix of ['/ocs', '/index.php']) await app.register(gateway, { prefix });
	answerWithoutUpgrade(app, '/signaling/:token/spreed');
	await serveWebClient(app, webDirectory);

	const relay = relaySockets(app.server, {
		targets,
		timings,
		bounds,
		isInsecure: config.upstream.isInsecure,
		isTrustedProxy,
		publicHost: config.publicUrl && new URL(config.publicUrl).host,
		now,
		log
	});
	const unwatch = watchTls(config.tls, app.server, defaultTimings.tlsLookMs, log);

	const stop = async () => {
		unwatch();
		relay.stop();
		await closeApp(app, defaultTimings.drainMs);
		upstream.stop();
	};
	try {
		await app.listen({ port: config.port, host: config.host });
	} catch (error) {
		await stop();
		throw listenError(error, config);
	}
	const port = portOf(app.server);
	log.info(
		{ upstream: upstream.url, certificate: config.upstream.isInsecure ? 'any' : 'checked' },
		'gateway'
	);
	return { url: config.publicUrl ?? localUrl(config, port), port, stop };
}
