import type { CallView } from '$lib/domain/call/call-view.ts';
import type { CallText } from '../messages/call-text.ts';

type Own = 'micOn' | 'micOff' | 'cameraOn' | 'cameraOff' | 'shareOn' | 'shareOff' | 'handUp' | 'handDown';
type Recording = 'recordingOn' | 'recordingOff';
type Others = 'joined' | 'left' | 'hands' | 'shares';

/**
 * Something to say to people who do not look at the screen. `pace` tells how long to gather before saying it:
 * own changes and recordings at once, hands and shares for two seconds, who comes and goes for three.
 */
export type Announcement =
	| { pace: 'now'; urgency: 'answer'; key: Own }
	| { pace: 'now'; urgency: 'assertive'; key: Recording }
	| { pace: 'soon' | 'later'; urgency: 'polite'; key: Others; names: string[] };

/** Above this many people, coming and going is not announced. */
const crowd = 15;

const onOff = <Key extends Own>(before: 'on' | 'off', after: 'on' | 'off', on: Key, off: Key): Key[] =>
	before === after ? [] : [after === 'on' ? on : off];

/**
 * What changed between two moments of a call, as far as it is worth saying. Pure: to gather over a time, compare with
 * the view of that time ago; whoever came and went in between is then not mentioned.
 */
export function announcementsBetween(previous: CallView, next: CallView): Announcement[] {
	if (next.phase !== 'joined' || previous.phase !== 'joined') return [];
	const others = (view: CallView) => view.people.filter(({ memberKey }) => memberKey !== 'self');
	const before = new Map(others(previous).map((person) => [person.memberKey, person]));
	const after = new Map(others(next).map((person) => [person.memberKey, person]));
	const names = (people: Iterable<{ name: string }>) => [...people].map(({ name }) => name);
	const isKnown = (key: CallView['people'][number]['memberKey']) => before.has(key);

	const own: Own[] = [
		...onOff(previous.microphone.intent, next.microphone.intent, 'micOn', 'micOff'),
		...onOff(previous.camera.intent, next.camera.intent, 'cameraOn', 'cameraOff'),
		...onOff(previous.screen.intent, next.screen.intent, 'shareOn', 'shareOff')
	];
	if (previous.hand !== next.hand) own.push(next.hand === 'raised' ? 'handUp' : 'handDown');

	const [wasRecording, isRecording] = [previous.isRecording === true, next.isRecording === true];
	const recording: Recording[] =
		wasRecording === isRecording ? [] : [isRecording ? 'recordingOn' : 'recordingOff'];
	const isCrowd = Math.max(before.size, after.size) + 1 > crowd;
	const heard: [Others, 'soon' | 'later', string[]][] = [
		['joined', 'later', isCrowd ? [] : names(others(next).filter((person) => !isKnown(person.memberKey)))],
		[
			'left',
			'later',
			isCrowd ? [] : names(others(previous).filter((person) => !after.has(person.memberKey)))
		],
		[
			'hands',
			'soon',
			names(
				others(next).filter(
					(person) => person.handOrder !== null && before.get(person.memberKey)?.handOrder === null
				)
			)
		],
		[
			'shares',
			'soon',
			names(
				others(next).filter((person) => person.isSharing && before.get(person.memberKey)?.isSharing === false)
			)
		]
	];
	return [
		...own.map((key) => ({ pace: 'now', urgency: 'answer', key }) as const),
		...recording.map((key) => ({ pace: 'now', urgency: 'assertive', key }) as const),
		...heard
			.filter(([, , who]) => who.length > 0)
			.map(([key, pace, who]) => ({ pace, urgency: 'polite', key, names: who }) as const)
	];
}

/** The words of an announcement; people without a name are guests. */
export function wordsOf(announcement: Announcement, text: CallText): string {
	const words = text.call.announce;
	if (!('names' in announcement)) return words[announcement.key];
	return words[announcement.key](announcement.names.map((name) => name || text.common.guest));
}
