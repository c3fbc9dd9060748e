import 'fake-indexeddb/auto';
import { deleteDB } from 'idb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createActor, SimulatedClock, waitFor } from 'xstate';
import { ongoingCallsMachine } from '../../domain/store/ongoing-calls-machine.ts';
import type { OngoingCall, OutboxMessage, RecentRoom } from '../../domain/store/ongoing-call.ts';
import { freshPreferences } from '../../../../tests/support/preferences.ts';
import type { RoomToken, SessionId } from '../../protocol/ids.ts';
import { createDatabase, type Database } from './database.ts';
import { createOngoingCallStore } from './ongoing-calls.ts';
import { createOutbox } from './outbox.ts';
import { createPreferenceStore } from './preferences.ts';
import { createRecentRoomStore } from './recent-rooms.ts';
import { createTabChannels } from './tab-channel.ts';

const account = 'https://talk.example';
const token = 'abcd1234' as RoomToken;
const hour = 3_600_000;

const call = (change: Partial<OngoingCall> = {}): OngoingCall => ({
	v: 1,
	account,
	token,
	roomName: 'Room',
	startedAt: 1,
	intent: 'room',
	kind: 'video',
	firstSeenAt: 1,
	confirmedAt: 1,
	server: 'active',
	own: 'none',
	ownSessionId: 'session' as SessionId,
	joinFlags: { inCall: true, audio: true, video: false },
	media: {
		microphone: 'on',
		camera: 'off',
		microphoneDevice: { deviceId: 'd', label: 'l', groupId: 'g' },
		cameraDevice: null
	},
	tabLease: { tabId: 'tab', until: 2 },
	chatLastRead: 7,
	...change
});
const room = (number: number): RecentRoom => ({
	account,
	token: `room${number}` as RoomToken,
	roomName: `Room ${number}`,
	lastJoinedAt: number,
	ownName: 'Ann'
});

let database: Database = createDatabase(() => undefined);
const putRaw = (store: Parameters<Database['run']>[0], row: object) =>
	database.run(store, 'readwrite', (rows) => rows.put(row));

beforeEach(() => {
	database = createDatabase(() => undefined);
});
afterEach(async () => {
	database.close();
	await deleteDB('roost');
});

it('P01 given a call that is seen twice, then there is one row, with all its fields', async () => {
	const store = createOngoingCallStore(database);

	await store.update([account, token], () => call());
	await store.update([account, token], (row) => row ?? null);

	expect(await store.listOngoing(account)).toEqual([call()]);
	expect(await store.get([account, token])).toEqual(call());
});

it('P02 given a call, when its intent changes, then it is the same row', async () => {
	const store = createOngoingCallStore(database);
	await store.update([account, token], () => call({ intent: 'ring' }));

	await store.update([account, token], (row) => ({ ...(row ?? call()), intent: 'prompt' }));

	expect(await store.listOngoing(account)).toEqual([call({ intent: 'prompt' })]);
});

it('P03 given an account with separators in it, then its rows are its own', async () => {
	const store = createOngoingCallStore(database);
	const odd = `${account}|${token},["x"]`;

	await store.update([odd, token], () => call({ account: odd }));
	await store.update([account, token], () => call());

	expect(await store.get([odd, token])).toEqual(call({ account: odd }));
	expect(await store.listOngoing(account)).toEqual([call()]);
	expect(await store.listOngoing(odd)).toEqual([call({ account: odd })]);
});

it('given rows in every state, when ongoing calls are listed, then the ended ones are left out', async () => {
	const store = createOngoingCallStore(database);
	for (const server of ['active', 'ended', 'unknown'] as const) {
		const own = `${server}0` as RoomToken;
		await store.update([account, own], () => call({ token: own, server }));
	}

	const listed = await store.listOngoing(account);

	expect(listed.map(({ server }) => server)).toEqual(['active', 'unknown']);
	expect(await store.listOngoing('https://other.example')).toEqual([]);
});

it('given a change that returns null, then the row is gone, and deleting nothing is fine', async () => {
	const store = createOngoingCallStore(database);
	await store.update([account, token], () => call());

	await store.update([account, token], () => null);
	await store.update([account, token], () => null);

	expect(await store.get([account, token])).toBeUndefined();
});

it('given many changes of one row at once, then each sees the one before', async () => {
	const store = createOngoingCallStore(database);
	await store.update([account, token], () => call({ confirmedAt: 0 }));
	const raise = () =>
		store.update([account, token], (row = call()) => ({ ...row, confirmedAt: row.confirmedAt + 1 }));

	await Promise.all(Array.from({ length: 20 }, raise));

	expect((await store.get([account, token]))?.confirmedAt).toBe(20);
});

it('given a row that cannot be read, then it is absent, counted, and the next change replaces it', async () => {
	const store = createOngoingCallStore(database);
	await putRaw('ongoingCalls', { ...call(), v: 2, own: 'dancing' });

	expect(await store.get([account, token])).toBeUndefined();
	expect(await store.listOngoing(account)).toEqual([]);
	expect(database.unreadable()).toBe(2);
	await store.update([account, token], (row) => row ?? call());
	expect(await store.get([account, token])).toEqual(call());
});

it('given a row with more than the schema names, when written, then the rest stays outside', async () => {
	const store = createOngoingCallStore(database);
	const leaking = { ...call(), sdp: 'v=0', password: 'secret' };

	await store.update([account, token], () => leaking);

	const raw = await database.run('ongoingCalls', 'readonly', (rows) => rows.get([account, token]));
	expect(raw).toEqual(call());
});

it('P14 given 500 rooms and 2 rows, when the page starts, then the database is read once, one range of one index, and the server asked once', async () => {
	const store = createOngoingCallStore(database);
	const tokens = ['room7', 'room9'] as RoomToken[];
	for (const own of tokens) await store.update([account, own], () => call({ token: own }));
	for (let room = 0; room < 500; room += 1) {
		await putRaw('ongoingCalls', { ...call(), account: 'another account', token: `room${room}` });
	}
	const reads: string[] = [];
	const read: number[] = [];
	const counting: Database = {
		...database,
		run: (name, mode, work) =>
			database.run(name, mode, (rows) =>
				work({
					...rows,
					list: async (range) => {
						const found = await rows.list(range);
						if (mode === 'readonly') {
							reads.push(`${name} ${range?.index ?? 'all'}`);
							read.push(found.length);
						}
						return found;
					}
				})
			)
	};
	const lists: (readonly RoomToken[])[] = [];
	const actor = createActor(ongoingCallsMachine, {
		clock: new SimulatedClock(),
		input: {
			account,
			tabId: 'here',
			watched: [],
			ports: {
				store: createOngoingCallStore(counting),
				listCalls: async (asked) => {
					lists.push(asked);
					return asked.map((own) => ({
						token: own,
						call: { startedAt: 1, roomName: 'Room', kind: 'video' as const, sessions: null }
					}));
				},
				leaveFor: async () => undefined,
				openTabs: createTabChannels(undefined),
				now: () => hour,
				warn: () => undefined
			}
		}
	}).start();
	await waitFor(actor, (snapshot) => snapshot.matches({ check: 'resting', sweeper: 'resting' }));
	await vi.waitFor(async () => {
		const written = await store.listOngoing(account);
		expect(written.map(({ confirmedAt }) => confirmedAt)).toEqual([hour, hour]);
	});

	expect(reads).toEqual(['ongoingCalls byServer']);
	expect(read).toEqual([2]);
	expect(lists).toEqual([tokens]);
	actor.stop();
});

it('P12 given a row that nobody confirmed for 25 hours, when swept, then it is gone unless it is active', async () => {
	const store = createOngoingCallStore(database);
	const now = 100 * hour;
	const rows = {
		oldunknown: call({ server: 'unknown', confirmedAt: now - 25 * hour }),
		oldactive: call({ server: 'active', confirmedAt: now - 25 * hour }),
		atthelimit: call({ server: 'unknown', confirmedAt: now - 24 * hour }),
		fresh: call({ server: 'unknown', confirmedAt: now - hour })
	};
	for (const [name, row] of Object.entries(rows)) {
		await store.update([account, name as RoomToken], () => ({ ...row, token: name as RoomToken }));
	}

	await store.sweep(now - 24 * hour);

	const left = (await store.listOngoing(account)).map((row) => String(row.token)).sort();
	expect(left).toEqual(['atthelimit', 'fresh', 'oldactive']);
});

it('given more than twenty rooms, when remembered, then the oldest go; the newest come first', async () => {
	const store = createRecentRoomStore(database);
	for (let number = 1; number <= 22; number++) await store.remember(room(number));
	await store.remember({ ...room(5), lastJoinedAt: 99, ownName: 'Ben' });

	const listed = await store.list();

	expect(listed).toHaveLength(20);
	expect(listed[0]).toEqual({ ...room(5), lastJoinedAt: 99, ownName: 'Ben' });
	expect(listed.at(-1)).toEqual(room(3));
});

it('given rooms, when forgotten or cleared, then they can be put back', async () => {
	const store = createRecentRoomStore(database);
	await store.remember(room(1));
	await store.remember(room(2));
	const before = await store.list();

	await store.forget(account, room(1).token);
	expect(await store.list()).toEqual([room(2)]);
	await store.clear();
	expect(await store.list()).toEqual([]);
	await store.restore(before);

	expect(await store.list()).toEqual([room(2), room(1)]);
});

it('given no preferences, or unreadable ones, then each missing field has its default', async () => {
	const store = createPreferenceStore(database);
	const defaults = await store.load();
	await putRaw('preferences', { id: 'own', name: 'Ann', theme: 'plaid', layout: 'pile', cameraDevice: 7 });

	expect(defaults).toEqual(freshPreferences);
	expect(await store.load()).toEqual({ ...defaults, name: 'Ann' });
});

it('given preferences, when some are saved at once, then the others stay', async () => {
	const store = createPreferenceStore(database);
	const device = { deviceId: 'd', label: 'l', groupId: 'g' };

	await Promise.all([
		store.save({ name: 'Ann', layout: 'grid' }),
		store.save({ camera: 'off', cameraDevice: device })
	]);

	expect(await store.load()).toMatchObject({
		name: 'Ann',
		layout: 'grid',
		camera: 'off',
		cameraDevice: device,
		theme: 'auto'
	});
});

it('given messages of several rooms, when listed, then those of one room come, oldest first', async () => {
	const outbox = createOutbox(database, { tabId: 'a', now: () => 0 });
	const message = (referenceId: string, writtenAt: number): OutboxMessage => ({
		account,
		token,
		referenceId,
		text: 'Hi',
		writtenAt
	});
	await outbox.put(message('late', 2));
	await outbox.put(message('early', 1));
	await outbox.put({ ...message('other', 1), token: 'other' as RoomToken });
	await outbox.put(message('sent', 3));

	await outbox.remove('sent');
	await outbox.remove('sent');

	expect(await outbox.claim(account, token)).toMatchObject([message('early', 1), message('late', 2)]);
});

it('given messages of another tab, when they are claimed, then only once it has said nothing for a minute and a half', async () => {
	let now = 1_000;
	const outboxOf = (tabId: string) => createOutbox(database, { tabId, now: () => now });
	const [one, other] = [outboxOf('a'), outboxOf('b')];
	const row = (referenceId: string): OutboxMessage => ({
		account,
		token,
		referenceId,
		text: 'Hi',
		writtenAt: 1,
		isRefused: true
	});
	const references = async (outbox: typeof one) =>
		(await outbox.claim(account, token)).map(({ referenceId }) => referenceId);
	await one.put(row('theirs'));

	expect(await references(other)).toEqual([]);
	now += 60_000;
	expect(await one.claim(account, token)).toMatchObject([row('theirs')]);
	now += 89_999;
	expect(await references(other)).toEqual([]);
	now += 1;
	expect(await references(other)).toEqual(['theirs']);
	expect(await references(one)).toEqual([]);
});

it('given a message written by a version that kept less of it, when claimed, then by whoever comes', async () => {
	const row = { account, token, referenceId: 'old', text: 'Hi', writtenAt: 1 };
	await database.run('outbox', 'readwrite', (rows) => rows.put(row));

	const outbox = createOutbox(database, { tabId: 'b', now: () => 0 });
	expect(await outbox.claim(account, token)).toMatchObject([row]);
	expect(database.unreadable()).toBe(0);
});
