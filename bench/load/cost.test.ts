import { expect, it } from 'vitest';
import { blockedMs, isBeyond, isFailure, kindOf, longestMs } from './cost.ts';

it.each([
	['/_app/immutable/chunks/a.js', 'text/javascript; charset=utf-8', 'js'],
	['/_app/immutable/assets/a.css', 'text/css', 'css'],
	['/call/demo', 'text/html; charset=utf-8', 'html'],
	['/_app/immutable/assets/words-de.A1b2.json', 'application/json', 'words'],
	['/ocs/v2.php/apps/spreed/api/v4/room/demo', 'application/json', 'other'],
	['/icon.svg', 'image/svg+xml', 'images'],
	['/a.woff2', 'font/woff2', 'fonts']
])('given %s as %s, when it is counted, then as %s', (path, type, kind) => {
	expect(kindOf(path, type)).toBe(kind);
});

const tasks = [
	{ startMs: 10, durationMs: 90 },
	{ startMs: 200, durationMs: 60 },
	{ startMs: 900, durationMs: 300 }
];

it('given long tasks, when blocked time is summed, then only what is over 50 ms of each', () => {
	expect(blockedMs(tasks)).toBe(40 + 10 + 250);
	expect(blockedMs([])).toBe(0);
});

it('given no long task, when the longest is asked for, then it is 0', () => {
	expect(longestMs(tasks)).toBe(300);
	expect(longestMs([])).toBe(0);
});

it('given a figure a little over its bound, when the run is judged, then a time passes and a size does not', () => {
	const time = { about: 'longest task', most: 200, found: 220, of: 'time' as const };

	expect([isBeyond(time), isFailure(time)]).toEqual([true, false]);
	expect(isFailure({ ...time, found: 231 })).toBe(true);
	expect(isFailure({ ...time, of: 'size' })).toBe(true);
	expect(isFailure({ ...time, found: 200, of: 'size' })).toBe(false);
});

it('given a figure that could not be measured, when the run is judged, then it fails', () => {
	expect(isFailure({ about: 'heap', most: 3, found: Number.NaN, of: 'time' })).toBe(true);
});
