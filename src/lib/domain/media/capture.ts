/** Names one local media track; the adapter keeps the object behind it. Made by the capture adapter, never reused. */
export type TrackId = string & { readonly __brand: 'TrackId' };

export type MediaKind = 'audio' | 'video';
export type DeviceKind = 'microphone' | 'camera' | 'speaker';

export interface Device {
	kind: DeviceKind;
	/** Empty before permission was given. */
	deviceId: string;
	groupId: string;
	/** Empty before permission was given. */
	label: string;
}

/** How to find a remembered device again: ids rotate, so label and group are tried when the id is unknown. */
export interface DeviceChoice {
	deviceId: string;
	label: string;
	groupId: string;
}

export interface CapturedTrack {
	trackId: TrackId;
	kind: MediaKind;
	/** The device that was really opened. */
	device: DeviceChoice;
}

/** What is done to the sound of a microphone before it is sent. */
export interface SoundProcessing {
	echoCancellation: boolean;
	noiseSuppression: boolean;
	autoGain: boolean;
	/** The three above do not count: nothing is done, and both channels are asked for. */
	music: boolean;
}

/** For speech, which is what calls are for. */
export const speechProcessing: SoundProcessing = {
	echoCancellation: true,
	noiseSuppression: true,
	autoGain: true,
	music: false
};

/** What a shared screen mostly shows. */
export type ScreenContent = 'text' | 'motion';

type PermissionState = 'granted' | 'prompt' | 'denied';

/** What happens to a captured track without our doing. */
export type TrackEvent =
	/** The device went away, or the user stopped sharing in the browser's own bar. */
	| { type: 'TRACK_ENDED'; trackId: TrackId }
	/** The system silenced or resumed the track; not our own mute. */
	| { type: 'TRACK_SUSPENDED'; trackId: TrackId }
	| { type: 'TRACK_RESUMED'; trackId: TrackId };

export interface CaptureRequest {
	/** `null`: whatever the browser prefers; `false`: do not open this kind. */
	microphone: DeviceChoice | null | false;
	camera: DeviceChoice | null | false;
	/** Absent: as for speech. */
	processing?: SoundProcessing;
}

/**
 * Microphone, camera and screen of this computer.
 * Rejections are `RoostError`s: `media.denied`, `media.system`, `media.none`, `media.busy`, `media.cancelled`, `media.unsupported`.
 */
export interface Capture {
	/**
	 * Opens devices with one prompt. Devices are asked for by preference, never by exact id.
	 * @param signal when aborted, tracks that arrive later are stopped at once
	 * @throws RoostError when nothing of what was asked for could be opened *in this one request*
	 */
	open(request: CaptureRequest, signal?: { readonly aborted: boolean }): Promise<CapturedTrack[]>;
	/** Shows the browser's picker. @throws `media.cancelled` when the user closes it */
	openScreen(): Promise<CapturedTrack[]>;
	/** Reaches every copy that a connection sends, at once. */
	setEnabled(trackId: TrackId, enabled: boolean): void;
	/**
	 * Changes what is done to the sound of an open microphone.
	 * @returns whether the track has it now; if not, the microphone has to be opened anew
	 */
	process(trackId: TrackId, processing: SoundProcessing): Promise<boolean>;
	/** What a shared screen is mostly: text is to be sharp, motion to be smooth. Reaches every copy. */
	showAs(trackId: TrackId, content: ScreenContent): void;
	/** Whether a connection still sends the track, or a copy of it. */
	isLent(trackId: TrackId): boolean;
	/** Stops the device behind the track, and every copy; a second call does nothing. */
	stop(trackId: TrackId): void;
	listDevices(): Promise<Device[]>;
	/** @returns a function that ends the watch */
	watchDevices(listener: (devices: Device[]) => void): () => void;
	/** @returns a function that ends the watch */
	watchTracks(listener: (event: TrackEvent) => void): () => void;
	permission(kind: 'microphone' | 'camera'): Promise<PermissionState>;
}
