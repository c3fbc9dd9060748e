import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { levelOf, readWav, resample, writeWav, type Sound } from './sound.ts';

const tone = (hz: number, rate: number, seconds = 0.5): Sound => ({
	rate,
	samples: Float32Array.from(
		{ length: rate * seconds },
		(_, index) => 0.5 * Math.sin((2 * Math.PI * hz * index) / rate)
	)
});

it('given sound, when it is written and read, then it is the same to one step of 16 bit', () => {
	const sound = tone(440, 16_000);

	const read = readWav(writeWav(sound));

	expect(read.rate).toBe(16_000);
	expect(read.samples.length).toBe(sound.samples.length);
	expect(
		Math.max(...read.samples.map((sample, index) => Math.abs(sample - (sound.samples[index] ?? 0))))
	).toBeLessThan(1 / 16_000);
});

it('given the spoken digits of the tests, when they are read, then there is sound in them', () => {
	const sound = readWav(readFileSync(new URL('../../tests/fixtures/digits.wav', import.meta.url)));

	expect(sound.rate).toBe(16_000);
	expect(sound.samples.length / sound.rate).toBeGreaterThan(5);
	expect(levelOf(sound)).toBeGreaterThan(-25);
});

it.each([
	['nothing at all', Buffer.alloc(0)],
	['text', Buffer.from('RIFF but not really a file of sound, rather a text')]
])('given %s instead of sound, when it is read, then that is said', (_, bytes) => {
	expect(() => readWav(bytes)).toThrow(RangeError);
});

it('given tones, when they are resampled, then those that fit stay, and those that do not are gone instead of heard lower', () => {
	const low = resample(tone(1_000, 48_000), 16_000);
	const high = resample(tone(12_000, 48_000), 16_000);

	expect(low.samples.length).toBe(8_000);
	expect(levelOf(low)).toBeCloseTo(levelOf(tone(1_000, 16_000)), 0);
	expect(Math.max(...high.samples.slice(200, -200).map(Math.abs))).toBeLessThan(0.02);
	expect(() => resample(tone(440, 16_000), 48_000)).toThrow(RangeError);
});

it('given silence, when its level is asked for, then there is none', () => {
	expect(levelOf({ samples: new Float32Array(100), rate: 48_000 })).toBe(-Infinity);
});
