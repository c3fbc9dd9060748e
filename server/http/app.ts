import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { limits } from '../../src/lib/protocol/limits.ts';
import { registerBackendRoutes } from './backend-routes.ts';
import { registerCallRoutes } from './call-routes.ts';
import { registerCapabilityRoutes } from './capability-routes.ts';
import { registerChatRoutes } from './chat-routes.ts';
import { identifyGuests } from './identity.ts';
import { registerInternalSignaling } from './internal-routes.ts';
import { acceptBodies, answerErrors, sendOcs } from './ocs.ts';
import { registerRoomRoutes } from './room-routes.ts';
import { addSecurityHeaders } from './security-headers.ts';
import type { Services } from './services.ts';
import { answerWithoutUpgrade } from './socket-address.ts';
import { registerSettingsRoutes } from './settings-routes.ts';
import { serveWebClient } from './web-client.ts';

export interface AppOptions {
	services: Services;
	webDirectory: string;
	isTrustedProxy: (address: string) => boolean;
	tls: { cert: string; key: string } | undefined;
	log: FastifyBaseLogger;
}

/** Everything that is answered over http. The caller makes it listen and closes it. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
	const { services, webDirectory, isTrustedProxy, tls, log } = options;
	const app = fastify({
		loggerInstance: log,
		logController: new LogController({ disableRequestLogging: true }),
		trustProxy: isTrustedProxy,
		bodyLimit: limits.bodyBytes,
		forceCloseConnections: true,
		serverFactory: (handler) => createHttpServer(handler, tls)
	});
	await addSecurityHeaders(app, services.config, webDirectory, isTrustedProxy);
	await app.register(cookie);
	app.get('/healthz', () => ({ status: 'ok' }));
	app.get('/readyz', () => {
		services.storage.roomByToken(services.demoToken);
		return { status: 'ready' };
	});
	const { backend, config } = services;
	if (backend) {
		const prefix = '/ocs/v2.php/apps/spreed/api';
		await app.register(async (talk) => registerBackendRoutes(talk, backend, config), { prefix });
	}
	const hasSocket = !config.signaling && config.signalingMode === 'socket';
	if (hasSocket) answerWithoutUpgrade(app, '/signaling/spreed');
	await app.register((ocs) => registerOcs(ocs, services), { prefix: '/ocs' });
	await serveWebClient(app, webDirectory);
	return app;
}

/** Idle connections are kept a little longer than proxies keep theirs, so that none is closed under a request. */
export function createHttpServer(handler: RequestListener, tls: AppOptions['tls']) {
	const server = tls ? createTlsServer(tls, handler) : createServer(handler);
	server.keepAliveTimeout = 72_000;
	return server;
}

async function registerOcs(app: FastifyInstance, services: Services): Promise<void> {
	answerErrors(app);
	acceptBodies(app);
	await app.register(rateLimit, {
		max: services.bounds.requestsPerMinute,
		timeWindow: 60_000,
		addHeadersOnExceeding: {
			'x-ratelimit-limit': false,
			'x-ratelimit-remaining': false,
			'x-ratelimit-reset': false
		}
	});
	identifyGuests(app, services.config);
	app.addHook('onRequest', async (_request, reply) => void reply.header('Cache-Control', 'no-store'));
	await app.register(
		async (v2) => {
			registerCapabilityRoutes(v2, services);
			await v2.register(async (talk) => registerTalk(talk, services), { prefix: '/apps/spreed/api' });
		},
		{ prefix: '/v2.php' }
	);
	// the files of the client are served from the root, and would be looked through for these otherwise
	for (const path of ['/', '/*']) app.all(path, (_request, reply) => sendOcs(reply, null, 404));
}

function registerTalk(app: FastifyInstance, services: Services): void {
	registerRoomRoutes(app, services);
	registerCallRoutes(app, services);
	registerChatRoutes(app, services);
	registerSettingsRoutes(app, services);
	registerInternalSignaling(app, services);
}
