import type { RoomToken } from '../../protocol/ids.ts';

/** A call as the tabs of one browser speak of it: which tab took part in it, in which room. */
export interface TabCall {
	tabId: string;
	token: RoomToken;
}

/** What tabs of one browser say to each other. Each names the tab that is, or was, in the call. */
export type TabMessage =
	/** Are you there? */
	| ({ type: 'TAB_ASKED' } & TabCall)
	/** I am, and in this call: the answer, and what a tab says that goes into it. */
	| ({ type: 'TAB_ALIVE' } & TabCall)
	/** A person wants the call in the tab `by`: leave it here. */
	| ({ type: 'TAB_TAKE_OVER'; by: string } & TabCall)
	/** It was left here, with these choices, and is free for the tab `by`; empty: for any. */
	| ({ type: 'TAB_RELEASED'; by: string; microphone: 'on' | 'off'; camera: 'on' | 'off' } & TabCall);

/** A way to the other tabs of this browser. Where there is none, nobody ever answers. */
interface TabChannel {
	ask: (holder: TabCall) => void;
	/** The answer of the one that holds the call. */
	answer: (own: TabCall) => void;
	takeOver: (holder: TabCall, by: string) => void;
	release: (own: TabCall, by: string, choice: { microphone: 'on' | 'off'; camera: 'on' | 'off' }) => void;
	close: () => void;
}

/** @param hear what other tabs say, never what this channel said itself */
export type OpenTabChannel = (hear: (message: TabMessage) => void) => TabChannel;

/** A tab that is alive answers within this time, in milliseconds. */
export const tabAnswerMs = 300;

/** A tab that has not answered by then is not there: what the server still has of it may be taken from it unasked. */
export const otherTabSilenceMs = 1_000;
