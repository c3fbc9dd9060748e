import { expect, test, type Guest } from '../support/guest.ts';
import { receivedMedia, watchReceived } from '../support/media-probe.ts';
import { createCut } from '../support/roost-server.ts';

const cutForMs = 5_000;
const backWithinMs = 15_000;

test('given a call of two, when both lose the server for 5 s, then media never stops and the session goes on', async ({
	roost,
	openGuest
}) => {
	const wire = await createCut(roost.port);
	const ann = await openGuest('Ann', { at: wire.url });
	const ben = await openGuest('Ben', { at: wire.url });
	const guests = [ann, ben];
	for (const guest of guests) await guest.join();
	for (const guest of guests) await guest.expectMedia();
	const connections = await connectionsOf(guests);

	wire.cut();
	const during = await Promise.all(guests.map(({ page }) => watchReceived(page, 1_000, cutForMs)));
	for (const { page } of guests) await expect(notice(page)).toBeVisible();
	wire.restore();

	for (const looks of during) {
		const frames = looks.map(({ framesDecoded }) => framesDecoded);
		expect(frames).toEqual([...new Set(frames)].sort((one, other) => one - other));
	}
	for (const { page } of guests) await expect(notice(page)).toHaveCount(0);
	await ann.say('Still here?');
	await ben.say('Yes');
	await expect(ben.messages).toContainText('Still here?');
	await expect(ann.messages).toContainText('Yes');
	expect(await connectionsOf(guests)).toEqual(connections);
	for (const guest of guests) await guest.expectMedia();
	await wire.close();
});

for (const { how, end } of [
	{ how: 'killed', end: 'kill9' },
	{ how: 'asked to end', end: 'terminate' }
] as const) {
	test(`given a call of two, when the server is ${how} and started again, then both are back by themselves`, async ({
		roost,
		openGuest
	}) => {
		const guests = [await openGuest('Ann'), await openGuest('Ben')] as const;
		const [ann, ben] = guests;
		for (const guest of guests) await guest.join();
		for (const guest of guests) await guest.expectMedia();
		await ann.say('Before');
		const screens = await Promise.all(guests.map(({ controls }) => controls.elementHandle()));

		await roost[end]();
		await roost.start();

		const startedAt = Date.now();
		for (const { page } of guests) {
			await expect
				.poll(() => freshFrames(page), { timeout: backWithinMs })
				.toEqual({ connections: { open: 1, closed: 1 }, isSeen: true });
		}
		console.log(`restart: both back after ${Date.now() - startedAt} ms`);
		expect(Date.now() - startedAt).toBeLessThan(backWithinMs);
		for (const guest of guests) await guest.expectMedia();
		await ben.say('After');
		await expect(ann.messages).toContainText('After');
		for (const { messages } of guests) await expect(messages).toContainText('Before');
		// nobody was shown another page meanwhile: that would have built the call anew
		for (const screen of screens) expect(await screen.evaluate((element) => element.isConnected)).toBe(true);
	});
}

/** While media goes on, nothing but chat and people is said to be late. */
const notice = (page: Guest['page']) => page.getByText('Chat and people list are catching up');

const connectionsOf = (guests: readonly Guest[]) =>
	Promise.all(guests.map(async ({ page }) => (await receivedMedia(page)).connections));

async function freshFrames(page: Guest['page']) {
	const { connections, framesDecoded } = await receivedMedia(page);
	return { connections, isSeen: framesDecoded > 0 };
}
