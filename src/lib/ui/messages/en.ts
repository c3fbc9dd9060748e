import { common } from './common.ts';
import { prejoin } from './prejoin.ts';

/** The words that are needed before anything else: with them the pre-join page is complete. */
export const en = { common, prejoin };
