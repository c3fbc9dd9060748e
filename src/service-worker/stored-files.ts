/** What is stored when it is first used: heavy things, and the words of languages other than English. */
const isForLater = (file: string): boolean => /\/(?:sounds|models)\/|\/words-(?!en\.)[^/]+\.json$/.test(file);

/** The name of a file without the hash of its content: the same in each version. */
const lastingName = (path: string): string => path.replace(/\.[^./]+(?=\.[^./]+$)/, '');

/**
 * What a new version stores before it is used.
 * @param assets paths of all files of the new version
 * @param storedBefore paths of what the versions before had stored
 */
export function toStore(assets: readonly string[], storedBefore: readonly string[]): string[] {
	const used = new Set(storedBefore.map(lastingName));
	return assets.filter((file) => !isForLater(file) || used.has(lastingName(file)));
}
