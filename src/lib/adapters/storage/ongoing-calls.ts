import * as v from 'valibot';
import type { OngoingCall, OngoingCallStore } from '../../domain/store/ongoing-call.ts';
import { RoomToken, SessionId } from '../../protocol/ids.ts';
import type { Database } from './database.ts';
import { StoredDevice } from './stored-device.ts';

const Row = v.object({
	v: v.literal(1),
	account: v.string(),
	token: RoomToken,
	roomName: v.string(),
	startedAt: v.number(),
	intent: v.picklist(['ring', 'prompt', 'room']),
	kind: v.picklist(['voice', 'video']),
	firstSeenAt: v.number(),
	confirmedAt: v.number(),
	server: v.picklist(['active', 'ended', 'unknown']),
	own: v.picklist(['none', 'ringing', 'dismissed', 'joining', 'joined', 'leaving', 'left', 'kicked']),
	ownSessionId: v.nullable(SessionId),
	joinFlags: v.nullable(v.object({ inCall: v.boolean(), audio: v.boolean(), video: v.boolean() })),
	media: v.nullable(
		v.object({
			microphone: v.picklist(['on', 'off']),
			camera: v.picklist(['on', 'off']),
			microphoneDevice: v.nullable(StoredDevice),
			cameraDevice: v.nullable(StoredDevice)
		})
	),
	tabLease: v.nullable(v.object({ tabId: v.string(), until: v.number() })),
	chatLastRead: v.nullable(v.number())
});

/** See the port for what each method promises. What is written is what the schema names, and nothing else. */
export function createOngoingCallStore(database: Database): OngoingCallStore {
	const read = (row: unknown): OngoingCall | undefined =>
		row === undefined ? undefined : database.read(Row, row);

	return {
		get: (key) => database.run('ongoingCalls', 'readonly', async (rows) => read(await rows.get(key))),

		listOngoing: (account) =>
			database.run('ongoingCalls', 'readonly', async (rows) => {
				// one range covers active to unknown, and ended between them
				const range = { index: 'byServer', from: [account, 'active'], to: [account, 'unknown'] };
				const found = (await rows.list(range)).flatMap((row) => read(row) ?? []);
				return found.filter(({ server }) => server !== 'ended');
			}),

		update: (key, change) =>
			database.run('ongoingCalls', 'readwrite', async (rows) => {
				const next = change(read(await rows.get(key)));
				if (next === null) await rows.delete(key);
				else await rows.put(v.parse(Row, { ...next, account: key[0], token: key[1] }));
			}),

		sweep: (olderThan) =>
			database.run('ongoingCalls', 'readwrite', async (rows) => {
				for (const raw of await rows.list({ index: 'byConfirmed', to: olderThan })) {
					const row = read(raw);
					if (!row || row.server === 'active' || row.confirmedAt >= olderThan) continue;
					await rows.delete([row.account, row.token]);
				}
			})
	};
}
