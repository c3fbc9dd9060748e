import { base, build, files, version } from '$service-worker';
import { answerFor } from './answer-for.ts';

declare const self: ServiceWorkerGlobalScope;

/**
 * What a page and this worker say to each other.
 * Worker to page: `roost:in-call?` with a port; the page answers on it with true or false.
 * Page to worker: `roost:update`, when the person asks for the new version or a call has ended.
 */
type Message = { type: 'roost:in-call?' | 'roost:update' };

const cachePrefix = 'roost-shell-';
const cacheName = cachePrefix + version;
const shellUrl = `${base}/`;
/* heavy things are stored when they are first used, if at all */
const assets = [...build, ...files.filter((file) => !/\/(?:sounds|models|screenshots)\//.test(file))];
const navigationLimitMs = 1500;
const answerLimitMs = 1000;

self.addEventListener('install', (event) => {
	event.waitUntil(
		(async () => {
			const cache = await caches.open(cacheName);
			await cache.addAll([...assets, new Request(shellUrl, { cache: 'reload' })]);
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
	const message: unknown = event.data;
	if (isMessage(message) && message.type === 'roost:update') event.waitUntil(activateUnlessInCall());
});

self.addEventListener('fetch', (event) => {
	const { request } = event;
	const answer = answerFor(
		{ method: request.method, url: request.url, isNavigation: request.mode === 'navigate' },
		{ origin: self.location.origin, base, assets: assetPaths }
	);
	if (answer === 'shell') event.respondWith(page(event));
	else if (answer === 'asset') event.respondWith(asset(request));
});

const assetPaths: ReadonlySet<string> = new Set(assets);

const isMessage = (message: unknown): message is Message =>
	typeof message === 'object' && message !== null && 'type' in message;

async function asset(request: Request): Promise<Response> {
	const cache = await caches.open(cacheName);
	return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request);
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

/** A call must not lose the files it runs on: the new version waits until no page is in one. */
async function activateUnlessInCall(): Promise<void> {
	const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
	const answers = await Promise.all(pages.map(isInCall));
	if (!answers.includes(true)) await self.skipWaiting();
}

/** @returns false for a page that does not answer: it is frozen, which no page in a call is */
async function isInCall(client: Client): Promise<boolean> {
	const { port1, port2 } = new MessageChannel();
	const answer = new Promise<boolean>((resolve) => {
		port1.onmessage = ({ data }: MessageEvent<unknown>) => resolve(data === true);
	});
	client.postMessage({ type: 'roost:in-call?' } satisfies Message, [port2]);
	return (await Promise.race([answer, wait(answerLimitMs)])) ?? false;
}

const wait = (ms: number) => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms));
