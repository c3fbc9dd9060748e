import * as v from 'valibot';
import type { Preferences, PreferenceStore } from '../../domain/store/ongoing-call.ts';
import type { Database } from './database.ts';
import { StoredDevice } from './stored-device.ts';

/** The one row of the store. */
const id = 'own';

const device = v.fallback(v.nullable(StoredDevice), null);
const onOrOff = v.fallback(v.picklist(['on', 'off']), 'on');

/** Each field falls back alone, so that one bad value does not cost the others. */
const Row = v.object({
	name: v.fallback(v.string(), ''),
	microphone: onOrOff,
	camera: onOrOff,
	microphoneDevice: device,
	cameraDevice: device,
	speakerDevice: device,
	theme: v.fallback(v.picklist(['auto', 'light', 'dark']), 'auto'),
	layout: v.fallback(v.picklist(['auto', 'grid', 'speaker']), 'auto'),
	rememberCalls: v.fallback(v.boolean(), true),
	hasJoinedOnce: v.fallback(v.boolean(), false)
});

/** See the port for what each method promises. */
export function createPreferenceStore(database: Database): PreferenceStore {
	const read = (row: unknown): Preferences =>
		(row === undefined ? undefined : database.read(Row, row)) ?? v.parse(Row, {});

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
