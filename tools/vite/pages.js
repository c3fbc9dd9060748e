import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The static imports of modules, and theirs, themselves included.
 * @param {import('vite').Manifest} manifest
 * @param {readonly string[]} entries
 */
function closure(manifest, entries) {
	/** @type {Set<string>} */
	const seen = new Set();
	const visit = (/** @type {string} */ name) => {
		if (seen.has(name)) return;
		seen.add(name);
		for (const next of manifest[name]?.imports ?? []) visit(next);
	};
	for (const entry of entries) visit(entry);
	return [...seen].flatMap((name) => manifest[name] ?? []);
}

/**
 * The page of one route: what it begins with is asked for at once, and nothing else. SvelteKit's own page, which is the
 * same for every address, knows no route: it fetches the route's modules only when its own have run, and styles of
 * whatever may come later hold it up.
 * @param {string} html SvelteKit's page
 * @param {import('vite').Manifest} manifest of the client
 * @param {readonly string[]} nodes modules of the route: the layout and, if there is one, the page
 */
export function pageFor(html, manifest, nodes) {
	const named = [...html.matchAll(/<link href="\/([^"]+)" rel="modulepreload">/g)].map(([, file]) => file);
	const started = Object.keys(manifest).filter((name) => named.includes(manifest[name]?.file));
	const parts = closure(manifest, [...started, ...nodes]);
	const styles = new Set(parts.flatMap(({ css = [] }) => css));
	const missing = [...new Set(parts.map(({ file }) => file))].filter(
		(file) => file.endsWith('.js') && !named.includes(file)
	);
	const links = missing.map((file) => `\n\t\t<link href="/${file}" rel="modulepreload">`).join('');
	return html
		.replace(/\s*<link href="\/([^"]+)" rel="stylesheet">/g, (link, file) => (styles.has(file) ? link : ''))
		.replace(/\s*<\/head>/, () => `${links}\n\t</head>`);
}

/**
 * The page with something to see and to press before the app is there (tools/vite/early-page.ts).
 * @param {string} html
 * @param {string} file with what comes first in its body
 */
const withEarly = (html, file) => html.replace('<body>', (body) => `${body}\n${readFileSync(file, 'utf8')}`);

/**
 * An adapter that writes one page for all addresses, and then one for each of some routes beside it.
 * @param {import('@sveltejs/kit').Adapter} adapter
 * @param {{ folder: string; fallback: string; routes: Record<string, string>; early: { page: string; file: string } }} options
 * where it writes, the name of its page, ids of routes by the names of theirs, and for one of those what it shows at once
 * @returns {import('@sveltejs/kit').Adapter}
 */
export const withPages = (adapter, { folder, fallback, routes, early }) => ({
	...adapter,
	async adapt(builder) {
		await adapter.adapt(builder);
		const client = builder.getClientDirectory();
		/** @type {import('vite').Manifest} */
		const manifest = JSON.parse(readFileSync(join(client, '.vite', 'manifest.json'), 'utf8'));
		const nodeNames = Object.keys(manifest).filter((name) => /\/nodes\/\d+\.js$/.test(name));
		const node = (/** @type {number} */ index) => {
			const name = nodeNames.find((one) => one.endsWith(`/nodes/${index}.js`));
			if (name === undefined)
				throw new Error(`the build has no node ${index}: has SvelteKit changed its output?`);
			return name;
		};
		const table = readFileSync(builder.getBuildDirectory('generated/client-optimized/app.js'), 'utf8');
		const [, dictionary = ''] = /export const dictionary = (\{[\s\S]*?\});/.exec(table) ?? [];
		/** @type {Record<string, number[]>} */
		const leaves = JSON.parse(dictionary);

		const html = readFileSync(join(folder, fallback), 'utf8');
		writeFileSync(join(folder, fallback), pageFor(html, manifest, [node(0)]));
		for (const [page, route] of Object.entries(routes)) {
			const [leaf] = leaves[route] ?? [];
			if (leaf === undefined) throw new Error(`there is no route ${route}`);
			const own = pageFor(html, manifest, [node(0), node(leaf)]);
			writeFileSync(join(folder, page), page === early.page ? withEarly(own, early.file) : own);
		}
	}
});
