import { fireEvent, render, screen } from '@testing-library/svelte';
import type { ComponentProps } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import MicrophoneHint from './MicrophoneHint.svelte';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function open(over: Partial<ComponentProps<typeof MicrophoneHint>> = {}) {
	const props = {
		kind: 'muted' as const,
		device: 'Headset',
		onunmute: vi.fn(),
		onsilence: vi.fn(),
		onchoose: vi.fn(),
		ontest: vi.fn(),
		onclose: vi.fn(),
		...over
	};
	const { unmount } = render(MicrophoneHint, props);
	return { ...props, unmount };
}

it('given somebody who speaks while muted, when it is said, then unmuting and never saying it again are one press away', async () => {
	const { onunmute, onsilence } = open();

	screen.getByText('You are muted');
	await fireEvent.click(screen.getByRole('button', { name: 'Unmute' }));
	await fireEvent.click(screen.getByRole('button', { name: 'Do not tell me again' }));

	expect(onunmute).toHaveBeenCalledOnce();
	expect(onsilence).toHaveBeenCalledOnce();
});

it('given that hint, when four seconds pass, then it goes, unless somebody is about to answer it', async () => {
	const { onclose } = open();
	await vi.advanceTimersByTimeAsync(3_900);
	await fireEvent.focusIn(screen.getByRole('button', { name: 'Unmute' }));
	await vi.advanceTimersByTimeAsync(10_000);
	expect(onclose).not.toHaveBeenCalled();
	await fireEvent.focusOut(screen.getByRole('button', { name: 'Unmute' }));
	await vi.advanceTimersByTimeAsync(4_000);

	expect(onclose).toHaveBeenCalledOnce();
});

it('given a microphone that gives nothing, when it is said, then it stays until it is answered', async () => {
	const { onchoose, ontest, onclose } = open({ kind: 'silent' });
	await vi.advanceTimersByTimeAsync(60_000);
	expect(onclose).not.toHaveBeenCalled();

	screen.getByText((words) => words.replace(/[\u2068\u2069]/g, '') === 'No sound from Headset');
	await fireEvent.click(screen.getByRole('button', { name: 'Choose another' }));
	await fireEvent.click(screen.getByRole('button', { name: 'Test' }));
	await fireEvent.click(screen.getByRole('button', { name: 'Ignore' }));

	expect(onchoose).toHaveBeenCalledOnce();
	expect(ontest).toHaveBeenCalledOnce();
	expect(onclose).toHaveBeenCalledOnce();
});

it('given a microphone that the system took, when it is said, then it is not called our own mute', () => {
	open({ kind: 'paused' });

	screen.getByText('Microphone paused by the system');
	expect(screen.queryByRole('button')).toBeNull();
});

it('given the hint has the focus, when it goes, then the microphone has it', () => {
	const { unmount } = open();
	const microphone = document.body.appendChild(document.createElement('button'));
	microphone.dataset['control'] = 'microphone';
	screen.getByRole('button', { name: 'Unmute' }).focus();

	unmount();

	expect(document.activeElement).toBe(microphone);
	microphone.remove();
});
