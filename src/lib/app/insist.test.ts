import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { insist } from './insist.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('given a part that comes at the third attempt, when it is loaded, then nobody hears of the other two', async () => {
	const load = vi.fn(() =>
		load.mock.calls.length < 3 ? Promise.reject(new Error('lost')) : Promise.resolve('the part')
	);

	const loaded = insist(load);
	await vi.advanceTimersByTimeAsync(2_499);
	expect(load).toHaveBeenCalledTimes(2);
	await vi.advanceTimersByTimeAsync(1);

	await expect(loaded).resolves.toBe('the part');
});

it('given a part that never comes, when it was tried three times, then that is told', async () => {
	const load = vi.fn(() => Promise.reject(new Error('lost')));

	const loaded = expect(insist(load)).rejects.toThrow('lost');
	await vi.advanceTimersByTimeAsync(10_000);

	await loaded;
	expect(load).toHaveBeenCalledTimes(3);
});
