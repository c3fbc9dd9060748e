import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import { createService, isListening, type Service } from '../../tests/stack/support/service.ts';
import { startRoost } from '../../tests/support/roost-server.ts';
import { createTestClient } from '../../tests/support/test-client.ts';
import { openFront, type Front } from './front.ts';

/*
 * The one place where a Roost is started to measure it, always in a process of its own. `startRoost` is the built server
 * with its own data; `openMesh` is that behind a front, with a room; `startUnbound` is the server out of the benchmark's own
 * file, for loads that no client may bring about.
 */
export { startRoost };

export const freePort = () =>
	new Promise<number>((settle, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			server.close(() => {
				if (address === null || typeof address === 'string') reject(new Error('there is no port'));
				else settle(address.port);
			});
		});
	});

export async function makeRoom(url: string): Promise<string> {
	await using client = createTestClient(url);
	const answer = await client.talk('POST', 'v4/room', { roomType: 3, roomName: 'Bench' });
	return parseRoom(answer.data).token;
}

/** Servers that a call can be joined at, with one room. */
export interface Place {
	readonly url: string;
	readonly room: string;
	/** How long the servers let browsers wait for each answer beyond what they need. */
	holdUp(ms: number): void;
	/** The end of what the servers wrote, for the report of a failure. */
	log(): string;
	close(): Promise<void>;
}

const logShown = 2_000;

interface Behind {
	/** Before all that browsers ask. */
	fronts: readonly Front[];
	/** Of the one before Roost. */
	url: string;
	servers: readonly { log(): string }[];
	close: () => Promise<void>;
}

export async function placeBehind({ fronts, url, servers, close }: Behind): Promise<Place> {
	return {
		url,
		room: await makeRoom(url),
		holdUp: (ms) => {
			for (const front of fronts) front.delayMs = ms;
		},
		log: () => servers.map((server) => server.log().slice(-logShown)).join('\n'),
		close
	};
}

/**
 * Roost alone, with its embedded signaling: everybody is connected with everybody.
 * @param files served under `/floor/`, by name
 */
export async function openMesh(files: Record<string, string>): Promise<Place> {
	const port = await freePort();
	const front = await openFront({ port: 0, behind: port, files });
	const roost = await startRoost({ PORT: String(port), ROOST_PUBLIC_URL: front.url });
	const close = async () => {
		await roost.stop();
		await front.close();
	};
	return placeBehind({ fronts: [front], url: front.url, servers: [roost], close });
}

const Manifest = v.object({ scripts: v.object({ start: v.string() }) });

/** What `npm start` has Node.js do, and with it every other way to start Roost: what is measured is what people run. */
function startOptions(): string[] {
	const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
	return v
		.parse(Manifest, manifest)
		.scripts.start.split(' ')
		.filter((word) => word.startsWith('--'));
}

/** `ROOST_BENCH_PROFILE=<folder>` has the server write a processor profile there when it stops. */
function profiling(): string[] {
	const folder = process.env['ROOST_BENCH_PROFILE'] ?? '';
	return folder === '' ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}

/**
 * Runs this benchmark's own file once more, with the word `serve`, by which it is to call `serve` (serve.ts).
 * @param directory its data goes into the folder `data` there
 * @param environment variables as in the public contract
 */
export async function startUnbound(
	directory: string,
	port: number,
	environment: Record<string, string> = {}
): Promise<Service> {
	const service = createService({
		name: 'Roost',
		command: 'env',
		args: [
			`PORT=${port}`,
			`ROOST_DATA_DIR=${join(directory, 'data')}`,
			'NODE_ENV=production',
			...Object.entries(environment).map(([name, value]) => `${name}=${value}`),
			process.execPath,
			...startOptions(),
			...profiling(),
			process.argv[1] ?? '',
			'serve'
		],
		isReady: () => isListening('127.0.0.1', port)
	});
	await service.start();
	return service;
}
