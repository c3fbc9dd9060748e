import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
	existsSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	statSync,
	writeFileSync
} from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json, wherever the command was called from. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const at = (...parts) => join(root, ...parts);

const isWindows = process.platform === 'win32';

/** Prints the usage and ends, if that was asked for. */
export function helpFor(usage) {
	if (!process.argv.slice(2).some((word) => word === '--help' || word === '-h')) return;
	console.log(usage.trim());
	process.exit(0);
}

/**
 * Ends with one line if the command was given what it does not know, instead of doing without it something else than was asked.
 * @param options names, with how many words belong to each beside it
 */
export function takesOnly(options = {}, words = process.argv.slice(2)) {
	for (let index = 0; index < words.length; index += 1 + options[words[index]]) {
		if (Object.hasOwn(options, words[index])) continue;
		console.error(`This does not take ${words[index]}. See --help.`);
		process.exit(2);
	}
}

/**
 * Runs a program of node_modules or of the system, its output passed on: with `quiet` only if it fails, with
 * `expectFailure` not even then.
 * @returns its exit status
 */
export function run(command, args = [], { env = {}, quiet = false, expectFailure = false } = {}) {
	const local = at('node_modules', '.bin', isWindows ? `${command}.cmd` : command);
	return new Promise((done) => {
		const child = spawn(existsSync(local) ? local : command, args, {
			cwd: root,
			env: { ...process.env, ...env },
			stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
			shell: isWindows
		});
		const kept = [];
		child.stdout?.on('data', (text) => kept.push(text));
		child.stderr?.on('data', (text) => kept.push(text));
		child.on('error', (error) => {
			console.error(error.message);
			done(127);
		});
		child.on('exit', (code) => {
			if (quiet && !expectFailure && code !== 0) process.stderr.write(Buffer.concat(kept));
			done(code ?? 1);
		});
	});
}

/** Whether npm's own list of what it installed agrees with ours; what is optional may be missing on this platform. */
function isInstalled() {
	const installed = at('node_modules', '.package-lock.json');
	if (!existsSync(installed)) return false;
	const listIn = (file) => JSON.parse(readFileSync(file, 'utf8')).packages;
	const there = listIn(installed);
	return Object.entries(listIn(at('package-lock.json'))).every(
		([path, { version, optional = false }]) =>
			path === '' || (path in there ? there[path].version === version : optional)
	);
}

/** Installs what package-lock.json says, if that is not there yet. Everything stays inside the clone. */
async function install() {
	if (isInstalled()) return;
	const modules = lstatSync(at('node_modules'), { throwIfNoEntry: false });
	if (modules?.isSymbolicLink()) {
		console.error('node_modules is a link to the dependencies of something else, and they are not ours.');
		console.error('Remove the link, or install there what package-lock.json says.');
		process.exit(1);
	}
	console.error('Installing dependencies …');
	const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
	const status = await run('npm', args, { quiet: true });
	if (status !== 0) {
		console.error('npm could not install the dependencies: see above.');
		process.exit(1);
	}
}

/** What every command needs: the dependencies, and the settings of the compiler that SvelteKit writes. */
export async function prepare() {
	await install();
	if (existsSync(at('.svelte-kit', 'tsconfig.json'))) return;
	const status = await run('svelte-kit', ['sync'], { quiet: true });
	if (status !== 0) process.exit(status);
}

const sources = [
	'src',
	'server',
	'static',
	'tools/vite',
	'package-lock.json',
	'svelte.config.js',
	'vite.config.ts',
	'vite.server.config.ts',
	'tsconfig.base.json',
	'scripts/build.mjs'
];
const isTest = (path) => path.endsWith('.test.ts');

function filesUnder(path) {
	if (!existsSync(path)) return [];
	if (!statSync(path).isDirectory()) return [path];
	return readdirSync(path, { withFileTypes: true })
		.filter(({ name }) => !name.startsWith('.'))
		.flatMap(({ name }) => filesUnder(join(path, name)));
}

/** A digest over the contents of some files; equal exactly when nothing changed. */
function digestOf(files) {
	const hash = createHash('sha256');
	for (const file of files.sort())
		hash.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
	return hash.digest('hex');
}

const buildStamp = at('build', '.stamp');
const sourceDigest = () =>
	digestOf(sources.flatMap((path) => filesUnder(at(path))).filter((path) => !isTest(path)));

/** Whether `build/` was made from the sources as they are. */
export function isBuilt() {
	return existsSync(buildStamp) && readFileSync(buildStamp, 'utf8') === sourceDigest();
}

export function markBuilt() {
	mkdirSync(dirname(buildStamp), { recursive: true });
	writeFileSync(buildStamp, sourceDigest());
}

const browserNames = [
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome',
	'/usr/bin/google-chrome-stable',
	'/snap/bin/chromium',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'
];

/** @returns the path of a Chrome or Chromium, or undefined. `ROOST_CHROMIUM` names one explicitly. */
function findBrowser() {
	const named = process.env.ROOST_CHROMIUM;
	if (named !== undefined && named !== '') return existsSync(named) ? named : undefined;
	return browserNames.find((path) => existsSync(path));
}

/** Finds a browser, or gets one where that needs no question: on Debian and Ubuntu as root. */
export async function ensureBrowser() {
	const found = findBrowser();
	if (found !== undefined) return found;
	const mayInstall = process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
	if (mayInstall) {
		console.error('Installing Chromium …');
		const env = { DEBIAN_FRONTEND: 'noninteractive' };
		await run('apt-get', ['update', '-qq'], { env, quiet: true });
		for (const name of ['chromium', 'chromium-browser']) {
			const status = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], {
				env,
				quiet: true
			});
			const installed = findBrowser();
			if (status === 0 && installed !== undefined) return installed;
		}
	}
	console.error(
		'No Chrome or Chromium was found: install one (for example `apt-get install chromium`) or name it in ROOST_CHROMIUM.'
	);
	process.exit(1);
}
