import { expect, it } from 'vitest';
import { messageView } from '../../../../tests/support/chat-view.ts';
import type { ChatMessageView, ChatView } from '$lib/domain/chat/chat-view.ts';
import { newsBetween } from './chat-news.ts';
import { chatRows, reuseRows } from './chat-rows.ts';

const noon = new Date(2026, 10, 21, 12).getTime();
const minute = 60_000;
const message = (key: string, author: string, sentAt: number, change: Partial<ChatMessageView> = {}) =>
	messageView(key, { author: { key: author, name: author, isOwn: author === 'me' }, sentAt, ...change });
const shape = (messages: ChatMessageView[], unread: string | null = null) =>
	chatRows(messages, unread).map((row) => {
		if (row.kind === 'message') return `${row.key}${row.isFirst ? ' first' : ''}${row.isLast ? ' last' : ''}`;
		return row.kind === 'system' ? `system ×${row.count}` : row.kind;
	});

it('given one author within five minutes, then the messages are one run', () => {
	const messages = [
		message('1', 'ana', noon),
		message('2', 'ana', noon + 4 * minute),
		message('3', 'ana', noon + 10 * minute),
		message('4', 'bo', noon + 10 * minute)
	];
	expect(shape(messages)).toEqual(['day', '1 first', '2 last', '3 first last', '4 first last']);
});

it('given messages of two days, then the days are apart, and so are the runs', () => {
	const messages = [message('1', 'ana', noon), message('2', 'ana', noon + 24 * 60 * minute)];
	expect(shape(messages)).toEqual(['day', '1 first last', 'day', '2 first last']);
});

it('given unread messages, then the mark stands before the first of them and ends the run', () => {
	const messages = [message('1', 'ana', noon), message('2', 'ana', noon + minute)];
	expect(shape(messages, '2')).toEqual(['day', '1 first last', 'new', '2 first last']);
	expect(shape(messages, 'gone')).toEqual(['day', '1 first', '2 last']);
});

it('given the same words of the room in a row, then they are counted', () => {
	const system = (key: string, text: string) => message(key, 'room', noon, { kind: 'system', text });
	expect(shape([system('1', 'joined'), system('2', 'joined'), system('3', 'left')])).toEqual([
		'day',
		'system ×2',
		'system ×1'
	]);
});

it('given a chat, when messages of others arrive at the end, then they are news; history and own ones are not', () => {
	const chat = (messages: ChatMessageView[], status: ChatView['status'] = 'ready'): ChatView => ({
		status,
		messages,
		hasOlder: false,
		isLoadingOlder: false,
		isSeeking: false,
		polls: new Map(),
		unread: 0,
		firstUnreadKey: null,
		maxLength: 1_000,
		canSend: true,
		isFull: false
	});
	const [one, two, mine] = [message('1', 'ana', noon), message('2', 'bo', noon), message('3', 'me', noon)];
	const keys = (before: ChatView | null, after: ChatView) => newsBetween(before, after).map(({ key }) => key);

	expect(keys(chat([one]), chat([one, two, mine]))).toEqual(['2']);
	expect(keys(chat([two]), chat([one, two]))).toEqual([]);
	expect(keys(chat([]), chat([one]))).toEqual(['1']);
	expect(keys(chat([], 'loading'), chat([one, two]))).toEqual([]);
	expect(keys(null, chat([one]))).toEqual([]);
});

it('given a window that moves, then rows that say the same are the same objects, and those that do not are new', () => {
	const messages = ['1', '2', '3', '4'].map((key) => message(key, 'ana', noon));
	const before = chatRows(messages.slice(0, 3), null);
	const edited = message('2', 'ana', noon, { text: 'edited' });
	const now = chatRows([...messages.slice(0, 1), edited, ...messages.slice(2)], null);

	const rows = reuseRows(before, now);

	expect(rows).toEqual(now);
	// the third is no longer the last of its run
	expect(rows.map((row) => before.includes(row))).toEqual([true, true, false, false, false]);
});
