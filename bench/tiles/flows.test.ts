import { expect, it } from 'vitest';
import { isCatchingUp, receivedIn, runningIn, type Counters, type Flow } from './flows.ts';

const nothing = { energy: 0, concealed: 0, samples: 0, dropped: 0 };
const flow = (ssrc: number, parts: Partial<Flow> = {}): Flow => ({
	...nothing,
	ssrc,
	at: 0,
	frames: 0,
	...parts
});
const look = (at: number, flows: readonly Flow[], parts: Partial<Counters> = {}): Counters => ({
	at,
	flows: flows.map((one) => ({ ...one, at })),
	shown: 0,
	notShown: 0,
	videos: flows.length,
	connected: flows.length,
	...parts
});

it('given streams that began one after the other, when they are counted, then each is compared with itself', () => {
	// the first has been running for a minute, the last was paused after two pictures
	const before = look(0, [flow(1, { frames: 900 }), flow(2, { frames: 450 }), flow(3, { frames: 2 })]);
	const after = look(4_000, [flow(1, { frames: 960 }), flow(2, { frames: 510 }), flow(3, { frames: 2 })]);

	expect(receivedIn(before, after)).toMatchObject({ decodedStreams: 2, decodedFps: 30, leastFps: 15 });
	expect(runningIn(before, after, 'video')).toBe(2);
	expect(isCatchingUp(before, after)).toBe(false);
});

it('given a stream that came between two looks and one whose decoder began anew, when they are counted, then only what ran through counts', () => {
	const before = look(0, [flow(1, { frames: 100 }), flow(2, { frames: 300, dropped: 9, samples: 500 })]);
	const after = look(2_000, [flow(1, { frames: 130 }), flow(2, { frames: 4 }), flow(3, { frames: 40 })]);

	expect(receivedIn(before, after)).toMatchObject({
		decodedStreams: 1,
		decodedFps: 15,
		dropped: 0,
		concealedShare: 0
	});
});

it('given statistics that are older than the look, when pictures are counted, then it is the time of the statistics that counts', () => {
	const before = { ...look(0, []), flows: [flow(1, { at: 200 })] };
	const after = { ...look(5_000, []), flows: [flow(1, { at: 4_200, frames: 60 })] };

	expect(receivedIn(before, after).decodedFps).toBe(15);
});

it('given pictures that waited, when they are decoded all at once, then it is seen that this is no usual rate', () => {
	expect(isCatchingUp(look(0, [flow(1)]), look(1_000, [flow(1, { frames: 22 })]))).toBe(true);
	expect(isCatchingUp(look(0, [flow(1)]), look(1_000, [flow(1, { frames: 20 })]))).toBe(false);
});

it('given pictures that were lost on the way and pictures that were not shown, when they are counted, then both are dropped', () => {
	const before = look(0, [flow(1, { dropped: 1 })], { shown: 10, notShown: 4 });
	const after = look(2_000, [flow(1, { dropped: 3, frames: 30 })], { shown: 36, notShown: 8 });

	expect(receivedIn(before, after)).toMatchObject({ dropped: 6, shownFps: 13 });
});

it('given voices, when one is silent, then the others are decoded, and of what came it is told how much was made up', () => {
	const before = look(0, [flow(1), flow(2)]);
	const after = look(1_000, [
		flow(1, { energy: 0.2, samples: 48_000, concealed: 480 }),
		flow(2, { samples: 48_000 })
	]);

	expect(receivedIn(before, after)).toMatchObject({ decodedStreams: 1, concealedShare: 0.005 });
	expect(runningIn(before, after, 'audio')).toBe(1);
});
