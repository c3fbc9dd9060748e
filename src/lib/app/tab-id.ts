const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const length = 64;
/** In the storage of the session. */
export const tabKey = 'roost.tab';

/**
 * A random text of `[A-Za-z0-9]`. The few percent by which some letters come more often do not matter at 64 of them.
 * @param size characters
 */
export const randomText = (size: number): string =>
	[...crypto.getRandomValues(new Uint8Array(size))].map((byte) => alphabet[byte % alphabet.length]).join('');

/**
 * Names this tab towards the server, so that two tabs of one browser can be two guests. Kept over a reload; a tab that
 * may not store anything gets a new one each time.
 */
export function tabIdOf(browser: Pick<Window, 'sessionStorage'>): string {
	try {
		// where storing is forbidden, asking for the storage itself throws
		const storage = browser.sessionStorage;
		const known = storage.getItem(tabKey);
		if (known?.length === length) return known;
		const fresh = randomText(length);
		storage.setItem(tabKey, fresh);
		return fresh;
	} catch {
		return randomText(length);
	}
}
