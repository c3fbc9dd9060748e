import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import * as v from 'valibot';
import type { ClientFrame } from '../../../src/lib/protocol/client-frame.ts';
import type { RoomToken } from '../../../src/lib/protocol/ids.ts';
import { HelloV2Params } from '../../../src/lib/protocol/signaling-settings.ts';
import type { Bounds, Timings } from '../../bounds.ts';
import type { BackendConfig } from '../../config-backends.ts';
import { digestOf } from '../../log.ts';
import type { SignalingMetrics } from '../../metrics.ts';
import type { Connection } from '../connection.ts';
import type { ErrorCode } from '../error-frame.ts';
import type { SessionDoor } from '../session-door.ts';
import type { OrderAnswer } from '../room-orders.ts';
import { BackendFailure, createBackendClient, ShownUser, type BackendAddress } from './backend-client.ts';
import { createForeignHub, type ForeignHub, type ForeignSession, type Person } from './foreign-hub.ts';
import { obeyBackend } from './foreign-orders.ts';
import { readToken } from './foreign-proof.ts';
import { createSessionIds, type SessionIdKeys } from './session-ids.ts';

type HelloRequest = Extract<ClientFrame, { type: 'hello' }>['hello'];
type Authenticate = Extract<HelloRequest, { auth: object }>;
type Refused = { code: ErrorCode; message: string };

interface Dependencies {
	backends: readonly BackendConfig[];
	keys: SessionIdKeys;
	timings: Timings;
	bounds: Bounds;
	/** how many sessions there are without those of other backends */
	ownSessions: () => number;
	/** milliseconds since 1970 */
	now: () => number;
	metrics: SignalingMetrics;
	log: Logger;
}

/** Where a Nextcloud has what a signaling server asks, in all versions of it. */
const talkPath = /^\/ocs\/v2\.php\/apps\/spreed\/api\/v[123]\/signaling\/backend$/;
/** Where one is asked that is named by its host alone; in the version that it has. */
const usualPath = '/ocs/v2.php/apps/spreed/api/v1/signaling/backend';

/**
 * Other servers that this one does the signaling for, each with sessions and rooms of its own. Addresses come from the
 * configuration and from nowhere else: whatever a hello names has to be one of these, and only these are asked.
 */
export function createForeignBackends(dependencies: Dependencies) {
	const { backends, keys, timings, bounds, ownSessions, now, log } = dependencies;
	const ids = createSessionIds(keys);
	const count = () => all.reduce((sum, { hub }) => sum + hub.count(), 0);
	const isFull = () => ownSessions() + count() >= bounds.sessions;
	const all = backends.map((config) => {
		const client = createBackendClient({ ...dependencies, secret: config.secret });
		const backendId = createHash('sha256').update(config.base).digest('hex').slice(0, 16);
		const hub = createForeignHub({ ...dependencies, backendId, client, ids, isFull });
		return { config, backendId, client, hub };
	});
	type Foreign = (typeof all)[number];
	const timer = setInterval(() => {
		for (const { hub } of all) hub.ping();
	}, timings.backendPingMs);

	/** Whom a client names in its hello, and where it is asked: the very address, or Talk's path below it. */
	function named(given: string): { foreign: Foreign; address: BackendAddress } | undefined {
		const url = URL.canParse(given) ? new URL(given) : undefined;
		if (!url) return undefined;
		for (const foreign of all) {
			const base = baseIn(foreign.config, url);
			if (base === undefined) continue;
			const rest = url.href.slice(base.length);
			if (rest === '' || rest === '/') {
				const endpoint = new URL(base).pathname === '/' ? base + usualPath : base;
				return { foreign, address: { base, endpoint } };
			}
			if (talkPath.test(rest)) return { foreign, address: { base, endpoint: url.href } };
		}
		return undefined;
	}

	/** @returns undefined for the address of nobody in the configuration: it is this server's own business then */
	function greet(hello: Authenticate, connection: Connection) {
		const found = named(hello.auth.url);
		if (!found) return undefined;
		const { foreign, address } = found;
		return {
			async open(): Promise<SessionDoor | Refused> {
				const checked = await check(foreign, address, hello).catch((error: unknown) => {
					if (!(error instanceof BackendFailure)) throw error;
					log.warn(
						{ err: error, backend: foreign.config.base },
						'a backend could not be asked about a hello'
					);
					return { code: 'auth_failed', message: 'the server of the rooms did not answer' } as const;
				});
				if ('code' in checked) return checked;
				if (!connection.isOpen()) return { code: 'auth_failed', message: 'gone' };
				const session = foreign.hub.open(checked, address, hello.features ?? [], connection);
				return session
					? doorOf(foreign.hub, session)
					: { code: 'session_limit_exceeded', message: 'there are too many sessions' };
			}
		};
	}

	/** @throws {BackendFailure} */
	async function check(
		{ client }: Foreign,
		address: BackendAddress,
		{ version, auth }: Authenticate
	): Promise<Person | Refused> {
		if (version === '2.0') {
			const params = v.safeParse(HelloV2Params, auth.params);
			if (!params.success) return { code: 'invalid_token', message: 'there is no token' };
			const { token } = params.output;
			let read = await readBy(await client.helloKey(address.base), token);
			// its key may be another one by now
			if ('refused' in read && read.refused === 'invalid_token' && (await client.lookAgain(address.base))) {
				read = await readBy(await client.helloKey(address.base), token);
			}
			return 'refused' in read ? { code: read.refused, message: 'the proof does not hold' } : read;
		}
		if (version !== '1.0') return { code: 'invalid_hello_version', message: 'versions are 1.0 and 2.0' };
		const answer = await client.authenticate(address, auth.params);
		if ('refused' in answer) {
			return { code: answer.refused ?? 'auth_failed', message: answer.message || 'the proof does not hold' };
		}
		const user = v.safeParse(ShownUser, answer.auth.user);
		return { userId: answer.auth.userid, user: user.success ? user.output : undefined };
	}

	const readBy = async (key: Awaited<ReturnType<Foreign['client']['helloKey']>>, token: string) =>
		key ? readToken(token, key, now()) : ({ refused: 'invalid_token' } as const);

	return {
		/** Whose pages may open sockets here. */
		hosts: backends.filter(({ anyPort }) => !anyPort).map(({ base }) => new URL(base).host),
		greet,
		/** Whether the address is that of another backend. */
		isNamed: (url: string) => named(url) !== undefined,
		/** @returns undefined if no backend has such a session */
		resume(resumeId: string, connection: Connection): SessionDoor | undefined {
			const meant = ids.decodePrivate(resumeId);
			const foreign = meant && all.find(({ backendId }) => backendId === meant.backendId);
			if (!meant || !foreign) return undefined;
			const session = foreign.hub.resume(resumeId, meant, connection);
			return session && doorOf(foreign.hub, session);
		},
		/**
		 * Orders are for the rooms of the one who gives them.
		 * @param base what says of itself who gives them, as in `Spreed-Signaling-Backend`
		 */
		ordersOf: (base: string) => {
			const found = named(base);
			return (
				found && {
					secret: found.foreign.config.secret,
					carryOut(token: RoomToken, raw: unknown): OrderAnswer | undefined {
						log.info({ room: digestOf(token), backend: found.address.base }, 'order of a backend for a room');
						return obeyBackend(found.foreign.hub, token, raw);
					}
				}
			);
		},
		count,
		/** How much there is of each, in the order of the configuration. */
		stats: () => all.map(({ config, hub }) => ({ backend: config.base, ...hub.stats() })),
		stop(): void {
			clearInterval(timer);
			for (const { client, hub } of all) {
				hub.stop();
				client.stop();
			}
		}
	};
}
export type ForeignBackends = ReturnType<typeof createForeignBackends>;

/** What all addresses of this backend begin with, if the url is one of these. */
function baseIn({ base, anyPort }: BackendConfig, url: URL): string | undefined {
	if (!anyPort) return isBelow(url.href, base) ? base : undefined;
	const { protocol, hostname, pathname } = new URL(base);
	const onItsPort = `${protocol}//${hostname}${url.port === '' ? '' : `:${url.port}`}${pathname.replace(/\/$/, '')}`;
	return isBelow(url.href, onItsPort) ? onItsPort : undefined;
}

const isBelow = (href: string, base: string) => href === base || href.startsWith(`${base}/`);

const doorOf = (hub: ForeignHub, session: ForeignSession): SessionDoor => ({
	session,
	userId: session.userId,
	relay: (request) => hub.relay(session, request),
	share: (request) => hub.share(session, request),
	changeRoom: (request) => hub.changeRoom(session, request),
	obeyInternal: ({ id }) => session.refuse(id, 'ignored', 'this is for internal clients'),
	catchUp: () => hub.catchUp(session),
	sayBye: (id) => hub.sayBye(session, id),
	disconnected: (connection, isPageGone) => hub.disconnected(session, connection, isPageGone)
});
