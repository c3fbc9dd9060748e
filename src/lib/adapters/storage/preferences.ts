import * as v from 'valibot';
import type { Preferences, PreferenceStore } from '../../domain/store/ongoing-call.ts';
import type { Database } from './database.ts';
import { StoredDevice } from './stored-device.ts';

/** The one row of the store. */
const id = 'own';

const device = v.fallback(v.nullable(StoredDevice), null);
const onOrOff = v.fallback(v.picklist(['on', 'off']), 'on');
const yes = v.fallback(v.boolean(), true);
const no = v.fallback(v.boolean(), false);

/** Each field falls back alone, so that one bad value does not cost the others. */
const Row = v.object({
	name: v.fallback(v.string(), ''),
	microphone: onOrOff,
	camera: onOrOff,
	microphoneDevice: device,
	cameraDevice: device,
	speakerDevice: device,
	language: v.fallback(v.string(), ''),
	theme: v.fallback(v.picklist(['auto', 'light', 'dark', 'contrast']), 'auto'),
	textSize: v.fallback(v.pipe(v.number(), v.minValue(100), v.maxValue(200)), 100),
	layout: v.fallback(v.picklist(['auto', 'grid', 'speaker']), 'auto'),
	mirrorsOwnVideo: yes,
	hidesWithoutVideo: no,
	showsReactions: yes,
	reducesMotion: no,
	alwaysShowsControls: no,
	announcements: v.fallback(v.picklist(['all', 'important', 'none']), 'all'),
	sendQuality: v.fallback(v.picklist(['auto', 'high', 'medium', 'low']), 'auto'),
	echoCancellation: yes,
	noiseSuppression: yes,
	autoGain: yes,
	music: no,
	pushToTalk: yes,
	hintsWhenMuted: yes,
	soundVolume: v.fallback(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0.5),
	silentSounds: v.fallback(v.array(v.string()), () => []),
	chatNotices: v.fallback(v.picklist(['all', 'mentions', 'none']), 'all'),
	autoPictureInPicture: yes,
	keepsScreenOn: yes,
	asksWhenAlone: yes,
	singleKeys: yes,
	ownKeys: v.fallback(v.record(v.string(), v.string()), () => ({})),
	rememberCalls: yes,
	hasJoinedOnce: no
});

/** What a browser has before anybody changed anything. */
export const defaultPreferences = (): Preferences => v.parse(Row, {});

/** See the port for what each method promises. */
export function createPreferenceStore(database: Database): PreferenceStore {
	const read = (row: unknown): Preferences =>
		(row === undefined ? undefined : database.read(Row, row)) ?? defaultPreferences();

	return {
		load: () =>
			database
				.run('preferences', 'readonly', async (rows) => read(await rows.get(id)))
				.catch(() => read(undefined)),
		save: (patch) =>
			database.run('preferences', 'readwrite', async (rows) => {
				const next = { ...read(await rows.get(id)), ...patch };
				await rows.put({ ...v.parse(Row, next), id });
			})
	};
}
