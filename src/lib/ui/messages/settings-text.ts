import { call } from './call.ts';
import { chat } from './chat.ts';
import { settings } from './settings.ts';
import { useTextWith, type TextWith } from './text.ts';

const area = { call, chat, settings };

/** The words of the settings, with those of calls: some of them are set here. */
export type SettingsText = TextWith<typeof area>;

export const useSettingsText = (): SettingsText => useTextWith(area);
