import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Browser, Locator, Page } from '@playwright/test';
import { meeting, pretendedDevices, startBrowser } from '../../bench/support/browser.ts';
import { align, bestLag, energyEnvelope } from '../../tests/support/envelope.ts';
import { installMediaProbe, startRecording } from '../../tests/support/media-probe.ts';
import { errorCode, firstLine, notReached, saidInstead, type Said } from './failures.ts';
import { levelOf, readWav, resample, writeWav, type Sound } from './sound.ts';
import { wordErrors, wordsOf } from './words.ts';

/** Sound as pages record it. */
const pageRate = 48_000;
/** What speech recognition takes. */
const speechRate = 16_000;
const stepMs = 20;
/** At first the gain is still adapting and the buffer of the receiver is finding its length. */
const settlingMs = 3_000;
/** The longest way of sound that is looked for. */
const maxDelayMs = 3_000;
/** What was said last is still on its way when the recording of it ends. */
const tailMs = 500;
const joinWithinMs = 30_000;
/** What counts as understood: alike, and at most this much more words wrong than in the file itself. */
const enough = { correlation: 0.8, moreWordErrors: 0.1 };

interface Options {
	link: string;
	speech: string;
	words: string;
	seconds: number;
	isRelayed: boolean;
	isInsecure: boolean;
	isJson: boolean;
	browser: string;
}

interface Flow {
	route: string;
	lost: number;
	jitterMs: number;
	concealed: number;
}

interface Result extends Flow {
	correlation: number;
	delayMs: number;
	/** between the least and the most late of its pieces */
	driftMs: number;
	levels: { said: number; heard: number };
	/** Absent: no speech recognition is installed. */
	words?: { said: string; inFile: Understood; heard: Understood };
}

interface Understood {
	text: string;
	rate: number;
}

const form = {
	allowPositionals: true,
	options: {
		speech: { type: 'string' },
		words: { type: 'string' },
		seconds: { type: 'string', default: '15' },
		relay: { type: 'boolean', default: false },
		insecure: { type: 'boolean', default: false },
		json: { type: 'boolean', default: false }
	}
} as const;

/** What was typed is wrong, in one line for the person who typed it. */
class UsageError extends Error {}

/** @throws {UsageError} */
function readOptions(): Options {
	const { values, positionals } = readWords();
	const [link, ...more] = positionals;
	if (link === undefined || more.length > 0)
		throw new UsageError('takes one link, as people get it: https://…/call/…');
	if (!URL.canParse(link) || !/^https?:$/.test(new URL(link).protocol))
		throw new UsageError(`no link: ${link}`);
	const seconds = Number(values.seconds);
	if (!(seconds >= 5 && seconds <= 120))
		throw new UsageError(`--seconds takes 5 to 120, not ${values.seconds}`);
	if (values.speech !== undefined && values.words === undefined) {
		throw new UsageError('--speech takes --words beside it: what is said in the file');
	}
	return {
		link,
		speech: values.speech ?? process.env['ROOST_SPEECH'] ?? '',
		words: values.words ?? 'three seven one nine four zero eight two five six',
		seconds,
		isRelayed: values.relay,
		isInsecure: values.insecure,
		isJson: values.json,
		browser: process.env['ROOST_CHROMIUM'] ?? ''
	};
}

function readWords() {
	try {
		return parseArgs(form);
	} catch (error) {
		throw new UsageError(firstLine(error));
	}
}

/** As behind a firewall that lets nothing through but the way to a TURN server. */
function relayOnly(): void {
	globalThis.RTCPeerConnection = class extends RTCPeerConnection {
		constructor(configuration: RTCConfiguration = {}) {
			super({ ...configuration, iceTransportPolicy: 'relay' });
		}
	};
}

async function open(browser: Browser, name: string, options: Options): Promise<Page> {
	const context = await browser.newContext({ ignoreHTTPSErrors: options.isInsecure });
	if (options.isRelayed) await context.addInitScript(relayOnly);
	await installMediaProbe(context);
	const page = await context.newPage();
	await page.goto(options.link).catch((error: unknown) => {
		throw new Error(notReached(firstLine(error)));
	});
	const join = page.getByRole('button', { name: 'Join', exact: true });
	await reach(page, join, `there is no Join on the page of ${options.link}`);
	await page.getByRole('textbox', { name: 'Your name' }).fill(name);
	// pictures would take the time that the sound needs on a small machine
	const cameraOff = page.getByRole('button', { name: 'Turn camera off' });
	if (await cameraOff.isVisible()) await cameraOff.click();
	await join.click();
	await reach(
		page,
		page.getByRole('toolbar', { name: 'Call controls' }),
		`${name} did not get into the call`
	);
	return page;
}

/** @throws {Error} with what the page says in place of what was expected, as soon as that is an error */
async function reach(page: Page, expected: Locator, missing: string): Promise<void> {
	await expected
		.or(page.getByText(errorCode))
		.or(passwordOf(page))
		.first()
		.waitFor({ timeout: joinWithinMs })
		.catch(() => undefined);
	if (!(await expected.isVisible())) throw new Error(saidInstead(missing, await whatIsSaid(page)));
}

const passwordOf = (page: Page) => page.getByRole('textbox', { name: 'Password' });

async function whatIsSaid(page: Page): Promise<Said> {
	const headings = await page.getByRole('heading').allInnerTexts();
	return {
		headings: headings.map((text) => text.trim()).filter((text) => text !== ''),
		code: errorCode.exec(await page.locator('body').innerText())?.[0],
		asksForPassword: await passwordOf(page).isVisible()
	};
}

/** Looked at in the page, in its own rhythm. */
async function untilHeard(page: Page): Promise<void> {
	const isHeard = async () => ((await globalThis.roostProbe?.received())?.audioEnergy ?? 0) > 0;
	await page.waitForFunction(isHeard, undefined, { timeout: joinWithinMs, polling: 100 }).catch(() => {
		throw new Error('no sound arrives: the connection between the two does not come about');
	});
}

/** What the statistics of the connections say of the sound that arrives. */
const flowOf = (page: Page): Promise<Flow> =>
	page.evaluate(async () => {
		const sums = { lost: 0, received: 0, concealed: 0, samples: 0, jitter: 0 };
		const routes = new Set<string>();
		for (const connection of globalThis.roostProbe?.open ?? []) {
			const stats = await connection.getStats();
			stats.forEach((entry: Partial<RTCInboundRtpStreamStats> & Partial<RTCTransportStats>) => {
				if (entry.type === 'inbound-rtp' && entry.kind === 'audio') {
					sums.lost += Math.max(0, entry.packetsLost ?? 0);
					sums.received += entry.packetsReceived ?? 0;
					sums.concealed += entry.concealedSamples ?? 0;
					sums.samples += entry.totalSamplesReceived ?? 0;
					sums.jitter = Math.max(sums.jitter, entry.jitter ?? 0);
				}
				if (entry.type !== 'transport') return;
				const pair = stats.get(entry.selectedCandidatePairId ?? '') as RTCIceCandidatePairStats | undefined;
				const ends = [pair?.localCandidateId, pair?.remoteCandidateId].map(
					(id) =>
						stats.get(id ?? '') as
							{ candidateType: string; protocol: string; relayProtocol?: string } | undefined
				);
				routes.add(
					ends
						.map((end) => `${end?.candidateType ?? '?'}/${end?.relayProtocol ?? end?.protocol ?? '?'}`)
						.join(' → ')
				);
			});
		}
		return {
			route: [...routes].join(', '),
			lost: sums.lost / Math.max(1, sums.lost + sums.received),
			jitterMs: sums.jitter * 1_000,
			concealed: sums.concealed / Math.max(1, sums.samples)
		};
	});

/** @returns undefined where no speech recognition is installed */
function understand(sound: Sound, words: readonly string[]): Understood | undefined {
	const folder = mkdtempSync(join(tmpdir(), 'roost-roundtrip-'));
	try {
		const file = join(folder, 'sound.wav');
		const grammar = join(folder, 'words.gram');
		writeFileSync(file, writeWav(resample(sound, speechRate)));
		const choice = [...new Set(words)].join(' | ');
		writeFileSync(grammar, `#JSGF V1.0;\ngrammar words;\npublic <words> = (${choice})+;\n`);
		// fewer words rather than more: silence and noise say nothing
		const args = ['-infile', file, '-jsgf', grammar, '-wip', '1e-4', '-logfn', '/dev/null'];
		const found = spawnSync('pocketsphinx_continuous', args, { encoding: 'utf8' });
		if (found.error !== undefined) return undefined;
		if (found.status !== 0) throw new Error(`the speech recognition ended with ${String(found.status)}`);
		const text = found.stdout.trim().replaceAll('\n', ' ');
		return { text, rate: wordErrors(words, wordsOf(text)).rate };
	} finally {
		rmSync(folder, { recursive: true });
	}
}

/** One round of the file out of what was heard, from its beginning: it is played over and over. */
function oneRound(heard: Sound, file: Sound): Sound {
	const [once, all] = [energyEnvelope(file.samples, file.rate), energyEnvelope(heard.samples, heard.rate)];
	const { lag } = bestLag(once, all, Math.max(0, Math.min(once.length, all.length - once.length)));
	const step = (heard.rate * stepMs) / 1_000;
	return { rate: heard.rate, samples: heard.samples.subarray(lag * step, (lag + once.length) * step) };
}

async function measure(options: Options): Promise<Result> {
	const file = readWav(readFileSync(options.speech));
	const roundMs = (file.samples.length / file.rate) * 1_000;
	const launch = (sound?: string) =>
		startBrowser(options.browser, [...pretendedDevices(sound === undefined ? {} : { sound }), ...meeting]);
	const browsers = [await launch(options.speech), await launch()] as const;
	try {
		const publisher = await open(browsers[0], 'Roost publisher', options);
		const listener = await open(browsers[1], 'Roost listener', options);
		await untilHeard(listener);
		await pass(settlingMs);
		// at least two rounds, so that one is whole
		const lengthMs = Math.max(options.seconds * 1_000, 2 * roundMs + tailMs);
		const heard = await startRecording(listener);
		const said = await startRecording(publisher, 'captured');
		await pass(lengthMs);
		const sent: Sound = { samples: await said.stop(), rate: pageRate };
		await pass(tailMs);
		const flow = await flowOf(listener);
		const got: Sound = { samples: await heard.stop(), rate: pageRate };

		const [before, after] = [energyEnvelope(sent.samples), energyEnvelope(got.samples)];
		const offsetMs = said.startedAt - heard.startedAt;
		const maxLag = Math.min(Math.ceil((offsetMs + maxDelayMs) / stepMs), after.length - 2);
		const { lag, drift, correlation } = align(before, after, maxLag);

		const expected = wordsOf(options.words);
		const inFile = understand(file, expected);
		const understood = inFile && understand(oneRound(got, file), expected);
		return {
			...flow,
			correlation,
			delayMs: Math.max(0, lag * stepMs - offsetMs),
			driftMs: drift * stepMs,
			levels: { said: levelOf(sent), heard: levelOf(got) },
			...(inFile && understood ? { words: { said: options.words, inFile, heard: understood } } : {})
		};
	} finally {
		for (const browser of browsers) await browser.close();
	}
}

const percent = (part: number) => `${(100 * part).toFixed(1)} %`;

function table({ words, levels, ...result }: Result): [string, string][] {
	return [
		['route', result.route],
		['delay', `${result.delayMs} ms, to ${stepMs} ms; it changed by ${result.driftMs} ms`],
		['lost', `${percent(result.lost)} of packets; ${percent(result.concealed)} of the sound made up for`],
		['jitter', `${result.jitterMs.toFixed(0)} ms`],
		['level', `${levels.said.toFixed(1)} dBFS said, ${levels.heard.toFixed(1)} dBFS heard`],
		['alike', `${result.correlation.toFixed(3)} (envelopes, piece by piece; 1 is the same)`],
		...(words === undefined
			? ([['words', 'not looked at: pocketsphinx is not installed']] as [string, string][])
			: ([
					['said', words.said],
					['in the file', `${words.inFile.text} (${percent(words.inFile.rate)} wrong)`],
					['heard', `${words.heard.text} (${percent(words.heard.rate)} wrong)`]
				] as [string, string][]))
	];
}

try {
	const options = readOptions();
	const result = await measure(options);
	if (options.isJson) console.log(JSON.stringify(result));
	else for (const [name, text] of table(result)) console.log(`${name.padEnd(12)} ${text}`);
	const isUnderstood =
		result.words === undefined || result.words.heard.rate <= result.words.inFile.rate + enough.moreWordErrors;
	const isGood = result.correlation >= enough.correlation && isUnderstood;
	if (!options.isJson)
		console.log(isGood ? 'What is heard is what was said.' : 'What is heard is not what was said.');
	process.exitCode = isGood ? 0 : 1;
} catch (error) {
	console.error(firstLine(error));
	process.exitCode = error instanceof UsageError ? 2 : 1;
}
