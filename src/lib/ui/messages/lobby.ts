import { english as en } from './english.ts';

const dates = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' });
const halfDay = 12 * 60;

const soon = (minutes: number) =>
	en.plural(minutes, { one: 'in 1 minute', other: `in ${en.number(minutes)} minutes` });

export const lobby = {
	pageTitle: (room: string) => `Waiting: ${room}`,
	title: 'Waiting to be let in',
	moved: 'The moderator moved everyone to the lobby',
	body: 'A moderator opens this call. You join by yourself then; keep this page open.',
	/** @param at unix milliseconds */
	opensAt: (at: number, minutes: number) => {
		if (minutes <= 0) return 'This call opens any moment. You join by yourself then.';
		return minutes > halfDay
			? `This call opens on ${dates.format(at)}. You join by yourself then.`
			: `This call opens at ${en.time(at)}, ${soon(minutes)}. You join by yourself then.`;
	},
	entering: 'The call is open. Joining…',
	leave: 'Leave'
} as const;
