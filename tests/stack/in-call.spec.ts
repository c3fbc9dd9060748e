import { expectSilenceWhileMuted } from '../support/call-steps.ts';
import { writeTone } from '../support/tone.ts';
import { expect, test } from './support/stack.ts';

test('given a guest who is heard, when the microphone is muted, then it is silent at once until it is unmuted', async ({
	pair: [ann, ben]
}) => {
	await expectSilenceWhileMuted(ann, ben);
});

test('given a guest who speaks, when they stop and go on, then the others are shown it', async ({
	openGuest
}, testInfo) => {
	// it never pauses: only muted it is silent; said over the data channel alone
	const tone = testInfo.outputPath('tone.wav');
	writeTone(tone);
	const ann = await openGuest('Ann', { args: [`--use-file-for-fake-audio-capture=${tone}`] });
	const ben = await openGuest('Ben');
	await ann.join();
	await ben.join();
	await ben.expectMedia();
	for (let time = 1; time <= 2; time++) {
		await ann.press('Mute microphone');
		await expect(ben.tile('Ann')).not.toHaveClass(/speaking/);

		await ann.press('Unmute microphone');

		await expect(ben.tile('Ann')).toHaveClass(/speaking/);
	}
});
