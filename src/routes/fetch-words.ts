import type { FetchWords } from '$lib/ui/messages/language.svelte.ts';

/** So long a page waits for its language; after that it is shown in English. */
const limitMs = 5_000;

export const fetchWords: FetchWords = async (address) => {
	const response = await fetch(address, { signal: AbortSignal.timeout(limitMs) });
	if (!response.ok) throw new Error(`words were not there: HTTP ${response.status}`);
	return response.json() as Promise<unknown>;
};
