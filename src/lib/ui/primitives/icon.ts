import type { Component } from 'svelte';
import type { SVGAttributes } from 'svelte/elements';
import Icon from './Icon.svelte';

/** The component of one picture, which the build makes of its path: `import IconMic from '~icons/lucide/mic'`. */
export const icon =
	(path: string): Component<SVGAttributes<SVGSVGElement>> =>
	(internals, attributes) =>
		Icon(internals, { path, attributes });
