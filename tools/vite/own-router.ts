import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const navigation = fileURLToPath(new URL('../../src/lib/router/navigation.ts', import.meta.url));

const entry = /\/@sveltejs\/kit\/src\/runtime\/client\/entry\.js(?:\?|$)/;
const table = /\/generated\/client(?:-optimized)?\/app\.js(?:\?|$)/;

/** The page begins with our router instead of SvelteKit's (docs/adr/0012-our-own-router.md). */
export const ownRouter: Plugin = {
	name: 'roost:own-router',
	enforce: 'pre',
	transform: {
		// in development their addresses also say which version they are
		filter: { id: [entry, table] },
		handler(code, id) {
			if (entry.test(id)) return `export { start } from ${JSON.stringify(navigation)};`;
			// the table of the pages also names what SvelteKit would mount, and what it would show where that fails
			const others = /^export (?:\{ default as root \}|const get_error_template = ).*$/gm;
			if (code.match(others)?.length !== 2)
				this.error('SvelteKit writes the table of the pages in another way');
			return code.replace(others, '');
		}
	}
};
