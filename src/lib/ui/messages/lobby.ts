import { english as en } from './english.ts';

const soon = (minutes: number) =>
	en.plural(minutes, { one: 'in 1 minute', other: `in ${en.number(minutes)} minutes` });

export const lobby = {
	pageTitle: (room: string) => `Waiting: ${room}`,
	title: 'Waiting to be let in',
	moved: 'The moderator moved everyone to the lobby',
	body: 'A moderator opens this call. You join by yourself then; keep this page open.',
	opensNow: 'This call opens any moment. You join by yourself then.',
	/** @param at unix milliseconds */
	opensOn: (at: number) => `This call opens on ${en.date(at)}. You join by yourself then.`,
	/** @param at unix milliseconds */
	opensAt: (at: number, minutes: number) =>
		`This call opens at ${en.time(at)}, ${soon(minutes)}. You join by yourself then.`,
	unstarted: 'The call has not started',
	startsLater: 'You join by yourself when it starts. Keep this page open.',
	full: 'This call is full',
	fullBody: 'We try again every 15 seconds. You join by yourself when there is room.',
	tryNow: 'Try now',
	calendar: 'Add to calendar',
	notifyMe: 'Notify me',
	willNotify: 'You are told when the call is open.',
	cannotNotify: 'The browser does not allow notices from this page.',
	keepScreenOn: 'Keep screen on',
	cameraPaused: 'Your camera was paused after 30 minutes. Turn it on again above.',
	isRecording: 'This call is being recorded.',
	consent: 'I agree that this call may be recorded, with my voice and my video.',
	entering: 'The call is open. Joining…',
	leave: 'Leave'
} as const;
