import { expect, it } from 'vitest';
import { actionOf, keyActions, keyOf, shortcutFor, usualKeys, type Shortcut } from './shortcut-for.ts';

type Press = Partial<Parameters<typeof shortcutFor>[0]>;
type Where = Partial<Parameters<typeof shortcutFor>[1]>;
const press = (keys: Press, where: Where = {}) =>
	shortcutFor(
		{
			key: '',
			code: '',
			ctrlKey: false,
			metaKey: false,
			altKey: false,
			shiftKey: false,
			repeat: false,
			...keys
		},
		{ isTyping: false, isDialogOpen: false, isMac: false, awaitsReaction: false, ...where }
	);

const singles: [key: string, action: Shortcut][] = [
	['m', 'microphone'],
	['V', 'camera'],
	[' ', 'talk'],
	['c', 'chat'],
	['u', 'people'],
	['r', 'hand'],
	['s', 'share'],
	['g', 'layout'],
	['p', 'pin'],
	['e', 'react'],
	['f', 'full-screen'],
	['i', 'picture-in-picture'],
	['l', 'low-data'],
	['t', 'connection'],
	['?', 'help'],
	['PageUp', 'previous-page'],
	['PageDown', 'next-page'],
	['F6', 'next-region']
];
it.each(singles)('given a call, when %j is pressed, then it means %j', (key, action) => {
	expect(press({ key })).toBe(action);
});

it('given a text field, when single keys are pressed, then they are text; commands and F6 still work', () => {
	const where = { isTyping: true };
	expect(press({ key: 'm' }, where)).toBeNull();
	expect(press({ key: ' ' }, where)).toBeNull();
	expect(press({ key: '?', shiftKey: true }, where)).toBeNull();
	expect(press({ key: 'd', ctrlKey: true }, where)).toBe('microphone');
	expect(press({ key: 'e', ctrlKey: true }, where)).toBe('camera');
	expect(press({ key: 'F6', shiftKey: true }, where)).toBe('previous-region');
});

it('given a modifier that is not of this system, when it is held, then the key is the browser’s', () => {
	expect(press({ key: 'd', metaKey: true })).toBeNull();
	expect(press({ key: 'd', metaKey: true }, { isMac: true })).toBe('microphone');
	expect(press({ key: 'd', ctrlKey: true }, { isMac: true })).toBeNull();
	expect(press({ key: 'm', ctrlKey: true })).toBeNull();
	expect(press({ key: 'm', altKey: true })).toBeNull();
	expect(press({ key: 'd', ctrlKey: true, shiftKey: true })).toBeNull();
});

it('given a key that is held, when it repeats, or a dialog is open, then nothing happens', () => {
	expect(press({ key: ' ', repeat: true })).toBeNull();
	expect(press({ key: 'm' }, { isDialogOpen: true })).toBeNull();
});

it('given another alphabet, when a letter is pressed, then its place on the keyboard counts', () => {
	expect(press({ key: 'ь', code: 'KeyM' })).toBe('microphone');
	expect(press({ key: 'м', code: 'KeyV' })).toBe('camera');
	// Dvorak types m where others have m as well, but v elsewhere: what is printed wins
	expect(press({ key: 'v', code: 'Period' })).toBe('camera');
});

it('given shift, when a letter is pressed, then only A and ? mean something', () => {
	expect(press({ key: 'A', shiftKey: true })).toBe('status');
	expect(press({ key: '?', shiftKey: true })).toBe('help');
	expect(press({ key: 'M', shiftKey: true })).toBeNull();
});

it('given E was pressed, when a digit follows, then it is a reaction; without E it is nothing', () => {
	expect(press({ key: '3' }, { awaitsReaction: true })).toEqual({ reaction: 2 });
	expect(press({ key: '9' }, { awaitsReaction: true })).toBeNull();
	expect(press({ key: '3' })).toBeNull();
});

it('given any printable key, then none leaves the call', () => {
	const meant = Array.from({ length: 95 }, (_, index) => press({ key: String.fromCharCode(32 + index) }));
	expect(meant).not.toContain('leave');
});

it('given commands, when they are pressed with the modifier of the system, then they work while somebody types', () => {
	const where = { isTyping: true };
	expect(press({ key: ',', ctrlKey: true }, where)).toBe('settings');
	expect(press({ key: ',', metaKey: true }, { ...where, isMac: true })).toBe('settings');
	expect(press({ key: ',' })).toBeNull();
	// on a Cyrillic keyboard the letter D is в
	expect(press({ key: 'в', code: 'KeyD', ctrlKey: true })).toBe('microphone');
});

it('given single keys are off, when they are pressed, then they mean nothing; commands, pages and regions still work', () => {
	const keys = { ...usualKeys, singleKeys: false };
	for (const action of keyActions) expect(press({ key: keyOf(action, keys) }, { keys })).toBeNull();
	expect(press({ key: 'A', shiftKey: true }, { keys })).toBeNull();
	expect(press({ key: '3' }, { keys, awaitsReaction: true })).toBeNull();
	expect(press({ key: 'd', ctrlKey: true }, { keys })).toBe('microphone');
	expect(press({ key: 'PageDown' }, { keys })).toBe('next-page');
	expect(press({ key: 'F6' }, { keys })).toBe('next-region');
});

it('given keys of a person’s own, when they are pressed, then they count, and those they replace are free', () => {
	const keys = { ...usualKeys, ownKeys: { chat: 'j', microphone: 'ж', help: '/' } };
	expect(press({ key: 'j' }, { keys })).toBe('chat');
	expect(press({ key: 'c' }, { keys })).toBeNull();
	expect(press({ key: 'ж', code: 'Semicolon' }, { keys })).toBe('microphone');
	expect(press({ key: '/', shiftKey: true }, { keys })).toBe('help');
	expect(actionOf('c', keys)).toBeUndefined();
	expect(actionOf('v', keys)).toBe('camera');
});

it('given no push to talk, when Space is pressed, then the browser has it', () => {
	expect(press({ key: ' ' }, { keys: { ...usualKeys, pushToTalk: false } })).toBeNull();
});

it('given an action called as every object has one, when keys are read, then ours count', () => {
	const ownKeys = JSON.parse('{ "__proto__": "m" }') as Record<string, string>;
	expect(press({ key: 'm' }, { keys: { ...usualKeys, ownKeys } })).toBe('microphone');
});
