import { createHash, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { request as ask } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { certificates } from '../../server/testing/certificates.ts';

/** What lies behind a front: files alone, with one page for every other address, or files of a server. */
export type Site = { files: string; page: string } | { files: string; behind: number };

/** A front that serves both pages alike: brotli at its best level, over HTTP/2 and TLS. */
export interface Front {
	readonly url: string;
	/** Bytes of the body that was last sent for a path, compressed as it was sent; 0: it was never asked for. */
	sent(path: string): number;
	close(): Promise<void>;
}

interface Stored {
	headers: Record<string, string>;
	body: Buffer;
}

const { cert, key } = certificates.a;

/** By which a browser is told to believe the fronts: an error that is merely ignored keeps it from caching. */
export const publicKeyHash = createHash('sha256')
	.update(new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' }))
	.digest('base64');

const types: Record<string, string> = {
	'.html': 'text/html; charset=utf-8',
	'.js': 'text/javascript; charset=utf-8',
	'.css': 'text/css; charset=utf-8',
	'.json': 'application/json; charset=utf-8',
	'.svg': 'image/svg+xml',
	'.png': 'image/png'
};
const isText = (name: string) => /\.(?:html|js|css|json|svg)$/.test(name);

function compressed(text: Buffer): Buffer {
	const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT } = constants;
	return brotliCompressSync(text, {
		params: { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_SIZE_HINT]: text.length }
	});
}

function stored(path: string, isNamedByContent: boolean): Stored {
	const plain = readFileSync(path);
	return {
		headers: {
			'content-type': types[extname(path)] ?? 'application/octet-stream',
			'cache-control': isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache',
			...(isText(path) && { 'content-encoding': 'br' })
		},
		body: isText(path) ? compressed(plain) : plain
	};
}

/** Every file that is named by its content, compressed once: what a server does with them is not measured. */
function readFiles(directory: string): ReadonlyMap<string, Stored> {
	const folder = join(directory, '_app', 'immutable');
	return new Map(
		readdirSync(folder, { recursive: true, encoding: 'utf8' })
			.filter((name) => types[extname(name)] !== undefined)
			.map((name) => [`/_app/immutable/${name}`, stored(join(folder, name), true)])
	);
}

/** Of HTTP/1.1 alone; the other version refuses them. */
const ofOneConnection = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade']);

/** @param read what is served, as soon as the address is known: a server behind has to be told it */
export async function openFront(read: (url: string) => Site | Promise<Site>): Promise<Front> {
	const sent = new Map<string, number>();
	let answer = (_request: Http2ServerRequest, response: Http2ServerResponse): void => {
		response.destroy();
	};
	const server = createSecureServer({ cert, key }, (request, response) => answer(request, response));
	const sessions = new Set<{ destroy: () => void }>();
	server.on('session', (session) => {
		sessions.add(session);
		session.once('close', () => sessions.delete(session));
		// an end that comes as an error is followed by `close`
		session.on('error', () => undefined);
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('the front has no port');
	const url = `https://localhost:${address.port}`;

	const site = await read(url);
	const files = readFiles(site.files);
	const page = 'page' in site ? stored(join(site.files, site.page), false) : undefined;

	const send = (path: string, { headers, body }: Stored, response: Http2ServerResponse) => {
		sent.set(path, body.length);
		response.writeHead(200, headers);
		response.end(body);
	};
	const pass = (behind: number, request: Http2ServerRequest, response: Http2ServerResponse) => {
		const headers = Object.fromEntries(
			Object.entries(request.headers).filter(([name]) => !name.startsWith(':'))
		);
		const onward = ask(
			{
				host: '127.0.0.1',
				port: behind,
				method: request.method,
				path: request.url,
				headers: { ...headers, host: request.authority }
			},
			(found) => {
				const kept = Object.entries(found.headers).filter(([name]) => !ofOneConnection.has(name));
				response.writeHead(found.statusCode ?? 502, Object.fromEntries(kept));
				let length = 0;
				found.on('data', (bytes: Buffer) => (length += bytes.length));
				found.once('end', () => sent.set(pathOf(request), length));
				found.pipe(response);
			}
		);
		onward.on('error', () => response.destroy());
		request.pipe(onward);
	};
	answer = (request, response) => {
		const path = pathOf(request);
		const file = files.get(path) ?? page;
		if (file !== undefined) send(path, file, response);
		else if ('behind' in site) pass(site.behind, request, response);
	};

	return {
		url,
		sent: (path) => sent.get(path) ?? 0,
		close: async () => {
			const closed = new Promise((settle) => server.close(settle));
			for (const session of sessions) session.destroy();
			await closed;
		}
	};
}

const pathOf = ({ url }: Http2ServerRequest) => new URL(url, 'https://front').pathname;
