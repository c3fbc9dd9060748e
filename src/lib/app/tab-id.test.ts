import { expect, it } from 'vitest';
import { tabIdOf } from './tab-id.ts';

/** A browser whose storage of the session is this; a function stands for one that refuses to give it. */
const browserWith = (storage: Map<string, string> | (() => never)): Pick<Window, 'sessionStorage'> => ({
	get sessionStorage() {
		const kept = typeof storage === 'function' ? storage() : storage;
		return {
			length: kept.size,
			getItem: (key: string) => kept.get(key) ?? null,
			setItem: (key: string, value: string) => void kept.set(key, value),
			removeItem: (key: string) => void kept.delete(key),
			clear: () => kept.clear(),
			key: () => null
		};
	}
});

it('given a tab, when its page is loaded again, then it is known by the same name, and another tab by another', () => {
	const browser = browserWith(new Map());
	const first = tabIdOf(browser);

	expect(first).toMatch(/^[A-Za-z0-9]{64}$/);
	expect(tabIdOf(browser)).toBe(first);
	expect(tabIdOf(browserWith(new Map()))).not.toBe(first);
});

it('given something else under its name, when a tab is asked for, then it has a name of its own', () => {
	const kept = new Map([['roost.tab', 'short']]);

	expect(tabIdOf(browserWith(kept))).toMatch(/^[A-Za-z0-9]{64}$/);
	expect(kept.get('roost.tab')).toHaveLength(64);
});

it('given a browser that refuses to store, as in some frames, when a tab is asked for, then it has a name all the same', () => {
	const browser = browserWith(() => {
		throw new DOMException('Access is denied for this document.', 'SecurityError');
	});

	expect(tabIdOf(browser)).toMatch(/^[A-Za-z0-9]{64}$/);
});
