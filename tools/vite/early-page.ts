import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import Icons from 'unplugin-icons/vite';
import { build, type InlineConfig, type Plugin } from 'vite';
import config from '../../svelte.config.js';
import { iconComponent } from './icon-path.ts';

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const folder = path('.svelte-kit/early');

const shared: InlineConfig = {
	configFile: false,
	logLevel: 'warn',
	resolve: { alias: { $lib: path('src/lib') } }
};

/** The page before Join in each language, made by the very components that take its place. */
async function renderTemplates(): Promise<string> {
	const { compilerOptions } = config;
	await build({
		...shared,
		plugins: [
			svelte({
				configFile: false,
				preprocess: vitePreprocess(),
				...(compilerOptions && { compilerOptions })
			}),
			Icons({ compiler: iconComponent })
		],
		ssr: { noExternal: true },
		// formats are not asked for: the page has no number
		define: { 'navigator.languages': '[]' },
		build: {
			ssr: path('src/early/render.ts'),
			outDir: `${folder}/render`,
			rolldownOptions: { output: { entryFileNames: 'render.js' } }
		}
	});
	const made: unknown = await import(`${folder}/render/render.js?${Date.now()}`);
	return (made as { renderTemplates: () => Promise<string> }).renderTemplates();
}

/** The script that shows it, as one piece of code. */
async function buildScript(): Promise<string> {
	const made = await build({
		...shared,
		build: {
			write: false,
			target: 'es2022',
			lib: { entry: path('src/early/start.ts'), formats: ['iife'], name: 'early', fileName: 'early' }
		}
	});
	const output = [made].flat().flatMap((one) => ('output' in one ? one.output : []));
	const [chunk] = output.filter((one) => one.type === 'chunk');
	if (chunk === undefined) throw new Error('the script of the early page was not built');
	return chunk.code.trim();
}

/**
 * Makes what the page of a call shows before the app is there: templates and a script, for the adapter, which puts them
 * into that page (tools/vite/pages.js, docs/adr/0011-the-early-page.md).
 */
export const earlyPage: Plugin = {
	name: 'roost:early-page',
	apply: 'build',
	async buildStart() {
		if (this.environment.name !== 'client') return;
		const [templates, script] = [await renderTemplates(), await buildScript()];
		mkdirSync(folder, { recursive: true });
		writeFileSync(`${folder}/early.html`, `${templates}\n<script>${script}</script>`);
	}
};
