import { common } from './common.ts';
import { english } from './english.ts';
import { prejoin } from './prejoin.ts';

/** The words that are needed before anything else: with them the pre-join page is complete. */
export const en = { locale: 'en', formats: english, common, prejoin };
