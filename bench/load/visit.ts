import type { BrowserContext, CDPSession } from '@playwright/test';
import { watchNoise, type Noise } from '../join/noise.ts';
import { blockedMs, kindOf, kinds, longestMs, type Kind } from './cost.ts';
import type { Front } from './front.ts';
import { installWatch, type Seen } from './watch.ts';

/** How slow the machine and the way to it are. */
export interface Slowness {
	/** How many times slower the page's processor is. */
	cpu: number;
	/** As Chromium's developer tools have it: on every request, and of all of them together. */
	network: { latencyMs: number; kbitPerSecond: number } | null;
}

/** What one visit cost. */
export interface Visit {
	joinMs: number;
	/** Until the app itself was there, which Join may not have to wait for. */
	appMs: number;
	firstPaintMs: number;
	/** Running and compiling scripts, until the app was there. */
	scriptMs: number;
	/** Of all tasks what is over 50 ms, until a second after that. */
	blockedMs: number;
	longestTaskMs: number;
	heapMegabytes: number;
	/** Begun before the app was there. */
	requests: number;
	/** With headers, over the network. */
	transferredKb: number;
	/** Bodies as they were sent, of what was fetched before the app was there. */
	kb: Record<Kind, number>;
	foreign: string[];
	noise: Noise;
}

const joinWithinMs = 30_000;
/** What the page does right after it can be used counts as well, as far as it holds a press up. */
const watchedMs = 1_000;

interface Fetched {
	url: string;
	/** Seconds of the browser's steady clock. */
	at: number;
	type: string;
	/** Neither from a cache nor from the service worker. */
	isFromNetwork: boolean;
	bytes: number;
}

/** Follows what the page itself asks for: the service worker asks by itself, and is another party to the browser. */
function followRequests(cdp: CDPSession): ReadonlyMap<string, Fetched> {
	const all = new Map<string, Fetched>();
	cdp.on('Network.requestWillBeSent', ({ requestId, request: { url }, timestamp }) => {
		if (/^https?:/.test(url))
			all.set(requestId, { url, at: timestamp, type: '', isFromNetwork: true, bytes: 0 });
	});
	cdp.on('Network.requestServedFromCache', ({ requestId }) => {
		const found = all.get(requestId);
		if (found) found.isFromNetwork = false;
	});
	cdp.on('Network.responseReceived', ({ requestId, response }) => {
		const found = all.get(requestId);
		if (!found) return;
		found.type = response.mimeType;
		if (response.fromDiskCache === true || response.fromServiceWorker === true) found.isFromNetwork = false;
	});
	cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
		const found = all.get(requestId);
		if (found) found.bytes = encodedDataLength;
	});
	return all;
}

async function readMetrics(cdp: CDPSession): Promise<(name: string) => number> {
	const { metrics } = await cdp.send('Performance.getMetrics');
	return (name) => metrics.find((metric) => metric.name === name)?.value ?? 0;
}

/** Opens a page in a tab of its own, waits until Join works and the app is there and a second longer, and closes it. */
export async function visit(
	context: BrowserContext,
	front: Front,
	path: string,
	{ cpu, network }: Slowness
): Promise<Visit> {
	const page = await context.newPage();
	try {
		await installWatch(page);
		const cdp = await context.newCDPSession(page);
		const requests = followRequests(cdp);
		for (const domain of ['Network', 'Runtime', 'HeapProfiler'] as const) await cdp.send(`${domain}.enable`);
		// of the thread, not of the clock: what others do meanwhile does not count
		await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
		await cdp.send('Runtime.addBinding', { name: 'joinWorks' });
		await cdp.send('Emulation.setCPUThrottlingRate', { rate: cpu });
		if (network !== null) {
			const throughput = (network.kbitPerSecond * 1_000) / 8;
			await cdp.send('Network.emulateNetworkConditions', {
				offline: false,
				latency: network.latencyMs,
				downloadThroughput: throughput,
				uploadThroughput: throughput
			});
		}
		const works = new Promise<void>((settle) => {
			cdp.once('Runtime.bindingCalled', () => settle());
		});
		const late = new Promise<never>((_, reject) => {
			setTimeout(
				() => reject(new Error(`Join did not work in time at ${front.url}${path}`)),
				joinWithinMs
			).unref();
		});
		const noise = watchNoise();

		await page.goto(`${front.url}${path}`, { waitUntil: 'commit' });
		await Promise.race([works, late]);
		const metric = await readMetrics(cdp);
		const scriptMs = (metric('ScriptDuration') + metric('V8CompileDuration')) * 1_000;
		// not for a fact: what happens in this time is what is measured
		await new Promise((settle) => setTimeout(settle, watchedMs));
		const heard = noise();
		const seen = await page.evaluate(() => globalThis.loadWatch);
		if (seen === undefined) throw new Error('the page was left');
		await cdp.send('Emulation.setCPUThrottlingRate', { rate: 1 });
		await cdp.send('HeapProfiler.collectGarbage');
		const { usedSize } = await cdp.send('Runtime.getHeapUsage');
		return {
			...timesOf(seen),
			...weightOf([...requests.values()], front, metric('NavigationStart') + seen.appMs / 1_000),
			scriptMs,
			heapMegabytes: usedSize / 1e6,
			noise: heard
		};
	} finally {
		await page.close();
	}
}

const timesOf = ({ joinMs, appMs, firstPaintMs, longTasks }: Seen) => ({
	joinMs,
	appMs,
	firstPaintMs,
	blockedMs: blockedMs(longTasks),
	longestTaskMs: longestMs(longTasks)
});

function weightOf(requests: readonly Fetched[], front: Front, appAt: number) {
	const before = requests.filter(({ at, isFromNetwork }) => at <= appAt && isFromNetwork);
	const kb = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<Kind, number>;
	for (const { url, type } of before) {
		const { pathname } = new URL(url);
		kb[kindOf(pathname, type)] += front.sent(pathname) / 1_000;
	}
	return {
		requests: before.length,
		transferredKb: before.reduce((sum, { bytes }) => sum + bytes, 0) / 1_000,
		kb,
		foreign: requests.map(({ url }) => new URL(url).origin).filter((origin) => origin !== front.url)
	};
}

/** Until the service worker, which the page would register seconds later, has stored the app and answers for the page. */
export async function installWorker(context: BrowserContext, front: Front, path: string): Promise<void> {
	const page = await context.newPage();
	await page.goto(`${front.url}${path}`);
	await page.evaluate(async () => {
		const controlled = new Promise((settle) => {
			navigator.serviceWorker.addEventListener('controllerchange', settle, { once: true });
		});
		await navigator.serviceWorker.register('/service-worker.js');
		if (navigator.serviceWorker.controller === null) await controlled;
		const { active } = await navigator.serviceWorker.ready;
		if (active?.state === 'activated') return;
		await new Promise((settle) => active?.addEventListener('statechange', settle, { once: true }));
	});
	await page.close();
}
