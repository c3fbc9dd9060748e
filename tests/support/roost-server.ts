import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bundle = fileURLToPath(new URL('../../build/server/main.js', import.meta.url));
const readyLine = /^Roost is ready: (https?:\/\/localhost:(\d+))\/(?:call\/demo)?$/m;
const startWithinMs = 20_000;

/** The built server as a process of its own, with data of its own. */
export interface RoostServer {
	readonly url: string;
	readonly port: number;
	/** What it wrote since the first start. */
	log(): string;
	/** As a crash or a power cut would: nothing is closed, nothing is said. */
	kill9(): Promise<void>;
	/** As a service manager would: it says goodbye, and the data stays. */
	terminate(): Promise<void>;
	/** Again, on the same port and the same data. */
	start(): Promise<void>;
	/** Ends it in an orderly way and deletes its data. */
	stop(): Promise<void>;
}

/**
 * @param environment variables as in the public contract; what is not named here is not inherited
 * @param program of another build
 * @throws when the server does not get ready; its output is in the message
 */
export async function startRoost(
	environment: Record<string, string> = {},
	program = bundle
): Promise<RoostServer> {
	const directory = mkdtempSync(join(tmpdir(), 'roost-e2e-'));
	let output = '';
	let child: ChildProcess | undefined;
	let port = 0;
	let url = '';

	const end = async (signal: NodeJS.Signals) => {
		if (!child || child.exitCode !== null || child.signalCode !== null) return;
		const ended = new Promise((settle) => child?.once('exit', settle));
		child.kill(signal);
		await ended;
	};
	const start = () =>
		new Promise<void>((settle, reject) => {
			let since = '';
			const started = spawn(process.execPath, [program], {
				cwd: directory,
				env: { PATH: process.env['PATH'], PORT: String(port), ROOST_DATA_DIR: 'data', ...environment },
				stdio: ['ignore', 'pipe', 'pipe']
			});
			child = started;
			const fail = () => {
				reject(new Error(`the server did not get ready:\n${since}`));
			};
			const late = setTimeout(fail, startWithinMs);
			const read = (chunk: Buffer) => {
				since += chunk.toString();
				output += chunk.toString();
				const found = readyLine.exec(since);
				if (!found) return;
				url = found[1] ?? '';
				port = Number(found[2]);
				clearTimeout(late);
				settle();
			};
			started.stdout.on('data', read);
			started.stderr.on('data', read);
			started.once('exit', fail);
		});

	await start();
	return {
		url,
		port,
		log: () => output,
		kill9: () => end('SIGKILL'),
		terminate: () => end('SIGTERM'),
		start,
		stop: async () => {
			await end('SIGTERM');
			rmSync(directory, { recursive: true, force: true });
		}
	};
}

/** A wire to a server that can be cut; what goes from browser to browser does not pass it. */
export interface Cut {
	/** Address of the server behind it. */
	readonly url: string;
	/** Every connection ends at once, new ones are refused. */
	cut(): void;
	/** What is connected stays so, and nothing gets through it any more, in either direction; new ones work. */
	freeze(): void;
	restore(): void;
	close(): Promise<void>;
}

/** @param port where the server listens on this machine */
export async function createCut(port: number): Promise<Cut> {
	const sockets = new Set<Socket>();
	let isCut = false;
	const keep = (socket: Socket) => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
		// an end that comes as an error is followed by `close`
		socket.on('error', () => undefined);
	};
	const proxy = createServer((near) => {
		keep(near);
		if (isCut) {
			near.resetAndDestroy();
			return;
		}
		const far = connect(port, '127.0.0.1');
		keep(far);
		near.pipe(far).pipe(near);
		near.once('close', () => far.destroy());
		far.once('close', () => near.destroy());
	});
	await new Promise<void>((settle) => proxy.listen(0, '127.0.0.1', settle));
	const address = proxy.address();
	if (address === null || typeof address === 'string') throw new Error('the proxy has no port');

	const dropAll = () => {
		for (const socket of sockets) socket.resetAndDestroy();
	};
	return {
		url: `http://localhost:${address.port}`,
		cut: () => {
			isCut = true;
			dropAll();
		},
		freeze: () => {
			for (const socket of sockets) socket.unpipe();
		},
		restore: () => {
			isCut = false;
		},
		close: async () => {
			const closed = new Promise((settle) => proxy.close(settle));
			dropAll();
			await closed;
		}
	};
}
