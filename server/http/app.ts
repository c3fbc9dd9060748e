import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { limits } from '../../src/lib/protocol/limits.ts';
import { registerAvatarRoutes, serveGuestAvatars } from './avatar-routes.ts';
import { registerBackendRoutes } from './backend-routes.ts';
import { registerBotRoutes } from './bot-routes.ts';
import { registerCallRoutes } from './call-routes.ts';
import { registerCapabilityRoutes } from './capability-routes.ts';
import { registerChatRoutes } from './chat-routes.ts';
import { identifyGuests } from './identity.ts';
import { registerInternalSignaling } from './internal-routes.ts';
import { registerModerationRoutes } from './moderation-routes.ts';
import { registerMetrics } from './metrics-route.ts';
import { acceptBodies, answerErrors, sendOcs } from './ocs.ts';
import { registerReactionRoutes } from './reaction-routes.ts';
import { registerRoomRoutes } from './room-routes.ts';
import { registerRoomSettingsRoutes } from './room-settings-routes.ts';
import { createClaims, registerRoostRoutes, serveModeratorLinks } from './roost-routes.ts';
import { addSecurityHeaders } from './security-headers.ts';
import type { Metrics } from '../metrics.ts';
import type { Services } from './services.ts';
import { answerWithoutUpgrade } from './socket-address.ts';
import { registerSettingsRoutes } from './settings-routes.ts';
import { registerSignalingBackend } from './signaling-backend-routes.ts';
import { guardTokens } from './token-guard.ts';
import { serveWebClient } from './web-client.ts';

export interface AppOptions {
	services: Services;
	metrics: Metrics;
	webDirectory: string;
	isTrustedProxy: (address: string) => boolean;
	tls: { cert: string; key: string } | undefined;
	log: FastifyBaseLogger;
}

/** Everything that is answered over http. The caller makes it listen and closes it. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
	const { services, metrics, webDirectory, isTrustedProxy, tls, log } = options;
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
	registerMetrics(app, metrics, services.config);
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
	const { signaling } = services;
	if (signaling) {
		answerWithoutUpgrade(app, '/signaling/spreed');
		// below the address of the socket, where a Nextcloud would look, and at the root of the host
		for (const prefix of ['/signaling/api/v1', '/api/v1']) {
			await app.register(async (api) => registerSignalingBackend(api, signaling, services), { prefix });
		}
	}
	const claim = createClaims(services);
	await app.register((ocs) => registerOcs(ocs, services, claim), { prefix: '/ocs' });
	await app.register(async (links) => serveModeratorLinks(links, services, claim));
	serveGuestAvatars(app);
	await serveWebClient(app, webDirectory);
	return app;
}

/** Idle connections are kept a little longer than proxies keep theirs, so that none is closed under a request. */
export function createHttpServer(handler: RequestListener, tls: AppOptions['tls']) {
	const server = tls ? createTlsServer(tls, handler) : createServer(handler);
	server.keepAliveTimeout = 72_000;
	return server;
}

async function registerOcs(
	app: FastifyInstance,
	services: Services,
	claim: ReturnType<typeof createClaims>
): Promise<void> {
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
			guardTokens(v2, services);
			await v2.register(async (roost) => registerRoostRoutes(roost, services, claim), {
				prefix: '/apps/roost/api'
			});
			await v2.register(async (talk) => registerTalk(talk, services), { prefix: '/apps/spreed/api' });
		},
		{ prefix: '/v2.php' }
	);
	// the files of the client are served from the root, and would be looked through for these otherwise
	for (const path of ['/', '/*']) app.all(path, (_request, reply) => sendOcs(reply, null, 404));
}

function registerTalk(app: FastifyInstance, services: Services): void {
	registerRoomRoutes(app, services);
	registerRoomSettingsRoutes(app, services);
	registerModerationRoutes(app, services);
	registerAvatarRoutes(app, services);
	registerCallRoutes(app, services);
	registerChatRoutes(app, services);
	registerReactionRoutes(app, services);
	registerBotRoutes(app, services);
	registerSettingsRoutes(app, services);
	registerInternalSignaling(app, services);
}
