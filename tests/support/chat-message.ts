import type { ChatMessage } from '../../src/lib/domain/talk-api.ts';

/** A message by Ben, as the server tells it; `over` says what is different. */
export const chatMessage = (id: number, over: Partial<ChatMessage> = {}): ChatMessage => ({
	id,
	actorType: 'guests',
	actorId: 'ben',
	actorName: 'Ben',
	sentAt: 1_700_000_000,
	text: `message ${id}`,
	parameters: {},
	systemMessage: '',
	referenceId: '',
	isMarkdown: false,
	isDeleted: false,
	isEdited: false,
	isReplyable: true,
	expiresAt: 0,
	reactions: [],
	ownReactions: [],
	...over
});
