import type { Page } from '@playwright/test';
import { expectSilenceWhileMuted } from '../support/call-steps.ts';
import { expect, test, type Guest } from '../support/guest.ts';
import { liveLocalTracks, receivedMedia } from '../support/media-probe.ts';

/** How many connections this page has had, open and closed ones. */
const connectionsOf = async (page: Page) => (await receivedMedia(page)).connections;

async function expectFrames({ page, name }: Guest): Promise<void> {
	const { framesDecoded } = await receivedMedia(page);
	await expect
		.poll(async () => (await receivedMedia(page)).framesDecoded, `${name} sees`)
		.toBeGreaterThan(framesDecoded + 15);
}

test('given a guest who is heard, when the microphone is muted, then it is silent at once until it is unmuted', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join();
	await ben.join();
	await ben.expectMedia();

	await expectSilenceWhileMuted(ann, ben);
});

test('given a guest who is seen, when the camera is turned off and on, then it is released and seen again over the same connection', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join();
	await ben.join();
	await ben.expectMedia();
	const connections = await connectionsOf(ben.page);
	const video = ben.tile('Ann').locator('video');
	await expect(video).toBeVisible();

	await ann.press('Turn camera off');

	await expect.poll(() => liveLocalTracks(ann.page)).toMatchObject({ video: 0 });
	await expect(video).toHaveCount(0);

	await ann.press('Turn camera on');

	await expectFrames(ben);
	await expect(video).toBeVisible();
	expect(await connectionsOf(ben.page)).toEqual(connections);
});

for (const other of ['Join', 'Join without camera or mic'] as const) {
	test(`given a guest who joined without devices, when the camera is turned on, then it is seen (the other pressed "${other}")`, async ({
		openGuest
	}) => {
		const ben = await openGuest('Ben');
		await ben.join(other);
		const ann = await openGuest('Ann');
		await ann.join('Join without camera or mic');
		await expect(ben.tile('Ann')).toBeVisible();
		expect((await receivedMedia(ben.page)).framesDecoded).toBe(0);

		await ann.press('Turn camera on');

		await expectFrames(ben);
		await expect(ben.tile('Ann').locator('video')).toBeVisible();

		await ann.press('Unmute microphone');

		await ben.expectMedia();
	});
}

test('given a guest who is heard, when the computer has slept for hours, then the microphone is muted, and they are told', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { prepare: (page) => page.clock.install() });
	await ann.join();
	await expect(ann.controls.getByRole('button', { name: 'Mute microphone', exact: true })).toBeVisible();
	// whoever has only just come in is not watched yet
	await expect(async () => {
		await ann.page.clock.fastForward('03:00:00');
		await expect(ann.controls.getByRole('button', { name: 'Unmute microphone', exact: true })).toBeVisible({
			timeout: 2_000
		});
	}).toPass();

	const told = ann.page.getByRole('main').getByText('You were away for a while, so your microphone is muted');
	await expect(told).toBeVisible();
});
