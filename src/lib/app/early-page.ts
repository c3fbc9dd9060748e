/** What a person did on the page before Join while the app was still being fetched (src/early/early-page.ts). */
export interface EarlyDeeds {
	/** As typed so far. */
	name: string;
	/** The field of the name was being typed into, the caret between these characters; null: it was not. */
	caret: readonly [start: number, end: number] | null;
	/** The words on the button that has the focus; null: none has. */
	focused: string | null;
	/** The words on the buttons that were pressed, in that order, once each. */
	pressed: readonly string[];
	/** A key or something on the page was pressed: somebody is there. */
	isActive: boolean;
}

const nameField = 'input[autocomplete="name"]';
const labelOf = (button: Element) => button.getAttribute('aria-label') ?? button.textContent.trim();

/** Waits until nothing on the early page is being pressed. @returns null: nothing is */
export function earlyPageReleased(document: Document): Promise<unknown> | null {
	const page = document.getElementById('early');
	if (page?.dataset['held'] === undefined) return null;
	return new Promise((settle) => {
		page.addEventListener('released', settle, { once: true });
	});
}

/** Takes the early page away. Call it when there is something else to see. @returns null: there was none */
export function takeEarlyPage(document: Document): EarlyDeeds | null {
	const page = document.getElementById('early');
	if (page === null) return null;
	const field = page.querySelector<HTMLInputElement>(nameField);
	const name = field?.value ?? '';
	const isTyping = field !== null && document.activeElement === field;
	const caret = isTyping
		? ([field.selectionStart ?? name.length, field.selectionEnd ?? name.length] as const)
		: null;
	const button = document.activeElement?.closest('#early button') ?? null;
	const focused = button === null ? null : labelOf(button);
	const pressed = JSON.parse(page.dataset['pressed'] ?? '[]') as string[];
	page.remove();
	return { name, caret, focused, pressed, isActive: page.dataset['active'] !== undefined };
}

/**
 * Does on the page of the app what was done before it was there. Call it in the very task in which that page came, or a key
 * that is pressed meanwhile is lost.
 */
export function continueDeeds(document: Document, { caret, focused, pressed, isActive }: EarlyDeeds): void {
	const field = document.querySelector<HTMLInputElement>(nameField);
	const buttonOf = (label: string | null) =>
		[...document.querySelectorAll('button')].find((button) => labelOf(button) === label);
	if (caret !== null) {
		field?.focus();
		field?.setSelectionRange(...caret);
	} else if (isActive) {
		// whoever went elsewhere meanwhile is not brought back
		field?.blur();
		buttonOf(focused)?.focus();
	}
	for (const label of pressed) buttonOf(label)?.click();
}
