import type { Page } from '@playwright/test';
import { receivedMedia, silentEnergy } from '../support/media-probe.ts';
import { expect, test } from './support/stack.ts';

/** The connection that carries what this page sends: how often it was described, and under which credentials. */
const publishing = (page: Page) =>
	page.evaluate(() => {
		const connections = [...(globalThis.roostProbe?.open ?? [])];
		const publisher = connections.find((one) =>
			one.getTransceivers().some(({ currentDirection }) => currentDirection === 'sendonly')
		);
		const sdp = publisher?.currentRemoteDescription?.sdp ?? '';
		return { open: connections.length, ufrag: /a=ice-ufrag:(\S+)/.exec(sdp)?.[1] ?? '' };
	});

test('given a server that takes a second offer, when the publisher has to negotiate again, then its connection stays and nobody has to subscribe anew', async ({
	openGuest,
	room
}) => {
	const ann = await openGuest('Ann', { room });
	const ben = await openGuest('Ben', { room });
	await ann.join();
	await ben.join();
	await ann.expectMedia();
	await ben.expectMedia();
	const before = await publishing(ann.page);
	const { connections } = await receivedMedia(ben.page);

	await ann.page.evaluate(() => {
		for (const connection of globalThis.roostProbe?.open ?? [])
			if (connection.getTransceivers().some(({ currentDirection }) => currentDirection === 'sendonly'))
				connection.restartIce();
	});

	// the server has answered the second offer with credentials of its own
	await expect
		.poll(async () => (await publishing(ann.page)).ufrag, { timeout: 15_000 })
		.not.toBe(before.ufrag);
	expect((await publishing(ann.page)).open).toBe(before.open);
	const { framesDecoded, audioEnergy } = await receivedMedia(ben.page);
	await expect
		.poll(
			async () => {
				const now = await receivedMedia(ben.page);
				return now.framesDecoded > framesDecoded + 10 && now.audioEnergy > audioEnergy + silentEnergy;
			},
			{ timeout: 15_000 }
		)
		.toBe(true);
	expect((await receivedMedia(ben.page)).connections).toEqual(connections);
});
