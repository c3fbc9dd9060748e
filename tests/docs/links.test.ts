import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const filesUnder = (folder: string, form: RegExp): string[] =>
	readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
		.map((name) => join(folder, name))
		.filter((path) => form.test(path) && !path.includes('node_modules'));

const pages = [
	...readdirSync(root).filter((name) => name.endsWith('.md')),
	...['docs', 'deploy', 'examples', 'tests'].flatMap((folder) => filesUnder(folder, /\.md$/))
];
const sources = ['src', 'server', 'tools', 'tests', 'bench', 'scripts'].flatMap((folder) =>
	filesUnder(folder, /\.(?:ts|mjs|svelte)$/)
);

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** As the places that host repositories make them of headings. */
function anchorsOf(page: string): Set<string> {
	const headings = [...read(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, text = '']) => text);
	const toAnchor = (text: string) =>
		text
			.toLowerCase()
			.replace(/[^\p{L}\p{N} _-]/gu, '')
			.replaceAll(' ', '-');
	return new Set(headings.map(toAnchor));
}

/** @param target a path from the root of the repository, perhaps with an anchor */
function isThere(target: string): boolean {
	const [path = '', anchor] = target.split('#');
	if (!existsSync(join(root, path))) return false;
	return anchor === undefined || anchorsOf(path).has(anchor);
}

it.each(pages)(
	'given the page %s, when its links are followed, then each leads to something in the repository',
	(page) => {
		const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
		const own = links.filter((link) => !/^[a-z]+:/.test(link));

		const lost = own.filter((link) => {
			const [path = '', anchor] = link.split('#');
			const target = path === '' ? page : relative(root, resolve(root, dirname(page), path));
			return !isThere(anchor === undefined ? target : `${target}#${anchor}`);
		});

		expect(lost).toEqual([]);
	}
);

it('given comments that name a chapter of a page, when one looks there, then it exists', () => {
	const named = sources.flatMap((path) =>
		[...read(path).matchAll(/\b(docs\/[\w./-]+\.md(?:#[\w-]+)?)/g)].map(([, target = '']) => ({
			path,
			target
		}))
	);

	expect(named.length).toBeGreaterThan(10);
	expect(named.filter(({ target }) => !isThere(target))).toEqual([]);
});
