import type { Plugin } from 'vite';

/** What is replaced in Svelte's own files, by the end of their paths. */
const replacements: Record<string, readonly (readonly [string, string])[]> = {
	'internal/client/dom/hydration.js': [
		['export let hydrating = false;', 'export const hydrating = false;'],
		['hydrating = value;', '']
	],
	'legacy/legacy-client.js': [
		['import { hydrate, mount, unmount }', 'import { mount, unmount }'],
		['(options.hydrate ? hydrate : mount)', 'mount']
	]
};

/**
 * No page of ours is drawn by a server (docs/adr/0001), so nothing ever takes such markup over: what Svelte does only
 * then is left out. Its source asks one variable everywhere; as a constant it lets the rest be removed.
 */
export const noHydration: Plugin = {
	name: 'roost:no-hydration',
	apply: 'build',
	enforce: 'pre',
	config: () => ({
		// calls in every component whose only work is to keep the place in such markup
		build: { rolldownOptions: { treeshake: { manualPureFunctions: ['$.reset', '$.next'] } } }
	}),
	transform: {
		filter: { id: /\/svelte\/src\/(?:internal\/client\/dom\/hydration|legacy\/legacy-client)\.js$/ },
		handler(code, id) {
			const [, list = []] = Object.entries(replacements).find(([path]) => id.endsWith(path)) ?? [];
			return list.reduce((text, [from, to]) => {
				if (!text.includes(from)) throw new Error(`Svelte has changed: "${from}" is not in ${id} any more`);
				return text.replace(from, to);
			}, code);
		}
	}
};
