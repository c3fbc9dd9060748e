import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRoom } from '../../../src/lib/protocol/room.ts';
import { expect, test as base } from '../../support/guest.ts';
import { startRoost, type RoostServer } from '../../support/roost-server.ts';
import { createTestClient } from '../../support/test-client.ts';
import { createServices, newSecret, roostPort, signalingUrl, turnUrls, type Services } from './services.ts';

export interface StackOptions {
	/** path of the signaling server's program */
	signalingServer: string;
	/** whether the signaling server has a media server behind it */
	media: 'server' | 'mesh';
	/** whether there is a TURN server */
	turn: 'none' | 'relay';
}

interface Stack extends Services {
	roost: RoostServer;
	signalingUrl: string;
}

/** Roost with the real servers around it, all of them for as long as nothing fails and the options stay the same. */
export const test = base.extend<{ room: string }, StackOptions & { stack: Stack }>({
	signalingServer: ['', { scope: 'worker', option: true }],
	media: ['server', { scope: 'worker', option: true }],
	turn: ['none', { scope: 'worker', option: true }],

	stack: [
		async ({ signalingServer, media, turn }, use) => {
			const directory = mkdtempSync(join(tmpdir(), 'worker-'));
			const secrets = { backend: newSecret(), turn: newSecret() };
			const services = createServices({ directory, signalingServer, media, secrets });
			const { nats, janus, turn: turnServer, signaling } = services;
			const started = [
				nats,
				...(media === 'server' ? [janus] : []),
				...(turn === 'relay' ? [turnServer] : [])
			];
			let roost: RoostServer | undefined;
			try {
				for (const service of started) await service.start();
				roost = await startRoost({
					PORT: String(roostPort),
					ROOST_SIGNALING_URL: signalingUrl,
					ROOST_SIGNALING_SECRET: secrets.backend,
					...(turn === 'relay' && {
						ROOST_TURN_URLS: turnUrls.join(','),
						ROOST_TURN_SECRET: secrets.turn
					})
				});
				await signaling.start();
				await use({ ...services, roost, signalingUrl });
			} finally {
				await signaling.stop();
				await roost?.stop();
				for (const service of started.reverse()) await service.stop();
			}
		},
		{ scope: 'worker', timeout: 60_000 }
	],

	roost: async ({ stack }, use, testInfo) => {
		const services = {
			'server log': stack.roost,
			'signaling server log': stack.signaling,
			'Janus log': stack.janus
		};
		const before = new Map(Object.entries(services).map(([name, service]) => [name, service.log().length]));
		await use(stack.roost);
		if (testInfo.status === testInfo.expectedStatus) return;
		for (const [name, service] of Object.entries(services)) {
			const body = service.log().slice(before.get(name));
			await testInfo.attach(name, { body, contentType: 'text/plain' });
		}
	},

	/** A room of its own for each test: the servers are the same for all. */
	room: async ({ roost }, use, testInfo) => {
		await using client = createTestClient(roost.url);
		const answer = await client.talk('POST', 'v4/room', {
			roomType: 3,
			roomName: testInfo.title.slice(0, 200)
		});
		await use(parseRoom(answer.data).token);
	}
});
export { expect };
