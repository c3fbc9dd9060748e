import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { FastifyBaseLogger, FastifyInstance, FastifyServerOptions } from 'fastify';
import { LogController } from 'fastify';
import { limits } from '../../src/lib/protocol/limits.ts';
import type { Bounds, Timings } from '../bounds.ts';
import { limitConnections } from '../network.ts';
import type { RequestIds } from './request-ids.ts';

export interface HttpOptions {
	isTrustedProxy: (address: string) => boolean;
	requestIds: RequestIds;
	tls: { cert: string; key: string } | undefined;
	timings: Pick<Timings, 'headersMs' | 'requestMs' | 'connectionLookMs'>;
	bounds: Pick<Bounds, 'connections' | 'connectionsPerAddress'>;
	log: FastifyBaseLogger;
}

/** What the embedded server and the gateway have in common towards whoever connects. */
export function fastifyOptions(options: HttpOptions) {
	return {
		loggerInstance: options.log,
		logController: new LogController({ disableRequestLogging: true }),
		genReqId: options.requestIds,
		trustProxy: options.isTrustedProxy,
		bodyLimit: limits.bodyBytes,
		// those that are being answered end with their answer: see `closeApp`
		forceCloseConnections: 'idle',
		serverFactory: (handler: RequestListener) => createHttpServer(handler, options)
	} satisfies FastifyServerOptions;
}

/**
 * Whoever opens a connection has to say something with it in time: nothing, half a request or a body that trickles in ends
 * with 408. Idle connections are kept a little longer than proxies keep theirs, so that none is closed under a request.
 */
function createHttpServer(
	handler: RequestListener,
	{ tls, timings, bounds, isTrustedProxy }: HttpOptions
): Server {
	const options = {
		headersTimeout: timings.headersMs,
		requestTimeout: timings.requestMs,
		connectionsCheckingInterval: timings.connectionLookMs,
		keepAliveTimeout: 72_000
	};
	const server = tls
		? createTlsServer({ ...options, ...tls, handshakeTimeout: timings.headersMs }, handler)
		: createServer(options, handler);
	limitConnections(server, bounds, isTrustedProxy);
	return server;
}

/**
 * Has every connection end with the answer that is on its way, once the server is closing.
 * @param release answers what waits for something to happen
 */
export function endConnections(app: FastifyInstance, release: () => void): void {
	let isClosing = false;
	app.addHook('preClose', async () => {
		isClosing = true;
		release();
	});
	app.addHook('onSend', async (_request, reply) => {
		if (isClosing) reply.header('Connection', 'close');
	});
}

/** Takes no more connections, answers what was accepted, and after this time cuts off what is left. */
export async function closeApp(app: FastifyInstance, withinMs: number): Promise<void> {
	const idle = setInterval(() => app.server.closeIdleConnections(), 50);
	const late = setTimeout(() => app.server.closeAllConnections(), withinMs);
	try {
		await app.close();
	} finally {
		clearInterval(idle);
		clearTimeout(late);
	}
}
