import type { CallText } from '../messages/call-text.ts';
import { keyOf, usualKeys, type KeyAction, type KeyChoice } from './shortcut-for.ts';

export interface ShortcutRow {
	label: string;
	/** The ways to press it, each of one or more keys. */
	ways: string[][];
	/** What a person may choose another key for; absent: it stays as it is. */
	action?: KeyAction;
}

/** A key as it is printed. */
const keyLabel = (key: string, { keys }: CallText['call']): string =>
	key === ' ' ? keys.space : key.toUpperCase();

/** The key of an action for a tooltip or a menu; empty: it has none now. */
export function keyHint(text: CallText, action: KeyAction, choice: KeyChoice = usualKeys): string {
	const isOff = !choice.singleKeys || (action === 'talk' && !choice.pushToTalk);
	return isOff ? '' : keyLabel(keyOf(action, choice), text.call);
}

/** Everything that keys do in a call. */
export function shortcutRows(text: CallText, isMac: boolean, choice: KeyChoice): ShortcutRow[] {
	const { shortcuts, keys } = text.call;
	const command = isMac ? keys.command : keys.control;
	const single = (action: KeyAction, label: string, more: string[][] = [], then: string[] = []) => {
		const key = keyHint(text, action, choice);
		return { label, action, ways: key === '' ? more : [[key, ...then], ...more] };
	};
	return [
		single('microphone', shortcuts.microphone, [[command, 'D']]),
		single('camera', shortcuts.camera, [[command, 'E']]),
		single('talk', shortcuts.talk),
		single('chat', shortcuts.chat),
		single('people', shortcuts.people),
		single('hand', shortcuts.hand),
		single('react', shortcuts.react, [], [keys.then, '1–8']),
		single('share', shortcuts.share),
		single('layout', shortcuts.layout),
		single('pin', shortcuts.pin),
		single('full-screen', shortcuts.fullScreen),
		single('picture-in-picture', shortcuts.pictureInPicture),
		single('low-data', shortcuts.lowData),
		single('connection', shortcuts.connection),
		{ label: shortcuts.page, ways: [[keys.pageUp], [keys.pageDown]] },
		{ label: shortcuts.tiles, ways: [[keys.arrows]] },
		{ label: shortcuts.region, ways: [['F6'], [keys.shift, 'F6']] },
		{ label: shortcuts.status, ways: choice.singleKeys ? [[keys.shift, 'A']] : [] },
		{ label: shortcuts.settings, ways: [[command, ',']] },
		{ label: shortcuts.send, ways: [[command, keys.enter]] },
		single('help', shortcuts.help),
		{ label: shortcuts.close, ways: [[keys.escape]] }
	];
}
