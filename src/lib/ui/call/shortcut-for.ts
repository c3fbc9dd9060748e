import type { Preferences } from '$lib/domain/store/ongoing-call.ts';

interface KeyPress {
	key: string;
	code: string;
	ctrlKey: boolean;
	metaKey: boolean;
	altKey: boolean;
	shiftKey: boolean;
	repeat: boolean;
}

/** What a person has decided about the keys. */
export type KeyChoice = Pick<Preferences, 'singleKeys' | 'ownKeys' | 'pushToTalk'>;
export const usualKeys: KeyChoice = { singleKeys: true, ownKeys: {}, pushToTalk: true };

interface Circumstances {
	/** The press goes to a text field, a select, a slider or a menu. */
	isTyping: boolean;
	isDialogOpen: boolean;
	/** ⌘ is the modifier of commands, not Ctrl. */
	isMac: boolean;
	/** E was pressed just before: a digit is a reaction. */
	awaitsReaction: boolean;
	/** Absent: as they come. */
	keys?: KeyChoice | undefined;
}

/** One key without a modifier each, which a person may choose. */
const defaults = {
	microphone: 'm',
	camera: 'v',
	talk: ' ',
	chat: 'c',
	people: 'u',
	hand: 'r',
	react: 'e',
	share: 's',
	layout: 'g',
	pin: 'p',
	'full-screen': 'f',
	'picture-in-picture': 'i',
	'low-data': 'l',
	connection: 't',
	help: '?'
} as const;

/** What a single key can mean, as in the preference of own keys. */
export type KeyAction = keyof typeof defaults;
export const keyActions = Object.keys(defaults) as KeyAction[];

export type Shortcut =
	| KeyAction
	| 'settings'
	| 'status'
	| 'previous-page'
	| 'next-page'
	| 'next-region'
	| 'previous-region'
	| { reaction: number };

/** What is left to the screen: the microphone and talking while Space is down are the keyboard's own. */
export type ScreenShortcut = Exclude<Shortcut, 'microphone' | 'talk' | { reaction: number }>;

/* no characters, so that they stay where single keys are off */
const named: Readonly<Record<string, Shortcut>> = { pageup: 'previous-page', pagedown: 'next-page' };
const commands: Readonly<Record<string, Shortcut>> = { d: 'microphone', e: 'camera', ',': 'settings' };

const isLetter = (key: string) => key.length === 1 && key.toLowerCase() !== key.toUpperCase();

/** The key as Latin letters have it: on other layouts, the letter that is printed at the same place. */
export function latinKey({ key, code }: Pick<KeyPress, 'key' | 'code'>): string {
	const letter = /^Key([A-Z])$/.exec(code)?.[1];
	return (isLetter(key) && !/^[a-z]$/i.test(key) && letter ? letter : key).toLowerCase();
}

/** The key of an action, in lower case. */
export const keyOf = (action: KeyAction, { ownKeys }: Pick<KeyChoice, 'ownKeys'>): string =>
	(Object.hasOwn(ownKeys, action) ? ownKeys[action] : undefined) ?? defaults[action];

/** What a key means already; undefined: it is free. */
export const actionOf = (key: string, choice: Pick<KeyChoice, 'ownKeys'>): KeyAction | undefined =>
	keyActions.find((action) => keyOf(action, choice) === key);

/**
 * What a key press means in a call. Single keys mean nothing while somebody types, nor with a modifier; commands work
 * there too. Nothing leaves the call.
 * @returns null: not ours, the browser goes on with it
 */
export function shortcutFor(press: KeyPress, circumstances: Circumstances): Shortcut | null {
	if (press.repeat || press.altKey || circumstances.isDialogOpen) return null;
	const key = latinKey(press);
	const isCommand = circumstances.isMac ? press.metaKey : press.ctrlKey;
	if (isCommand) {
		if (press.shiftKey || (press.metaKey && press.ctrlKey)) return null;
		return Object.hasOwn(commands, key) ? (commands[key] ?? null) : null;
	}
	if (press.ctrlKey || press.metaKey) return null;
	if (key === 'f6') return press.shiftKey ? 'previous-region' : 'next-region';
	if (circumstances.isTyping) return null;
	return singleKey(key, press.shiftKey, circumstances);
}

function singleKey(
	key: string,
	isShifted: boolean,
	{ awaitsReaction, keys = usualKeys }: Circumstances
): Shortcut | null {
	if (Object.hasOwn(named, key)) return isShifted ? null : (named[key] ?? null);
	if (!keys.singleKeys) return null;
	if (isShifted && key === 'a') return 'status';
	// a sign such as ? may need Shift where it is printed; a letter with Shift is another one
	if (isShifted && (isLetter(key) || key === ' ')) return null;
	if (awaitsReaction && /^[1-8]$/.test(key)) return { reaction: Number(key) - 1 };
	const action = actionOf(key, keys);
	return action === undefined || (action === 'talk' && !keys.pushToTalk) ? null : action;
}
