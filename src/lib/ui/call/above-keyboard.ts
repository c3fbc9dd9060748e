/**
 * Keeps an element that fills the page above an on-screen keyboard, which covers the page without making it smaller.
 * An attachment.
 */
export function aboveKeyboard(element: HTMLElement): (() => void) | undefined {
	const { visualViewport: viewport } = window;
	if (!viewport) return;
	const fit = () => {
		// a page that is zoomed in is not covered
		const isCovered = window.innerHeight - viewport.height > 120 && viewport.scale < 1.1;
		element.style.setProperty('block-size', isCovered ? `${viewport.height}px` : '');
		element.style.setProperty('inset-block-start', isCovered ? `${viewport.offsetTop}px` : '');
	};
	viewport.addEventListener('resize', fit);
	viewport.addEventListener('scroll', fit);
	return () => {
		viewport.removeEventListener('resize', fit);
		viewport.removeEventListener('scroll', fit);
	};
}
