import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withNextFrame } from './with-next-frame.ts';

/** A page, and the next picture of it. */
const page = { visibilityState: 'visible' };
let frames: Map<number, () => void>;
function showFrame(): void {
	const asked = [...frames.values()];
	frames.clear();
	for (const draw of asked) draw();
}

beforeEach(() => {
	vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
	frames = new Map();
	page.visibilityState = 'visible';
	let count = 0;
	vi.stubGlobal('document', page);
	vi.stubGlobal('requestAnimationFrame', (draw: () => void) => {
		frames.set(++count, draw);
		return count;
	});
	vi.stubGlobal('cancelAnimationFrame', (handle: number) => frames.delete(handle));
});
afterEach(() => {
	vi.runAllTimers();
	vi.useRealTimers();
	vi.unstubAllGlobals();
});

it('given several deeds, when they are asked for again and again, then each is done once with the next picture, in their order', () => {
	const done: string[] = [];
	const [one, other] = [() => void done.push('one'), () => void done.push('other')];

	for (const deed of [one, other, one, one]) withNextFrame(deed);
	expect(done).toEqual([]);
	expect(frames.size).toBe(1);
	showFrame();
	expect(done).toEqual(['one', 'other']);

	vi.runAllTimers();
	expect(done).toEqual(['one', 'other']);
	withNextFrame(one);
	showFrame();
	expect(done).toEqual(['one', 'other', 'one']);
});

it('given a page that gets no picture, when 50 ms have passed, then it is done all the same, and not again', () => {
	const deed = vi.fn();
	withNextFrame(deed);

	vi.advanceTimersByTime(49);
	expect(deed).not.toHaveBeenCalled();
	vi.advanceTimersByTime(1);
	showFrame();

	expect(deed).toHaveBeenCalledOnce();
});

it('given a deed, when it is taken back, then it is not done, and the others are', () => {
	const [withdrawn, deed] = [vi.fn(), vi.fn()];
	withNextFrame(withdrawn)();
	withNextFrame(deed);

	showFrame();

	expect(withdrawn).not.toHaveBeenCalled();
	expect(deed).toHaveBeenCalledOnce();
});

it('given a page that nobody sees, when something is asked for, then it is done at once, and not once more', () => {
	const deed = vi.fn();
	withNextFrame(deed);
	page.visibilityState = 'hidden';

	withNextFrame(deed);
	expect(deed).toHaveBeenCalledOnce();
	showFrame();

	expect(deed).toHaveBeenCalledOnce();
});

it('given a deed that asks for itself again, when a picture comes, then it is done with the one after', () => {
	let count = 0;
	const again = () => {
		count += 1;
		if (count < 3) withNextFrame(again);
	};
	withNextFrame(again);

	showFrame();
	expect(count).toBe(1);
	showFrame();
	expect(count).toBe(2);
});
