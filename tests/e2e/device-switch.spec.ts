import { chooseDevice } from '../support/call-steps.ts';
import { energyEnvelope, longestGapMs } from '../support/envelope.ts';
import { expect, test, type Guest } from '../support/guest.ts';
import { openDevices, receivedFlows, receivedMedia, startRecording } from '../support/media-probe.ts';
import { writeTone } from '../support/tone.ts';

const gapAtMostMs = 300;

const concealedMs = async ({ page }: Guest) =>
	(await receivedFlows(page)).reduce((sum, flow) => sum + flow.concealedMs, 0);

test('given a guest who is heard, when the microphone is changed, then no gap is longer than 300 ms', async ({
	openGuest
}, testInfo) => {
	const tone = testInfo.outputPath('tone.wav');
	writeTone(tone);
	const ann = await openGuest('Ann', { args: [`--use-file-for-fake-audio-capture=${tone}`] });
	// pictures would take the time that the sound needs on a small machine
	await ann.page.getByRole('button', { name: 'Turn camera off' }).click();
	await ann.join();
	const ben = await openGuest('Ben', { args: [] });
	await ben.join('Join without camera or mic');
	await expect.poll(async () => (await receivedMedia(ben.page)).audioEnergy).toBeGreaterThan(1);
	const connections = await Promise.all(
		[ann, ben].map(async ({ page }) => (await receivedMedia(page)).connections)
	);
	const before = await openDevices(ann.page);
	expect(before.labels).toEqual(['Fake Default Audio Input']);

	for (const label of ['Fake Audio Input 2', 'Fake Audio Input 1', 'Fake Default Audio Input']) {
		const recording = await startRecording(ben.page);
		const concealed = await concealedMs(ben);

		await chooseDevice(ann, 'Microphone', label);

		// the old one lives on until every connection has taken the new one
		await expect.poll(async () => (await openDevices(ann.page)).labels).toEqual([label]);
		const madeUp = (await concealedMs(ben)) - concealed;
		const heard = energyEnvelope(await recording.stop());
		const gap = longestGapMs(heard);
		console.log(
			`to "${label}": ${heard.length * 20} ms heard, longest gap ${gap} ms, ${madeUp.toFixed(0)} ms made up`
		);
		expect(gap).toBeLessThanOrEqual(gapAtMostMs);
		// what the receiver invents sounds like sound: it counts as a gap too
		expect(madeUp).toBeLessThanOrEqual(gapAtMostMs);
	}

	expect(
		await Promise.all([ann, ben].map(async ({ page }) => (await receivedMedia(page)).connections))
	).toEqual(connections);
	// one track and one copy to measure it for each change, and those of the dialog's meter: not more with every word
	expect((await openDevices(ann.page)).ever - before.ever).toBeLessThanOrEqual(18);
});
