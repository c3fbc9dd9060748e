import type { Poll, RichObject } from '../talk-api.ts';

export interface QuoteView {
	/** Of the message that is quoted, for the way to it. */
	id: number;
	author: { name: string; isOwn: boolean };
	text: string;
	parameters: Record<string, RichObject>;
	isMarkdown: boolean;
	isDeleted: boolean;
}

export interface ReactionView {
	emoji: string;
	/** 0: the first one is on its way. */
	count: number;
	isOwn: boolean;
	/** Asked for, not acknowledged. */
	isPending: boolean;
	/** Who reacted; null: nobody has asked yet. */
	people: readonly { name: string; isOwn: boolean }[] | null;
}

/** A change of a message that the server has not acknowledged. */
export interface ChangeView {
	/** For trying again, and for giving up. */
	key: string;
	kind: 'edit' | 'delete' | 'react';
	/** `queued`: waits for the connection. */
	state: 'pending' | 'queued' | 'failed';
}

export interface ChatMessageView {
	/** Stable from the first keystroke to the stored message: the reference id when we wrote it, else the server's id. */
	key: string;
	id: number | null;
	author: { key: string; name: string; isOwn: boolean };
	/** Unix milliseconds. */
	sentAt: number;
	text: string;
	parameters: Record<string, RichObject>;
	isMarkdown: boolean;
	kind: 'message' | 'system' | 'deleted';
	/** Talk's keyword of a system message, else empty. */
	keyword: string;
	/** `queued`: waits for the connection. */
	delivery: 'sent' | 'sending' | 'queued' | 'failed';
	/** What it answers; `gone`: nobody can see that any more. */
	quote: QuoteView | 'gone' | null;
	reactions: readonly ReactionView[];
	isEdited: boolean;
	/** Speaks to us, or to everybody. */
	mentionsMe: boolean;
	/** Null: there is none. */
	change: ChangeView | null;
	canReply: boolean;
	canReact: boolean;
	/** Until when we may, in unix milliseconds; 0: never. */
	editableUntil: number;
	deletableUntil: number;
}

export interface PollView {
	/** Null: not there yet. */
	poll: Poll | null;
	state: 'idle' | 'loading' | 'voting' | 'failed' | 'vote-failed';
}

export interface ChatView {
	status: 'loading' | 'ready' | 'failed';
	/** Oldest first. */
	messages: readonly ChatMessageView[];
	hasOlder: boolean;
	isLoadingOlder: boolean;
	/** An old message is being looked for. */
	isSeeking: boolean;
	unread: number;
	/** Key of the first unread message when the panel was opened; null: none. */
	firstUnreadKey: string | null;
	maxLength: number;
	/** The room lets us write. */
	canSend: boolean;
	/** So many messages wait for the connection that the next one stays in the composer. */
	isFull: boolean;
	/** By id. */
	polls: ReadonlyMap<number, PollView>;
}
