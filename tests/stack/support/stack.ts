import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseRoom } from '../../../src/lib/protocol/room.ts';
import { expect, test as base, type Guest } from '../../support/guest.ts';
import { startRoost, type RoostServer } from '../../support/roost-server.ts';
import { createTestClient } from '../../support/test-client.ts';
import { expectAllToMeet } from './everybody.ts';
import { createServices, newSecret, roostPort, signalingUrl, turnUrls, type Services } from './services.ts';

export interface StackOptions {
	/** path of the signaling server's program */
	signalingServer: string;
	/** whether the signaling server has a media server behind it */
	media: 'server' | 'mesh';
	/** who does the signaling: the high-performance backend, or Roost itself, by long poll and without any of the others */
	signaling: 'backend' | 'internal';
	/** whether there is a TURN server */
	turn: 'none' | 'relay';
}

interface Stack extends Services {
	roost: RoostServer;
	signalingUrl: string;
}

interface Fixtures {
	/** Of its own for each test: the servers are the same for all. Guests come into it unless told otherwise. */
	room: string;
	/** Ann and Ben, in the call, who see and hear each other. */
	pair: [ann: Guest, ben: Guest];
}

/** Roost with the real servers around it, all of them for as long as nothing fails and the options stay the same. */
export const test = base.extend<Fixtures, StackOptions & { stack: Stack }>({
	signalingServer: ['', { scope: 'worker', option: true }],
	media: ['server', { scope: 'worker', option: true }],
	signaling: ['backend', { scope: 'worker', option: true }],
	turn: ['none', { scope: 'worker', option: true }],

	stack: [
		async ({ signalingServer, media, signaling: who, turn }, use) => {
			const directory = mkdtempSync(join(tmpdir(), 'worker-'));
			const secrets = { backend: newSecret(), turn: newSecret() };
			const services = createServices({ directory, signalingServer, media, secrets });
			const { nats, janus, turn: turnServer, signaling } = services;
			const isInternal = who === 'internal';
			const before = [
				...(isInternal ? [] : [nats]),
				...(isInternal || media === 'mesh' ? [] : [janus]),
				...(turn === 'relay' ? [turnServer] : [])
			];
			let roost: RoostServer | undefined;
			try {
				for (const service of before) await service.start();
				roost = await startRoost({
					PORT: String(roostPort),
					...(isInternal
						? { ROOST_SIGNALING: 'internal' }
						: { ROOST_SIGNALING_URL: signalingUrl, ROOST_SIGNALING_SECRET: secrets.backend }),
					...(turn === 'relay' && {
						ROOST_TURN_URLS: turnUrls.join(','),
						ROOST_TURN_SECRET: secrets.turn
					})
				});
				if (!isInternal) await signaling.start();
				await use({ ...services, roost, signalingUrl });
			} finally {
				await signaling.stop();
				await roost?.stop();
				for (const service of before.reverse()) await service.stop();
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

	room: async ({ roost }, use, testInfo) => {
		await using client = createTestClient(roost.url);
		const answer = await client.talk('POST', 'v4/room', {
			roomType: 3,
			roomName: testInfo.title.slice(0, 200)
		});
		await use(parseRoom(answer.data).token);
	},

	openGuest: async ({ openGuest, room }, use) => {
		await use((name, options) => openGuest(name, { room, ...options }));
	},

	pair: async ({ openGuest }, use) => {
		const ann = await openGuest('Ann');
		const ben = await openGuest('Ben');
		await ann.join();
		await ben.join();
		await expectAllToMeet([ann, ben]);
		await use([ann, ben]);
	}
});
export { expect };
