import type { Mentionable } from '../talk-api.ts';

/** What is written and not yet sent. */
export interface Draft {
	text: string;
	/** Who was chosen from the list: their names stand in the text. */
	mentions: readonly Mentionable[];
	/** Id of the message that it answers. */
	replyTo: number | null;
}

export const emptyDraft: Draft = { text: '', mentions: [], replyTo: null };

/** Keeps what is written in each room while its panel is closed, and over a reload of the tab. */
export interface Drafts {
	load(room: string): Draft;
	save(room: string, draft: Draft): void;
}
