import { call } from './call.ts';
import { chat } from './chat.ts';
import { common } from './common.ts';
import { ended } from './ended.ts';
import { errors } from './errors.ts';
import { english } from './english.ts';
import { home } from './home.ts';
import { prejoin } from './prejoin.ts';

/** The reference catalogue: every other language has its shape, see `Messages`. */
export const en = { locale: 'en', formats: english, common, home, prejoin, errors, ended, call, chat };
