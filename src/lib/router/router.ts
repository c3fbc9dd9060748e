import { flushSync, mount, onMount, tick } from 'svelte';
import Pages from './Pages.svelte';
import { page, Shown, type Data, type Leaf, type Part } from './page.svelte.ts';
import { placeOf, routesOf, withoutSlash, type Place, type Route } from './routes.ts';

/** The app as SvelteKit's build describes it: part 0 is the layout, part 1 says that there is no page. */
export interface App {
	nodes: readonly (() => Promise<Part>)[];
	dictionary: Readonly<Record<string, readonly number[]>>;
}

/** Somebody is on their way to another page. */
export interface Navigation {
	/** `enter`: the page was opened. `link`: a link was pressed. `goto`: the app did it. `popstate`: Back or Forward. */
	type: 'enter' | 'link' | 'goto' | 'popstate';
	/** Ids of routes; null where no page is. */
	from: string | null;
	to: string | null;
}

/** Before it happens. */
export interface LeavingNavigation extends Navigation {
	/** Stays where one is. */
	cancel: () => void;
}

type Listener<Told> = (told: Told) => void;

/** What is shown for an address. */
interface Found {
	layout: Leaf;
	leaf: Leaf;
	status: 200 | 404 | 500;
}

interface Going {
	type: Navigation['type'];
	url: URL;
	/** Stands in place of the address before it, which nobody gets back to. */
	replaces?: boolean;
	/** How many entries of the history this goes. */
	by?: number;
}

/** Of an entry in the browser's history. They grow, also from one document of a tab to the next. */
const indexKey = 'roost:index';
const scrollKey = 'roost:scroll';

const indexOf = (state: unknown): number | undefined => {
	if (typeof state !== 'object' || state === null || !(indexKey in state)) return undefined;
	return typeof state[indexKey] === 'number' ? state[indexKey] : undefined;
};

const samePage = (one: URL, other: URL) => one.pathname === other.pathname && one.search === other.search;
const nothing: Data = {};

/** Which page of the app is shown, by its address: the browser's history, links, and what was loaded for a page. */
export class Router {
	readonly #before = new Set<Listener<LeavingNavigation>>();
	readonly #after = new Set<Listener<Navigation>>();
	#app: App = { nodes: [], dictionary: {} };
	#routes: readonly Route[] = [];
	#layout: Promise<Leaf> | null = null;
	#shown: Shown | null = null;
	#target: Element | null = null;
	#place: Place | null = null;
	/** Of the entry of the history that is shown. */
	#index = 0;
	/** Where every entry was scrolled to, from the top in px. */
	#scrolls: Record<number, number> = {};
	/** The newest of all ways; one that is not it any more ends without effect. */
	#latest: object = {};
	readonly #isOutdated: () => Promise<boolean>;

	/** @param isOutdated whether the server has another version of the app, so that parts of this one may be gone there */
	constructor(isOutdated: () => Promise<boolean>) {
		this.#isOutdated = isOutdated;
	}

	/** Shows the page that the address names, in `target`, and follows the address from then on. */
	async start(app: App, target: Element): Promise<void> {
		this.#app = app;
		this.#target = target;
		this.#routes = routesOf(app.dictionary);
		this.#index = indexOf(history.state) ?? Date.now();
		this.#scrolls = storedScrolls();
		await this.#go({ type: 'enter', url: new URL(location.href), replaces: true });
		this.#listen();
	}

	/** @param replaces the address that is left, in the history */
	goto(path: string, { replaceState = false } = {}): Promise<void> {
		return this.#go({ type: 'goto', url: new URL(path, location.href), replaces: replaceState });
	}

	/** Adds an entry to the history that is the page itself: Back then stays on it. */
	holdEntry(): void {
		this.#keepScroll();
		history.pushState({ [indexKey]: ++this.#index }, '');
	}

	/** Asks before somebody goes to another page or elsewhere, as long as the component lives. */
	beforeNavigate(listener: Listener<LeavingNavigation>): void {
		onMount(() => subscribe(this.#before, listener));
	}

	/** Tells that another page is shown, or the same for another address. */
	afterNavigate(listener: Listener<Navigation>): void {
		onMount(() => subscribe(this.#after, listener));
	}

	async #go({ type, url: wanted, replaces = false, by }: Going): Promise<void> {
		const url = withoutSlash(wanted);
		const place = url.origin === location.origin ? placeOf(url.pathname, this.#routes) : null;
		const navigation: Navigation = { type, from: idOf(this.#place), to: idOf(place) };
		if (type !== 'enter' && !this.#mayGo(navigation)) {
			if (by !== undefined) history.go(-by);
			return;
		}
		const own = (this.#latest = {});
		// what the app does not have, the server may
		if (place === null && type !== 'enter') {
			location.assign(url);
			return;
		}
		const found = await this.#load(place, url);
		if (this.#latest !== own || found === null) return;

		if (type !== 'enter') this.#keepScroll();
		if (by === undefined) this.#note(url, replaces);
		else this.#index += by;
		page.url = url;
		page.params = found.leaf.params;
		page.status = found.status;
		this.#place = place;
		await this.#show(found);
		const isNew = type === 'goto' || type === 'link';
		const top = isNew ? 0 : this.#scrolls[this.#index];
		if (top !== undefined) scrollTo(0, top);
		for (const tell of this.#after) tell(navigation);
	}

	#mayGo(navigation: Navigation): boolean {
		let isCancelled = false;
		for (const ask of this.#before) ask({ ...navigation, cancel: () => (isCancelled = true) });
		return !isCancelled;
	}

	async #show({ layout, leaf }: Found): Promise<void> {
		if (this.#shown === null) {
			this.#shown = new Shown(layout, leaf);
			mount(Pages, { target: this.#target ?? document.body, props: { shown: this.#shown } });
			flushSync();
			return;
		}
		// what is said to somebody who leaves a field is said before it is gone
		if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
		this.#shown.leaf = leaf;
		await tick();
		resetFocus();
	}

	#note(url: URL, replaces: boolean): void {
		if (!replaces) this.#index += 1;
		const state = { [indexKey]: this.#index };
		if (replaces) history.replaceState(state, '', url);
		else history.pushState(state, '', url);
	}

	/** @returns null where the browser is on its way to a newer version of the app instead */
	async #load(place: Place | null, url: URL): Promise<Found | null> {
		const part = place === null ? null : this.#partOf(place.route.leaf);
		// without a layout there is nothing to say anything in: whoever started us hears why
		const arriving = (this.#layout ??= this.#loadLayout());
		try {
			if (place === null || part === null)
				return { layout: await arriving, leaf: await this.#noPage(), status: 404 };
			const leaf = await this.#loadLeaf(await part, place, arriving);
			return { layout: await arriving, leaf, status: 200 };
		} catch (cause) {
			const layout = await arriving;
			console.error(cause);
			if (!(await this.#isOutdated())) return { layout, leaf: await this.#noPage(), status: 500 };
			location.assign(url);
			return null;
		}
	}

	#partOf(index: number): Promise<Part> {
		const part = this.#app.nodes[index]?.() ?? Promise.reject(new Error(`the app has no part ${index}`));
		// whoever waits for it hears why
		part.catch(() => undefined);
		return part;
	}

	async #loadLayout(): Promise<Leaf> {
		const part = await this.#partOf(0);
		const parent = () => Promise.resolve(nothing);
		return { part, data: (await part.universal?.load?.({ params: {}, parent })) ?? nothing, params: {} };
	}

	async #loadLeaf(part: Part, { params }: Place, layout: Promise<Leaf>): Promise<Leaf> {
		const before = this.#shown?.leaf;
		const isSame =
			before?.part === part && Object.entries(params).every(([name, value]) => before.params[name] === value);
		if (isSame) return before;
		const parent = async () => (await layout).data;
		const own = await part.universal?.load?.({ params, parent });
		return { part, data: { ...(await parent()), ...own }, params };
	}

	async #noPage(): Promise<Leaf> {
		return { part: await this.#partOf(1), data: nothing, params: {} };
	}

	#keepScroll(): void {
		this.#scrolls[this.#index] = scrollY;
	}

	#listen(): void {
		history.scrollRestoration = 'manual';
		addEventListener('pagehide', () => {
			this.#keepScroll();
			storeScrolls(this.#scrolls);
			// what comes next is restored by us, or is no page of ours
			history.scrollRestoration = 'auto';
		});
		addEventListener('pageshow', () => (history.scrollRestoration = 'manual'));
		addEventListener('popstate', ({ state }) => this.#follow(indexOf(state)));
		document.documentElement.addEventListener('click', (event) => this.#press(event));
	}

	/** The browser has gone to another entry of its history. */
	#follow(index: number | undefined): void {
		const url = new URL(location.href);
		// a place on the page was asked for, and has its entry now
		if (index === undefined) {
			this.#index += 1;
			this.#note(url, true);
		} else if (index === this.#index) return;
		else if (!samePage(url, page.url)) {
			void this.#go({ type: 'popstate', url, by: index - this.#index });
			return;
		} else {
			this.#keepScroll();
			this.#index = index;
			scrollTo(0, this.#scrolls[index] ?? 0);
		}
		page.url = url;
	}

	#press(event: MouseEvent): void {
		const { button, metaKey, ctrlKey, shiftKey, altKey, defaultPrevented } = event;
		if (button !== 0 || metaKey || ctrlKey || shiftKey || altKey || defaultPrevented) return;
		const link = event.composedPath().find((one) => one instanceof HTMLAnchorElement);
		if (!link?.href || (link.target !== '' && link.target !== '_self') || link.hasAttribute('download'))
			return;
		const url = new URL(link.href);
		if (!/^https?:$/.test(url.protocol)) return;
		// a place on the page: the browser knows best how to go there
		if (url.origin === location.origin && url.hash !== '' && samePage(url, page.url)) return;
		event.preventDefault();
		void this.#go({ type: 'link', url, replaces: url.href === location.href });
	}
}

function subscribe<Told>(listeners: Set<Listener<Told>>, listener: Listener<Told>): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

const idOf = (place: Place | null): string | null => place?.route.id ?? null;

/** The keyboard goes on from the top of a page that is new, or from where the page wants it. */
function resetFocus(): void {
	const { activeElement, body } = document;
	if (activeElement !== null && activeElement !== body) return;
	const wanted = document.querySelector<HTMLElement>('[autofocus]');
	if (wanted !== null) {
		wanted.focus();
		return;
	}
	body.tabIndex = -1;
	body.focus({ preventScroll: true });
	body.removeAttribute('tabindex');
}

function storedScrolls(): Record<number, number> {
	try {
		return JSON.parse(sessionStorage.getItem(scrollKey) ?? '{}') as Record<number, number>;
	} catch {
		return {};
	}
}

function storeScrolls(scrolls: Record<number, number>): void {
	try {
		sessionStorage.setItem(scrollKey, JSON.stringify(scrolls));
	} catch {
		// where nothing may be stored, a page that is come back to begins at its top
	}
}
