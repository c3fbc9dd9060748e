import { WebSocket } from 'ws';
import * as v from 'valibot';
import { skewOf } from '../../src/lib/adapters/check/check-ports.ts';
import type { WebSocketLike } from '../../src/lib/adapters/talk/signaling-socket.ts';
import type { Heard, SignalingFacts, SocketRefusal } from '../../src/lib/domain/check/evidence.ts';
import { silenceOf } from './node-silence.ts';

/** A `fetch` that keeps cookies, as a browser does: without them a guest is another one with each request. */
export function createJarFetch(fetch: typeof globalThis.fetch) {
	const jar = new Map<string, string>();
	return async (url: string, init: RequestInit): Promise<Response> => {
		const headers = new Headers(init.headers);
		if (jar.size > 0) headers.set('Cookie', [...jar].map(([name, value]) => `${name}=${value}`).join('; '));
		const response = await fetch(url, { ...init, headers });
		for (const cookie of response.headers.getSetCookie()) {
			const [, name, value] = /^([^=;]+)=([^;]*)/.exec(cookie) ?? [];
			if (name !== undefined && value !== undefined) jar.set(name, value);
		}
		return response;
	};
}

/** Sockets as in a browser, but it is known why one does not open. */
export function createNodeSockets(origin: string) {
	let refusal: SocketRefusal = { status: null, why: null };
	return {
		refusal: () => refusal,
		open: (url: string): WebSocketLike => {
			refusal = { status: null, why: null };
			const socket = new WebSocket(url, { origin, perMessageDeflate: false });
			socket.on('unexpected-response', (_request, response) => {
				refusal = { status: response.statusCode ?? null, why: null };
				socket.terminate();
			});
			socket.on('error', (error) => {
				if (refusal.status !== null) return;
				// the server did answer, and not with the upgrade that was asked for
				const isOther = /^(Invalid|Unexpected|Server sent)/.test(error.message);
				refusal = isOther ? { status: 200, why: null } : { status: null, why: silenceOf(error) };
			});
			return socket;
		}
	};
}

const Welcome = v.looseObject({
	'nextcloud-spreed-signaling': v.string(),
	version: v.optional(v.string(), '')
});
const welcomeWaitMs = 5_000;

/** What the signaling server of large installations tells everybody: that it is one, and its version. */
export function createSignalingQuestion(fetch: typeof globalThis.fetch, now: () => number) {
	return async (socketUrl: string): Promise<Heard<SignalingFacts>> => {
		const url = `${socketUrl.replace(/^ws/, 'http').replace(/\/spreed$/, '')}/api/v1/welcome`;
		try {
			const response = await fetch(url, {
				headers: { Accept: 'application/json' },
				signal: AbortSignal.timeout(welcomeWaitMs)
			});
			const text = await response.text();
			const { status, headers } = response;
			const read = status === 200 ? v.safeParse(Welcome, parseJson(text)) : undefined;
			if (read?.success) {
				return { kind: 'answer', value: { version: read.output.version }, skewMs: skewOf(headers, now()) };
			}
			return { kind: 'refusal', status, keyword: null, isMaintenance: false, isForeign: true };
		} catch (error) {
			return { kind: 'silence', why: silenceOf(error) };
		}
	};
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}
