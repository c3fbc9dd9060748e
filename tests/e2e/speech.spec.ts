import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bestLag, energyEnvelope } from '../support/envelope.ts';
import { expect, test } from '../support/guest.ts';
import { recordRemoteAudio } from '../support/media-probe.ts';

const file = fileURLToPath(new URL('../fixtures/speech.wav', import.meta.url));
const headerBytes = 44;
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
	await ann.join();
	await ben.join();
	await ben.expectMedia();

	const heard = energyEnvelope(await recordRemoteAudio(ben.page, heardMs));

	// the file is played over and over, so what was heard begins somewhere in the first of two rounds
	const said = energyEnvelope(readSamples(file));
	const { correlation, lag } = bestLag(heard, Float32Array.of(...said, ...said), said.length);
	console.log(`speech: correlation ${correlation.toFixed(3)}, found ${lag * 20} ms into the file`);
	expect(correlation).toBeGreaterThanOrEqual(0.8);
});
