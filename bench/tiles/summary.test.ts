import { expect, it } from 'vitest';
import type { Cost } from './receiver.ts';
import { beyond, compare, sideOf, verdicts, type Cell } from './summary.ts';

const cost = (parts: Partial<Cost> = {}): Cost => ({
	cpu: 600,
	besideCpu: 200,
	mainThread: 0.01,
	decodedStreams: 16,
	decodedFps: 240,
	leastFps: 15,
	shownFps: 240,
	dropped: 0,
	concealedShare: 0,
	videos: 16,
	seconds: 4,
	isSettled: true,
	privateBytes: 100 * 1_048_576,
	heapBytes: 1_048_576,
	...parts
});
const cell = (name: string, parts: Partial<Cell> = {}): Cell => ({
	name,
	members: 16,
	media: 'video',
	kinds: ['roost', 'floor'],
	isJudged: true,
	...parts
});
const whats = (all: ReturnType<typeof verdicts>) => all.map(({ what }) => what);

it('given three turns, when they are summed up, then the middle one counts', () => {
	const side = sideOf([cost({ cpu: 900 }), cost({ cpu: 500 }), cost({ cpu: 600 })], 'video');
	expect(side).toMatchObject({ turns: 3, cpu: 600, cpuP90: 840, isDriven: true });
});

it('given pictures that were dropped, when they are summed up, then their share is of all that there were', () => {
	expect(sideOf([cost({ dropped: 40 })], 'video').droppedShare).toBe(0.04);
	expect(sideOf([cost({ dropped: 0, shownFps: 0 })], 'audio').droppedShare).toBe(0);
});

it('given the same work, when it costs a fifth more, then it is beyond its bound and not beyond what is tolerated', () => {
	const found = verdicts([compare(cell('video-16'), { roost: [cost({ cpu: 720 })], floor: [cost()] })]);
	expect(whats(found)).not.toContain('video-16: processor per picture');
	expect(beyond(found, 1)).toEqual(['video-16: processor: 1.2 beyond 1.15']);
	expect(beyond(found, 1.15)).toEqual([]);
});

it('given fewer pictures than the floor decodes, when the whole is cheaper, then each of them is judged as well', () => {
	const roost = [cost({ cpu: 500, decodedStreams: 15, decodedFps: 225 })];
	const floor = [cost({ cpu: 600, decodedStreams: 25, decodedFps: 375 })];
	const found = verdicts([compare(cell('video-25', { members: 25 }), { roost, floor })]);
	expect(beyond(found, 1)).toEqual(['video-25: processor per picture: 1.39 beyond 1.15']);
	expect(whats(found)).toContain('video-25: processor');
});

it.each([
	['fewer pictures than were sent', cost({ decodedFps: 100 })],
	['late ones all at once', cost({ decodedFps: 900 })],
	['streams that should have ended', cost({ isSettled: false })]
])('given a machine that decoded %s, when it is judged, then nothing is', (_, slow) => {
	expect(verdicts([compare(cell('video-16'), { roost: [slow], floor: [cost()] })])).toEqual([]);
});

it('given one and sixteen streams, when memory is judged, then it is what each stream adds', () => {
	const at = (decodedStreams: number, megabytes: number) =>
		cost({ decodedStreams, decodedFps: 15 * decodedStreams, privateBytes: megabytes * 1_048_576 });
	const found = verdicts([
		compare(cell('video-1', { members: 1 }), { roost: [at(1, 80)], floor: [at(1, 40)] }),
		compare(cell('video-16'), { roost: [at(15, 122)], floor: [at(16, 70)] })
	]);
	expect(found).toContainEqual({ what: 'memory per stream', value: 1.5, bound: 1.2, of: 'ratio' });
});

it('given a crowd, when it is judged, then beside Roost itself, and a figure that is none is beyond its bound', () => {
	const crowd = (cpu: number) =>
		verdicts([
			compare(cell('video-16'), { roost: [cost({ cpu: 500 })], floor: [cost()] }),
			compare(cell('crowd-50', { members: 50 }), { roost: [cost({ cpu })], floor: [] })
		]);
	expect(beyond(crowd(590), 1)).toEqual([]);
	expect(beyond(crowd(700), 1.15)).toEqual(['50 members beside 16: processor: 1.4 beyond 1.2']);
	expect(beyond(crowd(Number.NaN), 1.15)).toEqual(['50 members beside 16: processor: NaN beyond 1.2']);
});
