import { isolate } from './format.ts';

/** The link of a call, for other devices and people. */
export const share = {
	title: { invite: 'Invite others', created: 'Your new call is ready', moderator: 'Moderator link' },
	hint: {
		invite: 'Whoever has this link can join.',
		created: 'Send this link to the people you want to talk to.',
		moderator: 'Whoever opens this link may moderate the call. It replaces the one before.'
	},
	link: 'Link of the call',
	system: 'Share',
	code: (room: string) => `QR code with the link of ${isolate(room)}`,
	notCopied: 'The link could not be copied. Select it and copy it yourself.',
	go: 'Go to the call'
} as const;
