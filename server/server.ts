import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import * as v from 'valibot';
import { RoomToken } from '../src/lib/protocol/ids.ts';
import { createBackend } from './backend/backend.ts';
import { defaultBounds, defaultTimings, type Bounds, type Timings } from './bounds.ts';
import { ConfigError, type Config } from './config.ts';
import { createApp } from './http/app.ts';
import { createChatWaiters } from './http/chat-waiters.ts';
import { createPulls } from './http/internal-pulls.ts';
import { findWebClient } from './http/web-client.ts';
import { listenError, localUrl, portOf } from './listening.ts';
import { createTrust } from './network.ts';
import { createCalls } from './rooms/calls.ts';
import { createChat } from './rooms/chat.ts';
import { createDoors } from './rooms/doors.ts';
import { createMembership } from './rooms/membership.ts';
import { createPresence } from './rooms/presence.ts';
import { createSignals } from './rooms/signals.ts';
import type { World } from './rooms/world.ts';
import { createHelloProof } from './signaling/hello-proof.ts';
import { createHub } from './signaling/hub.ts';
import { attachSockets, refuseSockets } from './signaling/socket-server.ts';
import { openDataDirectory } from './storage/data-directory.ts';
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
	const { storage, secrets } = openStorage(config.dataDir);
	const presence = createPresence(now, timings);
	const waiters = createChatWaiters();
	const world: World = {
		storage,
		presence,
		now,
		random: randomBytes,
		announce(news) {
			(backend ?? hub).announce(news);
			waiters.announce(news);
			if (internal) internal.pulls.announce(news);
		}
	};
	const membership = createMembership(world);
	const hub = createHub({ storage, membership, presence, timings, bounds, log });
	const proof = createHelloProof(secrets, now);
	const { signaling, publicUrl } = config;
	const core = { storage, membership, presence, timings, bounds, log };
	const backend = signaling && createBackend({ ...core, signaling, publicUrl, proof });
	const internal = config.signalingMode === 'internal' && {
		signals: createSignals(world, membership, {
			count: bounds.queuedFrames,
			characters: bounds.queuedBytes,
			listedMs: timings.listedMs
		}),
		pulls: createPulls(),
		pullMs: timings.pullMs
	};
	const isTrustedProxy = createTrust(config.trustedProxies);

	if (!storage.roomByToken(demo.token)) membership.createRoom(demo.name, null, demo.token);
	membership.resumeAfterRestart(timings.resumeMs);
	const doors = createDoors(world);
	doors.openDue();

	const app = await createApp({
		services: {
			config,
			storage,
			presence,
			membership,
			calls: createCalls(world),
			doors,
			chat: createChat(world),
			waiters,
			proof,
			...(backend && { backend }),
			...(internal && { internal }),
			bounds,
			now,
			demoToken: demo.token
		},
		webDirectory,
		isTrustedProxy,
		tls: config.tls && readTls(config.tls),
		log
	});
	const publicHost = config.publicUrl && new URL(config.publicUrl).host;
	const elsewhere = internal ? '/ocs/v2.php/apps/spreed/api/v3/signaling/' : signaling?.url;
	const sockets = elsewhere
		? refuseSockets(app.server, elsewhere)
		: attachSockets(app.server, {
				hub,
				proof,
				timings,
				bounds,
				now,
				log,
				isTrustedProxy,
				publicHost
			});
	const sweeper = setInterval(() => {
		try {
			membership.sweep();
			doors.openDue();
		} catch (error) {
			log.error({ err: error }, 'overdue sessions could not be ended, or lobbies opened');
		}
	}, timings.sweepMs);
	const unwatch = watchTls(config.tls, app.server, timings.tlsLookMs, log);

	const stop = async () => {
		clearInterval(sweeper);
		unwatch();
		hub.stop();
		backend?.stop();
		if (internal) internal.pulls.stop();
		waiters.stop();
		await sockets.close();
		await app.close();
		storage.close();
	};
	try {
		await app.listen({ port: config.port, host: config.host });
	} catch (error) {
		await stop();
		throw listenError(error, config);
	}
	const port = portOf(app.server);
	return { url: config.publicUrl ?? localUrl(config, port), port, stop };
}

/** @throws {ConfigError} if the directory cannot be used */
function openStorage(dataDir: string) {
	try {
		const { databaseFile, secrets } = openDataDirectory(dataDir);
		return { secrets, storage: createSqliteStorage(openDatabase(databaseFile)) };
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		const takes =
			error instanceof NewerDatabaseError
				? `a directory that a newer Roost has not written to (${why})`
				: `a directory that can be written to (${why})`;
		throw new ConfigError('ROOST_DATA_DIR', JSON.stringify(dataDir), takes);
	}
}
