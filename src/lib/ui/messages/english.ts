import { formatsFor } from './format.ts';

/* not there in every version of Node, which reads some of these words too */
const { navigator } = globalThis as { navigator?: { languages: readonly string[] } };

/** For the sentences of the English catalogue: numbers and times as in the person's own sort of English. */
export const english = formatsFor(navigator?.languages.find((tag) => /^en\b/.test(tag)) ?? 'en');
