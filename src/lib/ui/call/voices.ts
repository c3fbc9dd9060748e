/**
 * Plays remote voices, one audio element per stream and with a new source whenever its tracks change: in Chromium
 * (measured at the sound output, three tones) an element that plays a stream ignores tracks that are added later and
 * goes on with removed ones.
 * WebKit keeps elements that are made in the background silent, hence an element lives as long as its stream and is
 * never made anew for a new track.
 * @param onblocked told when the browser begins to wait for a press, and when it no longer does
 */
export function createVoices(onblocked: (isBlocked: boolean) => void) {
	const voices = new Map<HTMLAudioElement, () => void>();
	const blocked = new Set<HTMLAudioElement>();
	const report = (audio: HTMLAudioElement, isBlocked: boolean) => {
		const was = blocked.size > 0;
		if (isBlocked) blocked.add(audio);
		else blocked.delete(audio);
		if (blocked.size > 0 !== was) onblocked(blocked.size > 0);
	};

	const start = async (audio: HTMLAudioElement) => {
		if (!audio.srcObject) return;
		try {
			await audio.play();
			report(audio, false);
		} catch (error) {
			// anything else is a source that was replaced meanwhile: its successor is started on its own
			if (error instanceof DOMException && error.name === 'NotAllowedError') report(audio, true);
		}
	};

	return {
		/** @returns a function that ends it */
		hear(audio: HTMLAudioElement, stream: MediaStream): () => void {
			let heard = '';
			const renew = () => {
				const tracks = stream.getAudioTracks().filter(({ readyState }) => readyState === 'live');
				const wanted = tracks.map(({ id }) => id).join(' ');
				if (wanted === heard) return;
				heard = wanted;
				audio.srcObject = tracks.length > 0 ? new MediaStream(tracks) : null;
				void start(audio);
			};
			renew();
			voices.set(audio, renew);
			stream.addEventListener('addtrack', renew);
			stream.addEventListener('removetrack', renew);
			return () => {
				stream.removeEventListener('addtrack', renew);
				stream.removeEventListener('removetrack', renew);
				voices.delete(audio);
				audio.srcObject = null;
				report(audio, false);
			};
		},
		/** Looks for tracks that came or went without an event, as those that our own code adds do. */
		renew(): void {
			for (const renew of voices.values()) renew();
		},
		/** @param speaker device id; '' is the one of the system */
		async route(speaker: string): Promise<void> {
			const routed = [...voices.keys()].map(async (audio) => {
				if (!('setSinkId' in audio) || audio.sinkId === speaker) return;
				// a device that has gone: better heard from the default than not at all
				await audio.setSinkId(speaker).catch(() => undefined);
			});
			await Promise.all(routed);
		},
		/** Starts what is not playing; lets the sound through when it is called while a press still counts. */
		play(): void {
			for (const audio of voices.keys()) if (audio.paused) void start(audio);
		}
	};
}
