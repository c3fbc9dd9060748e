import { icons } from '@iconify-json/lucide';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { iconComponent, iconModule, iconPath } from './icon-path.ts';

const source = fileURLToPath(new URL('../../src/', import.meta.url));

/** What is only shown when `allWords` has brought everything there is to say. */
const isLater = /^(?:lib\/ui\/(?:call|chat|settings|share)|routes\/call\/.*\/(?:InCall|\w+Affairs)\.)/;

/** Names of the pictures that the files of our source import, of those that come later or of all others. */
function named(isWanted: (file: string) => boolean): Set<string> {
	const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
		(file) => /(?<!\.test)\.(?:svelte|ts)$/.test(file) && isWanted(file)
	);
	const texts = files.map((file) => readFileSync(join(source, file), 'utf8'));
	return new Set(
		texts.flatMap((text) => [...text.matchAll(/~icons\/lucide\/([\w-]+)/g)].map(([, name = '']) => name))
	);
}

const early = named((file) => !isLater.test(file));

/**
 * Pictures that only a call has, with their paths: a file beside the words, which is data and not code.
 * @see iconPath
 */
export const pictures: ReadonlyMap<string, string> = new Map(
	[...named((file) => isLater.test(file))]
		.filter((name) => !early.has(name))
		.sort()
		.map((name) => [name, pathOf(name)])
);

function pathOf(name: string): string {
	const { body } = icons.icons[icons.aliases?.[name]?.parent ?? name] ?? {};
	if (body === undefined) throw new Error(`the set has no picture "${name}"`);
	return iconPath(`<svg>${body}</svg>`);
}

/** What `iconComponent` makes, but of a picture in the file its name. */
export const dividedIcon = {
	...iconComponent,
	compiler: (svg: string, _collection: string, name: string): string =>
		pictures.has(name) ? iconModule('', name) : iconComponent.compiler(svg)
};
