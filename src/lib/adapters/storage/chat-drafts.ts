import * as v from 'valibot';
import { emptyDraft, type Drafts } from '../../domain/chat/draft.ts';

const Draft = v.object({
	text: v.string(),
	mentions: v.array(v.object({ mentionId: v.string(), name: v.string(), isEverybody: v.boolean() })),
	replyTo: v.nullable(v.number())
});

const keyOf = (room: string) => `roost.draft ${room}`;

/** What is needed of the storage of a tab. */
type TabStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** @param storage that of the tab; undefined, or one that refuses: nothing is kept, and nothing fails */
export function createDrafts(storage: TabStorage | undefined): Drafts {
	return {
		load: (room) => {
			try {
				return v.parse(Draft, JSON.parse(storage?.getItem(keyOf(room)) ?? 'null'));
			} catch {
				return emptyDraft;
			}
		},
		save: (room, draft) => {
			try {
				if (draft.text === '' && draft.replyTo === null) storage?.removeItem(keyOf(room));
				else storage?.setItem(keyOf(room), JSON.stringify(draft));
			} catch {
				// full, or forbidden: what is written stays in the page
			}
		}
	};
}
