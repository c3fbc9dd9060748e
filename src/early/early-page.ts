import { readRemembered, remember } from '../lib/app/remembered.ts';
import { tabKey } from '../lib/app/tab-id.ts';
import { chooseAmong } from '../lib/ui/messages/language-choice.ts';
import { nameProblem } from '../lib/ui/prejoin/own-name.ts';

/** Stands in the templates for the host of the server. */
export const hostMark = '%host%';

/** What is said to whoever presses Join before the app is there; JSON in `data-words` of a template. */
export interface EarlyWords {
	nameMissing: string;
	joining: string;
	notLoaded: string;
	reload: string;
}

/**
 * Shows the page before Join while the app is still being fetched, and takes down what a person does there; the app takes
 * it over (src/lib/app/early-page.ts). It runs where it stands in the page, before anything else has come, so it knows
 * nothing but what the page and the browser have: templates in each language, and what was remembered.
 *
 * Not shown: to a tab that has been here (it may be on its way back into a call), where no call is possible, and where the
 * address says more than the room.
 */
export function showEarlyPage(browser: Window): void {
	const { document, location, navigator } = browser;
	const templates = [...document.querySelectorAll<HTMLTemplateElement>('template[data-early]')];
	const canCall = browser.isSecureContext && 'RTCPeerConnection' in browser && 'indexedDB' in browser;
	if (!isNewTab(browser) || !canCall || location.search !== '') return;

	const remembered = readRemembered(browser);
	const tags = templates.map(({ dataset }) => dataset['early'] ?? '');
	const tag = chooseAmong(tags, [remembered.language, ...navigator.languages]);
	const template = templates[tags.indexOf(tag)];
	if (template === undefined) return;

	const root = document.documentElement;
	root.lang = tag;
	root.dir = template.dataset['direction'] ?? 'ltr';
	if (remembered.theme !== 'auto') root.dataset['theme'] = remembered.theme;
	if (remembered.textSize !== 100) root.style.fontSize = `${remembered.textSize}%`;

	const page = document.createElement('div');
	page.id = 'early';
	page.append(template.content.cloneNode(true));
	for (const styled of page.querySelectorAll<HTMLElement>('[data-style]'))
		styled.style.cssText = styled.dataset['style'] ?? '';
	for (const line of page.querySelectorAll('header p'))
		line.textContent = line.textContent.replace(hostMark, location.host);
	// whoever has turned something off is not shown that it is on
	if (!remembered.hasUsualDevices)
		for (const button of page.querySelectorAll<HTMLElement>('section button[aria-label]'))
			button.style.visibility = 'hidden';
	const words = JSON.parse(template.dataset['words'] ?? '{}') as EarlyWords;
	takeDown(page, words, remembered.name);
	holdWhilePressed(page);
	for (const sign of ['pointerdown', 'keydown'])
		browser.addEventListener(sign, () => (page.dataset['active'] = ''), { once: true });
	const field = page.querySelector('input');
	// the browser gives the focus when it draws; asked for here, it would have to lay out the page twice
	if (field?.value === '' && browser.matchMedia('(hover: hover) and (pointer: fine)').matches)
		field.autofocus = true;
	document.body.append(page);
	// a part of the app did not come: nothing will ever take over
	browser.addEventListener('unhandledrejection', ({ reason }) => {
		if (isMissingPart(reason)) offerReload(page, words);
	});
}

const isNewTab = (browser: Window): boolean => {
	try {
		return browser.sessionStorage.getItem(tabKey) === null;
	} catch {
		return true; // where nothing may be stored, nobody comes back
	}
};

/** As the browsers say that a module, or what it imports, could not be fetched. */
const isMissingPart = (reason: unknown): boolean =>
	reason instanceof TypeError &&
	/dynamically imported module|importing a module script/i.test(reason.message);

/** A finger that has come down is followed by a click so much later at most, after it has gone up. */
const clickWithinMs = 350;

/** The app must not take the page away under a finger: what is pressed would then never be. */
function holdWhilePressed(page: HTMLElement): void {
	let timer: ReturnType<typeof setTimeout> | undefined;
	const hold = () => {
		clearTimeout(timer);
		page.dataset['held'] = '';
	};
	const release = () => {
		clearTimeout(timer);
		delete page.dataset['held'];
		page.dispatchEvent(new Event('released'));
	};
	const releaseSoon = () => {
		clearTimeout(timer);
		timer = setTimeout(release, clickWithinMs);
	};
	page.addEventListener('pointerdown', hold);
	page.addEventListener('keydown', ({ key, target }) => {
		if (key === ' ' && target instanceof HTMLButtonElement) hold();
	});
	for (const end of ['pointerup', 'pointercancel', 'keyup'] as const)
		page.ownerDocument.addEventListener(end, () => {
			if (page.dataset['held'] !== undefined) releaseSoon();
		});
	page.addEventListener('click', release);
}

/** Says that the app did not come, in place of what waits for it; a press loads the page anew, with the name as typed. */
function offerReload(page: HTMLElement, words: EarlyWords): void {
	const form = page.querySelector('form');
	if (!page.isConnected || form === null) return;
	const said = document.createElement('p');
	said.role = 'alert';
	said.textContent = words.notLoaded;
	const button = form.querySelector('button[type="submit"]')?.cloneNode(true);
	if (!(button instanceof HTMLButtonElement)) return;
	button.type = 'button';
	for (const attribute of ['aria-busy', 'aria-disabled', 'aria-describedby'])
		button.removeAttribute(attribute);
	button.querySelector('.label')?.replaceChildren(words.reload);
	const name = form.querySelector('input')?.value ?? '';
	button.addEventListener('click', () => {
		remember(window, { ...readRemembered(window), name });
		location.reload();
	});
	form.replaceChildren(said, button);
}

/** Answers at once what needs no server, and keeps the rest: the words of what was pressed, in `data-pressed`. */
function takeDown(page: HTMLElement, words: EarlyWords, name: string): void {
	const form = page.querySelector('form');
	const field = form?.querySelector('input');
	const join = form?.querySelector<HTMLButtonElement>('button[type="submit"]');
	const hint = form?.querySelector('p');
	if (!form || !field || !join || !hint) return;
	const usual = hint.textContent;
	const reason = join.getAttribute('aria-describedby') ?? '';

	const follow = () => {
		const isMissing = nameProblem(field.value) === 'missing';
		field.dir = field.value === '' ? '' : 'auto';
		const why = { 'aria-disabled': 'true', 'aria-describedby': reason };
		for (const [attribute, value] of Object.entries(why))
			if (isMissing) join.setAttribute(attribute, value);
			else join.removeAttribute(attribute);
		if (isMissing || !field.hasAttribute('aria-invalid')) return;
		field.removeAttribute('aria-invalid');
		hint.textContent = usual;
	};
	const pressed = new Set<string>();
	const keep = (button: HTMLElement) => {
		pressed.add(button.getAttribute('aria-label') ?? button.textContent.trim());
		page.dataset['pressed'] = JSON.stringify([...pressed]);
		button.setAttribute('aria-busy', 'true');
	};
	const refuse = () => {
		field.setAttribute('aria-invalid', 'true');
		hint.textContent = words.nameMissing;
		field.focus();
	};
	const isAboutJoining = (button: Element) => form.contains(button);

	field.value = name;
	follow();
	field.addEventListener('input', follow);
	page.addEventListener('submit', (event) => event.preventDefault());
	page.addEventListener('click', ({ target }) => {
		const button = target instanceof Element ? target.closest('button') : null;
		if (button === null || field.readOnly) return;
		if (isAboutJoining(button) && nameProblem(field.value) === 'missing') {
			refuse();
			return;
		}
		keep(button);
		if (!isAboutJoining(button)) return;
		field.readOnly = true;
		const label = join.querySelector('.label');
		if (label) label.textContent = words.joining;
	});
}
