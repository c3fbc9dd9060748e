import { expect, it, vi } from 'vitest';
import { showAppBadge } from './app-badge.ts';

function browserWith({ isInstalled = true, hasFocus = false } = {}) {
	const page = new EventTarget();
	const navigator = {
		setAppBadge: vi.fn(() => Promise.resolve()),
		clearAppBadge: vi.fn(() => Promise.resolve())
	};
	const browser = {
		navigator,
		matchMedia: () => ({ matches: isInstalled }),
		document: { hasFocus: () => hasFocus },
		addEventListener: page.addEventListener.bind(page),
		removeEventListener: page.removeEventListener.bind(page)
	};
	return { browser, page, navigator };
}

it('given an installed app that nobody looks at, when messages wait, then its icon tells how many, until it has the focus', () => {
	const { browser, page, navigator } = browserWith();

	showAppBadge(browser, 3);
	expect(navigator.setAppBadge).toHaveBeenCalledExactlyOnceWith(3);
	expect(navigator.clearAppBadge).not.toHaveBeenCalled();
	page.dispatchEvent(new Event('focus'));

	expect(navigator.clearAppBadge).toHaveBeenCalledOnce();
});

it('given a badge, when its messages were read elsewhere or the call is over, then it goes', () => {
	const { browser, navigator } = browserWith();

	showAppBadge(browser, 1)();

	expect(navigator.clearAppBadge).toHaveBeenCalledOnce();
});

it.each([
	['a tab of a browser', { isInstalled: false }, 3],
	['an app in use', { hasFocus: true }, 3],
	['nothing unread', {}, 0]
])('given %s, then no badge is asked for', (_what, state, count) => {
	const { browser, navigator } = browserWith(state);

	showAppBadge(browser, count)();

	expect(navigator.setAppBadge).not.toHaveBeenCalled();
	expect(navigator.clearAppBadge).not.toHaveBeenCalled();
});
