import { createDrafts } from '../adapters/storage/chat-drafts.ts';
import type { Draft } from '../domain/chat/draft.ts';
import type { RoomToken } from '../protocol/ids.ts';

/** What is written in the chat of one room and not yet sent: there again after the panel was closed, and after a reload. */
export class ChatDraft {
	current: Draft;

	/** To be made while a component starts: it saves as long as that lives. */
	constructor(room: RoomToken) {
		const drafts = createDrafts(tabStorage());
		this.current = $state.raw(drafts.load(room));
		$effect(() => drafts.save(room, this.current));
	}
}

function tabStorage(): Storage | undefined {
	try {
		return sessionStorage;
	} catch {
		return undefined; // the browser forbids even to look
	}
}
