import type { SoundName } from '../../domain/call/sounds.ts';
import { playNotes, type Note, type NotesEdges } from './notes.ts';

/* up for what begins or is good, down for what ends or is not */
const pitches: Readonly<Record<SoundName, readonly number[]>> = {
	join: [523, 659],
	leave: [659, 523],
	hand: [784, 988],
	message: [880],
	recording: [440, 440],
	lost: [523, 440, 349],
	back: [349, 440, 523]
};

/** One after the other, each of a sixth of a second. */
const step = 1 / 6;
const notesOf = (name: SoundName): Note[] =>
	pitches[name].map((hertz, index) => ({ hertz, at: index * step, length: step }));

/** Of full scale: −21 dB, and −18 LUFS where it comes out of two speakers. Never louder. */
const loudest = 0.12;

interface EffectSounds {
	/** @param volume 0 to 1 @param deviceId where to; the default when empty */
	play: (name: SoundName, volume: number, deviceId: string) => void;
	/** Silences what sounds, and plays nothing any more. */
	stop: () => void;
}

/** @param warn told once: a sound that is missing is missed once */
export function createEffectSounds(
	edges: NotesEdges,
	warn: (message: string, cause: unknown) => void
): EffectSounds {
	const over = new AbortController();
	let isWarned = false;
	return {
		play: (name, volume, deviceId) => {
			if (over.signal.aborted) return;
			const gain = loudest * Math.min(1, Math.max(0, volume));
			playNotes(edges, notesOf(name), gain, deviceId, over.signal).catch((cause: unknown) => {
				if (!isWarned) warn('a sound was not played', cause);
				isWarned = true;
			});
		},
		stop: () => over.abort()
	};
}
