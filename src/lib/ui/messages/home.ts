import { english as en } from './english.ts';
import { isolate } from './format.ts';

export const home = {
	newRoomName: 'New call',
	tagline: 'All it takes is a link.',
	onServer: (host: string) => `Calls on ${isolate(host)}`,

	field: 'Call link or code',
	fieldHint: 'Paste the whole message, we find the link in it',
	join: 'Join',
	nothingTyped: 'Enter a call link or code',
	notALink: 'There is no call link or code in this text',
	otherServer: 'This link belongs to another server',
	openThere: (host: string) => `Open ${isolate(host)}`,
	offlineReason: 'You are offline. Joining needs a connection.',
	offlineBanner: 'You are offline. Recent calls are kept here.',

	newCall: 'New call',
	notCreated: 'No call could be made. The server did not allow it or did not answer.',
	showCode: 'Show QR code',
	install: 'Install app',

	ongoing: 'Ongoing now',
	live: 'Live',
	possible: 'May still be going on',
	elsewhere: 'open in another tab',
	rejoin: 'Rejoin',
	rejoinRoom: (room: string) => `Rejoin ${isolate(room)}`,
	people: (count: number) => en.plural(count, { one: '1 person', other: `${en.number(count)} people` }),
	forDuration: (duration: string) => `for ${duration}`,

	recent: 'Recent',
	empty: 'No calls yet. Paste a link someone sent you.',
	loading: 'Loading your recent calls',
	asName: (name: string) => `as ${isolate(name)}`,
	moreFor: (room: string) => `More for ${isolate(room)}`,
	remove: 'Remove',
	clearAll: 'Clear all',
	removed: (room: string) => `${isolate(room)} removed`,
	cleared: (count: number) =>
		en.plural(count, { one: '1 call removed', other: `${en.number(count)} calls removed` }),
	remember: 'Remember my calls in this browser'
} as const;
