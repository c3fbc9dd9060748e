import { expect, test, type Page } from '@playwright/test';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { energyEnvelope } from '../support/envelope.ts';
import {
	installMediaProbe,
	liveLocalTracks,
	receivedMedia,
	recordRemoteAudio,
	silentEnergy
} from '../support/media-probe.ts';

/* The fakes of the unit tests are only worth something if the real browser keeps the same promises. */

const chromium = [
	'--no-sandbox',
	'--use-fake-device-for-media-stream',
	'--use-fake-ui-for-media-stream',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync'
];
test.use({
	launchOptions: { executablePath: process.env['ROOST_CHROMIUM'] ?? '/usr/bin/chromium', args: chromium }
});

/** Capture needs a secure origin; nothing listens here, the pages are served by the test itself. */
const origin = 'http://localhost:4290';
const entry = fileURLToPath(new URL('../support/browser-contract.ts', import.meta.url));

async function bundle(): Promise<string> {
	const output = await build({
		configFile: false,
		logLevel: 'error',
		build: { write: false, minify: false, lib: { entry, formats: ['es'], fileName: 'contract' } }
	});
	const chunks = [output].flat().flatMap((part) => ('output' in part ? part.output : []));
	const chunk = chunks.find((part) => part.type === 'chunk');
	if (!chunk) throw new Error('the contract was not bundled');
	return chunk.code;
}

let code: Promise<string> | undefined;

async function openContract(page: Page): Promise<void> {
	code ??= bundle();
	const script = await code;
	await page.route(`${origin}/**`, (route) =>
		route.request().url().endsWith('.js')
			? route.fulfill({ contentType: 'text/javascript', body: script })
			: route.fulfill({
					contentType: 'text/html',
					body: '<!doctype html><script type="module" src="/contract.js"></script>'
				})
	);
	await page.goto(`${origin}/`);
	await page.waitForFunction(() => globalThis.roostContract !== undefined);
}

for (const contract of ['peer connection', 'peer connection adapter', 'capture devices', 'sound']) {
	test(`given Chromium, then it keeps the contract "${contract}"`, async ({ page }) => {
		await openContract(page);
		const all = await page.evaluate(() => globalThis.roostContract?.list() ?? []);
		const names = all.find(([name]) => name === contract)?.[1] ?? [];
		expect(names.length).toBeGreaterThan(4);

		for (const name of names) {
			await test.step(name, async () => {
				const run = (one: { contract: string; name: string }) =>
					globalThis.roostContract?.run(one.contract, one.name).then(() => 'kept', String);
				const outcome = await page.evaluate(run, { contract, name });
				expect.soft(outcome, name).toBe('kept');
			});
		}
	});
}

/** Sends microphone and camera from one connection to another in the same page, as an app would. */
async function loopBack(): Promise<void> {
	const [from, to] = [new RTCPeerConnection(), new RTCPeerConnection()];
	for (const [here, there] of [
		[from, to],
		[to, from]
	] as const) {
		here.addEventListener('icecandidate', ({ candidate }) => {
			if (candidate) void there.addIceCandidate(candidate);
		});
	}
	const element = document.createElement('audio');
	element.autoplay = true;
	to.addEventListener('track', ({ streams: [received] }) => {
		if (received) element.srcObject = received;
	});
	document.body.append(element);
	const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
	for (const track of stream.getTracks()) from.addTrack(track, stream);
	const copy = stream.getAudioTracks()[0]?.clone();
	document.addEventListener('click', () => {
		for (const track of stream.getTracks()) track.stop();
		copy?.stop();
		from.close();
		to.close();
	});
	const offer = await from.createOffer();
	await to.setRemoteDescription(offer);
	await from.setLocalDescription(offer);
	const answer = await to.createAnswer();
	await from.setRemoteDescription(answer);
	await to.setLocalDescription(answer);
}

test('given media within a page, then the probe sees and hears it until it ends', async ({ page }) => {
	await installMediaProbe(page);
	await page.route(`${origin}/**`, (route) =>
		route.fulfill({
			contentType: 'text/html',
			headers: { 'content-security-policy': "default-src 'self'; media-src 'self' blob:" },
			body: '<!doctype html><p>probe</p>'
		})
	);
	await page.goto(`${origin}/`);
	expect(await receivedMedia(page)).toMatchObject({ framesDecoded: 0, connections: { open: 0, closed: 0 } });

	await page.evaluate(loopBack);

	await expect.poll(async () => (await receivedMedia(page)).framesDecoded).toBeGreaterThan(5);
	await expect.poll(async () => (await receivedMedia(page)).audioEnergy).toBeGreaterThan(silentEnergy);
	expect(await liveLocalTracks(page)).toEqual({ audio: 2, video: 1 });
	const samples = await recordRemoteAudio(page, 2_000);
	// 2 s at 48 kHz; a busy machine may lose a few blocks of it, or stop late
	expect(samples.length).toBeGreaterThan(90_000);
	expect(samples.length).toBeLessThan(120_000);
	const envelope = energyEnvelope(samples);
	expect(Math.max(...envelope)).toBeGreaterThan(0.01); // the fake microphone beeps each second
	expect(Math.min(...envelope)).toBeLessThan(Math.max(...envelope) / 10);

	await page.getByText('probe').click();

	await expect.poll(async () => (await receivedMedia(page)).connections).toEqual({ open: 0, closed: 2 });
	expect(await liveLocalTracks(page)).toEqual({ audio: 0, video: 0 });
});
