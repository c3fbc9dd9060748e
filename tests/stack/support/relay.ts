import type { Page } from '@playwright/test';
import { expectAllToMeet } from './everybody.ts';
import { expect, test } from './stack.ts';

/** As behind a firewall that lets nothing through but one way to the TURN server. */
const relayOnly = (page: Page, way: string) =>
	page.addInitScript((transport) => {
		globalThis.RTCPeerConnection = class extends RTCPeerConnection {
			constructor(configuration: RTCConfiguration = {}) {
				const iceServers = (configuration.iceServers ?? []).map((server) => ({
					...server,
					urls: [server.urls].flat().filter((url) => url.endsWith(transport))
				}));
				super({ ...configuration, iceServers, iceTransportPolicy: 'relay' });
			}
		};
	}, `?transport=${way}`);

/** How the page reaches each other end: `relay/udp`, `relay/tcp`, `host/udp`, … */
const ways = (page: Page) =>
	page.evaluate(async () => {
		const found: string[] = [];
		for (const connection of globalThis.roostProbe?.open ?? []) {
			const stats = await connection.getStats();
			stats.forEach((entry: RTCTransportStats) => {
				if (entry.type !== 'transport') return;
				const pair = stats.get(entry.selectedCandidatePairId ?? '') as RTCIceCandidatePairStats | undefined;
				const local = stats.get(pair?.localCandidateId ?? '') as
					{ candidateType: string; protocol: string; relayProtocol?: string } | undefined;
				found.push(`${local?.candidateType ?? 'no'}/${local?.relayProtocol ?? local?.protocol ?? 'way'}`);
			});
		}
		return found;
	});

/**
 * @param ends what is at the other end of the relay, for the name of the test
 * @param connections of each page in a call of two
 */
export function testRelay(ends: string, connections: number): void {
	for (const way of ['udp', 'tcp'] as const) {
		test(`given guests who reach nothing but the TURN server over ${way}, when they join, then they see and hear each other through it and ${ends}`, async ({
			openGuest
		}) => {
			const prepare = (page: Page) => relayOnly(page, way);
			const guests = [await openGuest('Ann', { prepare }), await openGuest('Ben', { prepare })];

			for (const guest of guests) await guest.join();

			await expectAllToMeet(guests);
			for (const { page } of guests) {
				await expect.poll(() => ways(page)).toEqual(Array<string>(connections).fill(`relay/${way}`));
			}
		});
	}
}
