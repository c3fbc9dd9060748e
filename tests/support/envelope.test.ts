import { expect, it } from 'vitest';
import { align, bestLag, energyEnvelope, longestGapMs } from './envelope.ts';

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

/** Loudness of somebody who speaks for 15 s: words of uneven length, loudness and distance, the same for the same seed. */
function speech(seed: number): Float32Array {
	let state = seed;
	const random = () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
	const envelope = new Float32Array(750);
	for (let at = 0; at < envelope.length; at += 5 + Math.floor(20 * random())) {
		const end = at + 4 + Math.floor(15 * random());
		envelope.fill(0.2 + 0.8 * random(), at, end);
		at = end;
	}
	return envelope;
}
const later = (envelope: Float32Array, lag: number) =>
	Float32Array.from({ length: envelope.length + 100 }, (_, index) => envelope[index - lag] ?? 0);

it('given sound that was stretched by 3 % on its way, when it is aligned, then it is as alike as it was, and the drift is known', () => {
	const stretched = speech(1).map((_, index, all) => all[Math.floor(index / 1.03)] ?? 0);

	const { lag, drift, correlation } = align(speech(1), later(stretched, 20), 100);

	expect(correlation).toBeGreaterThan(0.85);
	expect(bestLag(speech(1), later(stretched, 20), 100).correlation).toBeLessThan(0.5);
	expect(lag).toBeGreaterThan(20);
	expect(drift).toBeGreaterThan(10);
});

it('given sound with a pause of 200 ms put in and caught up again, when it is aligned, then it is alike', () => {
	const paused = later(speech(2), 12);
	paused.copyWithin(310, 300, 500).fill(0, 300, 310);

	expect(align(speech(2), paused, 100).correlation).toBeGreaterThan(0.85);
});

it('given sound that only came late, when it is aligned, then that is all that is found', () => {
	expect(align(speech(3), later(speech(3), 20), 100)).toEqual({
		lag: 20,
		drift: 0,
		correlation: expect.closeTo(1)
	});
});

it.each([
	['other words', later(speech(5), 20)],
	['the words backwards', later(speech(4).reverse(), 20)],
	[
		'a noise',
		Float32Array.from({ length: 850 }, (_, index) => Math.abs(Math.sin(index * 12.9898) * 43_758.5453) % 1)
	],
	['nothing', new Float32Array(850)],
	[
		'only every other 600 ms',
		later(
			speech(4).map((loudness, index) => (index % 60 < 30 ? loudness : 0)),
			20
		)
	]
])('given %s instead, when it is aligned, then it is not alike', (_, heard) => {
	expect(align(speech(4), heard, 100).correlation).toBeLessThan(0.75);
});

it('given less sound than the lag asked for, when it is aligned, then that is a mistake', () => {
	expect(() => align(new Float32Array(10), new Float32Array(10), 9)).toThrow(RangeError);
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
