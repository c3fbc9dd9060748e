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

const ongoing = ['active', 'unknown'] as const satisfies OngoingCall['server'][];

/** See the port for what each method promises. What is written is what the schema names, and nothing else. */
export function createOngoingCallStore(database: Database): OngoingCallStore {
	const read = (row: unknown): OngoingCall | undefined =>
		row === undefined ? undefined : database.read(Row, row);

	return {
		get: (key) => database.run('ongoingCalls', 'readonly', async (rows) => read(await rows.get(key))),

		listOngoing: (account) =>
			database.run('ongoingCalls', 'readonly', async (rows) => {
				// between the two lies what ended, which may be thousands
				const keys = ongoing.map((server) => [account, server]);
				return (await rows.list({ index: 'byServer', keys })).flatMap((row) => read(row) ?? []);
			}),

		update: (key, change) =>
			database.run('ongoingCalls', 'readwrite', async (rows) => {
				const next = change(read(await rows.get(key)));
				if (next === null) await rows.delete(key);
				else await rows.put(v.parse(Row, { ...next, account: key[0], token: key[1] }));
			}),

		sweep: (olderThan) =>
			database.run('ongoingCalls', 'readwrite', async (rows) => {
				const old = (await rows.list({ index: 'byConfirmed', to: olderThan })).flatMap(
					(row) => read(row) ?? []
				);
				const stale = old.filter(({ server, confirmedAt }) => server !== 'active' && confirmedAt < olderThan);
				// all asked for at once: one answer after the other would take seconds
				await Promise.all(stale.map(({ account, token }) => rows.delete([account, token])));
			})
	};
}
