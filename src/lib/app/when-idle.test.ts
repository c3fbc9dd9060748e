import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { whenIdle } from './when-idle.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

it('given a browser that tells when it is idle, when something may wait, then it waits for that, with its limit, and can be taken back', () => {
	const waiting = new Map<number, () => void>();
	const limits: (number | undefined)[] = [];
	vi.stubGlobal('requestIdleCallback', (deed: () => void, options?: IdleRequestOptions) => {
		limits.push(options?.timeout);
		waiting.set(limits.length, deed);
		return limits.length;
	});
	vi.stubGlobal('cancelIdleCallback', (handle: number) => waiting.delete(handle));
	const deed = vi.fn();

	whenIdle(deed, 1_000);
	const withdraw = whenIdle(deed, 100);
	vi.runAllTimers();
	expect(deed).not.toHaveBeenCalled();
	expect(limits).toEqual([1_000, 100]);
	withdraw();
	for (const one of waiting.values()) one();

	expect(deed).toHaveBeenCalledOnce();
});

it('given a browser that does not tell, when something may wait, then it comes after what is under way, or not at all', () => {
	const [deed, withdrawn] = [vi.fn(), vi.fn()];

	whenIdle(deed, 1_000);
	whenIdle(withdrawn, 1_000)();
	expect(deed).not.toHaveBeenCalled();
	vi.advanceTimersByTime(1);

	expect(deed).toHaveBeenCalledOnce();
	expect(withdrawn).not.toHaveBeenCalled();
});
