import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import * as v from 'valibot';
import { parseCapabilities } from '../../../src/lib/protocol/capabilities.ts';
import { parseOcs } from '../../../src/lib/protocol/ocs.ts';
import { objectOf } from '../../../src/lib/protocol/wire.ts';
import { proofOf } from '../../backend/checksum.ts';
import type { Bounds, Timings } from '../../bounds.ts';
import { serverFeatures, version } from '../frames.ts';
import { createTurns } from './turns.ts';

/** Words of a backend that a client is told; others are as good as none. */
const PassedOn = v.picklist([
	'duplicate_session',
	'invalid_request',
	'invalid_ticket',
	'no_such_room',
	'no_such_user'
]);
type BackendCode = v.InferOutput<typeof PassedOn>;

const Failure = v.object({
	type: v.literal('error'),
	error: v.object({
		code: v.optional(v.fallback(v.nullable(PassedOn), null), null),
		message: v.optional(v.string(), '')
	})
});
const AuthAnswer = v.object({
	type: v.literal('auth'),
	auth: v.object({ userid: v.nullish(v.string(), ''), user: v.optional(v.unknown()) })
});
const RoomAnswer = v.object({
	type: v.literal('room'),
	room: v.object({
		properties: v.nullish(objectOf(v.record(v.string(), v.unknown())), {}),
		/** absent: everything */
		permissions: v.nullish(v.array(v.string())),
		session: v.nullish(objectOf(v.object({ userid: v.nullish(v.string(), '') })), {})
	})
});
const PingAnswer = v.object({ type: v.string() });

/** Somebody as the others are shown them. */
export const ShownUser = objectOf(v.looseObject({ displayname: v.optional(v.string()) }));
export type ShownUser = v.InferOutput<typeof ShownUser>;

/** What a backend has not answered as it has to: it was late, unreachable, or said something else. */
export class BackendFailure extends Error {
	override readonly name = 'BackendFailure';
}

/** What a backend said no with; `code` is undefined for words that are not passed on. */
interface BackendRefusal {
	refused: BackendCode | undefined;
	message: string;
}

export interface BackendAddress {
	/** what all its addresses begin with, without a slash at the end */
	base: string;
	/** where it is asked: what a hello named */
	endpoint: string;
}

/** Somebody who is in a room. */
export interface PingEntry {
	userid?: string;
	sessionid: string;
}

interface Dependencies {
	secret: string;
	timings: Pick<Timings, 'backendTimeoutMs' | 'backendLookMs'>;
	bounds: Pick<Bounds, 'backendRequests' | 'waitingBackendRequests' | 'backendAnswerBytes'>;
	/** milliseconds since 1970 */
	now: () => number;
	log: Logger;
}

interface Seen {
	/** milliseconds since 1970 */
	at: number;
	key: KeyObject | undefined;
	hasThirdVersion: boolean;
	/** how many sessions it takes in one ping, of whichever rooms; undefined: those of one room */
	pingEntries: number | undefined;
}

/** Where a Nextcloud of any age has what a signaling server asks. */
const talkPath = /\/spreed\/api\/v[12]\/signaling\//;

const PingLimit = v.object({
	capabilities: v.object({
		spreed: v.object({
			config: v.object({
				signaling: v.object({ 'session-ping-limit': v.pipe(v.number(), v.integer(), v.minValue(1)) })
			})
		})
	})
});
const usualPingEntries = 100;
const mostLooks = 100;

/**
 * Asks one backend: who somebody is, whether they may be in a room, and tells it who is still there. Every request is proven
 * by the common secret; redirects are not followed; what comes back is read by a schema.
 */
export function createBackendClient({ secret, timings, bounds, now, log }: Dependencies) {
	const over = new AbortController();
	const turns = createTurns(bounds.backendRequests, bounds.waitingBackendRequests);
	// whoever comes does not wait behind all who are there
	const pingTurns = createTurns(Math.ceil(bounds.backendRequests / 2), Infinity);
	const looks = new Map<string, { seen: Seen; looking?: Promise<Seen> }>();

	/** @throws {BackendFailure} */
	async function request(url: string, init: RequestInit): Promise<{ statusCode: number; data: unknown }> {
		const turn = turns.take();
		if (!turn) throw new BackendFailure('too many requests wait already');
		await turn;
		try {
			const response = await fetch(url, {
				...init,
				redirect: 'error',
				headers: {
					accept: 'application/json',
					'ocs-apirequest': 'true',
					'user-agent': `nextcloud-spreed-signaling/${version}`,
					'x-spreed-signaling-features': serverFeatures.join(', '),
					...(init.headers as Record<string, string> | undefined)
				},
				signal: AbortSignal.any([over.signal, AbortSignal.timeout(timings.backendTimeoutMs)])
			});
			const text = await textOf(response, bounds.backendAnswerBytes);
			if (!response.ok) throw new BackendFailure(`answered with status ${response.status}`);
			if (response.headers.get('content-type')?.startsWith('application/json') !== true)
				throw new BackendFailure('answered with something else than JSON');
			return parseOcs(JSON.parse(text));
		} catch (error) {
			if (error instanceof BackendFailure) throw error;
			throw new BackendFailure('did not answer, or not in the words of the protocol', { cause: error });
		} finally {
			turns.giveBack();
		}
	}

	/** @throws {BackendFailure} */
	async function ask<Schema extends v.GenericSchema>(
		address: BackendAddress,
		question: object,
		schema: Schema
	): Promise<v.InferOutput<Schema> | BackendRefusal> {
		const { hasThirdVersion } = await look(address.base);
		const url = hasThirdVersion
			? address.endpoint.replace(talkPath, '/spreed/api/v3/signaling/')
			: address.endpoint;
		const body = JSON.stringify(question);
		const { statusCode, data } = await request(url, {
			method: 'POST',
			body,
			headers: { 'content-type': 'application/json', ...proofOf(secret, body) }
		});
		if (statusCode === 429) throw new BackendFailure('wants to be asked less');
		const failure = v.safeParse(Failure, data);
		if (failure.success) {
			const { code, message } = failure.output.error;
			return { refused: code ?? undefined, message };
		}
		const answer = v.safeParse(schema, data);
		if (!answer.success) throw new BackendFailure('answered with something else');
		return answer.output;
	}

	/** What it can do, no older than a minute; what was seen before while it cannot be asked. */
	async function look(base: string): Promise<Seen> {
		const known = looks.get(base);
		if (known && now() - known.seen.at < timings.backendLookMs) return known.seen;
		if (known?.looking) return known.looking;
		const before = known?.seen ?? {
			at: 0,
			key: undefined,
			hasThirdVersion: false,
			pingEntries: undefined
		};
		const looking = capabilitiesOf(base)
			.catch((error: unknown) => {
				log.info({ backend: base, err: error }, 'the capabilities of a backend could not be had');
				return before;
			})
			.then((seen) => {
				const fresh = { ...seen, at: now() };
				looks.set(base, { seen: fresh });
				return fresh;
			});
		looks.set(base, { seen: before, looking });
		// a backend on any port has as many addresses as somebody names
		const [oldest] = looks.keys();
		if (looks.size > mostLooks && oldest !== undefined) looks.delete(oldest);
		return looking;
	}

	async function capabilitiesOf(base: string): Promise<Seen> {
		const { data } = await request(`${base}/ocs/v2.php/cloud/capabilities`, { method: 'GET' });
		const spreed = parseCapabilities(data);
		const limit = v.safeParse(PingLimit, data);
		return {
			at: now(),
			key: keyIn(spreed?.config.signaling['hello-v2-token-key']),
			hasThirdVersion: spreed?.features.includes('signaling-v3') ?? false,
			pingEntries: limit.success
				? limit.output.capabilities.spreed.config.signaling['session-ping-limit']
				: undefined
		};
	}

	/** Once: the next time is soon. */
	async function tell(address: BackendAddress, roomid: string, entries: readonly PingEntry[]): Promise<void> {
		await pingTurns.take();
		try {
			await ask(address, { type: 'ping', ping: { version: '1.0', roomid, entries } }, PingAnswer);
		} catch (error) {
			if (!(error instanceof BackendFailure)) throw error;
			log.info({ err: error, backend: address.base }, 'a backend could not be told who is there');
		} finally {
			pingTurns.giveBack();
		}
	}

	return {
		/** Whether a hello 1.0 says the truth. @param params as the client said them */
		authenticate: (address: BackendAddress, params: unknown) =>
			ask(address, { type: 'auth', auth: { version: '1.0', params } }, AuthAnswer),
		/** The key that tokens of a hello 2.0 are signed with; undefined if there is none. */
		helloKey: async (base: string): Promise<KeyObject | undefined> => (await look(base)).key,
		/** Looks anew for the key, which may have been changed; once in a while. @returns whether it was due */
		async lookAgain(base: string): Promise<boolean> {
			const known = looks.get(base);
			if (!known || known.looking || now() - known.seen.at < timings.backendLookMs / 6) return false;
			looks.set(base, { seen: { ...known.seen, at: 0 } });
			await look(base);
			return true;
		},
		enter: (address: BackendAddress, room: { roomid: string; userid: string; sessionid: string }) =>
			ask(address, { type: 'room', room: { version: '1.0', ...room } }, RoomAnswer),
		leave: (address: BackendAddress, room: { roomid: string; userid: string; sessionid: string }) =>
			ask(address, { type: 'room', room: { version: '1.0', ...room, action: 'leave' } }, RoomAnswer),
		/** Who is in which room, so that they count as there. Without a limit a backend wants to know the room. */
		async ping(address: BackendAddress, present: ReadonlyMap<string, readonly PingEntry[]>): Promise<void> {
			const { pingEntries } = await look(address.base);
			const rooms = pingEntries === undefined ? [...present] : [['', [...present.values()].flat()] as const];
			const most = pingEntries ?? usualPingEntries;
			await Promise.all(
				rooms.flatMap(([roomid, entries]) =>
					partsOf(entries, most).map((some) => tell(address, roomid, some))
				)
			);
		},
		stop: () => over.abort()
	};
}
export type BackendClient = ReturnType<typeof createBackendClient>;

const partsOf = <Item>(items: readonly Item[], most: number): Item[][] =>
	Array.from({ length: Math.ceil(items.length / most) }, (_, index) =>
		items.slice(index * most, (index + 1) * most)
	);

/** PEM, or the 32 bytes of an Ed25519 key in base64, bare or as PEM. */
function keyIn(text: string | undefined): KeyObject | undefined {
	if (text === undefined || text === '') return undefined;
	try {
		const bare = Buffer.from(text.replace(/-----[^-]+-----/g, '').replace(/\s/g, ''), 'base64');
		return bare.length === 32
			? createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: bare.toString('base64url') }, format: 'jwk' })
			: createPublicKey(text);
	} catch {
		return undefined;
	}
}

/** @throws {BackendFailure} beyond `most` bytes */
async function textOf(response: Response, most: number): Promise<string> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
		size += chunk.length;
		if (size > most) throw new BackendFailure('answered with too much');
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString();
}
