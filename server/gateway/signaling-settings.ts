import type { Readable } from 'node:stream';
import * as v from 'valibot';
import { RoomToken } from '../../src/lib/protocol/ids.ts';
import { parseOcs } from '../../src/lib/protocol/ocs.ts';
import { parseSignalingSettings } from '../../src/lib/protocol/signaling-settings.ts';
import { upstreamError, UpstreamError, type Upstream } from './upstream.ts';

const settingsPath = '/ocs/v2.php/apps/spreed/api/v3/signaling/settings';
const answerBytes = 256 * 1024;
/** Rooms whose signaling server is remembered; it is asked for again when a forgotten one is needed. */
const rememberedRooms = 10_000;

const Answer = v.looseObject({ ocs: v.looseObject({ data: v.looseObject({}) }) });

/**
 * Which signaling server each room has, as the upstream says. Browsers reach all of them through the gateway, at
 * `/signaling/<token>/spreed`: so the page needs to talk to its own origin only, whatever the upstream has behind it.
 */
export function createSignalingTargets(upstream: Upstream) {
	const targets = new Map<RoomToken, URL>();

	function remember(token: RoomToken, target: URL): void {
		targets.delete(token);
		targets.set(token, target);
		for (const oldest of targets.keys()) {
			if (targets.size <= rememberedRooms) break;
			targets.delete(oldest);
		}
	}

	return {
		/**
		 * @param answer the envelope with the settings
		 * @param room as it was asked for
		 * @param origin of this server, as the asking browser sees it
		 * @returns the envelope with addresses of this server, and the one that a hello has to name
		 * @throws {UpstreamError} if it makes no sense
		 */
		rewrite(answer: unknown, room: string, origin: string): unknown {
			const token = v.safeParse(RoomToken, room);
			const target = targetOf(answer);
			if (!token.success || !target) return answer;
			remember(token.output, target);
			const envelope = v.parse(Answer, answer);
			const { data } = envelope.ocs;
			const server = `${origin}/signaling/${token.output}`;
			const own = {
				...data,
				server: Array.isArray(data['server']) ? [server] : server,
				helloAuthUrl: `${upstream.url}/ocs/v2.php/apps/spreed/api/v3/signaling/backend`
			};
			return { ...envelope, ocs: { ...envelope.ocs, data: own } };
		},

		/**
		 * The socket of a room. Known from the settings that a browser was given, or, after a restart of the gateway, asked
		 * for as a stranger would.
		 * @returns `undefined` if the room is not there or has no socket
		 * @throws {UpstreamError} if there is no answer
		 */
		async find(token: RoomToken, headers: Record<string, string>): Promise<URL | undefined> {
			const known = targets.get(token);
			if (known) return known;
			const answer = await upstream.ask({
				method: 'GET',
				target: `${settingsPath}?token=${token}`,
				headers: { ...headers, 'ocs-apirequest': 'true', accept: 'application/json' },
				wait: 'usual'
			});
			if (answer.status !== 200) {
				answer.body.destroy();
				return undefined;
			}
			const target = targetOf(await readJson(answer.body));
			if (target) remember(token, target);
			return target;
		}
	};
}
export type SignalingTargets = ReturnType<typeof createSignalingTargets>;

/** @throws {UpstreamError} if it is no answer about signaling */
function targetOf(answer: unknown): URL | undefined {
	try {
		const { signalingMode, server } = parseSignalingSettings(parseOcs(answer).data);
		if (signalingMode === 'internal' || server === '') return undefined;
		const url = new URL(server.replace(/^ws(?=s?:)/i, 'http'));
		if (!['http:', 'https:'].includes(url.protocol)) throw new Error('no address of a socket');
		return new URL(`${url.pathname.replace(/\/+$/, '')}/spreed`, url.origin);
	} catch (cause) {
		throw new UpstreamError('upstream-broken', 'the signaling settings make no sense', { cause });
	}
}

/** @throws {UpstreamError} if it breaks off, is too long or no JSON */
export async function readJson(body: Readable): Promise<unknown> {
	const pieces: Buffer[] = [];
	let bytes = 0;
	try {
		for await (const piece of body as AsyncIterable<Buffer>) {
			bytes += piece.length;
			if (bytes > answerBytes) throw new UpstreamError('upstream-broken', 'an answer is too long');
			pieces.push(piece);
		}
	} catch (error) {
		throw upstreamError(error);
	}
	try {
		return JSON.parse(Buffer.concat(pieces).toString()) as unknown;
	} catch (cause) {
		throw new UpstreamError('upstream-broken', 'an answer is no JSON', { cause });
	}
}
