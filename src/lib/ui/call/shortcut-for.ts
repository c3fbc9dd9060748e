interface KeyPress {
	key: string;
	code: string;
	ctrlKey: boolean;
	metaKey: boolean;
	altKey: boolean;
	shiftKey: boolean;
	repeat: boolean;
}

interface Circumstances {
	/** The press goes to a text field, a select, a slider or a menu. */
	isTyping: boolean;
	isDialogOpen: boolean;
	/** ⌘ is the modifier of commands, not Ctrl. */
	isMac: boolean;
	/** E was pressed just before: a digit is a reaction. */
	awaitsReaction: boolean;
}

export type Shortcut =
	| 'microphone'
	| 'camera'
	| 'talk'
	| 'chat'
	| 'people'
	| 'hand'
	| 'share'
	| 'layout'
	| 'pin'
	| 'react'
	| 'full-screen'
	| 'help'
	| 'status'
	| 'previous-page'
	| 'next-page'
	| 'next-region'
	| 'previous-region'
	| { reaction: number };

/** What is left to the screen: the microphone and talking while Space is down are the keyboard's own. */
export type ScreenShortcut = Exclude<Shortcut, 'microphone' | 'talk' | { reaction: number }>;

const singles: Readonly<Record<string, Shortcut>> = {
	m: 'microphone',
	v: 'camera',
	' ': 'talk',
	c: 'chat',
	u: 'people',
	r: 'hand',
	s: 'share',
	g: 'layout',
	p: 'pin',
	e: 'react',
	f: 'full-screen',
	'?': 'help',
	pageup: 'previous-page',
	pagedown: 'next-page'
};

/** The key as Latin letters have it: on other layouts, the letter that is printed at the same place. */
function latin({ key, code }: KeyPress): string {
	const letter = /^Key([A-Z])$/.exec(code)?.[1];
	const isForeign = key.length === 1 && key.toLowerCase() !== key.toUpperCase() && !/^[a-z]$/i.test(key);
	return (isForeign && letter ? letter : key).toLowerCase();
}

/**
 * What a key press means in a call. Single keys mean nothing while somebody types, nor with a modifier; the two
 * commands for microphone and camera work there too. Nothing leaves the call.
 * @returns null: not ours, the browser goes on with it
 */
export function shortcutFor(press: KeyPress, circumstances: Circumstances): Shortcut | null {
	if (press.repeat || press.altKey || circumstances.isDialogOpen) return null;
	const key = latin(press);
	const isCommand = circumstances.isMac ? press.metaKey : press.ctrlKey;
	if (isCommand) {
		if (press.shiftKey || (press.metaKey && press.ctrlKey)) return null;
		return key === 'd' ? 'microphone' : key === 'e' ? 'camera' : null;
	}
	if (press.ctrlKey || press.metaKey) return null;
	if (key === 'f6') return press.shiftKey ? 'previous-region' : 'next-region';
	if (circumstances.isTyping) return null;
	if (press.shiftKey) return key === 'a' ? 'status' : key === '?' ? 'help' : null;
	if (circumstances.awaitsReaction && /^[1-8]$/.test(key)) return { reaction: Number(key) - 1 };
	return Object.hasOwn(singles, key) ? (singles[key] ?? null) : null;
}
