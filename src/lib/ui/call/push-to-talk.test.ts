import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PushToTalk } from './push-to-talk.svelte.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function microphone(isOn: boolean) {
	const state = { isOn };
	const talk = new PushToTalk(
		() => state.isOn,
		() => void (state.isOn = !state.isOn)
	);
	return { state, talk };
}

it('given a muted microphone, when Space is held, then it is live until a moment after', () => {
	const { state, talk } = microphone(false);
	talk.press();
	expect([state.isOn, talk.held]).toEqual([true, 'talk']);
	talk.release();
	expect(state.isOn).toBe(true);
	vi.advanceTimersByTime(200);
	expect([state.isOn, talk.held]).toEqual([false, null]);
});

it('given a pause shorter than that moment, when Space is pressed again, then the microphone stays live', () => {
	const { state, talk } = microphone(false);
	talk.press();
	talk.release();
	vi.advanceTimersByTime(100);
	talk.press();
	vi.advanceTimersByTime(1_000);
	expect(state.isOn).toBe(true);
	talk.release();
	vi.advanceTimersByTime(200);
	expect(state.isOn).toBe(false);
});

it('given a live microphone, when Space is held, then it is muted until released', () => {
	const { state, talk } = microphone(true);
	talk.press();
	expect([state.isOn, talk.held]).toEqual([false, 'mute']);
	talk.release();
	expect(state.isOn).toBe(true);
});

it.each([true, false])(
	'given Space is held, when the window is left, then the microphone is muted',
	(isOn) => {
		const { state, talk } = microphone(isOn);
		talk.press();
		talk.leave();
		talk.release();
		vi.advanceTimersByTime(1_000);
		expect([state.isOn, talk.held]).toEqual([false, null]);
	}
);

it('given Space is held, when the microphone is set by other means, then its release changes nothing', () => {
	const { state, talk } = microphone(false);
	talk.press();
	talk.forget();
	talk.release();
	vi.advanceTimersByTime(1_000);
	expect(state.isOn).toBe(true);
});
