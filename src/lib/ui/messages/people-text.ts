import { call } from './call.ts';
import { people } from './people.ts';
import { useTextWith, type TextWith } from './text.ts';

const area = { call, people };

export type PeopleText = TextWith<typeof area>;

export const usePeopleText = (): PeopleText => useTextWith(area);
