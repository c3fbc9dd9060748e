import { expect, it } from 'vitest';
import { readRemembered, remember, type Remembered } from './remembered.ts';

const usual: Remembered = { name: '', language: '', theme: 'auto', textSize: 100, hasUsualDevices: true };

/** A window that stores texts, or refuses to. */
function browserWith(found?: string): Window & { stored: Map<string, string> } {
	const stored = new Map(found === undefined ? [] : [['roost.early', found]]);
	const localStorage = {
		getItem: (key: string) => stored.get(key) ?? null,
		setItem: (key: string, text: string) => void stored.set(key, text),
		removeItem: (key: string) => void stored.delete(key)
	};
	return Object.assign(Object.create(null) as Window, { stored, localStorage });
}

it('given what a person has chosen, when it is remembered, then it is read as it was', () => {
	const browser = browserWith();
	const chosen: Remembered = {
		name: 'Zoë',
		language: 'ar',
		theme: 'contrast',
		textSize: 150,
		hasUsualDevices: false
	};

	remember(browser, chosen);

	expect(readRemembered(browser)).toEqual(chosen);
});

it('given somebody who has chosen nothing, or forgot everything, when it is remembered, then nothing is stored', () => {
	const browser = browserWith('{"name":"Ann"}');

	remember(browser, usual);

	expect(browser.stored.size).toBe(0);
	expect(readRemembered(browser)).toEqual(usual);
});

it.each(['', 'null', '[]', '{', '{"name":1,"language":{},"theme":"pink","textSize":9000}', '"text"'])(
	'given %j in the store, when it is read, then it is as in a new browser',
	(found) => {
		expect(readRemembered(browserWith(found))).toEqual(usual);
	}
);

it('given a browser that stores nothing, when it is asked, then it is as in a new browser, and nothing fails', () => {
	const refusing = Object.defineProperty(Object.create(null) as Window, 'localStorage', {
		get: () => {
			throw new DOMException('not allowed', 'SecurityError');
		}
	});

	remember(refusing, { ...usual, name: 'Ann' });

	expect(readRemembered(refusing)).toEqual(usual);
});
