import { readRemembered } from '../lib/app/remembered.ts';
import { tabKey } from '../lib/app/tab-id.ts';
import { chooseAmong } from '../lib/ui/messages/language-choice.ts';
import { nameProblem } from '../lib/ui/prejoin/own-name.ts';

/** Stands in the templates for the host of the server. */
export const hostMark = '%host%';

/** What is said to whoever presses Join before the app is there; JSON in `data-words` of a template. */
export interface EarlyWords {
	nameMissing: string;
	joining: string;
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
	takeDown(page, JSON.parse(template.dataset['words'] ?? '{}') as EarlyWords, remembered.name);
	document.body.append(page);
	const field = page.querySelector('input');
	if (field?.value === '' && browser.matchMedia('(hover: hover) and (pointer: fine)').matches) field.focus();
}

const isNewTab = (browser: Window): boolean => {
	try {
		return browser.sessionStorage.getItem(tabKey) === null;
	} catch {
		return true; // where nothing may be stored, nobody comes back
	}
};

/** Answers at once what needs no server, and keeps the rest: the words of what was pressed last, in `data-pressed`. */
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
		const why = { 'aria-disabled': 'true', 'aria-describedby': reason };
		for (const [attribute, value] of Object.entries(why))
			if (isMissing) join.setAttribute(attribute, value);
			else join.removeAttribute(attribute);
		if (isMissing || !field.hasAttribute('aria-invalid')) return;
		field.removeAttribute('aria-invalid');
		hint.textContent = usual;
	};
	const keep = (button: HTMLElement) => {
		page.dataset['pressed'] = button.getAttribute('aria-label') ?? button.textContent.trim();
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
		if (button === null || page.dataset['pressed'] !== undefined) return;
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
