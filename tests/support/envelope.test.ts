import { expect, it } from 'vitest';
import { bestLag, energyEnvelope, longestGapMs } from './envelope.ts';

/** Bursts of a tone at uneven distances, as speech is. */
const bursts = (count: number) =>
	Float32Array.from({ length: 960 * count }, (_, index) => {
		const step = Math.floor(index / 960);
		return [3, 4, 9, 17, 18, 19, 40].includes(step % 47) ? 0.5 * Math.sin(index / 10) : 0;
	});

it('given silence, a constant and half a step, then each step has its loudness', () => {
	const samples = new Float32Array(960 * 2 + 480).fill(0.5, 960);

	expect([...energyEnvelope(samples)]).toEqual([0, 0.5]);
});

it('given another sample rate, then a step is still 20 ms', () => {
	expect(energyEnvelope(new Float32Array(8_000), 8_000)).toHaveLength(50);
});

it('given the same sound later, softer and with noise, then the lag is found', () => {
	const sent = energyEnvelope(bursts(100));
	const late = new Float32Array(960 * 120);
	late.set(bursts(100), 960 * 7);
	const heard = energyEnvelope(late.map((sample, index) => sample * 0.1 + 0.001 * Math.cos(index * 7)));

	const { lag, correlation } = bestLag(sent, heard, 15);

	expect(lag).toBe(7);
	expect(correlation).toBeGreaterThan(0.99);
});

it('given unrelated or silent sound, then nothing is alike', () => {
	const sent = energyEnvelope(bursts(100));

	expect(bestLag(sent, new Float32Array(110), 10)).toEqual({ lag: 0, correlation: 0 });
	expect(
		bestLag(
			sent,
			new Float32Array(110).map((_, index) => index % 2),
			10
		).correlation
	).toBeLessThan(0.5);
});

it('given less sound than the lag asked for, then that is a mistake', () => {
	expect(() => bestLag(new Float32Array(10), new Float32Array(10), 9)).toThrow(RangeError);
});

it.each([
	{ heard: [1, 1, 1, 1, 1], gap: 0 },
	{ heard: [1, 0, 1, 0.05, 0.09, 1, 1, 1], gap: 40 },
	{ heard: [1, 1, 1, 1, 0, 0, 0], gap: 60 },
	{ heard: [0, 0, 0], gap: 60 },
	{ heard: [], gap: 0 }
])('given $heard, then the longest gap is $gap ms', ({ heard, gap }) => {
	expect(longestGapMs(Float32Array.from(heard))).toBe(gap);
});
