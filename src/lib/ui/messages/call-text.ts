import { call } from './call.ts';
import { chat } from './chat.ts';
import { useTextWith, type TextWith } from './text.ts';

const area = { call, chat };

/** The words of the call and its chat, with those that every page has. */
export type CallText = TextWith<typeof area>;

export const useCallText = (): CallText => useTextWith(area);
