import type { ChatMessageView } from '$lib/domain/chat/chat-view.ts';
import { plainText } from './message-parts.ts';

export type ChatRow =
	| { kind: 'day'; key: string; at: number }
	| { kind: 'new'; key: string }
	/** What the room itself says; the same words in a row are counted, not repeated. */
	| { kind: 'system'; key: string; message: ChatMessageView; count: number }
	/** `isFirst`, `isLast`: of a run by one author. */
	| { kind: 'message'; key: string; message: ChatMessageView; isFirst: boolean; isLast: boolean };

type MessageRow = Extract<ChatRow, { kind: 'message' }>;

const runMs = 5 * 60_000;

/** @returns when the day of a moment begins and ends here, Unix time in milliseconds */
function dayOf(at: number): { begins: number; ends: number } {
	const day = new Date(at);
	const begins = day.setHours(0, 0, 0, 0);
	return { begins, ends: day.setDate(day.getDate() + 1) };
}

const continues = (row: ChatRow | undefined, message: ChatMessageView): row is MessageRow =>
	row?.kind === 'message' &&
	row.message.author.key === message.author.key &&
	message.sentAt - row.message.sentAt < runMs;

/**
 * Messages as they are shown: days apart, the unread ones marked, and what one person writes within five minutes of
 * the message before as one run.
 * @param messages oldest first
 * @param firstUnreadKey where the mark goes; null: nowhere
 */
export function chatRows(messages: readonly ChatMessageView[], firstUnreadKey: string | null): ChatRow[] {
	const rows: ChatRow[] = [];
	let day = { begins: 0, ends: 0 };
	for (const message of messages) {
		const { sentAt } = message;
		if (sentAt < day.begins || sentAt >= day.ends) {
			day = dayOf(sentAt);
			rows.push({ kind: 'day', key: `day ${day.begins} ${message.key}`, at: sentAt });
		}
		if (message.key === firstUnreadKey) rows.push({ kind: 'new', key: 'new' });
		const last = rows.at(-1);
		if (message.kind === 'system') {
			if (last?.kind === 'system' && plainText(last.message) === plainText(message)) last.count += 1;
			else rows.push({ kind: 'system', key: message.key, message, count: 1 });
			continue;
		}
		const isFirst = !continues(last, message);
		if (continues(last, message)) last.isLast = false;
		rows.push({ kind: 'message', key: message.key, message, isFirst, isLast: true });
	}
	return rows;
}

/** @returns `rows`, each the very object of `before` where it says the same: what does not change is not drawn anew */
export function reuseRows(before: readonly ChatRow[], rows: readonly ChatRow[]): readonly ChatRow[] {
	const known = new Map(before.map((row) => [row.key, row]));
	return rows.map((row) => {
		const same = known.get(row.key);
		return same !== undefined && saysTheSame(same, row) ? same : row;
	});
}

/** Messages are compared by identity: one that changes is another object. */
function saysTheSame(row: ChatRow, other: ChatRow): boolean {
	if (row.kind === 'message') {
		return (
			other.kind === 'message' &&
			row.message === other.message &&
			row.isFirst === other.isFirst &&
			row.isLast === other.isLast
		);
	}
	if (row.kind === 'system') {
		return other.kind === 'system' && row.message === other.message && row.count === other.count;
	}
	return row.kind === other.kind;
}
