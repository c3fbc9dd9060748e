import fc from 'fast-check';
import { fireEvent, render, screen } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { AnnouncerState } from './announcer.svelte.ts';
import Button from './Button.svelte';
import Dialog from './Dialog.svelte';
import IconButton from './IconButton.svelte';
import { fillOf, initialsOf } from './initials.ts';
import LevelMeter from './LevelMeter.svelte';
import Spinner from './Spinner.svelte';
import Switch from './Switch.svelte';
import Toasts from './Toasts.svelte';

// jsdom knows the element, not its methods
HTMLDialogElement.prototype.showModal = function () {
	this.open = true;
};
HTMLDialogElement.prototype.close = () => undefined;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());
const words = (text: string) => createRawSnippet(() => ({ render: () => `<span>${text}</span>` }));

it('given a button that cannot be used, when it is pressed, then it refuses, with its reason and its focus', async () => {
	const [onclick, onrefuse] = [vi.fn(), vi.fn()];
	render(Button, { disabledReason: 'Not yet', onclick, onrefuse, children: words('Go') });
	const button = screen.getByRole('button', { name: 'Go', description: 'Not yet' });

	button.focus();
	await fireEvent.click(button);

	expect(onclick).not.toHaveBeenCalled();
	expect(onrefuse).toHaveBeenCalledOnce();
	expect(document.activeElement).toBe(button);
});

it('given a button with an icon, when its owner says that it does nothing now, then it is shown so', () => {
	render(IconButton, { label: 'Zoom in', 'aria-disabled': true, children: words('+') });

	expect(screen.getByRole('button', { name: 'Zoom in' }).getAttribute('aria-disabled')).toBe('true');
});

it('given a switch, when it is pressed and its owner refuses, then it shows the owner’s value', async () => {
	const onchange = vi.fn();
	render(Switch, { label: 'Remember', isOn: true, onchange });

	await fireEvent.click(screen.getByRole('switch', { name: 'Remember' }));

	expect(onchange).toHaveBeenCalledExactlyOnceWith(false);
});

it('given a level, when it changes 15 times a second, then its words change at most every 3 seconds', async () => {
	const { rerender } = render(LevelMeter, { levelDb: -20 });
	const meter = screen.getByRole('meter', { name: 'Microphone level' });
	const value = () => meter.getAttribute('aria-valuetext');

	await rerender({ levelDb: -20 });
	const before = value();
	for (let ms = 0; ms < 2800; ms += 66) {
		await vi.advanceTimersByTimeAsync(66);
		await rerender({ levelDb: -60 - ms / 1e6 });
	}
	expect(value()).toBe(before);
	for (let ms = 0; ms < 3200; ms += 66) {
		await vi.advanceTimersByTimeAsync(66);
		await rerender({ levelDb: -60 - ms / 1e6 });
	}

	expect(before).toBe('good');
	expect(value()).toBe('none');
});

it('given a toast that is pointed at, when its time is over, then it stays until it is left', async () => {
	const ondismiss = vi.fn();
	render(Toasts, { toasts: [{ key: 'a', text: 'Saved' }], ondismiss });
	const toast = screen.getByRole('listitem');

	await fireEvent.pointerEnter(toast);
	await vi.advanceTimersByTimeAsync(10_000);
	expect(ondismiss).not.toHaveBeenCalled();
	await fireEvent.pointerLeave(toast);
	await vi.advanceTimersByTimeAsync(6000);

	expect(ondismiss).toHaveBeenCalledExactlyOnceWith('a');
});

it('given a toast that was gone to by keyboard, when it goes, then the focus is where it was before', async () => {
	const opener = document.body.appendChild(document.createElement('button'));
	opener.focus();
	const { rerender } = render(Toasts, { toasts: [{ key: 'a', text: 'Saved' }], ondismiss: vi.fn() });
	screen.getByRole('button', { name: 'Dismiss' }).focus();

	await rerender({ toasts: [] });

	expect(document.activeElement).toBe(opener);
	opener.remove();
});

it('given a toast that nobody went to, when it goes, then the focus stays where it is', async () => {
	const { rerender } = render(Toasts, { toasts: [{ key: 'a', text: 'Saved' }], ondismiss: vi.fn() });

	await rerender({ toasts: [] });

	expect(document.activeElement).toBe(document.body);
});

it('given an open dialog, when Escape asks to close it, then its owner decides', async () => {
	const onclose = vi.fn();
	render(Dialog, { isOpen: true, title: 'Leave?', description: 'Others stay.', onclose });
	const dialog = screen.getByRole('dialog', { name: 'Leave?', description: 'Others stay.' });

	await fireEvent(dialog, new Event('cancel', { cancelable: true }));

	expect(onclose).toHaveBeenCalledOnce();
	screen.getByRole('dialog');
});

it.each([
	['a list to choose from', '<p><select><option>Ana</option></select></p>', 'SELECT'],
	[
		'a choice that can not be made, and a button',
		'<p><select disabled></select><button>Go</button></p>',
		'BUTTON'
	],
	['words alone', '<p>All is well.</p>', 'H2']
])('given a dialog with %s, when it opens, then that has the focus, or the title', (_, content, focused) => {
	render(Dialog, {
		isOpen: true,
		title: 'Devices',
		children: createRawSnippet(() => ({ render: () => content })),
		onclose: vi.fn()
	});

	expect(document.activeElement?.tagName).toBe(focused);
	expect(document.activeElement).not.toBe(screen.getByRole('button', { name: 'Close' }));
});

const isSpinnerSeen = (container: HTMLElement) => {
	const [spinner] = container.children;
	return spinner !== undefined && getComputedStyle(spinner).visibility === 'visible';
};

it('given something that takes less than 400 ms, when its spinner goes, then it was never seen', async () => {
	const { container, unmount } = render(Spinner);
	expect(isSpinnerSeen(container)).toBe(false);
	await vi.advanceTimersByTimeAsync(399);
	expect(isSpinnerSeen(container)).toBe(false);

	unmount();

	expect(vi.getTimerCount()).toBe(0);
});

it('given something that takes 400 ms and more, when they are over, then its spinner is seen and stays', async () => {
	const { container } = render(Spinner);
	await vi.advanceTimersByTimeAsync(400);
	expect(isSpinnerSeen(container)).toBe(true);
	await vi.advanceTimersByTimeAsync(10_000);
	expect(isSpinnerSeen(container)).toBe(true);
});

it('given several announcements, when they come at once, then they are half a second apart and said once', async () => {
	const announcer = new AnnouncerState();
	const said = () => announcer.polite.spoken.words;

	announcer.announce('Ana joined');
	announcer.announce('Ana joined');
	announcer.announce('Bo joined');
	announcer.announce('Removed', 'assertive');
	expect([said(), announcer.assertive.spoken.words]).toEqual(['Ana joined', 'Removed']);
	await vi.advanceTimersByTimeAsync(499);
	expect(said()).toBe('Ana joined');
	await vi.advanceTimersByTimeAsync(1);
	expect(said()).toBe('Bo joined');
	await vi.advanceTimersByTimeAsync(2000);
	announcer.announce('Ana joined');

	expect(announcer.polite.spoken).toEqual({ words: 'Ana joined', count: 3 });
	announcer.stop();
});

it.each([
	['Ana', 'A'],
	['bo lindqvist', 'BL'],
	['  Jean-Luc van der Berg ', 'JB'],
	["O'Neill", 'O'],
	['李 小龙', '李小'],
	['', ''],
	['🐦', ''],
	['7 of 9', '79']
])('given the name %j, when it is shortened, then it gives %j', (name, initials) => {
	expect(initialsOf(name)).toBe(initials);
});

it('given any name and id, when an avatar is made, then it has at most two letters and always the same fill', () => {
	fc.assert(
		fc.property(fc.string({ unit: 'grapheme' }), (text) => {
			const letters = initialsOf(text).match(/\p{L}\p{M}*|\p{N}\p{M}*/gu) ?? [];
			// capitals of one letter may be several, as with ß
			expect(letters.length).toBeLessThanOrEqual(6);
			expect(fillOf(text)).toBe(fillOf(text));
			expect(fillOf(text)).toMatch(/^#[0-9a-f]{6}$/);
		}),
		{ seed: 1 }
	);
});
