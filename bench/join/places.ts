import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServices, newSecret, roostPort, signalingUrl } from '../../tests/stack/support/services.ts';
import { openFront } from '../support/front.ts';
import { freePort, placeBehind, startRoost, type Place } from '../support/roost.ts';

const isAskedByServers = (path: string) =>
	path.startsWith('/api/v1/') || path.endsWith('/v3/signaling/backend');

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
		return await placeBehind({
			fronts: [front, signalingFront],
			url: front.url,
			servers: [roost, signaling],
			close
		});
	} catch (error) {
		await close();
		throw error;
	}
}
