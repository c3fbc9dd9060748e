import { join } from 'node:path';
import cookie from '@fastify/cookie';
import rateLimit from '@fastify/rate-limit';
import fastify, { type FastifyInstance } from 'fastify';
import { registerAvatarRoutes, serveGuestAvatars } from './avatar-routes.ts';
import { registerBackendRoutes } from './backend-routes.ts';
import { registerBotRoutes } from './bot-routes.ts';
import { registerBreakoutRoutes } from './breakout-routes.ts';
import { registerCallRoutes } from './call-routes.ts';
import { registerCapabilityRoutes } from './capability-routes.ts';
import { registerBodyLimits } from './body-limits.ts';
import { registerChatRoutes } from './chat-routes.ts';
import { endConnections, fastifyOptions, type HttpOptions } from './http-server.ts';
import { identifyGuests } from './identity.ts';
import { registerInternalSignaling } from './internal-routes.ts';
import { registerModerationRoutes } from './moderation-routes.ts';
import { registerMetrics } from './metrics-route.ts';
import { acceptBodies, answerErrors, envelope, sendOcs } from './ocs.ts';
import { registerPollRoutes } from './poll-routes.ts';
import { registerReactionRoutes } from './reaction-routes.ts';
import { logRequests } from './request-ids.ts';
import { registerRoomRoutes } from './room-routes.ts';
import { registerRoomSettingsRoutes } from './room-settings-routes.ts';
import { createClaims, registerRoostRoutes, serveModeratorLinks } from './roost-routes.ts';
import { addSecurityHeaders } from './security-headers.ts';
import type { Metrics } from '../metrics.ts';
import { socketPaths } from '../signaling/socket-server.ts';
import { networkOf } from '../network.ts';
import type { Services } from './services.ts';
import { answerWithoutUpgrade } from './socket-address.ts';
import { registerSettingsRoutes } from './settings-routes.ts';
import { registerSignalingBackend } from './signaling-backend-routes.ts';
import { guardTokens } from './token-guard.ts';
import { serveWebClient } from './web-client.ts';

export interface AppOptions extends HttpOptions {
	services: Services;
	metrics: Metrics;
	webDirectory: string;
}

/** Everything that is answered over http. The caller makes it listen, and closes it with `closeApp`. */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
	const { services, metrics, webDirectory, isTrustedProxy } = options;
	const app = fastify({
		...fastifyOptions(options),
		// an address that cannot be decoded belongs to no part of the server
		frameworkErrors(_error, { url }, { raw }) {
			const [type, text] = url.startsWith('/ocs')
				? ['application/json; charset=utf-8', JSON.stringify(envelope(400, null))]
				: ['text/plain', 'Bad request'];
			// no hook runs for an address that no route can be looked up for
			const guard = { 'X-Content-Type-Options': 'nosniff', 'Content-Security-Policy': "default-src 'none'" };
			raw.writeHead(400, { 'Content-Type': type, ...guard }).end(text);
		}
	});
	logRequests(app);
	endConnections(app, () => {
		services.waiters.stop();
		services.internal?.pulls.stop();
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
		for (const path of socketPaths) answerWithoutUpgrade(app, path);
		// below the address of the socket, where a Nextcloud would look, and at the root of the host
		for (const prefix of ['/signaling/api/v1', '/api/v1']) {
			await app.register(async (api) => registerSignalingBackend(api, signaling, services), { prefix });
		}
	}
	const claim = createClaims(services);
	await app.register((ocs) => registerOcs(ocs, services, claim), { prefix: '/ocs' });
	await app.register(async (links) => serveModeratorLinks(links, services, claim));
	serveGuestAvatars(app);
	await serveWebClient(app, webDirectory, join(config.dataDir, 'former-client'));
	return app;
}

async function registerOcs(
	app: FastifyInstance,
	services: Services,
	claim: ReturnType<typeof createClaims>
): Promise<void> {
	answerErrors(app);
	acceptBodies(app);
	registerBodyLimits(app);
	await app.register(rateLimit, {
		max: services.bounds.requestsPerMinute,
		timeWindow: 60_000,
		keyGenerator: ({ ip }) => networkOf(ip),
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
	registerPollRoutes(app, services);
	registerBotRoutes(app, services);
	registerBreakoutRoutes(app, services);
	registerSettingsRoutes(app, services);
	registerInternalSignaling(app, services);
}
