import { expect, test } from './support/stack.ts';
import { liveLocalTracks, receivedMedia } from '../support/media-probe.ts';

test('given a call of two, when one leaves and comes back, then nothing of theirs stays, and both see and hear again', async ({
	openGuest,
	room
}) => {
	const ann = await openGuest('Ann', { room });
	const ben = await openGuest('Ben', { room });
	await ann.join();
	await ben.join();
	await ann.expectMedia();

	await ben.leave();

	await expect(ann.tile('Ben')).toHaveCount(0);
	await expect.poll(async () => (await receivedMedia(ben.page)).connections.open).toBe(0);
	await expect.poll(() => liveLocalTracks(ben.page)).toEqual({ audio: 0, video: 0 });
	// what Ann sends goes on
	await expect.poll(async () => (await receivedMedia(ann.page)).connections.open).toBe(1);
	await ben.page.getByRole('button', { name: 'Rejoin' }).click();
	await ann.expectMedia();
	await ben.expectMedia();
});

test('given a guest who closes the tab, when the signaling server notices, then the tile goes', async ({
	openGuest,
	room
}) => {
	const ann = await openGuest('Ann', { room });
	const ben = await openGuest('Ben', { room });
	await ann.join();
	await ben.join();
	await expect(ann.tile('Ben')).toBeVisible();

	await ben.closeTab();

	await expect(ann.tile('Ben')).toHaveCount(0, { timeout: 5_000 });
});

test('given a guest without devices, when they turn them on in the call, then they are seen and heard', async ({
	openGuest,
	room
}) => {
	const ann = await openGuest('Ann', { room });
	const ben = await openGuest('Ben', { room });
	await ann.join();
	await ben.join('Join without camera or mic');
	await ben.expectMedia();

	await ben.press('Unmute microphone');
	await ben.press('Turn camera on');

	await ann.expectMedia();
});
