import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { at, helpFor } from './lib/project.mjs';

helpFor(`
node scripts/bundle-size.mjs

Prints what the built app weighs, in kB of gzip (1 kB = 1000 bytes), and fails beyond a budget: JavaScript until the
heavier of Home and Pre-join works, JavaScript in all, CSS in all, one file of words; and in kB of brotli, as a server
sends it, what the page of a call fetches before Join. Also fails when the page names a foreign origin.`);

const budgets = {
	'JS until a page works': 70,
	// docs/performance.md; brotli
	'JS and CSS before Join': 55,
	// docs/adr/0010-what-all-of-it-weighs.md
	'JS in all': 259,
	'CSS in all': 15,
	'words of a language': 12,
	'shell precached': 400
};

const web = at('build', 'web');
const weigh = (path) => gzipSync(readFileSync(path), { level: 9 }).length / 1000;
const listed = (pattern) =>
	readdirSync(web, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && pattern.test(entry.name))
		.map((entry) => join(entry.parentPath ?? entry.path, entry.name));

/** Every module that a browser has fetched when a page works: the imports of its entry points, and theirs. */
function closure(entries) {
	const seen = new Set();
	const visit = (path) => {
		if (seen.has(path) || !existsSync(path)) return;
		seen.add(path);
		const text = readFileSync(path, 'utf8');
		for (const [, name] of text.matchAll(/(?:from|import)\s*["'`](\.{1,2}\/[^"'`]+\.js)["'`]/g)) {
			visit(join(path, '..', name));
		}
	};
	for (const entry of entries) visit(entry);
	return [...seen];
}

const html = readFileSync(join(web, 'app.html'), 'utf8');
const started = [...html.matchAll(/["'](?:\.\/|\/)(_app\/immutable\/[^"']+\.js)["']/g)].map(([, path]) =>
	join(web, path)
);

/* the route table of the client names the node files: 0 is the layout, 1 the error page, the others are pages */
const app = started.find((path) => /\/app\.[^/]+\.js$/.test(path));
if (app === undefined)
	throw new Error('the start page names no app module: has SvelteKit changed its output?');
const table = readFileSync(app, 'utf8');
const nodes = [...table.matchAll(/import\(["'`](\.\.\/nodes\/[^"'`]+)["'`]\)/g)].map(([, path]) =>
	join(app, '..', path)
);
const isShared = (path) => /\/[01]\.[^/]+\.js$/.test(path);
const pages = nodes.filter((path) => !isShared(path));
if (pages.length < 2) throw new Error('the build has no pages: has SvelteKit changed its output?');
const closures = pages.map((page) => closure([...started, ...nodes.filter(isShared), page]));

/* the page of a call names all that it begins with, so that it is fetched at once */
const beforeJoin = [
	...readFileSync(join(web, 'call.html'), 'utf8').matchAll(/<link href="\/(_app\/[^"]+\.(?:js|css))"/g)
].map(([, path]) => join(web, path));
if (beforeJoin.length < 5) throw new Error('the page of a call names no modules: has its template changed?');
const weighSent = (path) => brotliCompressSync(readFileSync(path)).length / 1000;

const sum = (paths) => paths.reduce((total, path) => total + weigh(path), 0);
const everything = listed(/\.js$/);
/* without the words of other languages, which the worker stores when they are first used */
const shell = listed(/^(?!words-(?!en\.)).*\.(?:js|css|html|svg|png|webmanifest|json)$/);
const sizes = {
	'JS until a page works': Math.max(...closures.map(sum)),
	'JS and CSS before Join': beforeJoin.reduce((total, path) => total + weighSent(path), 0),
	'JS in all': sum(everything),
	'CSS in all': sum(listed(/\.css$/)),
	'words of a language': Math.max(...listed(/^words-.*\.json$/).map(weigh)),
	'shell precached': sum(shell)
};

let isOver = false;
for (const [name, size] of Object.entries(sizes)) {
	const budget = budgets[name];
	if (size > budget) isOver = true;
	console.log(
		`${size > budget ? 'OVER' : 'ok  '}  ${name.padEnd(26)} ${size.toFixed(1).padStart(6)} kB of ${budget}`
	);
}

/* addresses that are names, not requests */
const names = /^https?:\/\/(?:www\.w3\.org\/|svelte\.dev\/|json-schema\.org\/|localhost\b|stately\.ai\/)/;
const foreign = new Set();
for (const path of [...everything, ...listed(/\.(?:css|html|webmanifest)$/)]) {
	for (const [address] of readFileSync(path, 'utf8').matchAll(/https?:\/\/[a-z0-9.-]+[^"'`\s)]*/gi)) {
		if (!names.test(address)) foreign.add(`${address} in ${relative(web, path)}`);
	}
}
for (const found of foreign) console.error(`FOREIGN  ${found}`);
process.exitCode = isOver || foreign.size > 0 ? 1 : 0;
