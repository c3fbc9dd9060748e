/**
 * What the early page shows of a person: a copy of preferences where it can be read at once. The preferences themselves are
 * in the database, which answers later.
 */
export interface Remembered {
	name: string;
	language: string;
	theme: 'auto' | 'light' | 'dark' | 'contrast';
	/** Percent, 100 to 200. */
	textSize: number;
	/** Microphone and camera are wanted, as by whoever has decided nothing. */
	hasUsualDevices: boolean;
}

const key = 'roost.early';
const nothing: Remembered = {
	name: '',
	language: '',
	theme: 'auto',
	textSize: 100,
	hasUsualDevices: true
};

const isTheme = (theme: unknown): theme is Remembered['theme'] =>
	theme === 'light' || theme === 'dark' || theme === 'contrast';

/** @returns what a new browser has, for whatever is missing or unreadable */
export function readRemembered(browser: Window): Remembered {
	let read: Partial<Record<keyof Remembered, unknown>> = {};
	try {
		const found: unknown = JSON.parse(browser.localStorage.getItem(key) ?? '{}');
		if (typeof found === 'object' && found !== null) read = found;
	} catch {
		// not ours, or storing is not allowed
	}
	const { name, language, theme, textSize } = read;
	return {
		name: typeof name === 'string' ? name : nothing.name,
		language: typeof language === 'string' ? language : nothing.language,
		theme: isTheme(theme) ? theme : nothing.theme,
		textSize:
			typeof textSize === 'number' && textSize >= 100 && textSize <= 200 ? textSize : nothing.textSize,
		hasUsualDevices: read.hasUsualDevices !== false
	};
}

/** Keeps a copy, or none where a new browser would show the same. */
export function remember(browser: Window, wanted: Remembered): void {
	try {
		const text = JSON.stringify(wanted);
		if (text === JSON.stringify(nothing)) browser.localStorage.removeItem(key);
		else browser.localStorage.setItem(key, text);
	} catch {
		// the early page then shows what it shows to anybody
	}
}
