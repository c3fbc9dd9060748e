import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { installMediaProbe } from '../../tests/support/media-probe.ts';
import { meeting, pretendedDevices, startBrowser } from '../support/browser.ts';
import type { Place } from '../support/roost.ts';
import { keepAccount } from './account.ts';
import { watchNoise, type Noise } from './noise.ts';
import { installTracer, type JoinTrace } from './trace.ts';

/** What is measured: Roost's page, or the one with the least code. */
export type Kind = 'roost' | 'floor';

export interface Sample extends JoinTrace {
	noise: Noise;
}

const joinWithinMs = 30_000;

interface Cast {
	/** Joins, measures, and leaves again. */
	joinOnce(kind: Kind, heldUpMs: number): Promise<Sample>;
	close(): Promise<void>;
}

interface CastOptions {
	place: Place;
	/** Path of the browser. */
	program: string;
	/** Files for the fake devices. */
	camera: string;
	tone: string;
	isSfu: boolean;
}

/** Somebody who waits in the call, with a camera and a sound that never pauses, and those who come one after the other. */
export async function openCast({ place, program, camera, tone, isSfu }: CastOptions): Promise<Cast> {
	const launch = () => startBrowser(program, [...pretendedDevices({ camera, sound: tone }), ...meeting]);
	const browsers = { waiting: await launch(), coming: await launch() };
	const close = async () => {
		await browsers.coming.close();
		await browsers.waiting.close();
	};
	try {
		const waiting = await openWaiting(browsers.waiting, place);
		const resting = isSfu ? 1 : 0;
		await untilConnections(waiting, resting);
		return {
			joinOnce: async (kind, heldUpMs) => {
				const sample = await joinOnce(browsers.coming, place, kind, heldUpMs);
				await untilConnections(waiting, resting);
				return sample;
			},
			close
		};
	} catch (error) {
		await close();
		throw error;
	}
}

const floorOf = ({ url, room }: Place) => `${url}/floor/index.html?room=${room}`;
const joinOf = (page: Page) => page.getByRole('button', { name: 'Join', exact: true });

/** The bare page waits for both kinds alike. */
async function openWaiting(browser: Browser, place: Place): Promise<Page> {
	const context = await browser.newContext();
	await installMediaProbe(context);
	const page = await context.newPage();
	const account = keepAccount(page);
	try {
		await page.goto(floorOf(place));
		await joinOf(page).click();
		await page.waitForFunction(() => document.title === 'in');
	} catch (error) {
		throw new Error(`whoever waits did not get in:\n${account()}\n${place.log()}`, { cause: error });
	}
	return page;
}

/** Until whoever waits has so many connections, and all of them are up. */
const untilConnections = (page: Page, count: number) =>
	page.waitForFunction((wanted) => {
		const open = [...(globalThis.roostProbe?.open ?? [])].map(({ connectionState }) => connectionState);
		return open.length === wanted && open.every((state) => state === 'connected');
	}, count);

async function joinOnce(browser: Browser, place: Place, kind: Kind, heldUpMs: number): Promise<Sample> {
	// a profile of its own, as of somebody who comes for the first time; installing the worker is another matter
	const context = await browser.newContext({ serviceWorkers: 'block' });
	try {
		const page = await context.newPage();
		page.setDefaultTimeout(joinWithinMs);
		await installTracer(page);
		await (kind === 'roost' ? prepareRoost(page, place) : page.goto(floorOf(place)));
		await page.waitForFunction(() =>
			[...document.querySelectorAll('video')].some(({ readyState }) => readyState >= 2)
		);
		await untilStill(page);

		place.holdUp(heldUpMs);
		const profiled = await startProfile(browser, page, kind);
		const noise = watchNoise();
		await joinOf(page).click();
		const trace = await untilJoined(page);
		const sample = { ...trace, noise: noise() };
		await profiled();
		place.holdUp(0);

		await page.getByRole('button', { name: 'Leave', exact: true }).click();
		if (kind === 'roost') await page.getByRole('heading', { name: /^You left/ }).waitFor();
		else await page.waitForFunction(() => document.title === 'left');
		return sample;
	} finally {
		place.holdUp(0);
		await context.close();
	}
}

/** As while somebody types a name: until the page has neither fetched anything nor been busy for a second. */
const untilStill = (page: Page) =>
	page.evaluate(
		(stillMs) =>
			new Promise<void>((settle) => {
				const still = () => {
					watching.disconnect();
					settle();
				};
				let timer = setTimeout(still, stillMs);
				const watching = new PerformanceObserver(() => {
					clearTimeout(timer);
					timer = setTimeout(still, stillMs);
				});
				watching.observe({ entryTypes: ['resource', 'longtask'] });
			}),
		1_000
	);

/** `ROOST_BENCH_PROFILE=<folder>` has the browser write there what it did during each join, for its developer tools. */
async function startProfile(browser: Browser, page: Page, kind: Kind): Promise<() => Promise<void>> {
	const folder = process.env['ROOST_BENCH_PROFILE'] ?? '';
	if (folder === '') return () => Promise.resolve();
	mkdirSync(folder, { recursive: true });
	const path = join(folder, `${kind}-${Date.now()}.json`);
	const categories = ['devtools.timeline', 'v8.execute', 'disabled-by-default-v8.cpu_profiler', 'loading'];
	await browser.startTracing(page, { path, categories });
	return async () => {
		await browser.stopTracing();
	};
}

async function prepareRoost(page: Page, { url, room }: Place): Promise<void> {
	await page.goto(`${url}/call/${room}`);
	const name = page.getByRole('textbox', { name: 'Your name' });
	// as a person does: with the press comes what a call needs
	await name.click();
	await name.fill('Guest');
	await page.getByRole('button', { name: 'Turn camera off' }).waitFor();
}

async function untilJoined(page: Page): Promise<JoinTrace> {
	const trace = await page.evaluate(
		(ms) =>
			Promise.race([
				globalThis.joinTracer?.done,
				new Promise<undefined>((settle) => setTimeout(() => settle(undefined), ms))
			]),
		joinWithinMs
	);
	if (trace !== undefined) return trace;
	throw new Error(
		`no picture and sound in time: ${await page.evaluate(() => globalThis.joinTracer?.soFar() ?? '')}`
	);
}
