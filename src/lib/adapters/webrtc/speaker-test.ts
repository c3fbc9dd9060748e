import { toCaptureError } from './capture-errors.ts';
import { playNotes, type NotesEdges } from './notes.ts';

export interface SpeakerTest {
	/**
	 * Plays a soft tone of one second. Call it from a click: browsers play nothing before.
	 * @param deviceId where to; ignored by browsers that cannot choose, the default when empty
	 * @returns resolves when the tone is over or `signal` was aborted
	 * @throws `media.none` when the output is gone, `media.denied` when the page may not use it
	 */
	play: (deviceId: string, signal?: AbortSignal) => Promise<void>;
}

export const createSpeakerTest = (edges: NotesEdges): SpeakerTest => ({
	play: async (deviceId, signal) => {
		try {
			await playNotes(edges, [{ hertz: 440, at: 0, length: 1 }], 0.2, deviceId, signal);
		} catch (cause) {
			throw toCaptureError('the speaker', cause);
		}
	}
});
