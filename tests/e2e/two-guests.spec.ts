import { expect, test } from '../support/guest.ts';
import { liveLocalTracks, receivedMedia } from '../support/media-probe.ts';

test('given a guest in a call, when another joins from a browser of their own, then each sees and hears the other', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { args: [] });
	const ben = await openGuest('Ben', { args: [] });
	await ann.join();

	await ben.join();

	await expect(ann.tile('Ben')).toBeVisible();
	await expect(ben.tile('Ann')).toBeVisible();
	await ann.expectMedia();
	await ben.expectMedia();
});

test('given a call of two, when one leaves, then nothing of the call stays open in that page', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join();
	await ben.join();
	await ben.expectMedia();

	await ben.leave();

	await expect.poll(async () => (await receivedMedia(ben.page)).connections.open).toBe(0);
	await expect.poll(() => liveLocalTracks(ben.page)).toEqual({ audio: 0, video: 0 });
	await expect(ann.tile('Ben')).toHaveCount(0);
});

test('given a call of two, when one closes the tab, then the tile of that person goes at once', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join();
	await ben.join();
	await expect(ann.tile('Ben')).toBeVisible();

	await ben.closeTab();

	await expect(ann.tile('Ben')).toHaveCount(0, { timeout: 3_000 });
});
