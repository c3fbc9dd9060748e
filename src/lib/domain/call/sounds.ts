/** The sounds of a call, the most important first: of two at the same moment, the first is heard. */
export const soundNames = ['lost', 'back', 'recording', 'hand', 'message', 'join', 'leave'] as const;
export type SoundName = (typeof soundNames)[number];

/** A call as far as sounds go by it. */
export interface SoundMoment {
	/** In the call, and not on the way in or out. */
	isJoined: boolean;
	/** The others in the call. */
	others: ReadonlySet<string>;
	/** Those of them who have raised a hand. */
	hands: ReadonlySet<string>;
	/** Messages that nobody has read, while the chat is closed; 0 while it is open. */
	unread: number;
	isRecording: boolean;
	/** Long enough to be told of it. */
	isLost: boolean;
}

const isAnyNew = (before: ReadonlySet<string>, after: ReadonlySet<string>): boolean =>
	[...after].some((key) => !before.has(key));

/** What could be heard between two moments, the most important first. */
export function soundsBetween(before: SoundMoment, after: SoundMoment): SoundName[] {
	if (!before.isJoined || !after.isJoined) return [];
	const happened: Record<SoundName, boolean> = {
		lost: after.isLost && !before.isLost,
		back: before.isLost && !after.isLost,
		recording: after.isRecording !== before.isRecording,
		hand: isAnyNew(before.hands, after.hands),
		message: after.unread > before.unread,
		join: isAnyNew(before.others, after.others),
		leave: isAnyNew(after.others, before.others)
	};
	return soundNames.filter((name) => happened[name]);
}

/** Above this many people, ourselves included, coming and going is not heard. */
const crowd = 8;
/** From the start of one sound to that of the next. */
const gapMs = 1_500;

interface Circumstances {
	people: number;
	/** We speak: nothing talks over us. */
	isSpeaking: boolean;
	/** Switched off by hand. */
	silent: readonly string[];
	now: number;
	/** When a sound was last heard, on the same clock. */
	heardAt: number;
}

/** @returns null: silence; what was not heard now is not heard later either */
export function soundToPlay(
	happened: readonly SoundName[],
	{ people, isSpeaking, silent, now, heardAt }: Circumstances
): SoundName | null {
	if (isSpeaking || now - heardAt < gapMs) return null;
	const isHeard = (name: SoundName) =>
		!silent.includes(name) && !((name === 'join' || name === 'leave') && people > crowd);
	return happened.find(isHeard) ?? null;
}
