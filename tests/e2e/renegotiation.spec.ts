import type { Page } from '@playwright/test';
import { energyEnvelope, longestGapMs } from '../support/envelope.ts';
import { expect, test, type Guest } from '../support/guest.ts';
import {
	mediaSections,
	receivedFlows,
	receivedMedia,
	silentEnergy,
	startRecording
} from '../support/media-probe.ts';
import { writeTone } from '../support/tone.ts';

const listening = 'Join without camera or mic';
const gapAtMostMs = 300;
const times = 5;

const framesDecoded = async (page: Page) => (await receivedMedia(page)).framesDecoded;
const audioEnergy = async (page: Page) => (await receivedMedia(page)).audioEnergy;

/** Decoded frames grow from here on. */
async function expectSeen({ page, name }: Guest): Promise<void> {
	const before = await framesDecoded(page);
	await expect.poll(() => framesDecoded(page), `${name} sees`).toBeGreaterThan(before + 10);
}

/** Something is heard from here on. */
async function expectHeard({ page, name }: Guest): Promise<void> {
	const before = await audioEnergy(page);
	await expect.poll(() => audioEnergy(page), `${name} hears`).toBeGreaterThan(before + silentEnergy);
}

/** Nothing was built anew, and the one connection has no more than a section for sound and one for pictures. */
async function expectOneConnection(guests: readonly Guest[]): Promise<void> {
	for (const { page } of guests) {
		expect((await receivedMedia(page)).connections).toEqual({ open: 1, closed: 0 });
		expect(await mediaSections(page)).toEqual([{ transceivers: 2, sections: 2 }]);
	}
}

test('given a guest with a microphone only, when the camera is turned on, then it is seen and the sound never stops', async ({
	openGuest
}, testInfo) => {
	const tone = testInfo.outputPath('tone.wav');
	writeTone(tone);
	const ann = await openGuest('Ann', { args: [`--use-file-for-fake-audio-capture=${tone}`] });
	await ann.page.getByRole('button', { name: 'Turn camera off' }).click();
	await ann.join();
	const ben = await openGuest('Ben', { args: [] });
	await ben.join(listening);
	await expect.poll(() => audioEnergy(ben.page)).toBeGreaterThan(1);
	expect(await framesDecoded(ben.page)).toBe(0);
	const concealed = async () =>
		(await receivedFlows(ben.page)).reduce((sum, flow) => sum + flow.concealedMs, 0);

	const recording = await startRecording(ben.page);
	const concealedBefore = await concealed();
	await ann.press('Turn camera on');
	await expectSeen(ben);
	const madeUp = (await concealed()) - concealedBefore;
	const gap = longestGapMs(energyEnvelope(await recording.stop()));

	console.log(`camera on: longest gap of sound ${gap} ms, ${madeUp.toFixed(0)} ms made up by the receiver`);
	expect(gap).toBeLessThanOrEqual(gapAtMostMs);
	expect(madeUp).toBeLessThanOrEqual(gapAtMostMs);
	await expect(ben.tile('Ann').locator('video')).toBeVisible();
	await expectOneConnection([ann, ben]);
});

test('given two guests who joined to listen, when each turns something on, then the other hears and sees it', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join(listening);
	await ben.join(listening);
	await expect(ben.tile('Ann')).toBeVisible();

	await ann.press('Unmute microphone');

	await expectHeard(ben);
	expect(await framesDecoded(ben.page)).toBe(0);

	await ben.press('Turn camera on');

	await expectSeen(ann);
	await expectHeard(ben);

	await ben.press('Unmute microphone');
	await ann.press('Turn camera on');

	await ann.expectMedia();
	await ben.expectMedia();
	await expectOneConnection([ann, ben]);
});

test(`given a call of two, when camera and microphone go off and on ${times} times, then the same two sections carry all of it`, async ({
	openGuest
}) => {
	const ann = await openGuest('Ann');
	const ben = await openGuest('Ben');
	await ann.join('Join without camera or mic');
	await ben.join();
	await ann.press('Unmute microphone');
	await ann.press('Turn camera on');
	await ben.expectMedia();

	for (let time = 0; time < times; time++) {
		await ann.press('Turn camera off');
		await ann.press('Mute microphone');
		await expect(ben.tile('Ann')).toHaveAccessibleName(/microphone off/);
		await expect(ben.tile('Ann').locator('video')).toHaveCount(0);
		await ann.press('Turn camera on');
		await ann.press('Unmute microphone');

		await expectSeen(ben);
		await expectHeard(ben);
		await expectOneConnection([ann, ben]);
	}
});
