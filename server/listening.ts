import type { Server } from 'node:http';
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
			return new ConfigError('PORT', port.toString(), 'a free port: another program listens on this one');
		case 'EACCES':
			return new ConfigError('PORT', port.toString(), 'a port that this user may listen on, 1024 or more');
		case 'EADDRNOTAVAIL':
		case 'ENOTFOUND':
		case 'EAI_AGAIN':
			return new ConfigError('HOST', JSON.stringify(host), 'an address of this machine');
		default:
			return error;
	}
}
