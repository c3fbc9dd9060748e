/**
 * For what goes by itself, or by a press of its own buttons: if it had the focus, the page must not get it.
 * An attachment.
 * @param next selects what gets it; absent: what had it before
 */
export const passFocus =
	(next?: string) =>
	(element: HTMLElement): (() => void) => {
		/* undefined: the focus is elsewhere */
		let before: EventTarget | undefined;
		element.addEventListener('focusin', ({ relatedTarget }) => {
			before ??= relatedTarget ?? element;
		});
		element.addEventListener('focusout', ({ relatedTarget }) => {
			// without another: the window lost it, or the element is on its way out
			if (relatedTarget && !element.contains(relatedTarget as Node)) before = undefined;
		});
		return () => {
			const heir = before && next ? document.querySelector(next) : before;
			if (heir instanceof HTMLElement) heir.focus();
		};
	};
