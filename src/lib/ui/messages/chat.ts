import { english } from './english.ts';
import { isolate } from './format.ts';

const { plural, number } = english;

export const chat = {
	title: 'Chat',
	log: 'Messages',
	message: 'Message',
	placeholder: 'Write to everyone in the room',
	send: 'Send',
	retry: 'Retry',
	sending: 'Sending…',
	queued: 'Will send when back',
	failed: 'Not sent',
	deleted: 'Message deleted',
	you: 'You',
	newDivider: 'New',
	newBelow: (count: number) =>
		plural(count, { one: '1 new message', other: `${number(count)} new messages` }),
	toNewest: 'To the newest message',
	loading: 'Loading messages…',
	loadOlder: 'Load older messages',
	empty: 'No messages yet.',
	emptyHint: 'What you write here is for everyone in the room.',
	loadFailed: 'Could not load messages.',
	tryAgain: 'Try again',
	closed: 'Chat is closed in this room',
	full: 'Many messages are waiting. This one can go when some of them are sent',
	tooLong: (over: number) =>
		plural(over, { one: '1 character too many', other: `${number(over)} characters too many` }),
	left: (count: number) =>
		plural(count, { one: '1 character left', other: `${number(count)} characters left` }),
	nothingToSend: 'Write a message first',
	times: (count: number) => `× ${number(count)}`,
	today: 'Today',
	yesterday: 'Yesterday',
	/** Name of one message for those who move from message to message. */
	messageLabel: (author: string, time: string, state: string) =>
		state === '' ? `${isolate(author)}, ${time}` : `${isolate(author)}, ${time}, ${state}`
} as const;
