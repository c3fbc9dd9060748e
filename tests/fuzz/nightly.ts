import { fuzz, fuzzLimits, kinds, noCounts, type Counts, type Portion } from './fuzz.ts';
import { startFuzzServer, type FuzzServer } from './server.ts';

/**
 * The long run, by `npm run test:fuzz`: parties of each kind, one after the other, until there were enough frames and
 * requests; then everything at the bounds that the server has in earnest. What is played depends on the seed alone.
 */
const { env } = process;
const numberOf = (name: string, otherwise: number): number => {
	const text = env[name] ?? '';
	const value = text === '' ? otherwise : Number(text);
	if (Number.isSafeInteger(value) && value >= 0) return value;
	throw new Error(`${name} is no number: ${text}`);
};

/** Parties in one go. */
const portion = 20;
const shortenMs = numberOf('ROOST_FUZZ_SHORTEN_MS', 60_000);
/** Most that the heap may grow by, from the end of the first tenth to the end. */
const growthBytes = 20 * 1024 * 1024;

/** The heap, once everything that is not needed any more has gone. */
async function heap(): Promise<number> {
	for (let round = 0; round < 3; round += 1) {
		globalThis.gc?.();
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
	return process.memoryUsage().heapUsed;
}
const mb = (bytes: number) => (bytes / 1024 / 1024).toFixed(1);

async function runAll(server: FuzzServer, wanted: Counts, first: number): Promise<boolean> {
	const counts = noCounts();
	const began = Date.now();
	let heapBefore: number | undefined;
	let seed = first;
	const tell = () => {
		const seconds = (Date.now() - began) / 1_000;
		console.log(
			`${counts.frames} frames and ${counts.requests} requests in ${counts.parties} parties, ${Math.round((counts.frames + counts.requests) / seconds)} per second`
		);
	};
	let told = 0;
	while (counts.frames < wanted.frames || counts.requests < wanted.requests) {
		// by turns, in proportion to what is wanted
		const isFrames = counts.frames * wanted.requests <= counts.requests * wanted.frames;
		const kind = isFrames && counts.frames < wanted.frames ? 'frames' : 'requests';
		const failure = await fuzz(server, { kind, seed, numRuns: portion }, counts, shortenMs);
		if (failure !== null) {
			tell();
			console.log(`FAILED after ${counts.steps} steps: ${failure}`);
			return false;
		}
		seed += 1;
		const part = Math.floor((10 * (counts.frames + counts.requests)) / (wanted.frames + wanted.requests));
		if (part > told) {
			told = part;
			tell();
			heapBefore ??= await heap();
		}
	}
	tell();
	const grown = (await heap()) - (heapBefore ?? 0);
	const rss = process.memoryUsage().rss;
	console.log(
		`seed ${first}, 0 failures; the heap has grown by ${mb(grown)} MB to ${mb(grown + (heapBefore ?? 0))} MB, ${mb(rss)} MB resident`
	);
	// without the word for it nothing was collected
	if (grown <= growthBytes || globalThis.gc === undefined) return true;
	console.log(`FAILED  more than ${mb(growthBytes)} MB`);
	return false;
}

/** Runs something with a server of its own. */
async function withServer(
	isBounded: boolean,
	work: (server: FuzzServer) => Promise<boolean>
): Promise<boolean> {
	const server = await startFuzzServer({ isBounded });
	const isFine = await work(server);
	await server.stop();
	return isFine;
}

async function runLimits(portion: Omit<Portion, 'kind'>): Promise<boolean> {
	return withServer(true, async (server) => {
		const found = await fuzzLimits(server, portion);
		console.log(
			found === null ? `${portion.numRuns} people in a hurry: the bounds hold` : `FAILED: ${found}`
		);
		return found === null;
	});
}

async function runReplay(text: string): Promise<boolean> {
	const { kind, ...known } = JSON.parse(text) as Omit<Portion, 'kind' | 'numRuns'> & { kind: string };
	const what = { ...known, numRuns: portion };
	if (kind === 'limits') return runLimits(what);
	if (!isKind(kind)) throw new Error(`no kind is called ${kind}`);
	return withServer(false, async (server) => {
		const failure = await fuzz(server, { ...what, kind }, noCounts());
		console.log(failure ?? 'it holds now');
		return failure === null;
	});
}
const isKind = (text: string): text is keyof typeof kinds => Object.hasOwn(kinds, text);

async function runWhole(): Promise<boolean> {
	const seed = numberOf('ROOST_FUZZ_SEED', Math.floor(Date.now() / 1_000));
	const wanted = {
		...noCounts(),
		frames: numberOf('ROOST_FUZZ_FRAMES', 200_000),
		requests: numberOf('ROOST_FUZZ_REQUESTS', 50_000)
	};
	console.log(`${wanted.frames} frames and ${wanted.requests} requests at least, seed ${seed}`);
	const isFine = await withServer(false, (server) => runAll(server, wanted, seed));
	return isFine && (await runLimits({ seed, numRuns: portion }));
}

const replay = env['ROOST_FUZZ_REPLAY'] ?? '';
process.exitCode = (await (replay === '' ? runWhole() : runReplay(replay))) ? 0 : 1;
