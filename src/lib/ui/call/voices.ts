/** A share in a graph of sound. */
interface SoundGraph {
	/** Not every browser lets a graph choose its output. */
	context: AudioContext & { setSinkId?: (speaker: string) => Promise<void> };
	release: () => void;
}

interface Boost {
	source: MediaStream;
	set: (volume: number) => void;
	route: (speaker: string) => void;
	end: () => void;
}

/** Louder, and limited: twice as loud must not clip. */
function createBoost(source: MediaStream, { context, release }: SoundGraph): Boost {
	const input = context.createMediaStreamSource(source);
	const gain = context.createGain();
	const limiter = context.createDynamicsCompressor();
	limiter.threshold.value = -3;
	limiter.knee.value = 0;
	limiter.ratio.value = 20;
	limiter.attack.value = 0.002;
	limiter.release.value = 0.1;
	input.connect(gain).connect(limiter).connect(context.destination);
	return {
		source,
		set: (volume) => void (gain.gain.value = volume),
		route: (speaker) => {
			// a device that has gone: better heard from the default than not at all
			context.setSinkId?.(speaker).catch(() => undefined);
		},
		end: () => {
			for (const node of [input, gain, limiter]) node.disconnect();
			release();
		}
	};
}

/**
 * Plays remote voices, one audio element per stream and with a new source whenever its tracks change: in Chromium
 * (measured at the sound output, three tones) an element that plays a stream ignores tracks that are added later and
 * goes on with removed ones.
 * WebKit keeps elements that are made in the background silent, hence an element lives as long as its stream and is
 * never made anew for a new track.
 * Somebody who is to be louder than they are goes through a graph of sound with a limiter instead, and only then: in
 * the background iOS suspends graphs.
 * @param onblocked told when the browser begins to wait for a press, and when it no longer does
 * @param openGraph a share in the graph of sound, for voices that are made louder
 */
export function createVoices(onblocked: (isBlocked: boolean) => void, openGraph: () => SoundGraph) {
	const voices = new Map<HTMLAudioElement, () => void>();
	const boosts = new Map<HTMLAudioElement, Boost>();
	const volumes = new Map<HTMLAudioElement, number>();
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

	const endBoost = (audio: HTMLAudioElement) => {
		boosts.get(audio)?.end();
		boosts.delete(audio);
	};

	const adjust = (audio: HTMLAudioElement) => {
		const { srcObject } = audio;
		const volume = volumes.get(audio) ?? 1;
		const loud = volume > 1 && srcObject instanceof MediaStream ? srcObject : null;
		if (boosts.get(audio)?.source !== loud) endBoost(audio);
		if (loud && !boosts.has(audio)) boosts.set(audio, createBoost(loud, openGraph()));
		boosts.get(audio)?.set(volume);
		// a stream that nothing plays gives no sound to a graph either: it plays on, unheard
		audio.muted = volume === 0 || loud !== null;
		audio.volume = Math.min(1, volume);
	};

	return {
		/** @param volume 1 is as it is, 0 is silence, 2 is twice as loud */
		turn(audio: HTMLAudioElement, volume: number): void {
			if (volume === (volumes.get(audio) ?? 1)) return;
			volumes.set(audio, volume);
			adjust(audio);
		},
		/** @returns a function that ends it */
		hear(audio: HTMLAudioElement, stream: MediaStream): () => void {
			let heard = '';
			const renew = () => {
				const tracks = stream.getAudioTracks().filter(({ readyState }) => readyState === 'live');
				const wanted = tracks.map(({ id }) => id).join(' ');
				if (wanted === heard) return;
				heard = wanted;
				audio.srcObject = tracks.length > 0 ? new MediaStream(tracks) : null;
				if (volumes.has(audio)) adjust(audio);
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
				volumes.delete(audio);
				endBoost(audio);
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
			for (const boost of boosts.values()) boost.route(speaker);
			await Promise.all(routed);
		},
		/** Starts what is not playing; lets the sound through when it is called while a press still counts. */
		play(): void {
			for (const audio of voices.keys()) if (audio.paused) void start(audio);
		}
	};
}
