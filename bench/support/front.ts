import { readFileSync } from 'node:fs';
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { extname } from 'node:path';

interface FrontOptions {
	/** 0: a free one */
	port: number;
	/** Where the server behind it listens on this machine. */
	behind: number;
	/** Files served under `/floor/` beside the server's own, by name. */
	files?: Readonly<Record<string, string>>;
	/** Requests that are never held up: those of servers among each other. */
	isInternal?: (path: string) => boolean;
}

/** A front of a server, in which everything that a browser asks can be held up as by a long way. */
export interface Front {
	readonly url: string;
	/** How long each request and each frame towards the server is held up from now on. */
	delayMs: number;
	close(): Promise<void>;
}

/**
 * Longer than Roost keeps a connection that nobody asks over: what Roost promises is passed on. Who closes first may close
 * while something is being asked, and servers among each other do not ask again.
 */
const keptMs = 75_000;

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript' };

export async function openFront({ port, behind, files = {}, isInternal }: FrontOptions): Promise<Front> {
	const sockets = new Set<Socket>();
	const keep = (socket: Socket) => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
		// an end that comes as an error is followed by `close`
		socket.on('error', () => undefined);
	};
	let delayMs = 0;
	const heldUp = (path: string, deed: () => void) => {
		if (delayMs === 0 || isInternal?.(path)) deed();
		else setTimeout(deed, delayMs);
	};

	const pass = (request: IncomingMessage, response: ServerResponse) => {
		const { method, url, headers } = request;
		const onward = ask({ host: '127.0.0.1', port: behind, method, path: url, headers }, (answer) => {
			response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
			answer.pipe(response);
		});
		onward.on('error', () => response.destroy());
		request.pipe(onward);
	};
	const serve = (file: string, response: ServerResponse) => {
		response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain' });
		response.end(readFileSync(file));
	};

	const server = createServer({ keepAliveTimeout: keptMs }, (request, response) => {
		const { pathname } = new URL(request.url ?? '/', 'http://front');
		const file = files[pathname.replace(/^\/floor\//, '')];
		heldUp(pathname, () => {
			if (pathname.startsWith('/floor/') && file !== undefined) serve(file, response);
			else pass(request, response);
		});
	});
	server.on('connection', keep);
	server.on('upgrade', (request: IncomingMessage, near: Socket, first: Buffer) => {
		const path = request.url ?? '/';
		const lines = request.rawHeaders.flatMap((name, index, all) =>
			index % 2 === 0 ? [`${name}: ${all[index + 1] ?? ''}`] : []
		);
		heldUp(path, () => {
			const far = connect(behind, '127.0.0.1');
			keep(far);
			far.setNoDelay(true);
			near.setNoDelay(true);
			far.write([`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
			far.write(first);
			// timers of one length end in the order in which they began
			near.on('data', (bytes: Buffer) => heldUp(path, () => far.write(bytes)));
			far.pipe(near);
			near.once('close', () => far.destroy());
			far.once('close', () => near.destroy());
		});
	});
	await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening));
	const address = server.address();
	if (address === null || typeof address === 'string') throw new Error('the front has no port');

	return {
		url: `http://localhost:${address.port}`,
		get delayMs() {
			return delayMs;
		},
		set delayMs(ms) {
			delayMs = ms;
		},
		close: async () => {
			const closed = new Promise((settle) => server.close(settle));
			for (const socket of sockets) socket.destroy();
			await closed;
		}
	};
}
