import http, { type IncomingMessage, type Server } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import * as v from 'valibot';
import { RoomToken } from '../../src/lib/protocol/ids.ts';
import type { Bounds } from '../bounds.ts';
import { originOfRequest } from '../network.ts';
import { createBuckets } from '../rate.ts';
import { isSameHost, refuse } from '../signaling/socket-server.ts';
import type { SignalingTargets } from './signaling-settings.ts';
import { UpstreamError, upstreamError, whileConnecting, type UpstreamTimings } from './upstream.ts';

export interface RelayDependencies {
	targets: SignalingTargets;
	timings: UpstreamTimings;
	bounds: Bounds;
	/** signaling servers with any certificate, as the upstream itself */
	isInsecure: boolean;
	isTrustedProxy: (address: string) => boolean;
	/** host of the configured public address, if there is one */
	publicHost: string | undefined;
	now: () => number;
	log: Logger;
}

/** A signaling server pings each socket at least once a minute: two missed, and one end is gone. */
const silentMs = 130_000;

/** What both ends of a WebSocket have to agree on, and nothing else: no cookies, no origin. */
const handshake = [
	'sec-websocket-key',
	'sec-websocket-version',
	'sec-websocket-extensions',
	'sec-websocket-protocol',
	'user-agent'
];
const agreed = ['sec-websocket-accept', 'sec-websocket-extensions', 'sec-websocket-protocol'];

/**
 * Takes the upgrades to `/signaling/<token>/spreed` of an http server, and joins each with a socket of the room's
 * signaling server. What they say to each other is passed on byte by byte.
 */
export function relaySockets(server: Server, dependencies: RelayDependencies) {
	const { targets, timings, bounds, isTrustedProxy, log, now } = dependencies;
	const opening = createBuckets(bounds.helloBurst, bounds.hellosPerSecond, now);
	const open = new Set<Duplex>();
	const openByAddress = new Map<string, number>();

	server.on('upgrade', (request: IncomingMessage, near: Duplex, head: Buffer) => {
		const { address, host } = originOfRequest(request, isTrustedProxy);
		const token = tokenIn(request.url);
		keep(near, address);
		if (!token) turnAway(near, '404 Not Found');
		else if (!isSameHost(request.headers.origin, [host, dependencies.publicHost])) {
			turnAway(near, '403 Forbidden');
		} else if (isTooMuch(address)) turnAway(near, '429 Too Many Requests');
		else {
			connect(request, near, head, token, address).catch((error: unknown) => {
				const isSlow = error instanceof UpstreamError && error.problem === 'upstream-slow';
				const reason = error instanceof Error ? error.message : String(error);
				log.info({ reason }, 'a signaling socket could not be opened');
				turnAway(near, isSlow ? '504 Gateway Timeout' : '502 Bad Gateway');
			});
		}
	});

	const isTooMuch = (address: string) =>
		(openByAddress.get(address) ?? 0) > bounds.socketsPerAddress || !opening.take(address);

	function keep(near: Duplex, address: string): void {
		open.add(near);
		openByAddress.set(address, (openByAddress.get(address) ?? 0) + 1);
		// an end that comes as an error is followed by `close`
		near.on('error', () => undefined);
		near.once('close', () => {
			open.delete(near);
			const left = (openByAddress.get(address) ?? 1) - 1;
			if (left > 0) openByAddress.set(address, left);
			else openByAddress.delete(address);
		});
	}

	async function connect(
		request: IncomingMessage,
		near: Duplex,
		head: Buffer,
		token: RoomToken,
		address: string
	): Promise<void> {
		const target = await targets.find(token, { 'x-forwarded-for': address });
		if (!target) {
			turnAway(near, '404 Not Found');
			return;
		}
		const { answer, far, first } = await upgrade(request, near, target, address);
		near.write(switching(answer));
		near.write(first);
		far.write(head);
		join(near, far);
	}

	/** @throws {UpstreamError} if the signaling server does not want a socket */
	function upgrade(request: IncomingMessage, near: Duplex, target: URL, address: string) {
		return new Promise<{ answer: IncomingMessage; far: Socket; first: Buffer }>((resolve, reject) => {
			const sent = (target.protocol === 'https:' ? https : http).request(target, {
				headers: { ...toServer(request), 'x-forwarded-for': address },
				rejectUnauthorized: !dependencies.isInsecure,
				agent: false
			});
			const slow = () => sent.destroy(new UpstreamError('upstream-slow', 'no socket in time'));
			const stopConnecting = whileConnecting(sent, timings.connectMs, slow);
			const late = setTimeout(slow, timings.answerMs);
			const give = () => sent.destroy();
			near.once('close', give);
			const done = () => {
				clearTimeout(late);
				stopConnecting();
				near.off('close', give);
			};
			sent.on('error', (error) => {
				done();
				reject(upstreamError(error));
			});
			sent.on('response', (answer) => {
				done();
				answer.destroy();
				reject(new UpstreamError('upstream-broken', `HTTP ${answer.statusCode ?? 0} instead of a socket`));
			});
			sent.on('upgrade', (answer, far, first) => {
				done();
				resolve({ answer, far, first });
			});
			sent.end();
		});
	}

	/** Ends every socket at once; clients come back. */
	function stop(): void {
		for (const near of open) near.destroy();
	}

	return { stop };
}

const socketPath = /^\/signaling\/([^/?]+)\/spreed$/;

function tokenIn(url = ''): RoomToken | undefined {
	const token = v.safeParse(RoomToken, socketPath.exec(url)?.[1]);
	return token.success ? token.output : undefined;
}

function toServer({ headers }: IncomingMessage): Record<string, string> {
	const passed = handshake.flatMap((name) => {
		const value = headers[name];
		return typeof value === 'string' ? [[name, value] as const] : [];
	});
	return { ...Object.fromEntries(passed), connection: 'Upgrade', upgrade: 'websocket' };
}

function switching({ headers }: IncomingMessage): string {
	const lines = agreed.flatMap((name) => {
		const value = headers[name];
		return typeof value === 'string' ? [`${name}: ${value}`] : [];
	});
	return [
		'HTTP/1.1 101 Switching Protocols',
		'Connection: Upgrade',
		'Upgrade: websocket',
		...lines,
		'',
		''
	].join('\r\n');
}

/** Does not wait for the other end to close as well. */
function turnAway(near: Duplex, status: string): void {
	refuse(near, status);
}

/** Each end waits for the other where it reads slowly, and goes with it. */
function join(near: Duplex, far: Socket): void {
	const end = () => {
		near.destroy();
		far.destroy();
	};
	far.on('error', end);
	near.once('close', end);
	// all that came from there was passed on
	near.once('finish', end);
	far.setTimeout(silentMs, end);
	far.setNoDelay(true);
	near.pipe(far);
	far.pipe(near);
}
