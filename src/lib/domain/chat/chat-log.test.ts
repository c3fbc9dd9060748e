import { describe, expect, it } from 'vitest';
import { chatMessage as message } from '../../../../tests/support/chat-message.ts';
import type { ChatMessage } from '../talk-api.ts';
import { chatView, mergeMessages } from './chat-log.ts';

const facts = {
	waiting: [],
	own: { actorType: 'guests', actorId: 'ann', name: 'Ann' },
	requests: [],
	reactors: new Map(),
	polls: new Map(),
	seeking: null,
	hasOlder: false,
	isOnline: true,
	readUpTo: 0,
	firstUnread: null,
	maxLength: 100,
	mayWrite: true,
	isModerator: false,
	features: []
};
const lines = (messages: ChatMessage[]) =>
	chatView({ ...facts, messages }, 'fresh').messages.map(({ kind, text }) => `${kind}: ${text}`);

describe('a long chat', () => {
	const view = (messages: readonly ChatMessage[], more: Partial<Parameters<typeof chatView>[0]> = {}) =>
		chatView({ ...facts, messages, ...more }, 'fresh');

	it('given nothing of it changed, when it is looked at again, then what is shown is the very same', () => {
		const known = [message(1), message(2)];

		expect(view(known, { isOnline: false }).messages).toBe(view(known).messages);
	});

	it('given messages come, when it is looked at again, then they are added, and what was there is the very same', () => {
		const known = [message(1), message(2)];
		const before = view(known).messages;

		const after = view(
			mergeMessages(known, [message(3), message(4, { systemMessage: 'reaction' })])
		).messages;

		expect(after.map(({ id }) => id)).toEqual([1, 2, 3]);
		expect(after[0]).toBe(before[0]);
		expect(after[1]).toBe(before[1]);
	});

	it('given older ones come, some expire, or we may write no longer, when it is looked at again, then it is shown as it is now', () => {
		const known = [message(5), message(6)];
		view(known);

		expect(view(mergeMessages(known, [message(3), message(4)])).messages.map(({ id }) => id)).toEqual([
			3, 4, 5, 6
		]);
		expect(view(known.slice(1)).messages.map(({ id }) => id)).toEqual([6]);
		const may = { features: ['chat-replies'] };
		expect(view(known, may).messages[0]?.canReply).toBe(true);
		expect(view(known, { ...may, mayWrite: false }).messages[0]?.canReply).toBe(false);
	});

	it('given what was read, when more is there, then the others are counted, but for our own and what the room says', () => {
		const known = [1, 2, 3, 4].map((id) => message(id));
		const own = message(5, { actorType: 'guests', actorId: 'ann' });
		const joined = message(6, { systemMessage: 'call_joined' });

		expect(view([...known, own, joined], { readUpTo: 2 }).unread).toBe(2);
	});
});

describe('what has been changed', () => {
	it('given a message, when it is edited or deleted, then it is shown as it is now, and nothing besides', () => {
		const known = [message(1), message(2), message(3)];
		const edit = message(4, { systemMessage: 'message_edited', about: message(1, { text: 'new' }) });
		const gone = message(2, { text: 'Message deleted by author', isDeleted: true });
		const deletion = message(5, { systemMessage: 'message_deleted', about: gone });

		const merged = mergeMessages(known, [edit, deletion]);

		expect(lines(merged)).toEqual([
			'message: new',
			'deleted: Message deleted by author',
			'message: message 3'
		]);
	});

	it('given a message that is not loaded, when it is changed, then it does not come in before its time', () => {
		const reaction = message(9, { systemMessage: 'reaction', text: '👍', about: message(1) });

		const merged = mergeMessages([message(7)], [reaction]);

		expect(lines(merged)).toEqual(['message: message 7']);
	});

	it('given a history, when a moderator clears it, then nothing older is shown', () => {
		const cleared = message(3, { systemMessage: 'history_cleared', text: '{actor} cleared the history' });

		const merged = mergeMessages([message(1), message(2)], [cleared, message(4)]);

		expect(lines(merged)).toEqual(['system: {actor} cleared the history', 'message: message 4']);
	});
});
