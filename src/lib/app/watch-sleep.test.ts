import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchSleep } from './watch-sleep.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** The clock goes on, and no timer runs until that is over. */
const sleep = (ms: number) => {
	vi.setSystemTime(Date.now() + ms);
	vi.advanceTimersByTime(1_000);
};

it('given a computer that slept for hours, when it wakes, then that is said once', () => {
	const onwake = vi.fn();
	watchSleep(120_000, onwake);
	vi.advanceTimersByTime(10_000);
	sleep(3 * 3_600_000);
	expect(onwake).toHaveBeenCalledOnce();

	vi.advanceTimersByTime(600_000);
	expect(onwake).toHaveBeenCalledOnce();

	// a second is between two looks
	sleep(118_000);
	expect(onwake).toHaveBeenCalledOnce();
	sleep(121_000);
	expect(onwake).toHaveBeenCalledTimes(2);
});

it('given a page in the background, when its timers come once a minute, then nobody slept', () => {
	const onwake = vi.fn();
	watchSleep(120_000, onwake);
	for (let minute = 0; minute < 30; minute += 1) sleep(60_000);

	expect(onwake).not.toHaveBeenCalled();
});

it('given a clock that is set back, when time goes on, then nobody slept', () => {
	const onwake = vi.fn();
	watchSleep(120_000, onwake);
	sleep(-3_600_000);
	sleep(60_000);

	expect(onwake).not.toHaveBeenCalled();
});

it('given a watch that has ended, when the computer wakes, then nothing is said', () => {
	const onwake = vi.fn();
	watchSleep(120_000, onwake)();
	sleep(3_600_000);

	expect(onwake).not.toHaveBeenCalled();
});
