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

/**
 * Says that a page of the app takes the early page away itself. It stays, and the other is not seen (src/app.css), so that it
 * can be built in pieces. @returns whether there is one
 */
export function keepEarlyPage(document: Document): boolean {
	const page = document.getElementById('early');
	if (page !== null) page.dataset['kept'] = '';
	return page !== null;
}

/** Takes the early page away, unless a page of the app does. */
export function dropEarlyPage(document: Document): void {
	if (document.querySelector('#early:not([data-kept])') !== null) void takeEarlyPage(document);
}

/**
 * Takes the early page away: in this very task, unless something on it is being pressed, which is waited for. Call it when
 * there is something else to see.
 * @returns null: there was none
 */
export async function takeEarlyPage(document: Document): Promise<EarlyDeeds | null> {
	const page = document.getElementById('early');
	while (page?.dataset['held'] !== undefined)
		await new Promise((settle) => page.addEventListener('released', settle, { once: true }));
	if (page?.isConnected !== true) return null;
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
	passOnPresses(document, page, pressed);
	return { name, caret, focused, pressed, isActive: page.dataset['active'] !== undefined };
}

const buttonNamed = (document: Document, label: string | null) =>
	[...document.querySelectorAll('button')].find((button) => labelOf(button) === label);

/**
 * A program that presses for a person may have found the button while it was there, and press it when it is not.
 * @param pressed takes the words of a button that the app does not show yet: another tab may have to be asked first
 */
function passOnPresses(document: Document, gone: HTMLElement, pressed: string[]): void {
	const passOn = ({ target }: Event) => {
		const button = target instanceof Element ? target.closest('button') : null;
		if (button === null) return;
		const there = buttonNamed(document, labelOf(button));
		if (there) there.click();
		else pressed.push(labelOf(button));
	};
	// before the early page answers the press itself, with other words on the button
	gone.addEventListener('click', passOn, { capture: true });
}

/**
 * Does on the page of the app what was done before it was there. Call it in the very task in which that page came, or a key
 * that is pressed meanwhile is lost.
 */
export function continueDeeds(document: Document, { caret, focused, pressed, isActive }: EarlyDeeds): void {
	const field = document.querySelector<HTMLInputElement>(nameField);
	if (caret !== null) {
		field?.focus();
		field?.setSelectionRange(...caret);
	} else if (isActive) {
		// whoever went elsewhere meanwhile is not brought back
		field?.blur();
		buttonNamed(document, focused)?.focus();
	}
	for (const label of pressed) buttonNamed(document, label)?.click();
}
