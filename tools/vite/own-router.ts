import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const navigation = fileURLToPath(new URL('../../src/lib/router/navigation.ts', import.meta.url));

/** The page begins with our router instead of SvelteKit's (docs/adr/0012-our-own-router.md). */
export const ownRouter: Plugin = {
	name: 'roost:own-router',
	enforce: 'pre',
	load: {
		filter: { id: /\/@sveltejs\/kit\/src\/runtime\/client\/entry\.js$/ },
		handler: () => `export { start } from ${JSON.stringify(navigation)};`
	},
	transform: {
		// the table of the pages also names what SvelteKit would mount, and what it would show where that fails
		filter: { id: /\/generated\/client(?:-optimized)?\/app\.js$/ },
		handler(code) {
			const others = /^export (?:\{ default as root \}|const get_error_template = ).*$/gm;
			if (code.match(others)?.length !== 2)
				this.error('SvelteKit writes the table of the pages in another way');
			return code.replace(others, '');
		}
	}
};
