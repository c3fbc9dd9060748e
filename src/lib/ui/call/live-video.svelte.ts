import { createSubscriber } from 'svelte/reactivity';

/**
 * Whether a stream has a picture to give, kept up to date while its tracks come, end or are replaced.
 * Tracks that our own code adds make no event: the view must change with them.
 */
export class LiveVideo {
	readonly stream: MediaStream;
	readonly #track: () => void;

	constructor(stream: MediaStream) {
		this.stream = stream;
		this.#track = createSubscriber((update) => {
			const ended = new AbortController();
			const { signal } = ended;
			const watch = (track: MediaStreamTrack) => track.addEventListener('ended', update, { signal });
			stream.getVideoTracks().forEach(watch);
			stream.addEventListener(
				'addtrack',
				({ track }) => {
					watch(track);
					update();
				},
				{ signal }
			);
			stream.addEventListener('removetrack', update, { signal });
			return () => ended.abort();
		});
	}

	get isLive(): boolean {
		this.#track();
		return this.stream.getVideoTracks().some((track) => track.readyState === 'live');
	}

	/** What a shared screen is of: 'monitor', 'window' or 'browser'; undefined: this browser does not tell. */
	get surface(): string | undefined {
		this.#track();
		return this.stream.getVideoTracks()[0]?.getSettings().displaySurface;
	}

	/** Whether the camera looks away from the person who holds the device: then mirroring would be wrong. */
	get isRearCamera(): boolean {
		this.#track();
		return this.stream.getVideoTracks().some((track) => track.getSettings().facingMode === 'environment');
	}
}
