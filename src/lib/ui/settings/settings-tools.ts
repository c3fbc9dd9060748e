import type { SoundName } from '$lib/domain/call/sounds.ts';
import type { Device, DeviceKind } from '$lib/domain/media/capture.ts';
import type { Preferences } from '$lib/domain/store/ongoing-call.ts';

/** Devices as the settings see them: those of the call, or opened here to try them. */
export interface DeviceTools {
	readonly devices: readonly Device[];
	/** Device ids in use; null: whatever the browser prefers. */
	readonly chosen: Readonly<Record<DeviceKind, string | null>>;
	readonly canChooseSpeaker: boolean;
	readonly microphone: 'closed' | 'open' | 'failed';
	readonly camera: 'closed' | 'open' | 'failed';
	readonly preview: MediaStream | null;
	readonly voice: 'idle' | 'recording' | 'playing' | 'failed';
	choose: (kind: DeviceKind, deviceId: string) => void;
	open: (kind: 'microphone' | 'camera') => void;
	/** @returns ends it */
	watchLevel: (listener: (levelDb: number) => void) => () => void;
	record: () => void;
	/** Ends the recording, which is played then, or the playing. */
	stopVoice: () => void;
	/** @returns whether the tone could be played */
	testSpeaker: () => Promise<boolean>;
}

/** What the settings do beside changing preferences. */
export interface SettingsTools extends DeviceTools {
	/** As it is at first, of each preference. */
	readonly defaults: Preferences;
	readonly version: string;
	/** Local clock, unix ms; null: unknown. */
	readonly builtAt: number | null;
	/** Lets a sound be heard. */
	playSound: (name: SoundName) => void;
	report: () => Promise<string>;
	copy: (text: string) => Promise<boolean>;
	saveFile: (text: string) => void;
	deleteAll: () => Promise<void>;
}
