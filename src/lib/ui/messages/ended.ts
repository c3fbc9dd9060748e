import { english as en } from './english.ts';
import { isolate } from './format.ts';

export const ended = {
	pageTitle: (room: string) => `Left: ${room}`,
	title: {
		left: (room: string) => (room === '' ? 'You left the call' : `You left ${isolate(room)}`),
		'ended-for-all': () => 'The call has ended',
		removed: () => 'You were removed from the call',
		replaced: () => 'You left here and joined elsewhere'
	},
	body: {
		left: 'Camera and microphone are off.',
		'ended-for-all': 'A moderator ended it for everyone. Camera and microphone are off.',
		removed: 'A moderator removed you. Only a moderator can let you back in.',
		replaced: 'The call goes on in another tab or on another device.'
	},
	duration: 'You were in the call for',
	stillIn: (count: number) =>
		en.plural(count, {
			one: '1 person is still in the call',
			other: `${en.number(count)} people are still in the call`
		}),
	rejoin: 'Rejoin'
} as const;
