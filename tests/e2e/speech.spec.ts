import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { align, energyEnvelope } from '../support/envelope.ts';
import { expect, test } from '../support/guest.ts';
import { receivedMedia, recordRemoteAudio, silentEnergy } from '../support/media-probe.ts';

const file = fileURLToPath(new URL('../fixtures/speech.wav', import.meta.url));
const headerBytes = 44;
const samplesPerMs = 48;
/** At first the gain is still adapting and the buffer of the receiver is finding its length. */
const settlingMs = 3_000;
const heardMs = 6_000;

/** @returns the samples of a 16 bit mono WAV file without extra chunks, -1 to 1 */
function readSamples(path: string): Float32Array {
	const bytes = readFileSync(path);
	const samples = new Float32Array((bytes.length - headerBytes) / 2);
	return samples.map((_, index) => bytes.readInt16LE(headerBytes + 2 * index) / 32_768);
}

test('given a guest who speaks, when another listens, then what is heard is what was said', async ({
	openGuest
}) => {
	const ann = await openGuest('Ann', { args: [`--use-file-for-fake-audio-capture=${file}`] });
	const ben = await openGuest('Ben', { args: [] });
	for (const guest of [ann, ben]) {
		// pictures would take the time that the sound needs on a small machine
		await guest.page.getByRole('button', { name: 'Turn camera off' }).click();
		await guest.join();
	}
	await expect.poll(async () => (await receivedMedia(ben.page)).audioEnergy).toBeGreaterThan(silentEnergy);

	// the file is played over and over, so what is heard begins somewhere in the first of two rounds
	const said = energyEnvelope(readSamples(file));
	const hear = async () => {
		const recorded = await recordRemoteAudio(ben.page, settlingMs + heardMs);
		const heard = energyEnvelope(recorded.subarray(settlingMs * samplesPerMs));
		const { correlation } = align(heard, Float32Array.of(...said, ...said), said.length);
		console.log(`speech: correlation ${correlation.toFixed(3)}`);
		return correlation;
	};
	// listened to again when the machine was too busy to keep time
	await expect.poll(hear, { timeout: 50_000 }).toBeGreaterThanOrEqual(0.8);
});
