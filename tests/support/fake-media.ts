/** Where the samples of a fake track come from: a device, a shared screen, or the other side of a connection. */
export interface FakeSource {
	label: string;
	deviceId: string;
	groupId: string;
	/** Every track ever made of this source, clones included. */
	tracks: FakeMediaStreamTrack[];
}

const processed = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** A track without samples, but with the life of a real one: it can be stopped, lost, silenced and cloned. */
export class FakeMediaStreamTrack extends EventTarget implements MediaStreamTrack {
	readonly id = crypto.randomUUID();
	readonly kind: 'audio' | 'video';
	readonly label: string;
	contentHint = '';
	enabled = true;
	muted = false;
	readyState: MediaStreamTrackState = 'live';
	onended: MediaStreamTrack['onended'] = null;
	onmute: MediaStreamTrack['onmute'] = null;
	onunmute: MediaStreamTrack['onunmute'] = null;
	readonly #source: FakeSource;
	#constraints: MediaTrackConstraints = {};
	/** Script: as in a browser that changes the processing of sound only while a device is opened. */
	keepsProcessing = false;

	constructor(kind: 'audio' | 'video', source: FakeSource) {
		super();
		this.kind = kind;
		this.label = source.label;
		this.#source = source;
		source.tracks.push(this);
	}

	/** Ends this track only; as in a browser, nothing is fired. */
	stop(): void {
		this.readyState = 'ended';
	}

	clone(): FakeMediaStreamTrack {
		const copy = new FakeMediaStreamTrack(this.kind, this.#source);
		copy.enabled = this.enabled;
		copy.muted = this.muted;
		copy.contentHint = this.contentHint;
		copy.readyState = this.readyState;
		return copy;
	}

	async applyConstraints(constraints: MediaTrackConstraints = {}): Promise<void> {
		this.#constraints = constraints;
	}

	getCapabilities = (): MediaTrackCapabilities => ({});
	getConstraints = (): MediaTrackConstraints => this.#constraints;
	getSettings(): MediaTrackSettings {
		const { deviceId, groupId } = this.#source;
		const { echoCancellation, noiseSuppression, autoGainControl } = this.#constraints;
		const applied = { echoCancellation, noiseSuppression, autoGainControl };
		const known = Object.entries(applied).filter(([, value]) => typeof value === 'boolean');
		return { deviceId, groupId, ...(this.keepsProcessing ? processed : Object.fromEntries(known)) };
	}

	/** Script: the source goes away. Unlike stop(), this is announced. */
	end(): void {
		if (this.readyState === 'ended') return;
		this.readyState = 'ended';
		this.dispatchEvent(new Event('ended'));
	}

	/** Script: the system silences the source, or gives it back. */
	setMuted(muted: boolean): void {
		if (this.muted === muted || this.readyState === 'ended') return;
		this.muted = muted;
		this.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
	}
}

/** A track of no particular device, for tests that only need something to send. */
export const fakeTrack = (kind: 'audio' | 'video'): FakeMediaStreamTrack =>
	new FakeMediaStreamTrack(kind, { label: `fake ${kind}`, deviceId: kind, groupId: 'fake', tracks: [] });

export class FakeMediaStream extends EventTarget implements MediaStream {
	readonly id: string;
	onaddtrack: MediaStream['onaddtrack'] = null;
	onremovetrack: MediaStream['onremovetrack'] = null;
	readonly #tracks: Set<MediaStreamTrack>;

	constructor(tracks: readonly MediaStreamTrack[] = [], id: string = crypto.randomUUID()) {
		super();
		this.id = id;
		this.#tracks = new Set(tracks);
	}

	get active(): boolean {
		return this.getTracks().some((track) => track.readyState === 'live');
	}

	addTrack = (track: MediaStreamTrack): void => void this.#tracks.add(track);
	removeTrack = (track: MediaStreamTrack): void => void this.#tracks.delete(track);
	getTracks = (): MediaStreamTrack[] => [...this.#tracks];
	getAudioTracks = (): MediaStreamTrack[] => this.getTracks().filter(({ kind }) => kind === 'audio');
	getVideoTracks = (): MediaStreamTrack[] => this.getTracks().filter(({ kind }) => kind === 'video');
	getTrackById = (id: string): MediaStreamTrack | null =>
		this.getTracks().find((track) => track.id === id) ?? null;
	clone = (): FakeMediaStream => new FakeMediaStream(this.getTracks().map((track) => track.clone()));
}
