import type { ChatMessageView, ChatView } from '$lib/domain/chat/chat-view.ts';

/**
 * Messages of others that came after what was known before; the first page of history is no news.
 * Older messages that were loaded upward are not among them.
 */
export function newsBetween(previous: ChatView | null, next: ChatView | null): ChatMessageView[] {
	if (previous?.status !== 'ready' || next?.status !== 'ready') return [];
	if (previous.messages === next.messages) return [];
	const known = new Set(previous.messages.map(({ key }) => key));
	const last = next.messages.findLastIndex(({ key }) => known.has(key));
	return next.messages.slice(last + 1).filter(({ author, kind }) => kind === 'message' && !author.isOwn);
}
