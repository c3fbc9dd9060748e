import adapter from '@sveltejs/adapter-static';

/* `split` is how SvelteKit builds unless told otherwise; `single` is everything in one file, which nothing loads faster. */
const strategy = process.env.ROOST_FLOOR ?? 'split';
const built = `../../../.cache/roost-floor/${strategy}`;

/** @type {import('@sveltejs/kit').Config} */
export default {
	kit: {
		outDir: `../../../.cache/roost-floor/kit-${strategy}`,
		adapter: adapter({ pages: built, assets: built, fallback: 'app.html' }),
		output: { bundleStrategy: strategy },
		version: { pollInterval: 0 }
	}
};
