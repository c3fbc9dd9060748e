import type { Browser, BrowserContext, CDPSession, Page } from '@playwright/test';
import { installMediaProbe } from '../../tests/support/media-probe.ts';
import { measureFor } from '../support/interval.ts';
import { isCatchingUp, receivedIn, runningIn, type Counters, type Flow, type Received } from './flows.ts';
import {
	processesOf,
	readCpuMs,
	readMainThreadMs,
	readPrivateBytes,
	type BrowserProcess
} from './processes.ts';
import type { Media } from './sender.ts';

/** What is measured: Roost's page, or the one with the least code. */
export type Kind = 'roost' | 'floor';

/** What a page cost while it was looked at. */
export interface Cost extends Received {
	/** Milliseconds of processor of the page's process for each second, all threads. */
	cpu: number;
	/** The same of all other processes of its browser: drawing, sound, network. */
	besideCpu: number;
	/** Share of the time in which the main thread ran: scripts, style, layout. */
	mainThread: number;
	/** How long was measured. */
	seconds: number;
	/** Whether everything ran as it should before. */
	isSettled: boolean;
	privateBytes: number;
	heapBytes: number;
}

/** Adds the counters of every stream and every element. Runs in the page. */
async function readCounters(): Promise<Counters> {
	const flows: Flow[] = [];
	const open = [...(globalThis.roostProbe?.open ?? [])];
	for (const connection of open) {
		const report = await connection.getStats();
		report.forEach((entry: Partial<RTCInboundRtpStreamStats>) => {
			if (entry.type !== 'inbound-rtp') return;
			flows.push({
				ssrc: entry.ssrc ?? 0,
				at: entry.timestamp ?? 0,
				frames: entry.framesDecoded ?? 0,
				dropped: entry.framesDropped ?? 0,
				energy: entry.totalAudioEnergy ?? 0,
				concealed: entry.concealedSamples ?? 0,
				samples: entry.totalSamplesReceived ?? 0
			});
		});
	}
	const videos = [...document.querySelectorAll('video')].filter(({ videoWidth }) => videoWidth > 0);
	const qualities = videos.map((video) => video.getVideoPlaybackQuality());
	const sum = (values: number[]) => values.reduce((one, other) => one + other, 0);
	const notShown = sum(qualities.map(({ droppedVideoFrames }) => droppedVideoFrames));
	return {
		at: performance.now(),
		flows,
		shown: sum(qualities.map(({ totalVideoFrames }) => totalVideoFrames)) - notShown,
		notShown,
		videos: videos.length,
		connected: open.filter(({ connectionState }) => connectionState === 'connected').length
	};
}

/** A page that receives, in a context of its own. */
interface Receiver {
	readonly page: Page;
	/**
	 * Until everything that is to be seen or heard is, and what is not to be seen is sent no more.
	 * @returns false: a machine that is too slow for it did not get there in time
	 */
	settle(count: number, media: Media): Promise<boolean>;
	measure(seconds: number, isSettled: boolean): Promise<Cost>;
	close(): Promise<void>;
}

const settleWithinMs = 20_000;
/** How often the streams are looked at before anything is measured. */
const lookEveryMs = 1_000;
const settledInARow = 2;

/** A device that shows as many pictures on one page as Roost ever does, whatever this one is. */
function pretendStrength(): void {
	for (const [name, value] of Object.entries({ hardwareConcurrency: 8, deviceMemory: 8 })) {
		Object.defineProperty(Navigator.prototype, name, { get: () => value });
	}
}

export async function openReceiver(
	browser: Browser,
	kind: Kind,
	url: string,
	room: string
): Promise<Receiver> {
	const context = await browser.newContext({
		serviceWorkers: 'block',
		viewport: { width: 1280, height: 720 }
	});
	try {
		const system = await browser.newBrowserCDPSession();
		const page = await context.newPage();
		const client = await context.newCDPSession(page);
		await client.send('Performance.enable', { timeDomain: 'timeTicks' });
		await installMediaProbe(page);
		await page.addInitScript(pretendStrength);
		if (kind === 'roost') await joinWithRoost(page, url, room);
		else await page.goto(`${url}/floor/tiles.html`);
		return receiverOf(page, context, { system, client });
	} catch (error) {
		await context.close();
		throw error;
	}
}

/** Somebody who only listens: what is sent is no part of this. */
async function joinWithRoost(page: Page, url: string, room: string): Promise<void> {
	await page.goto(`${url}/call/${room}`);
	const name = page.getByRole('textbox', { name: 'Your name' });
	await name.click();
	await name.fill('Guest');
	const isIn = page.waitForResponse(
		(answer) => answer.request().method() === 'POST' && answer.url().includes('/v4/call/')
	);
	await page.getByRole('button', { name: 'Join without camera or mic' }).click();
	await isIn;
}

async function metricsOf(client: CDPSession): Promise<Map<string, number>> {
	const { metrics } = await client.send('Performance.getMetrics');
	return new Map(metrics.map(({ name, value }) => [name, value]));
}

function receiverOf(
	page: Page,
	context: BrowserContext,
	{ system, client }: { system: CDPSession; client: CDPSession }
): Receiver {
	const cpuOf = (processes: readonly BrowserProcess[]) =>
		new Map(processes.map(({ pid }) => [pid, readCpuMs(pid)]));
	const mainThreadsOf = (processes: readonly BrowserProcess[]) =>
		new Map(
			processes.flatMap(({ pid, type }) => (type === 'renderer' ? [[pid, readMainThreadMs(pid)]] : []))
		);

	return {
		page,
		settle: async (count, media) => {
			const deadline = Date.now() + settleWithinMs;
			let before = await page.evaluate(readCounters);
			let settledLooks = 0;
			for (;;) {
				await measureFor(lookEveryMs);
				const now = await page.evaluate(readCounters);
				const running = runningIn(before, now, media);
				const wanted = media === 'audio' ? count : now.videos;
				const isSettled =
					now.connected === count && wanted > 0 && running === wanted && !isCatchingUp(before, now);
				before = now;
				settledLooks = isSettled ? settledLooks + 1 : 0;
				if (settledLooks === settledInARow) return true;
				if (Date.now() > deadline) {
					if (now.connected < count) throw new Error(`${now.connected} of ${count} are connected`);
					return false;
				}
			}
		},
		measure: async (seconds, isSettled) => {
			const processes = await processesOf(system);
			const before = await page.evaluate(readCounters);
			const [cpuBefore, startedAt] = [cpuOf(processes), performance.now()];
			const mainBefore = mainThreadsOf(processes);
			await measureFor(1_000 * seconds);
			const mainAfter = mainThreadsOf(processes);
			const [cpuAfter, lastedMs] = [cpuOf(processes), performance.now() - startedAt];
			const after = await page.evaluate(readCounters);
			const spent = processes.map(({ pid, type }) => ({
				pid,
				type,
				ms: (cpuAfter.get(pid) ?? 0) - (cpuBefore.get(pid) ?? 0)
			}));
			// one that is kept ready for the next page does nothing
			const [renderer] = spent
				.filter(({ type }) => type === 'renderer')
				.sort((one, other) => other.ms - one.ms);
			if (renderer === undefined) throw new Error('the page has no process');
			const beside = spent.filter(({ pid }) => pid !== renderer.pid).reduce((sum, { ms }) => sum + ms, 0);
			const main = (mainAfter.get(renderer.pid) ?? 0) - (mainBefore.get(renderer.pid) ?? 0);
			await client.send('HeapProfiler.collectGarbage');
			return {
				cpu: (1_000 * renderer.ms) / lastedMs,
				besideCpu: (1_000 * beside) / lastedMs,
				mainThread: main / lastedMs,
				seconds: lastedMs / 1_000,
				isSettled,
				...receivedIn(before, after),
				privateBytes: readPrivateBytes(renderer.pid),
				heapBytes: (await metricsOf(client)).get('JSHeapUsedSize') ?? Number.NaN
			};
		},
		close: () => context.close()
	};
}
