import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { at, ensureBrowser, helpFor, isBuilt, prepare } from './lib/project.mjs';

helpFor(`
node scripts/screens.mjs

Takes the pictures in docs/screens, and those of the app's manifest, anew: each main screen on a phone and on a desktop, of the
built app, with real guests in a real call. Builds first if sources changed. Fails when they weigh more than 1.5 MB.`);

const budgetKb = 1_500;
const sizes = {
	phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
	desktop: { viewport: { width: 1280, height: 800 } }
};
const quality = { phone: 60, desktop: 80 };
/** Pictures that whoever installs the app is shown: static/manifest.webmanifest. */
const inManifest = { 'call-desktop': 'call-wide', 'prejoin-phone': 'prejoin-narrow' };

await prepare();
if (!isBuilt()) {
	const { build } = await import('./build.mjs');
	if ((await build()) !== 0) process.exit(1);
}
const executablePath = await ensureBrowser();
const folder = mkdtempSync(join(tmpdir(), 'roost-screens-'));
mkdirSync(at('docs/screens'), { recursive: true });
mkdirSync(at('static/screenshots'), { recursive: true });

const server = spawn(process.execPath, [at('build/server/main.js')], {
	cwd: folder,
	env: { PATH: process.env.PATH, PORT: '0', ROOST_DATA_DIR: 'data' },
	stdio: ['ignore', 'pipe', 'inherit']
});
const url = await new Promise((ready, fail) => {
	let said = '';
	server.stdout.on('data', (text) => {
		said += text;
		const found = /^Roost is ready: (\S+)\/call\/demo$/m.exec(said);
		if (found) ready(found[1]);
	});
	server.once('exit', () => fail(new Error(`the server did not get ready:\n${said}`)));
});
const browser = await chromium.launch({
	executablePath,
	args: [
		'--no-sandbox',
		'--use-fake-device-for-media-stream=fps=10',
		'--use-fake-ui-for-media-stream',
		'--allow-loopback-in-peer-connection'
	]
});

/** Somebody to look at in place of a test picture: drawn in the page, and sent as any camera's picture is. */
function sitBeforeCamera({ wall, light, hair, skin, shirt, isLongHaired }) {
	const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
	const pen = canvas.getContext('2d');
	const ellipse = (x, y, width, height, fill, from = 0, to = 2 * Math.PI) => {
		pen.fillStyle = fill;
		pen.beginPath();
		pen.ellipse(x, y, width, height, 0, from, to);
		pen.fill();
	};
	const draw = (nod) => {
		const back = pen.createRadialGradient(300, 160, 80, 700, 400, 950);
		back.addColorStop(0, light);
		back.addColorStop(1, wall);
		pen.fillStyle = back;
		pen.fillRect(0, 0, 1280, 720);
		pen.filter = 'blur(12px)';
		pen.fillStyle = light;
		pen.fillRect(950, 90, 210, 260);
		pen.fillRect(90, 420, 150, 12);
		pen.filter = 'none';
		if (isLongHaired) ellipse(640, 370 + nod, 140, 190, hair);
		ellipse(640, 760, 290, 250, shirt);
		pen.fillStyle = skin;
		pen.fillRect(595, 430, 90, 110);
		ellipse(640, 340 + nod, 105, 135, skin);
		ellipse(640, 290 + nod, 118, 110, hair, Math.PI, 2 * Math.PI);
		ellipse(640, 292 + nod, 118, 34, hair);
		for (const side of [-1, 1]) ellipse(640 + side * 40, 350 + nod, 8, 10, '#241a16');
		pen.strokeStyle = '#8d3f38';
		pen.lineWidth = 6;
		pen.beginPath();
		pen.arc(640, 392 + nod, 34, 0.25 * Math.PI, 0.75 * Math.PI);
		pen.stroke();
	};
	let count = 0;
	setInterval(() => draw(Math.sin(count++ / 8) * 3), 100);
	const { mediaDevices } = navigator;
	const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
	mediaDevices.getUserMedia = async (constraints) => {
		const stream = await getUserMedia(constraints);
		for (const track of stream.getVideoTracks()) {
			const [drawn] = canvas.captureStream(10).getVideoTracks();
			Object.defineProperty(drawn, 'label', { value: track.label });
			drawn.getSettings = () => track.getSettings();
			const stop = drawn.stop.bind(drawn);
			drawn.stop = () => [track.stop(), stop()];
			stream.removeTrack(track);
			stream.addTrack(drawn);
		}
		return stream;
	};
}
const people = {
	Amira: {
		wall: '#4a2f55',
		light: '#a9788f',
		hair: '#1c1613',
		skin: '#96643f',
		shirt: '#e07a5f',
		isLongHaired: true
	},
	Ben: {
		wall: '#2f4150',
		light: '#8ea5b5',
		hair: '#2d211b',
		skin: '#c98f66',
		shirt: '#7d8a53',
		isLongHaired: false
	},
	Chris: {
		wall: '#c2a27c',
		light: '#e9dcc0',
		hair: '#3a2119',
		skin: '#e9bd97',
		shirt: '#33658a',
		isLongHaired: true
	}
};

async function open(path, size, { name = 'Chris', ...look } = {}) {
	const context = await browser.newContext({ ...sizes[size], colorScheme: 'dark', ...look });
	const page = await context.newPage();
	await page.addInitScript(sitBeforeCamera, people[name]);
	await page.goto(`${url}${path}`);
	return page;
}

async function enter(page, name, button = 'Join') {
	await page.getByRole('textbox', { name: 'Your name' }).fill(name);
	await page.getByRole('button', { name: button, exact: true }).click();
	await page.getByRole('toolbar', { name: 'Call controls' }).waitFor();
}

const showsPicture = (page) =>
	page.waitForFunction(() =>
		[...document.querySelectorAll('video')].some(({ videoWidth }) => videoWidth > 0)
	);

const press = (page, name) =>
	page.getByRole('toolbar', { name: 'Call controls' }).getByRole('button', { name, exact: true }).click();

async function take(page, screen, size) {
	// pictures are sharp and notices gone: nothing else on the page tells when it has come to rest
	await page.waitForTimeout(1_500);
	const name = `${screen}-${size}`;
	const path = at(`docs/screens/${name}.jpg`);
	await page.screenshot({ path, type: 'jpeg', quality: quality[size], animations: 'disabled' });
	if (name in inManifest) copyFileSync(path, at(`static/screenshots/${inManifest[name]}.jpg`));
	console.log(`${name}  ${Math.round(statSync(path).size / 1000)} kB`);
}

try {
	// the others, who are on no picture of their own
	const others = [];
	for (const name of ['Amira', 'Ben']) {
		const page = await open('/call/demo', 'desktop', { name });
		await enter(page, name);
		others.push(page);
	}
	const seesBoth = (page) =>
		Promise.all(
			['Amira', 'Ben'].map((name) =>
				page.getByRole('listitem', { name: new RegExp(`^${name}(?!.*connecting)`) }).waitFor()
			)
		);
	/** Who says what. */
	const talk = [
		[0, 'Shall we look at the plan for Friday?'],
		[1, 'Yes, I have put it here: https://example.org/plan']
	];
	for (const size of Object.keys(sizes)) {
		const page = await open('/call/demo', size);
		await showsPicture(page);
		await page.getByRole('textbox', { name: 'Your name' }).fill('Chris');
		await take(page, 'prejoin', size);
		await enter(page, 'Chris');
		await seesBoth(page);
		await page.waitForTimeout(4_000); // until the pictures of the others have their full size
		await take(page, 'call', size);
		await press(page, 'Chat');
		const log = page.getByRole('log', { name: 'Messages' });
		await log.waitFor();
		for (const [who, words] of size === 'phone' ? talk : []) {
			await press(others[who], 'Chat');
			await others[who].getByRole('textbox', { name: 'Message' }).fill(words);
			await others[who].getByRole('textbox', { name: 'Message' }).press('Enter');
			await log.getByText(words.slice(0, 20)).waitFor();
		}
		await log.getByText(talk[0][1]).waitFor();
		await take(page, 'chat', size);
		if (size === 'phone') {
			await page.getByRole('button', { name: 'Close' }).first().click();
			await press(page, 'More');
			await page.getByRole('menuitem', { name: 'People' }).click();
		} else await press(page, 'People');
		await page.getByRole('list', { name: /^In call/ }).waitFor();
		await take(page, 'people', size);
		if (size === 'phone') await page.getByRole('button', { name: 'Close' }).first().click();
		await press(page, 'More');
		await page.getByRole('menuitem', { name: 'Settings' }).click();
		await page.getByRole('dialog', { name: 'Settings' }).waitFor();
		await take(page, 'settings', size);
		await page.keyboard.press('Escape');
		await page.getByRole('dialog', { name: 'Settings' }).waitFor({ state: 'hidden' });
		await press(page, 'Leave');
		await page.getByRole('heading', { name: /^You left/ }).waitFor();
		await take(page, 'ended', size);
		await page.getByRole('button', { name: 'Home' }).click();
		await page.getByRole('textbox', { name: 'Call link or code' }).waitFor();
		await take(page, 'home', size);
		await page.goto(`${url}/call/no such call`);
		await page.getByText('R-ROOM-404').first().waitFor();
		await take(page, 'error', size);
		await page.goto(`${url}/check?call=demo`);
		await page.getByRole('main').waitFor();
		await take(page, 'check', size);
		await page.context().close();
		const light = await open('/call/demo', size, { colorScheme: 'light' });
		await showsPicture(light);
		await take(light, 'prejoin-light', size);
		await light.context().close();
	}
} finally {
	await browser.close();
	server.kill();
	rmSync(folder, { recursive: true, force: true });
}

const weight = readdirSync(at('docs/screens')).reduce(
	(sum, name) => sum + statSync(at('docs/screens', name)).size / 1000,
	0
);
console.log(`${Math.round(weight)} kB in all, of ${budgetKb}`);
process.exitCode = weight > budgetKb ? 1 : 0;
