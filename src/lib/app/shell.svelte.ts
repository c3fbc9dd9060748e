import { createContext } from 'svelte';
import type { Preferences } from '../domain/store/ongoing-call.ts';
import type { Roost } from './create-roost.ts';

/** The event with which Chromium offers to install the app; not in the DOM's own types. */
interface InstallEvent extends Event {
	prompt: () => Promise<unknown>;
}

/** What the pages share beside the call itself: preferences, network, installing, updating, being in a call. */
export class Shell {
	readonly roost: Roost;
	preferences: Preferences = $state.raw() as Preferences;
	isOnline = $state(true);
	/** Local clock, unix ms; moves once a minute, for relative times. */
	now = $state(Date.now());
	hasUpdate = $state(false);
	/** A call runs: nothing may reload the page, and leaving it is asked about. */
	isInCall = $state(false);
	isAskedToLeave = $state(false);
	#installEvent: InstallEvent | null = $state.raw(null);
	#waiting: ServiceWorker | null = null;
	#browser: Window | null = null;

	constructor(roost: Roost, preferences: Preferences) {
		this.roost = roost;
		this.preferences = preferences;
	}

	/** Only after one successful call, and never in one. */
	get canInstall(): boolean {
		return this.#installEvent !== null && this.preferences.hasJoinedOnce && !this.isInCall;
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

	update(): void {
		this.#waiting?.postMessage({ type: 'roost:update' });
		this.#browser?.location.reload();
	}

	/** Listens to the browser for as long as the page lives. @returns ends it */
	start(browser: Window): () => void {
		this.#browser = browser;
		this.isOnline = browser.navigator.onLine;
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
		const clock = browser.setInterval(() => (this.now = Date.now()), 60_000);
		const stopWorker = this.#startWorker(browser);
		return () => {
			for (const [name, listener] of events) browser.removeEventListener(name, listener);
			browser.clearInterval(clock);
			stopWorker();
		};
	}

	/** The service worker comes last: it stores the whole app, which nobody who wants to join should wait for. */
	#startWorker(browser: Window): () => void {
		const { serviceWorker } = browser.navigator;
		if (!('serviceWorker' in browser.navigator)) return () => undefined;
		const answer = (event: MessageEvent<unknown>) => {
			const { data } = event;
			const isQuestion =
				typeof data === 'object' && data !== null && 'type' in data && data.type === 'roost:in-call?';
			if (isQuestion) event.ports[0]?.postMessage(this.isInCall);
		};
		serviceWorker.addEventListener('message', answer);
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
		return () => {
			browser.clearTimeout(delay);
			serviceWorker.removeEventListener('message', answer);
		};
	}
}

const registerAfterMs = 4_000;

export const [useShell, provideShell] = createContext<Shell>();
