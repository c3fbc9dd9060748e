import { describe, expect, it } from 'vitest';
import type { ChatMessage } from '../talk-api.ts';
import { chatView, mergeMessages } from './chat-log.ts';

const message = (id: number, over: Partial<ChatMessage> = {}): ChatMessage => ({
	id,
	actorType: 'guests',
	actorId: 'ben',
	actorName: 'Ben',
	sentAt: 1_700_000_000 + id,
	text: `message ${id}`,
	parameters: {},
	systemMessage: '',
	referenceId: '',
	isMarkdown: false,
	isDeleted: false,
	...over
});

const lines = (messages: ChatMessage[]) =>
	chatView(
		{
			messages,
			waiting: [],
			own: { actorType: 'guests', actorId: 'ann', name: 'Ann' },
			hasOlder: false,
			isOnline: true,
			readUpTo: 0,
			firstUnread: null,
			maxLength: 100,
			mayWrite: true
		},
		'fresh'
	).messages.map(({ kind, text }) => `${kind}: ${text}`);

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
