import { call } from './call.ts';
import { chat } from './chat.ts';
import { connection } from './connection.ts';
import { useTextWith, type TextWith } from './text.ts';

const area = { call, chat, connection };

export type ConnectionText = TextWith<typeof area>;

export const useConnectionText = (): ConnectionText => useTextWith(area);
