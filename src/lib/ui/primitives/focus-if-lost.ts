import { tick } from 'svelte';

/** For the heading of a page that takes the place of another: what had the focus may be gone with the old one. */
export const focusIfLost = (heading: HTMLElement): void => {
	void tick().then(() => {
		if (document.activeElement === document.body) heading.focus({ preventScroll: true });
	});
};
