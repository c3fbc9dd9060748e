import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRoom } from '../../src/lib/protocol/room.ts';
import { createServices, newSecret, roostPort, signalingUrl } from '../../tests/stack/support/services.ts';
import { startRoost } from '../../tests/support/roost-server.ts';
import { createTestClient } from '../../tests/support/test-client.ts';
import { openFront, type Front } from './front.ts';

/** Servers that a call can be joined at, with one room. */
export interface Place {
	readonly url: string;
	readonly room: string;
	/** How long the servers let browsers wait for each answer beyond what they need. */
	holdUp(ms: number): void;
	close(): Promise<void>;
}

const isAskedByServers = (path: string) =>
	path.startsWith('/api/v1/') || path.endsWith('/v3/signaling/backend');

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

/** Roost alone, with its embedded signaling: everybody is connected with everybody. */
export async function openMesh(files: Record<string, string>): Promise<Place> {
	const port = await freePort();
	const front = await openFront({ port: 0, behind: port, files });
	const roost = await startRoost({ PORT: String(port), ROOST_PUBLIC_URL: front.url });
	return placeOf([front], front.url, async () => {
		await roost.stop();
		await front.close();
	});
}

/**
 * Roost with a high-performance backend, Janus and NATS, in a network namespace that has been made for them.
 * @param signalingServer path of its program
 */
export async function openSfu(files: Record<string, string>, signalingServer: string): Promise<Place> {
	const directory = mkdtempSync(join(tmpdir(), 'roost-bench-'));
	const secrets = { backend: newSecret(), turn: newSecret() };
	const services = createServices({ directory, signalingServer, media: 'server', secrets });
	const { nats, janus, signaling } = services;
	const roostBehind = await freePort();
	const front = await openFront({
		port: roostPort, // by which the signaling server knows its backend
		behind: roostBehind,
		files,
		isInternal: isAskedByServers
	});
	const signalingFront = await openFront({
		port: 0,
		behind: Number(new URL(signalingUrl).port),
		isInternal: isAskedByServers
	});
	const closing: (() => Promise<void>)[] = [() => front.close(), () => signalingFront.close()];
	const close = async () => {
		for (const end of closing.reverse()) await end();
		rmSync(directory, { recursive: true, force: true });
	};
	try {
		for (const service of [nats, janus]) {
			await service.start();
			closing.push(() => service.stop());
		}
		const roost = await startRoost({
			PORT: String(roostBehind),
			ROOST_PUBLIC_URL: front.url,
			ROOST_SIGNALING_URL: signalingFront.url.replace('localhost', '127.0.0.1'),
			ROOST_SIGNALING_SECRET: secrets.backend
		});
		closing.push(() => roost.stop());
		await signaling.start();
		closing.push(() => signaling.stop());
		return await placeOf([front, signalingFront], front.url, close);
	} catch (error) {
		await close();
		throw error;
	}
}

async function placeOf(fronts: Front[], url: string, close: () => Promise<void>): Promise<Place> {
	return {
		url,
		room: await makeRoom(url),
		holdUp: (ms) => {
			for (const front of fronts) front.delayMs = ms;
		},
		close
	};
}
