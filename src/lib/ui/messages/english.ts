import { formatsFor } from './format.ts';

/** For the sentences of the English catalogue. */
export const english = formatsFor('en');
