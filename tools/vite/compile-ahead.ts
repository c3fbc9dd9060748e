import type { Plugin, Rolldown } from 'vite';

type Chunk = Pick<Rolldown.OutputChunk, 'type' | 'fileName' | 'imports' | 'moduleIds' | 'isEntry'>;
type Bundle = Readonly<Record<string, Chunk | { type: 'asset' }>>;

/** The names of these chunks and of all that they import, and so on. */
function closure(bundle: Bundle, names: Iterable<string>): Set<string> {
	const found = new Set(names);
	for (const name of found) {
		const chunk = bundle[name];
		if (chunk?.type === 'chunk') for (const imported of chunk.imports) found.add(imported);
	}
	return found;
}

/** The chunks that come with these modules, and not with the start of a page. */
export function chunksOf(bundle: Bundle, modules: readonly RegExp[]): string[] {
	const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
	const isWanted = ({ moduleIds }: Chunk) =>
		moduleIds.some((id) => modules.some((pattern) => pattern.test(id)));
	const names = (wanted: typeof chunks) => wanted.map(({ fileName }) => fileName);
	const started = closure(bundle, names(chunks.filter(({ isEntry }) => isEntry)));
	return [...closure(bundle, names(chunks.filter(isWanted)))].filter((name) => !started.has(name));
}

/**
 * Browsers compile a function when it is first called, which for a call would be between the press of Join and the first
 * picture. Chromium compiles all of a file when it arrives, beside the page, if the first line of it asks for that; what
 * a call needs arrives while a name is typed.
 * @see https://v8.dev/blog/explicit-compile-hints
 */
export const compileAhead = (modules: readonly RegExp[]): Plugin => ({
	name: 'roost:compile-ahead',
	apply: 'build',
	applyToEnvironment: ({ name }) => name === 'client',
	generateBundle: {
		order: 'post',
		handler: (_options, bundle) => {
			const names = chunksOf(bundle, modules);
			if (names.length === 0) throw new Error('nothing to compile ahead: have the parts of a call moved?');
			for (const name of names) {
				const chunk = bundle[name];
				if (chunk?.type === 'chunk') chunk.code = `//# allFunctionsCalledOnLoad\n${chunk.code}`;
			}
		}
	}
});
