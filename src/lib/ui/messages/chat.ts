import { english } from './english.ts';
import { isolate } from './format.ts';

const { plural, number } = english;

export const chat = {
	title: 'Chat',
	log: 'Messages',
	message: 'Message',
	placeholder: 'Write to everyone',
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
	discard: 'Discard',
	edited: 'edited',
	saving: 'Saving…',
	deleting: 'Deleting…',
	notSaved: 'Not changed',
	notDeleted: 'Not deleted',
	notReacted: 'Reaction not sent',
	mentionsYou: 'Mentions you',
	messageMenu: 'Message actions',
	reply: 'Reply',
	react: 'React',
	copy: 'Copy',
	copied: 'Message copied',
	notCopied: 'Could not copy the message',
	edit: 'Edit',
	delete: 'Delete',
	deleteTitle: 'Delete this message?',
	deleteBody: 'It disappears for everyone in the room. This cannot be undone.',
	replyingTo: (name: string) => `Replying to ${isolate(name)}`,
	replyingToSelf: 'Replying to yourself',
	editing: 'Editing your message',
	stopReply: 'Do not reply',
	stopEdit: 'Keep as it was',
	save: 'Save',
	quoteGone: 'The message is gone',
	toOriginal: (name: string) => `Show the message by ${isolate(name)} that this answers`,
	seeking: 'Looking for the message…',
	reactionBy: (emoji: string, people: string, count: number) =>
		people === ''
			? plural(count, { one: `${emoji} 1 reaction`, other: `${emoji} ${number(count)} reactions` })
			: `${emoji} ${people}`,
	reactionPending: (emoji: string) => `${emoji} being sent`,
	mentionList: 'People to mention',
	everybody: 'everyone',
	emoji: 'Emoji',
	download: 'Download',
	downloadFile: (name: string) => `Download ${isolate(name)}`,
	viewImage: (name: string) => `View ${isolate(name)}`,
	vote: 'Vote',
	voting: 'Voting…',
	voteFailed: 'Your vote was not taken.',
	pollFailed: 'The poll could not be loaded.',
	pollClosed: 'Poll closed',
	pollHidden: 'Results are shown when the poll is closed',
	pollMost: (count: number) =>
		plural(count, { one: 'Choose 1 option', other: `Choose up to ${number(count)} options` }),
	pollVoters: (count: number) =>
		plural(count, { one: '1 person voted', other: `${number(count)} people voted` }),
	pollVotes: (count: number) => plural(count, { one: '1 vote', other: `${number(count)} votes` }),
	pollChoose: 'Choose an option first',
	/** What the room itself says, by Talk's keyword. */
	system: {
		call_started: (actor: string) => `${isolate(actor)} started a call`,
		call_joined: (actor: string) => `${isolate(actor)} joined the call`,
		call_left: (actor: string) => `${isolate(actor)} left the call`,
		lobby_none: (actor: string) => `${isolate(actor)} let everyone in from the lobby`,
		lobby_non_moderators: (actor: string) => `${isolate(actor)} opened a lobby`,
		read_only: (actor: string) => `${isolate(actor)} closed the chat`,
		read_only_off: (actor: string) => `${isolate(actor)} opened the chat again`,
		recording_started: (actor: string) => `${isolate(actor)} started recording`,
		recording_stopped: (actor: string) => `${isolate(actor)} stopped recording`,
		history_cleared: (actor: string) => `${isolate(actor)} cleared the chat`,
		guest_moderator_promoted: (actor: string, user: string) =>
			`${isolate(actor)} made ${isolate(user)} a moderator`,
		guest_moderator_demoted: (actor: string, user: string) =>
			`${isolate(actor)} took moderation from ${isolate(user)}`
	},
	/** Name of one message for those who move from message to message. */
	messageLabel: (author: string, time: string, state: string) =>
		state === '' ? `${isolate(author)}, ${time}` : `${isolate(author)}, ${time}, ${state}`
} as const;
