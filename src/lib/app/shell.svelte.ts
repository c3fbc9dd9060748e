import { createContext } from 'svelte';
import type { Preferences } from '../domain/store/ongoing-call.ts';
import type { Roost } from './create-roost.ts';
import type { VisitScene } from './visit-scene.svelte.ts';

/** The event with which Chromium offers to install the app; not in the DOM's own types. */
interface InstallEvent extends Event {
	prompt: () => Promise<unknown>;
}

/** Tells an installed app what it was opened for again; in Chromium only, and not in the DOM's own types. */
interface LaunchQueue {
	setConsumer: (consumer: (launch: { targetURL?: string | null }) => void) => void;
}

/** What the pages share beside the call itself: preferences, network, installing, updating, being in a call. */
export class Shell {
	readonly roost: Roost;
	preferences: Preferences = $state.raw() as Preferences;
	isOnline = $state(true);
	/** The address says `embed=1`: another page holds ours in a frame, where the way to other calls has no place. */
	isEmbedded = $state(false);
	/** Local clock, unix ms; moves once a minute, for relative times. */
	now = $state.raw(Date.now());
	hasUpdate = $state(false);
	/** A call runs: nothing may reload the page, and leaving it is asked about. */
	isInCall = $state(false);
	isAskedToLeave = $state(false);
	/** Path and query of what the app was opened for again, while it was open; in a call a person is asked first. */
	launched: string | null = $state(null);
	/** The settings are open, at the tab of this name; null: they are not. */
	settings: string | null = $state(null);
	/** The visit on the page, whose devices the settings are about; null: there is none. */
	visit: VisitScene | null = $state.raw(null);
	#installEvent: InstallEvent | null = $state.raw(null);
	#waiting: ServiceWorker | null = null;
	#browser: Window | null = null;

	constructor(roost: Roost, preferences: Preferences) {
		this.roost = roost;
		this.preferences = preferences;
	}

	/** Only after one successful call, and never in one. */
	get canInstall(): boolean {
		return (
			this.#installEvent !== null && this.preferences.hasJoinedOnce && !this.isInCall && !this.isEmbedded
		);
	}

	install(): void {
		void this.#installEvent?.prompt();
		this.#installEvent = null;
	}

	/** At once on the page, soon in the browser's store. */
	save(patch: Partial<Preferences>): void {
		this.preferences = { ...this.preferences, ...patch };
		void this.roost.preferences
			.save(patch)
			.catch((cause: unknown) => this.roost.log.warn('a setting was not stored', cause));
	}

	/** What was stored is gone, and the page goes on with what a new browser has. */
	forget(defaults: Preferences): void {
		this.preferences = defaults;
	}

	/**
	 * Reloads when the new version has taken over, and never in a call. Where a call in another tab holds it up, it reloads
	 * all the same: a page comes from the network first, and is the new one.
	 */
	update(): void {
		const browser = this.#browser;
		const reload = () => {
			if (!this.isInCall) browser?.location.reload();
		};
		browser?.navigator.serviceWorker.addEventListener('controllerchange', reload, { once: true });
		browser?.setTimeout(reload, takeOverMs);
		this.#waiting?.postMessage({ type: 'roost:update' });
	}

	/** As long as a page holds this lock no new version takes over. It goes with the page, however that ends. */
	holdVersion(): () => void {
		let release: (() => void) | undefined;
		const held = new Promise<void>((resolve) => (release = resolve));
		const { locks } = this.#browser?.navigator ?? {};
		void locks?.request('roost:in-call', { mode: 'shared' }, () => held);
		return () => release?.();
	}

	/** Listens to the browser for as long as the page lives. @returns ends it */
	start(browser: Window): () => void {
		this.#browser = browser;
		this.isOnline = browser.navigator.onLine;
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- read once, and never changed
		this.isEmbedded = new URLSearchParams(browser.location.search).get('embed') === '1';
		const events: [string, (event: Event) => void][] = [
			['online', () => (this.isOnline = true)],
			['offline', () => (this.isOnline = false)],
			[
				'beforeinstallprompt',
				(event) => {
					event.preventDefault();
					this.#installEvent = event as InstallEvent;
				}
			]
		];
		for (const [name, listener] of events) browser.addEventListener(name, listener);
		const { launchQueue } = browser as Window & { launchQueue?: LaunchQueue };
		launchQueue?.setConsumer(({ targetURL }) => {
			if (targetURL) this.#launch(targetURL, browser.location);
		});
		const clock = browser.setInterval(() => (this.now = Date.now()), 60_000);
		const stopWorker = this.#startWorker(browser);
		return () => {
			for (const [name, listener] of events) browser.removeEventListener(name, listener);
			browser.clearInterval(clock);
			stopWorker();
		};
	}

	/** The window that is open came to the front. Whoever only pressed the app's icon wants no more, least of all in a call. */
	#launch(target: string, shown: Location): void {
		// eslint-disable-next-line svelte/prefer-svelte-reactivity -- read once, and never changed
		const { pathname, search } = new URL(target);
		const isHere = pathname === shown.pathname && (this.isInCall || search === shown.search);
		const isIcon = !pathname.includes('/call/') && (search === '' || search === '?source=app');
		if (!isHere && !(this.isInCall && isIcon)) this.launched = pathname + search;
	}

	/** The service worker comes last: it stores the whole app, which nobody who wants to join should wait for. */
	#startWorker(browser: Window): () => void {
		const { serviceWorker } = browser.navigator;
		if (!('serviceWorker' in browser.navigator)) return () => undefined;
		const register = async () => {
			try {
				const registration = await serviceWorker.register('/service-worker.js', {
					type: import.meta.env.DEV ? 'module' : 'classic'
				});
				const note = () => {
					this.#waiting = registration.waiting;
					this.hasUpdate = registration.waiting !== null && serviceWorker.controller !== null;
				};
				note();
				registration.addEventListener('updatefound', () => {
					registration.installing?.addEventListener('statechange', note);
				});
			} catch (cause) {
				this.roost.log.warn('the app is not kept for offline use', cause);
			}
		};
		const delay = browser.setTimeout(() => void register(), registerAfterMs);
		return () => browser.clearTimeout(delay);
	}
}

const registerAfterMs = 4_000;
/** A new version that may take over has done so by then. */
const takeOverMs = 2_000;

export const [useShell, provideShell] = createContext<Shell>();
