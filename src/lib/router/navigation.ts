import { version } from '$app/environment';
import { Router, type App } from './router.ts';

export { page } from './page.svelte.ts';
export { pathOf } from './routes.ts';

/** Asks the server which version of the app it has, and the service worker to fetch that if it is another one. */
async function isOutdated(): Promise<boolean> {
	try {
		const answer = await fetch('/_app/version.json', { cache: 'no-store' });
		const newest: unknown = await answer.json();
		const isOther =
			answer.ok &&
			typeof newest === 'object' &&
			newest !== null &&
			'version' in newest &&
			newest.version !== version;
		if (isOther) await (await navigator.serviceWorker.getRegistration())?.update();
		return isOther;
	} catch {
		return false;
	}
}

const router = new Router(isOutdated);

export const goto = router.goto.bind(router);
export const holdEntry = router.holdEntry.bind(router);
export const beforeNavigate = router.beforeNavigate.bind(router);
export const afterNavigate = router.afterNavigate.bind(router);

/** What the page that SvelteKit builds begins with (tools/vite/own-router.ts). */
export async function start(app: App, target: Element): Promise<void> {
	try {
		await router.start(app, target);
	} catch (cause) {
		// the early page says it in everybody's language, and what is needed for that may be what is missing
		if (document.body.innerText.trim() === '') sayThatNothingStarts();
		throw cause;
	}
}

function sayThatNothingStarts(): void {
	const said = document.createElement('h1');
	said.textContent = 'This page could not start';
	const again = document.createElement('a');
	again.href = location.href;
	again.textContent = 'Try again';
	document.body.append(said, again);
}
