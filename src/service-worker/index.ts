import { base, build, files, version } from '$service-worker';
import { answerFor } from './answer-for.ts';
import { toStore } from './stored-files.ts';

declare const self: ServiceWorkerGlobalScope;

/** Comes to the worker that waits: from a page when the person asks for it, from the worker in use when a page is opened. */
const update = { type: 'roost:update' };

const cachePrefix = 'roost-shell-';
const cacheName = cachePrefix + version;
const shellUrl = `${base}/`;
/* the manifest shows them to whoever installs; the app itself never does */
const assets = [...build, ...files].filter((file) => !file.startsWith(`${base}/screenshots/`));
const navigationLimitMs = 1500;

self.addEventListener('install', (event) => {
	event.waitUntil(
		(async () => {
			const cache = await caches.open(cacheName);
			const parts = toStore(assets, await storedBefore());
			await cache.addAll([...parts, new Request(shellUrl, { cache: 'reload' })]);
			await activateUnlessInCall();
		})()
	);
});

self.addEventListener('activate', (event) => {
	event.waitUntil(
		(async () => {
			const old = (await caches.keys()).filter((name) => name.startsWith(cachePrefix) && name !== cacheName);
			await Promise.all(old.map((name) => caches.delete(name)));
			await self.clients.claim();
			await self.registration.navigationPreload.enable();
		})()
	);
});

self.addEventListener('message', (event) => {
	if (isUpdate(event.data)) event.waitUntil(activateUnlessInCall());
});

self.addEventListener('fetch', (event) => {
	const { request } = event;
	const answer = answerFor(
		{ method: request.method, url: request.url, isNavigation: request.mode === 'navigate' },
		{ origin: self.location.origin, base, assets: assetPaths }
	);
	if (answer === 'shell') {
		event.respondWith(page(event));
		// somebody opens a page: the version that waits may try again
		self.registration.waiting?.postMessage(update);
	}
	if (answer === 'asset') event.respondWith(asset(request));
});

const assetPaths: ReadonlySet<string> = new Set(assets);

const isUpdate = (message: unknown): boolean =>
	typeof message === 'object' && message !== null && 'type' in message && message.type === update.type;

async function asset(request: Request): Promise<Response> {
	const kept = await caches.match(request, { cacheName, ignoreSearch: true });
	if (kept !== undefined) return kept;
	const response = await fetch(request);
	// where a newer version has cleared the store away, it must not come back
	if (response.ok && (await caches.has(cacheName))) {
		const cache = await caches.open(cacheName);
		await cache.put(request, response.clone());
	}
	return response;
}

/** Paths of what the versions before have stored. */
async function storedBefore(): Promise<string[]> {
	const names = (await caches.keys()).filter((name) => name.startsWith(cachePrefix));
	const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
	return requests.flat().map(({ url }) => new URL(url).pathname);
}

/** The network's page if it comes soon and whole, else the stored one: it can say what is wrong by itself. */
async function page(event: FetchEvent): Promise<Response> {
	const fromNetwork = (async () => {
		const preloaded: unknown = await event.preloadResponse;
		return preloaded instanceof Response ? preloaded : fetch(event.request);
	})();
	const inTime = fromNetwork.then(
		(response) => (response.status < 500 ? response : undefined),
		() => undefined
	);
	// a late answer is of no use, but its failure must not go unhandled
	event.waitUntil(inTime);
	const first = await Promise.race([inTime, wait(navigationLimitMs)]);
	return first ?? (await caches.match(shellUrl, { cacheName })) ?? fromNetwork;
}

/** A call must not lose the files it runs on: a page that is in one holds the lock, and the new version waits. */
async function activateUnlessInCall(): Promise<void> {
	await navigator.locks.request('roost:in-call', { ifAvailable: true }, async (lock) => {
		if (lock !== null) await self.skipWaiting();
	});
}

const wait = (ms: number) => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms));
