import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'vite';
import { median, quantile } from './join/figures.ts';
import { watchNoise } from './join/noise.ts';
import type { Sizes, Start, Turn } from './store/page.ts';
import { startProfile } from './support/browser.ts';
import { environment } from './support/environment.ts';

/**
 * How long the store of calls takes to say which are going on, among thousands that are past, and to write one down: the
 * store of the app in a real browser, with a profile on disk, and beside it, turn by turn, IndexedDB without anything.
 */

const sizes: Sizes = { past: 10_000, ongoing: 20 };
/** Milliseconds, of the median and of the 90th percentile. */
const bounds = { known: 10 };
/** By how much a figure may be beyond its bound before the run counts as failed: machines are not quiet. */
const tolerance = 1.15;

const { values: options, positionals } = parseArgs({
	allowPositionals: true,
	options: { turns: { type: 'string', default: '150' }, starts: { type: 'string', default: '15' } }
});
const [target] = positionals;
const root = environment('ROOST_ROOT');

/** @returns the part that runs in the page, as one script */
async function bundlePage(): Promise<string> {
	const built = await build({
		root,
		configFile: false,
		publicDir: false,
		logLevel: 'warn',
		build: {
			write: false,
			target: 'es2022',
			rolldownOptions: { input: join(root, 'bench/store/page.ts') }
		}
	});
	const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) =>
		'output' in one ? one.output : []
	);
	const [entry] = outputs;
	if (entry?.type !== 'chunk' || outputs.length !== 1) throw new Error('the page is not one script');
	return entry.code;
}

/** An origin that nobody serves: the only page of it is made here. Its clock is as fine as that of an isolated page. */
const origin = 'http://localhost:9';
const isolated = {
	'cross-origin-opener-policy': 'same-origin',
	'cross-origin-embedder-policy': 'require-corp'
};

async function measure(directory: string) {
	const script = await bundlePage();
	const context = await startProfile(environment('ROOST_CHROMIUM'), directory);
	try {
		await context.route(`${origin}/**`, (route) =>
			new URL(route.request().url()).pathname === '/page.js'
				? route.fulfill({ headers: isolated, contentType: 'text/javascript', body: script })
				: route.fulfill({
						headers: isolated,
						contentType: 'text/html',
						body: '<!doctype html><script type="module" src="/page.js"></script>'
					})
		);
		const page = context.pages()[0] ?? (await context.newPage());
		const open = async () => {
			await page.goto(origin);
			await page.waitForFunction(() => globalThis.storePage !== undefined);
		};
		const turn = (nth: number) =>
			page.evaluate(([nth, sizes]) => globalThis.storePage?.turn(nth, sizes), [nth, sizes] as const);

		await open();
		await page.evaluate((sizes) => globalThis.storePage?.fill(sizes), sizes);
		// what was written by this connection is in its caches: the next one reads it as a person finds it
		await open();
		for (let nth = 0; nth < Math.min(10, Number(options.turns)); nth += 1) await turn(nth);

		const noise = watchNoise();
		const turns: Turn[] = [];
		for (let nth = 0; nth < Number(options.turns); nth += 1) {
			const found = await turn(nth);
			if (found !== undefined) turns.push(found);
		}
		const starts: Start[] = [];
		for (let nth = 0; nth < Number(options.starts); nth += 1) {
			await open();
			const found = await page.evaluate(
				([isOursFirst, sizes]) => globalThis.storePage?.start(isOursFirst, sizes),
				[nth % 2 === 0, sizes] as const
			);
			if (found !== undefined) starts.push(found);
		}
		await open();
		const sweepMs = await page.evaluate((sizes) => globalThis.storePage?.sweep(sizes), sizes);
		return { turns, starts, sweepMs: sweepMs ?? Number.NaN, noise: noise() };
	} finally {
		await context.close();
	}
}

const rounded = (value: number) => Number(value.toFixed(2));
const figure = (values: readonly number[], bare: readonly number[]) => ({
	median: rounded(median(values)),
	p90: rounded(quantile(values, 0.9)),
	bareMedian: rounded(median(bare)),
	bareP90: rounded(quantile(bare, 0.9)),
	ratio: rounded(median(values) / median(bare))
});

const directory = mkdtempSync(join(tmpdir(), 'roost-bench-'));
try {
	const { turns, starts, sweepMs, noise } = await measure(directory);
	const figures = {
		known: figure(
			turns.map(({ known }) => known),
			turns.map(({ knownBare }) => knownBare)
		),
		noted: figure(
			turns.map(({ noted }) => noted),
			turns.map(({ notedBare }) => notedBare)
		),
		started: figure(
			starts.map(({ started }) => started),
			starts.map(({ startedBare }) => startedBare)
		)
	};
	const beyond = (factor: number) =>
		(['median', 'p90'] as const)
			.filter((name) => figures.known[name] > bounds.known * factor)
			.map((name) => `${name} of knowing: ${figures.known[name]} ms beyond ${bounds.known}`);
	const result = {
		load: rounded(loadavg()[0] ?? 0),
		sizes,
		turns: turns.length,
		starts: starts.length,
		...figures,
		sweepMs: Math.round(sweepMs),
		noise,
		bounds,
		beyond: beyond(1)
	};
	if (target !== undefined) writeFileSync(target, JSON.stringify(result));
	const failures = beyond(tolerance);
	for (const failure of failures) console.error(failure);
	process.exitCode = failures.length > 0 ? 1 : 0;
} finally {
	rmSync(directory, { recursive: true, force: true });
}
