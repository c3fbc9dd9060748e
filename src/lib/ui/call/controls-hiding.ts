import type { CallShape } from './shape.ts';

export interface Circumstances {
	shape: CallShape;
	isFullScreen: boolean;
	/** The window is used by finger, not by mouse. */
	isByTouch: boolean;
	/** Not on the way into the call or out of it. */
	isJoined: boolean;
	/** Nobody else is there: whoever waits needs the controls in sight. */
	isAlone: boolean;
	/** A menu, a dialog, a panel, or something that asks to be answered. */
	isSomethingOpen: boolean;
	isFocusInside: boolean;
	/** The last thing pressed was a key, as with a screen reader. */
	isByKeyboard: boolean;
	/** The preference. */
	alwaysShows: boolean;
}

/** Whether header and controls may go out of sight at all: never from under somebody who uses them. */
const mayHide = (given: Circumstances): boolean =>
	given.isJoined &&
	!given.isAlone &&
	!given.isSomethingOpen &&
	!given.isFocusInside &&
	!given.isByKeyboard &&
	!given.alwaysShows;

/** Whether they go by themselves when nothing is touched, which only helps where room is short. */
export const hidesByItself = (given: Circumstances): boolean =>
	(given.isFullScreen || (given.shape === 'rail' && given.isByTouch)) && mayHide(given);

/** Whether a tap on the stage brings them and sends them away. */
export const tapToggles = (given: Circumstances): boolean =>
	(given.isFullScreen || given.shape === 'rail' || given.shape === 'phone') && mayHide(given);

export const hideAfterMs = 4_000;
