import type { Component } from 'svelte';
import Icon from './Icon.svelte';

type Paths = Readonly<Partial<Record<string, string>>>;

let paths: Paths = {};

/** What the file of pictures has, by name. @throws {TypeError} when that is none */
export function drawPictures(found: unknown): void {
	const isTable = typeof found === 'object' && found !== null;
	if (!isTable || !Object.values(found).every((path) => typeof path === 'string'))
		throw new TypeError('the pictures are not pictures');
	paths = found as Paths;
}

export type IconComponent = Component<{ size?: string }>;

/**
 * The component of one picture, which the build makes of its path: `import IconMic from '~icons/lucide/mic'`. A picture
 * that only a call has is in a file and has a name instead.
 */
export const icon =
	(path: string, name = ''): IconComponent =>
	(internals, { size }) =>
		Icon(internals, { path: path || (paths[name] ?? ''), size });
