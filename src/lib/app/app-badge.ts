type Browser = Pick<EventTarget, 'addEventListener' | 'removeEventListener'> & {
	matchMedia: (query: string) => Pick<MediaQueryList, 'matches'>;
	document: Pick<Document, 'hasFocus'>;
	navigator: Pick<Navigator, 'setAppBadge' | 'clearAppBadge'>;
};

/**
 * Shows on the icon of an installed app how many messages wait, until somebody looks at the app.
 * @param count 0: none
 * @returns takes it away
 */
export function showAppBadge(browser: Browser, count: number): () => void {
	const { navigator, document } = browser;
	const isInstalled = browser.matchMedia('not all and (display-mode: browser)').matches;
	if (count === 0 || !isInstalled || !('setAppBadge' in navigator) || document.hasFocus())
		return () => undefined;
	// a system without badges refuses, and the number stands in the app as well
	const ignore = () => undefined;
	const clear = () => {
		browser.removeEventListener('focus', clear);
		navigator.clearAppBadge().catch(ignore);
	};
	navigator.setAppBadge(count).catch(ignore);
	browser.addEventListener('focus', clear);
	return clear;
}
