import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { at, ensureBrowser, helpFor, isBuilt, prepare, run } from './lib/project.mjs';

helpFor(`
npm run test:lighthouse [-- ADDRESS]

Lighthouse with its preset for phones on Pre-join of the built app, or on an address: performance of 95 at least, accessibility 100,
best practices 95. Builds first if sources changed. The first time it fetches Lighthouse into .cache: with what comes with it that
is 180 MB in 200 packages, which nobody else should have to install.`);

const version = '12.8.2';
const wanted = { performance: 95, accessibility: 100, 'best-practices': 95 };
/** What the machine does beside it counts against the page: the best of these is what the page can do. */
const attempts = 3;

await prepare();
const address = process.argv.slice(2).find((word) => /^https?:/.test(word));
if (address === undefined && !isBuilt()) {
	const { build } = await import('./build.mjs');
	if ((await build()) !== 0) process.exit(1);
}
const browser = await ensureBrowser();

const folder = at('.cache', 'lighthouse');
const program = join(folder, 'node_modules', 'lighthouse', 'cli', 'index.js');
const isThere = () =>
	existsSync(program) &&
	JSON.parse(readFileSync(join(folder, 'node_modules/lighthouse/package.json'), 'utf8')).version === version;
if (!isThere()) {
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'package.json'), '{ "private": true }');
	const name = `lighthouse@${version}`;
	console.error(`Fetching ${name} …`);
	const args = [
		'install',
		'--prefix',
		folder,
		'--no-audit',
		'--no-fund',
		'--loglevel=error',
		'--save-exact',
		name
	];
	if ((await run('npm', args, { quiet: true })) !== 0) process.exit(1);
}

const directory = mkdtempSync(join(tmpdir(), 'roost-lighthouse-'));
let server;
async function start() {
	server = spawn(process.execPath, [at('build/server/main.js')], {
		cwd: directory,
		env: { PATH: process.env.PATH, PORT: '0', ROOST_DATA_DIR: 'data' },
		stdio: ['ignore', 'pipe', 'inherit']
	});
	return new Promise((ready, fail) => {
		let said = '';
		server.stdout.on('data', (text) => {
			said += text;
			const found = /^Roost is ready: (\S+)$/m.exec(said);
			if (found) ready(found[1]);
		});
		server.once('exit', () => fail(new Error(`the server did not get ready:\n${said}`)));
	});
}

const best = {};
const faults = new Map();
try {
	const link = address ?? (await start());
	const report = join(directory, 'report.json');
	for (let attempt = 1; attempt <= attempts; attempt++) {
		const status = await run(
			process.execPath,
			[
				program,
				link,
				'--quiet',
				'--output=json',
				`--output-path=${report}`,
				`--only-categories=${Object.keys(wanted).join(',')}`,
				'--chrome-flags=--headless=new --no-sandbox'
			],
			{ env: { CHROME_PATH: browser } }
		);
		if (status !== 0) throw new Error('Lighthouse could not look at the page: see above');
		const { categories, audits } = JSON.parse(readFileSync(report, 'utf8'));
		for (const [name, { score }] of Object.entries(categories))
			best[name] = Math.max(best[name] ?? 0, Math.round(score * 100));
		for (const { id, title, score, displayValue = '' } of Object.values(audits))
			if (score !== null && score < 0.9) faults.set(id, `${title} ${displayValue}`);
		if (Object.entries(wanted).every(([name, least]) => best[name] >= least)) break;
	}
} finally {
	server?.kill();
	rmSync(directory, { recursive: true, force: true });
}

let isBelow = false;
for (const [name, least] of Object.entries(wanted)) {
	if (best[name] < least) isBelow = true;
	console.log(`${best[name] < least ? 'BELOW' : 'ok   '}  ${name.padEnd(16)} ${best[name]} of ${least}`);
}
if (isBelow) for (const fault of faults.values()) console.log(`       ${fault}`);
process.exitCode = isBelow ? 1 : 0;
