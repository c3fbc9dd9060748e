import { allWords } from '$lib/ui/messages/language.svelte.ts';
import { fetchWords } from '../fetch-words.ts';
import type { PageLoad } from './$types';

/** The whole page is words. */
export const load: PageLoad = async ({ parent }) => {
	await parent();
	await allWords(fetchWords, '.more');
};
