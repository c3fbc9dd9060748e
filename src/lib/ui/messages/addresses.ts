const prefix = './';
const files = import.meta.glob<string>('./*.json', { query: '?url', import: 'default', eager: true });

/**
 * Where the words of each language are. The build puts the files of tools/vite/words.ts here, in which English is one of
 * them: nothing of it that is not needed before Join is in the code then.
 */
export const addresses: Readonly<Partial<Record<string, string>>> = Object.fromEntries(
	Object.entries(files).map(([path, address]) => [path.slice(prefix.length, -'.json'.length), address])
);

/** Where the pictures are that nobody sees before a call. Only the build divides them: tools/vite/pictures.ts. */
export const picturesAddress: string | null = null;
