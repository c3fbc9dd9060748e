/** Anything above this is a room with a living microphone, in dB of full scale. */
const heardAboveDb = -54;
const longMs = 5000;

/**
 * Notices a microphone that gives nothing. To be called while a component starts.
 * @param levelDb the newest loudness; null: there is nothing to listen to, and silence means nothing
 */
export function watchSilence(levelDb: () => number | null): { readonly isLong: boolean } {
	let isLong = $state(false);
	const isSilent = $derived.by(() => {
		const db = levelDb();
		return db !== null && db <= heardAboveDb;
	});

	// the clock runs while it is silent and starts anew with every sound
	$effect(() => {
		if (!isSilent) return;
		const timer = setTimeout(() => (isLong = true), longMs);
		return () => {
			clearTimeout(timer);
			isLong = false;
		};
	});

	return {
		get isLong() {
			return isLong;
		}
	};
}
