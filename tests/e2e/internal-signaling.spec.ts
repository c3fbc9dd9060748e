import { expect, test as base, type Guest } from '../support/guest.ts';
import { receivedMedia, watchReceived } from '../support/media-probe.ts';
import { createCut, startRoost } from '../support/roost-server.ts';

/** Every server here has no signaling socket: browsers ask, and the answer waits until there is something to say. */
const test = base.extend({
	roost: async ({}, use) => {
		const server = await startRoost({ ROOST_SIGNALING: 'internal' });
		await use(server);
		await server.stop();
	}
});

const connectionsOf = (guests: readonly Guest[]) =>
	Promise.all(guests.map(async ({ page }) => (await receivedMedia(page)).connections));

test('given a server without a socket, when two join, then they see, hear and read each other, also after 5 s without the server, and one sees the other leave', async ({
	roost,
	openGuest
}) => {
	const wire = await createCut(roost.port);
	const ann = await openGuest('Ann', { at: wire.url });
	const ben = await openGuest('Ben', { at: wire.url });
	const guests = [ann, ben];
	const sockets: string[] = [];
	const entries: string[] = [];
	for (const { page, name } of guests) {
		page.on('websocket', (socket) => sockets.push(socket.url()));
		page.on('request', (request) => {
			if (request.method() === 'POST' && request.url().endsWith('/participants/active')) entries.push(name);
		});
	}
	for (const guest of guests) await guest.join();

	await expect(ann.tile('Ben')).toBeVisible();
	await expect(ben.tile('Ann')).toBeVisible();
	for (const guest of guests) await guest.expectMedia();
	await ann.say('Hello Ben');
	await expect(ben.controls.getByRole('button', { name: 'Chat', exact: true })).toHaveAccessibleDescription(
		'1 unread message'
	);
	await ben.say('Hello Ann');
	await expect(ann.messages).toContainText('Hello Ann');
	await expect(ben.messages).toContainText('Hello Ben');
	const connections = await connectionsOf(guests);

	wire.cut();
	const during = await Promise.all(guests.map(({ page }) => watchReceived(page, 1_000, 5_000)));
	await ben.say('While away');
	wire.restore();

	for (const looks of during) {
		const frames = looks.map(({ framesDecoded }) => framesDecoded);
		expect(frames).toEqual([...new Set(frames)].sort((one, other) => one - other));
	}
	await expect(ann.messages).toContainText('While away', { timeout: 30_000 });
	await ann.say('Still here');
	await expect(ben.messages).toContainText('Still here');
	for (const guest of guests) await guest.expectMedia();
	expect(await connectionsOf(guests)).toEqual(connections);
	await ben.press('Mute microphone');
	await expect(ann.tile('Ben')).toHaveAccessibleName(/microphone off/);

	await ben.leave();

	await expect(ann.tile('Ben')).toHaveCount(0);
	await expect.poll(async () => (await receivedMedia(ann.page)).connections.open).toBe(0);
	expect(sockets).toEqual([]);
	// nobody was thrown out and had to come in again, nor came back after leaving
	expect(entries).toEqual(['Ann', 'Ben']);
	await wire.close();
});

test('given a call of two over such a server, when it is killed and started again, then both are back by themselves, until one closes the tab', async ({
	roost,
	openGuest
}) => {
	const guests = [await openGuest('Ann'), await openGuest('Ben')] as const;
	const [ann, ben] = guests;
	for (const guest of guests) await guest.join();
	for (const guest of guests) await guest.expectMedia();

	await roost.kill9();
	await roost.start();

	await ann.say('After');
	await ben.press('Chat');
	await expect(ben.messages).toContainText('After', { timeout: 30_000 });
	for (const guest of guests) await guest.expectMedia();
	await ben.closeTab();
	await expect(ann.tile('Ben')).toHaveCount(0, { timeout: 3_000 });
});
