import type { ChatMessageView } from '../../src/lib/domain/chat/chat-view.ts';

/** A message by Ana as people see it; `change` says what is different. */
export const messageView = (key: string, change: Partial<ChatMessageView> = {}): ChatMessageView => ({
	key,
	id: null,
	author: { key: 'ana', name: 'Ana', isOwn: false },
	sentAt: new Date(2026, 10, 21, 12).getTime(),
	text: 'text',
	parameters: {},
	isMarkdown: true,
	kind: 'message',
	keyword: '',
	delivery: 'sent',
	quote: null,
	reactions: [],
	isEdited: false,
	mentionsMe: false,
	change: null,
	canReply: true,
	canReact: true,
	editableUntil: 0,
	deletableUntil: 0,
	...change
});
