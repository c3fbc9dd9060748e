import type { Server } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { ConfigError, type Config } from './config.ts';

/** @returns the port that a listening server has, whatever it was asked for */
export function portOf(server: Server): number {
	const address = server.address();
	if (address === null || typeof address === 'string')
		throw new Error('the server does not listen on a port');
	return address.port;
}

/** The address for a browser on this machine, or on the network if the server listens there alone. */
export function localUrl({ host, tls }: Config, port: number): string {
	const isLocal = /^(localhost|127(\.\d+){3}|::1|::|0\.0\.0\.0)$/.test(host);
	const name = isLocal ? 'localhost' : host.includes(':') ? `[${host}]` : host;
	return `${tls ? 'https' : 'http'}://${name}:${port}`;
}

/** What the system says about a host or port that cannot be had, as an error of the configuration. */
export function listenError(error: unknown, { host, port }: Config): unknown {
	const code = error instanceof Error && 'code' in error ? error.code : undefined;
	switch (code) {
		case 'EADDRINUSE':
			return takenError(port);
		case 'EACCES':
			return new ConfigError('PORT', port.toString(), 'a port that this user may listen on, 1024 or more');
		case 'EADDRNOTAVAIL':
		case 'EAFNOSUPPORT':
		case 'EINVAL':
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return new ConfigError('HOST', JSON.stringify(host), 'an address of this machine');
		default:
			return error;
	}
}

const againAfterMs = 100;

/**
 * Waits until nobody else listens there: a server that was just told to end may need a moment, and its successor should
 * not fail for that. What else is wrong with the place, listening itself says.
 * @param withinMs how long to wait at most
 * @throws {ConfigError} if another program still listens there
 */
export async function untilFree(
	{ host, port }: Pick<Config, 'host' | 'port'>,
	withinMs: number
): Promise<void> {
	for (let waitedMs = 0; waitedMs < withinMs; waitedMs += againAfterMs) {
		if (port === 0 || !(await isTaken(host, port))) return;
		await wait(againAfterMs);
	}
	throw takenError(port);
}

const takenError = (port: number) =>
	new ConfigError('PORT', port.toString(), 'a free port: another program listens on this one');

const isTaken = (host: string, port: number): Promise<boolean> =>
	new Promise((resolve) => {
		const probe = createServer();
		probe.once('error', (error) => resolve('code' in error && error.code === 'EADDRINUSE'));
		probe.listen({ host, port }, () => probe.close(() => resolve(false)));
	});
