import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import * as v from 'valibot';
import { RoomToken } from '../src/lib/protocol/ids.ts';
import { createBackend } from './backend/backend.ts';
import { createWebhooks } from './bots/webhooks.ts';
import { defaultBounds, defaultTimings, type Bounds, type Timings } from './bounds.ts';
import { ConfigError, type Config } from './config.ts';
import { createApp } from './http/app.ts';
import { createChatWaiters } from './http/chat-waiters.ts';
import { closeApp } from './http/http-server.ts';
import { createPulls } from './http/internal-pulls.ts';
import { createRequestIds } from './http/request-ids.ts';
import { findWebClient } from './http/web-client.ts';
import { listenError, localUrl, portOf } from './listening.ts';
import { createMetrics } from './metrics.ts';
import { createTrust } from './network.ts';
import { createBuckets } from './rate.ts';
import { createBots } from './rooms/bots.ts';
import { createBans } from './rooms/bans.ts';
import { createBreakout } from './rooms/breakout.ts';
import { createPolls } from './rooms/polls.ts';
import { createCalls } from './rooms/calls.ts';
import { createChat } from './rooms/chat.ts';
import { createDoors } from './rooms/doors.ts';
import { createMembership } from './rooms/membership.ts';
import { createModeratorLinks } from './rooms/moderator-link.ts';
import { createParticipants } from './rooms/participants.ts';
import { createPresence } from './rooms/presence.ts';
import { createReactions } from './rooms/reactions.ts';
import { createRetention } from './rooms/retention.ts';
import { createSettings } from './rooms/settings.ts';
import { createSignals } from './rooms/signals.ts';
import type { World } from './rooms/world.ts';
import { createHelloProof } from './signaling/hello-proof.ts';
import { createForeignBackends } from './signaling/foreign/foreign-backends.ts';
import { createHub } from './signaling/hub.ts';
import { createRoomOrders } from './signaling/room-orders.ts';
import { attachSockets, refuseSockets } from './signaling/socket-server.ts';
import { makeDataDirectory, openDataDirectory } from './storage/data-directory.ts';
import { DirectoryInUseError, lockDataDirectory } from './storage/data-lock.ts';
import { NewerDatabaseError, openDatabase } from './storage/open-database.ts';
import { createSqliteStorage } from './storage/sqlite-storage.ts';
import { readTls, watchTls } from './tls-files.ts';

export interface ServerOptions {
	log: Logger;
	/** shorter or tighter than usual, for tests */
	timings?: Partial<Timings>;
	bounds?: Partial<Bounds>;
	/** milliseconds since 1970 */
	now?: () => number;
	/** where the built client is; found by itself if absent */
	webDirectory?: string;
}

export interface RunningServer {
	/** address for people, of this machine or as configured */
	url: string;
	port: number;
	/** Sends clients away, with the code that makes them come back, and closes everything. */
	stop(): Promise<void>;
}

const demo = { token: v.parse(RoomToken, 'demo'), name: 'Demo' };

/**
 * Starts the embedded server and waits until it listens.
 * @throws {ConfigError} if the data directory, the host or the port cannot be used
 */
export async function startServer(config: Config, options: ServerOptions): Promise<RunningServer> {
	const { log, now = Date.now } = options;
	const timings = { ...defaultTimings, ...options.timings };
	const bounds = { ...defaultBounds, ...options.bounds };
	const webDirectory = options.webDirectory ?? findWebClient();
	const { storage, secrets, unlock } = await openStorage(config.dataDir, timings.dataFreeMs);
	// a clock that was given passes evenly; that of the machine may be set
	const presence = createPresence(now, timings, options.now ?? (() => performance.now()));
	const waiters = createChatWaiters();
	const world: World = {
		storage,
		presence,
		now,
		random: randomBytes,
		announce(news) {
			for (const hearer of [backend ?? hub, waiters, ...(internal ? [internal.pulls] : []), webhooks]) {
				try {
					hearer.announce(news);
				} catch (error) {
					// the change is stored: neither who asked for it nor the others may suffer
					log.error({ err: error, news: news.type }, 'what happened in a room could not be told');
				}
			}
		}
	};
	const membership = createMembership(world);
	const metrics = createMetrics();
	const otherSessions = (): number => foreign.count();
	const hub = createHub({ storage, membership, presence, timings, bounds, otherSessions, now, metrics, log });
	const foreign = createForeignBackends({
		backends: config.backends,
		keys: secrets.sessionIdKeys,
		timings,
		bounds,
		ownSessions: () => hub.stats().sessions,
		now,
		metrics,
		log
	});
	const proof = createHelloProof(secrets, now);
	const { signaling, publicUrl } = config;
	const core = { storage, membership, presence, timings, bounds, log };
	const backend = signaling && createBackend({ ...core, signaling, publicUrl, proof });
	const internal = config.signalingMode === 'internal' && {
		signals: createSignals(world, {
			count: bounds.queuedFrames,
			characters: bounds.queuedBytes,
			ofOne: { count: bounds.queuedFramesOfOne, characters: bounds.queuedBytesOfOne },
			listedMs: timings.listedMs
		}),
		pulls: createPulls(),
		pullMs: timings.pullMs
	};
	const webhooks = createWebhooks({ storage, ownUrl, timings, bounds, now, log });
	const chat = createChat(world);
	const bots = createBots(world);
	const isTrustedProxy = createTrust(config.trustedProxies);
	const requestIds = createRequestIds(isTrustedProxy);

	if (!storage.roomByToken(demo.token)) membership.createRoom(demo.name, null, demo.token);
	membership.resumeAfterRestart(timings.resumeMs);
	const doors = createDoors(world);
	const calls = createCalls(world);
	const hasSocket = !signaling && config.signalingMode === 'socket';
	const orders = createRoomOrders({ hub, storage, calls, membership, presence, log });
	doors.openDue();
	const forget = createRetention(world, {
		...(config.roomRetentionDays !== undefined && { roomDays: config.roomRetentionDays }),
		messagesPerRoom: bounds.messagesPerRoom,
		keptToken: demo.token
	});
	metrics.watch('roost_rooms', () => storage.census().rooms);
	metrics.watch('roost_room_sessions', () => storage.census().sessions);
	metrics.watch('roost_signaling_sessions', () => hub.stats().sessions + foreign.count());
	metrics.watch('roost_calls', () => storage.census().calls);
	metrics.watch('roost_call_sessions', () => storage.census().inCall);
	const forgetAndTell = () => {
		const forgotten = forget();
		if (forgotten.rooms + forgotten.messages > 0) log.info(forgotten, 'what is not kept was deleted');
	};
	forgetAndTell();

	const app = await createApp({
		services: {
			config,
			storage,
			presence,
			membership,
			calls,
			doors,
			settings: createSettings(world, demo.token),
			participants: createParticipants(world),
			bans: createBans(world),
			breakout: createBreakout(world),
			polls: createPolls(world, bounds),
			links: createModeratorLinks(world),
			chat,
			reactions: createReactions(world),
			bots,
			writing: createBuckets(bounds.chatBurst, bounds.chatPerSecond, now),
			pollLooks: createBuckets(bounds.pollBurst, bounds.pollsPerSecond, now),
			waiters,
			proof,
			...(backend && { backend }),
			...(internal && { internal }),
			...(hasSocket && {
				signaling: {
					secret: secrets.backendSecret,
					carryOut: orders.carryOut,
					ordersOf: foreign.ordersOf,
					stats: () => ({ ...hub.stats(), ...(config.backends.length > 0 && { backends: foreign.stats() }) })
				}
			}),
			bounds,
			now,
			demoToken: demo.token
		},
		metrics,
		webDirectory,
		isTrustedProxy,
		requestIds,
		tls: config.tls && readTls(config.tls),
		timings,
		bounds,
		log
	});
	const publicHost = config.publicUrl && new URL(config.publicUrl).host;
	const elsewhere = internal ? '/ocs/v2.php/apps/spreed/api/v3/signaling/' : signaling?.url;
	const sockets = elsewhere
		? refuseSockets(app.server, elsewhere)
		: attachSockets(app.server, {
				hub,
				foreign,
				proof,
				timings,
				bounds,
				now,
				metrics,
				log,
				isTrustedProxy,
				requestIds,
				publicHost
			});
	metrics.watch('roost_signaling_sockets', () => sockets.count());
	const sweeper = setInterval(() => {
		try {
			membership.sweep();
			doors.openDue();
			chat.removeExpired();
			bots.forgetSignatures();
		} catch (error) {
			log.error({ err: error }, 'overdue sessions could not be ended, or lobbies opened');
		}
	}, timings.sweepMs);
	const forgetter = setInterval(() => {
		try {
			forgetAndTell();
		} catch (error) {
			log.error({ err: error }, 'what is not kept could not be deleted');
		}
	}, timings.retentionMs);
	const unwatch = watchTls(config.tls, app.server, timings.tlsLookMs, log);

	/** of this machine, unless a public one is configured */
	function ownUrl(): string {
		return config.publicUrl ?? localUrl(config, portOf(app.server));
	}
	const stop = async () => {
		clearInterval(sweeper);
		clearInterval(forgetter);
		unwatch();
		// from here on nobody is let in, and whoever waits for news is answered
		const closed = closeApp(app, timings.drainMs);
		hub.stop();
		foreign.stop();
		await sockets.close();
		await closed;
		backend?.stop();
		webhooks.stop();
		storage.close();
		unlock();
	};
	try {
		await app.listen({ port: config.port, host: config.host });
	} catch (error) {
		await stop();
		throw listenError(error, config);
	}
	return { url: ownUrl(), port: portOf(app.server), stop };
}

/**
 * @param withinMs how long a server that has the directory is waited for
 * @throws {ConfigError} if the directory cannot be used
 */
async function openStorage(dataDir: string, withinMs: number) {
	let unlock: (() => void) | undefined;
	try {
		makeDataDirectory(dataDir);
		unlock = await lockDataDirectory(dataDir, withinMs);
		const { databaseFile, secrets } = openDataDirectory(dataDir);
		return { secrets, storage: createSqliteStorage(openDatabase(databaseFile)), unlock };
	} catch (error) {
		unlock?.();
		throw new ConfigError('ROOST_DATA_DIR', JSON.stringify(dataDir), directoryInsteadOf(error));
	}
}

function directoryInsteadOf(error: unknown): string {
	const why = error instanceof Error ? error.message : String(error);
	if (error instanceof DirectoryInUseError) return `a directory of its own (${why})`;
	if (error instanceof NewerDatabaseError)
		return `a directory that a newer Roost has not written to (${why})`;
	return `a directory that can be written to (${why})`;
}
