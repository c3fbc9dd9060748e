import { writeFileSync } from 'node:fs';

const sampleRate = 48_000;
const noteMs = 120;
const headerBytes = 44;
const level = 0.4;
/** Hz; uneven steps over two octaves of a voice. */
const notes = [262, 440, 330, 587, 294, 494, 370, 659, 247, 523];

/**
 * Writes sound that is never silent, for a fake microphone: 16 bit, mono, 48 kHz. It changes its pitch all the time,
 * because a browser takes a tone that stays for noise and suppresses it.
 */
export function writeTone(path: string): void {
	const perNote = (sampleRate * noteMs) / 1_000;
	const length = perNote * notes.length;
	const bytes = Buffer.alloc(headerBytes + 2 * length);
	bytes.write('RIFF', 0);
	bytes.writeUInt32LE(bytes.length - 8, 4);
	bytes.write('WAVEfmt ', 8);
	bytes.writeUInt32LE(16, 16);
	bytes.writeUInt16LE(1, 20); // PCM
	bytes.writeUInt16LE(1, 22); // channels
	bytes.writeUInt32LE(sampleRate, 24);
	bytes.writeUInt32LE(2 * sampleRate, 28);
	bytes.writeUInt16LE(2, 32);
	bytes.writeUInt16LE(16, 34);
	bytes.write('data', 36);
	bytes.writeUInt32LE(2 * length, 40);
	let turns = 0;
	for (let index = 0; index < length; index++) {
		turns += (notes[Math.floor(index / perNote)] ?? 0) / sampleRate;
		// with overtones, as a voice has
		const sample = [1, 2, 3].reduce((sum, over) => sum + Math.sin(2 * Math.PI * over * turns) / over, 0);
		bytes.writeInt16LE(Math.round((level / 2) * sample * 32_767), headerBytes + 2 * index);
	}
	writeFileSync(path, bytes);
}
