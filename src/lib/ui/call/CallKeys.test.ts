import { fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, expect, it, vi } from 'vitest';
import type { ComponentProps } from 'svelte';
import CallKeys from './CallKeys.svelte';
import { usualKeys, type ScreenShortcut } from './shortcut-for.ts';

afterEach(() => {
	document.body.replaceChildren();
	vi.useRealTimers();
});

function open(props: Partial<ComponentProps<typeof CallKeys>> = {}) {
	const on = {
		ontogglemicrophone: vi.fn(),
		onshortcut: vi.fn(),
		onreaction: vi.fn(),
		onclosepanel: vi.fn()
	};
	render(CallKeys, {
		isActive: true,
		isMicrophoneOn: false,
		isPanelOpen: false,
		isMac: false,
		...on,
		...props
	});
	return on;
}
const press = (init: KeyboardEventInit, target: Element = document.body) => {
	const event = new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init });
	target.dispatchEvent(event);
	return event;
};
const add = (markup: string): Element => {
	document.body.insertAdjacentHTML('beforeend', markup);
	const added = document.body.lastElementChild;
	if (added === null) throw new Error('nothing was added');
	return added.querySelector('[data-target]') ?? added;
};

/* every row of the table of keys that is the screen's; the microphone, talking and reactions are below */
const rows: [keys: KeyboardEventInit, action: ScreenShortcut][] = [
	[{ key: 'v', code: 'KeyV' }, 'camera'],
	[{ key: 'e', code: 'KeyE', ctrlKey: true }, 'camera'],
	[{ key: 'c', code: 'KeyC' }, 'chat'],
	[{ key: 'u', code: 'KeyU' }, 'people'],
	[{ key: 'r', code: 'KeyR' }, 'hand'],
	[{ key: 'e', code: 'KeyE' }, 'react'],
	[{ key: 's', code: 'KeyS' }, 'share'],
	[{ key: 'g', code: 'KeyG' }, 'layout'],
	[{ key: 'p', code: 'KeyP' }, 'pin'],
	[{ key: 'f', code: 'KeyF' }, 'full-screen'],
	[{ key: 'i', code: 'KeyI' }, 'picture-in-picture'],
	[{ key: 'l', code: 'KeyL' }, 'low-data'],
	[{ key: 't', code: 'KeyT' }, 'connection'],
	[{ key: 'PageUp', code: 'PageUp' }, 'previous-page'],
	[{ key: 'PageDown', code: 'PageDown' }, 'next-page'],
	[{ key: 'F6', code: 'F6' }, 'next-region'],
	[{ key: 'F6', code: 'F6', shiftKey: true }, 'previous-region'],
	[{ key: 'A', code: 'KeyA', shiftKey: true }, 'status'],
	[{ key: ',', code: 'Comma', ctrlKey: true }, 'settings'],
	[{ key: '?', code: 'Slash', shiftKey: true }, 'help']
];
it.each(rows)(
	'given a call, when %j is pressed, then %j is done once and the browser does nothing else',
	(keys, action) => {
		const { onshortcut } = open();
		const event = press(keys);
		press({ ...keys, repeat: true });
		expect(onshortcut).toHaveBeenCalledExactlyOnceWith(action);
		expect(event.defaultPrevented).toBe(true);
	}
);

it.each([
	{ key: 'm', code: 'KeyM' },
	{ key: 'd', code: 'KeyD', ctrlKey: true }
])('given a call, when %j is pressed, then the microphone is toggled', (keys) => {
	const { ontogglemicrophone } = open();
	expect(press(keys).defaultPrevented).toBe(true);
	expect(ontogglemicrophone).toHaveBeenCalledOnce();
});

it('given E, when digits follow within three seconds, then they are reactions', () => {
	vi.useFakeTimers();
	const { onreaction } = open();
	press({ key: '2' });
	expect(onreaction).not.toHaveBeenCalled();
	press({ key: 'e' });
	for (const key of ['1', '8', '9']) press({ key });
	expect(onreaction.mock.calls).toEqual([[0], [7]]);
	vi.advanceTimersByTime(3_000);
	press({ key: '3' });
	expect(onreaction).toHaveBeenCalledTimes(2);
});

const fields = [
	'<input aria-label="field">',
	'<textarea></textarea>',
	'<select></select>',
	'<div contenteditable="true"></div>',
	'<input type="range">',
	'<div role="slider"></div>',
	'<ul role="menu"><li role="menuitem" data-target></li></ul>'
];
it.each(fields)(
	'given %j has the focus, when single keys are pressed, then they are its own; commands still work',
	(markup) => {
		const { onshortcut, ontogglemicrophone } = open();
		const field = add(markup);
		expect(press({ key: 'c' }, field).defaultPrevented).toBe(false);
		press({ key: 'm' }, field);
		press({ key: ' ', code: 'Space' }, field);
		expect(onshortcut).not.toHaveBeenCalled();
		expect(ontogglemicrophone).not.toHaveBeenCalled();
		press({ key: 'e', ctrlKey: true }, field);
		expect(onshortcut).toHaveBeenCalledExactlyOnceWith('camera');
	}
);

it('given a dialog is open, or the call is on its way, when keys are pressed, then nothing happens', () => {
	const { onshortcut } = open();
	const dialog = add('<dialog open></dialog>');
	press({ key: 'c' }, dialog);
	press({ key: ',', ctrlKey: true });
	dialog.remove();
	const joining = open({ isActive: false });
	press({ key: 'c' });
	expect(onshortcut).toHaveBeenCalledOnce(); // by the first, which is in its call
	expect(joining.onshortcut).not.toHaveBeenCalled();
});

it('given Space, when it is held, then it says so, and its release ends it', async () => {
	const { ontogglemicrophone } = open();
	press({ key: ' ', code: 'Space' });
	expect(await screen.findByText('Talking while you hold Space')).toBeTruthy();
	expect(ontogglemicrophone).toHaveBeenCalledOnce();
	await fireEvent.keyUp(document.body, { key: ' ', code: 'Space' });
	await vi.waitFor(() => expect(screen.queryByText('Talking while you hold Space')).toBeNull());
});

it('given Space is held, when Escape is pressed, then talking ends, and the panel stays', async () => {
	const { onclosepanel } = open({ isPanelOpen: true });
	press({ key: ' ', code: 'Space' });
	await screen.findByText('Talking while you hold Space');
	press({ key: 'Escape' });
	await vi.waitFor(() => expect(screen.queryByText('Talking while you hold Space')).toBeNull());
	expect(onclosepanel).not.toHaveBeenCalled();
	press({ key: 'Escape' });
	expect(onclosepanel).toHaveBeenCalledOnce();
});

it('given a button reached by keyboard, when Space is pressed, then it presses the button; after a click it talks', () => {
	const { ontogglemicrophone } = open();
	const button = add('<button>Chat</button>');
	press({ key: 'Tab' });
	expect(press({ key: ' ', code: 'Space' }, button).defaultPrevented).toBe(false);
	button.dispatchEvent(new Event('pointerdown', { bubbles: true }));
	press({ key: ' ', code: 'Space' }, button);
	expect(ontogglemicrophone).toHaveBeenCalledOnce();
});

it('given another key for talking, when it is held and lifted, then it talks as long', async () => {
	const { ontogglemicrophone } = open({ keys: { ...usualKeys, ownKeys: { talk: 'x' } } });
	press({ key: ' ', code: 'Space' });
	expect(ontogglemicrophone).not.toHaveBeenCalled();
	press({ key: 'x', code: 'KeyX' });
	expect(ontogglemicrophone).toHaveBeenCalledOnce();
	await fireEvent.keyUp(document.body, { key: 'X', code: 'KeyX' });
	await vi.waitFor(() => expect(screen.queryByText(/^Talking/)).toBeNull());
});

it('given a key that went down in another window, when it is lifted here, then nothing happens', async () => {
	const { onshortcut, ontogglemicrophone } = open();
	await fireEvent.keyUp(document.body, { key: 'm', code: 'KeyM' });
	await fireEvent.keyUp(document.body, { key: ' ', code: 'Space' });
	expect(onshortcut).not.toHaveBeenCalled();
	expect(ontogglemicrophone).not.toHaveBeenCalled();
});

it('given a page before the call, when keys are pressed that mean nothing there, then the browser has them', () => {
	const { onshortcut, ontogglemicrophone } = open({ only: ['microphone', 'camera', 'help', 'settings'] });
	for (const key of ['c', 'PageDown', ' ', 'F6']) expect(press({ key }).defaultPrevented).toBe(false);
	press({ key: 'm' });
	press({ key: 'v' });
	press({ key: '?', shiftKey: true });
	press({ key: ',', ctrlKey: true });
	expect(ontogglemicrophone).toHaveBeenCalledOnce();
	expect(onshortcut.mock.calls).toEqual([['camera'], ['help'], ['settings']]);
});
