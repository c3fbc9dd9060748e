import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { Server as TlsServer } from 'node:https';
import type { Logger } from 'pino';
import type { Config } from './config.ts';

type Files = NonNullable<Config['tls']>;

/** @throws if one of them cannot be read, or is empty, as a file is when its writing has just begun */
export function readTls({ certFile, keyFile }: Files): { cert: string; key: string } {
	return { cert: readPem(certFile), key: readPem(keyFile) };
}

/** An empty text would be taken for none by TLS, which then shows no certificate at all. */
export function readPem(file: string): string {
	const text = readFileSync(file, 'utf8');
	if (text === '') throw new Error(`${file} is empty`);
	return text;
}

/**
 * Uses the files anew when they change. Files that do not fit together, as halfway through a renewal, are left
 * alone until they do.
 * @param lookEveryMs a renewed certificate is in use within this time
 * @returns what ends it
 */
export function watchTls(
	files: Files | undefined,
	server: Server,
	lookEveryMs: number,
	log: Logger
): () => void {
	if (!files || !(server instanceof TlsServer)) return () => undefined;
	/** As they are in use, to the letter: a file may change before anything could begin to watch it. */
	let used = '';
	let told = '';
	const look = () => {
		try {
			const found = readTls(files);
			const text = found.key + found.cert;
			if (text !== used) {
				server.setSecureContext(found);
				if (used !== '') log.info('TLS files reloaded');
			}
			used = text;
			told = '';
		} catch (error) {
			// once for each way in which they are of no use
			if (told !== String(error)) log.warn({ err: error }, 'TLS files changed but cannot be used yet');
			told = String(error);
		}
	};
	look();
	const timer = setInterval(look, lookEveryMs).unref();
	return () => clearInterval(timer);
}
