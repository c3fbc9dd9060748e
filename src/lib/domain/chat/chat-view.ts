import type { RichObject } from '../talk-api.ts';

export interface ChatMessageView {
	/** Stable from the first keystroke to the stored message: the reference id when we wrote it, else the server's id. */
	key: string;
	id: number | null;
	author: { key: string; name: string; isOwn: boolean };
	/** Unix milliseconds. */
	sentAt: number;
	text: string;
	parameters: Record<string, RichObject>;
	kind: 'message' | 'system' | 'deleted';
	/** `queued`: waits for the connection. */
	delivery: 'sent' | 'sending' | 'queued' | 'failed';
}

export interface ChatView {
	status: 'loading' | 'ready' | 'failed';
	/** Oldest first. */
	messages: ChatMessageView[];
	hasOlder: boolean;
	isLoadingOlder: boolean;
	unread: number;
	/** Key of the first unread message when the panel was opened; null: none. */
	firstUnreadKey: string | null;
	maxLength: number;
	/** The room lets us write. */
	canSend: boolean;
	/** So many messages wait for the connection that the next one stays in the composer. */
	isFull: boolean;
}
