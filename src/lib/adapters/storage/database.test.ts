import 'fake-indexeddb/auto';
import { deleteDB, openDB, type IDBPDatabase } from 'idb';
import * as v from 'valibot';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RoostError } from '../../domain/errors.ts';
import type { OngoingCall } from '../../domain/store/ongoing-call.ts';
import type { RoomToken, SessionId } from '../../protocol/ids.ts';
import { createDatabase, migrations, type Database } from './database.ts';
import { createOngoingCallStore } from './ongoing-calls.ts';
import { createMemoryStore, type Rows } from './rows.ts';

const Room = v.object({ account: v.string(), token: v.string(), lastJoinedAt: v.number() });
const room = (token: string, lastJoinedAt = 1) => ({ account: 'a', token, lastJoinedAt });

let warnings: string[] = [];
let databases: Database[] = [];

function open(): Database {
	const database = createDatabase((message) => warnings.push(message));
	databases.push(database);
	return database;
}
const put = (database: Database, row: object) =>
	database.run('recentRooms', 'readwrite', (rows) => rows.put(row));
const list = (database: Database) => database.run('recentRooms', 'readonly', (rows) => rows.list());

beforeEach(() => {
	warnings = [];
	databases = [];
});
afterEach(async () => {
	for (const database of databases) database.close();
	await deleteDB('roost');
});

it('given two connections, when one writes, then the other reads it', async () => {
	const [first, second] = [open(), open()];

	await put(first, room('abcd'));

	expect(await list(second)).toEqual([room('abcd')]);
	expect(warnings).toEqual([]);
});

it('given two connections, when both change one row at once, then no change is lost', async () => {
	const [first, second] = [open(), open()];
	await put(first, room('abcd', 0));
	const raise = (database: Database) =>
		database.run('recentRooms', 'readwrite', async (rows) => {
			const row = v.parse(Room, await rows.get(['a', 'abcd']));
			await rows.put(room('abcd', row.lastJoinedAt + 1));
		});

	await Promise.all([raise(first), raise(second), raise(first), raise(second)]);

	expect(await list(first)).toEqual([room('abcd', 4)]);
});

it('given rows written by version 1 as it was released, when opened today, then all are read', async () => {
	const fixture = await openDB('roost', 1, {
		upgrade: (database) => {
			const calls = database.createObjectStore('ongoingCalls', { keyPath: ['account', 'token'] });
			calls.createIndex('byServer', ['account', 'server']);
			calls.createIndex('byOwn', ['account', 'own']);
			calls.createIndex('byConfirmed', 'confirmedAt');
			const rooms = database.createObjectStore('recentRooms', { keyPath: ['account', 'token'] });
			rooms.createIndex('byJoined', 'lastJoinedAt');
			database.createObjectStore('preferences', { keyPath: 'id' });
			const outbox = database.createObjectStore('outbox', { keyPath: 'referenceId' });
			outbox.createIndex('byRoom', ['account', 'token', 'writtenAt']);
		}
	});
	await fixture.put('recentRooms', room('abcd'));
	fixture.close();

	expect(await list(open())).toEqual([room('abcd')]);
});

it('P16 given rows of version 1, when version 2 opens them through its upgrade, then all are kept, and what it adds is there', async () => {
	const row = (token: string): OngoingCall => ({
		v: 1,
		account: 'https://cloud.example',
		token: token as RoomToken,
		roomName: 'Room',
		startedAt: 100,
		intent: 'room',
		kind: 'video',
		firstSeenAt: 1,
		confirmedAt: 2,
		server: 'active',
		own: 'joined',
		ownSessionId: 'ann-1' as SessionId,
		joinFlags: { inCall: true, audio: true, video: false },
		media: { microphone: 'on', camera: 'off', microphoneDevice: null, cameraDevice: null },
		tabLease: { tabId: 'tab', until: 3 },
		chatLastRead: null
	});
	const rows = [row('abcd'), { ...row('efgh'), server: 'unknown' as const, own: 'left' as const }];
	const first = open();
	const written = createOngoingCallStore(first);
	for (const one of rows) await written.update([one.account, one.token], () => one);
	await put(first, room('abcd'));
	first.close();

	const steps = [...migrations, (database: IDBPDatabase) => void database.createObjectStore('added later')];
	const second = createDatabase((message) => warnings.push(message), steps);
	databases.push(second);
	const store = createOngoingCallStore(second);

	expect(await store.listOngoing('https://cloud.example')).toEqual(rows);
	await store.update(['https://cloud.example', rows[0]?.token ?? row('none').token], () => null);
	expect(await store.listOngoing('https://cloud.example')).toEqual(rows.slice(1));
	expect(await list(second)).toEqual([room('abcd')]);
	expect(warnings).toEqual([]);
	const opened = await openDB('roost');
	expect([opened.version, [...opened.objectStoreNames]]).toEqual([
		migrations.length + 1,
		expect.arrayContaining(['added later', 'ongoingCalls'])
	]);
	opened.close();
});

it('P16 given a newer version in another tab, when it upgrades, then we let go at once and no row is lost', async () => {
	const ours = open();
	await put(ours, room('abcd'));
	let wasBlocked = false;

	const newer = await openDB('roost', 2, {
		upgrade: (database) => void database.createObjectStore('something new'),
		blocked: () => void (wasBlocked = true)
	});
	const kept = await newer.getAll('recentRooms');
	await put(ours, room('efgh'));

	expect(wasBlocked).toBe(false);
	expect(kept).toEqual([room('abcd')]);
	expect(await list(ours)).toEqual([room('efgh')]); // in memory: an old page cannot open a newer version
	expect(warnings).toHaveLength(1);
	newer.close();
});

it('given no IndexedDB, when used, then rows live in memory and one warning is given', async () => {
	const newer = await openDB('roost', 99);
	const database = open();

	await put(database, room('abcd'));
	await put(database, room('efgh'));

	expect(await list(database)).toEqual([room('abcd'), room('efgh')]);
	expect(warnings).toEqual([
		'nothing can be stored in this browser; Roost remembers until the page is closed'
	]);
	newer.close();
});

it('given a database that does not answer, when used, then rows live in memory, and it is let go when it answers after all', async () => {
	// somebody else keeps it for longer than we wait
	const holder = await openDB('roost', 1);
	const isDeleted = deleteDB('roost', { blocked: () => undefined });
	const database = createDatabase((message) => warnings.push(message), migrations, 20);
	databases.push(database);

	await put(database, room('abcd'));

	expect(await list(database)).toEqual([room('abcd')]);
	expect(warnings).toHaveLength(1);
	holder.close();
	await isDeleted;
	expect(await list(database)).toEqual([room('abcd')]);
	const opened = await openDB('roost', migrations.length + 1, {
		blocked: () => warnings.push('blocked')
	});
	expect(warnings).toHaveLength(1);
	opened.close();
});

it('given a connection that was closed, when used again, then it is opened again', async () => {
	const database = open();
	await put(database, room('abcd'));

	database.close();
	database.close();

	expect(await list(database)).toEqual([room('abcd')]);
});

it('P11 given a write that the browser refuses, then it is storage.unavailable, undone, and the next one works', async () => {
	const database = open();

	const failing = database.run('recentRooms', 'readwrite', async (rows) => {
		await rows.put(room('abcd'));
		await rows.put({ ...room('efgh'), broken: () => undefined });
	});

	await expect(failing).rejects.toMatchObject({ code: 'storage.unavailable' });
	await expect(failing).rejects.toBeInstanceOf(RoostError);
	await put(database, room('ijkl'));
	expect(await list(database)).toEqual([room('ijkl')]);
});

it('given work that throws, then it is passed on as it is and nothing was written', async () => {
	const database = open();
	const bug = new Error('a bug');

	const failing = database.run('recentRooms', 'readwrite', async (rows) => {
		await rows.put(room('abcd'));
		throw bug;
	});

	await expect(failing).rejects.toBe(bug);
	expect(await list(database)).toEqual([]);
});

it('given a row that no schema reads, then it is absent, counted and warned of without its content', () => {
	const database = open();

	expect(database.read(Room, { account: 'secret' })).toBeUndefined();
	expect(database.read(Room, room('abcd'))).toEqual(room('abcd'));
	expect(database.unreadable()).toBe(1);
	expect(warnings).toEqual(['a stored row could not be read']);
});

/* Memory must answer as the database does. */
const stores: Record<string, () => (work: (rows: Rows) => Promise<unknown>) => Promise<unknown>> = {
	IndexedDB: () => {
		const database = open();
		return (work) => database.run('outbox', 'readwrite', work);
	},
	memory: () => {
		const store = createMemoryStore({
			key: 'referenceId',
			indexes: { byRoom: ['account', 'token', 'writtenAt'] }
		});
		return (work) => store.run(work);
	}
};
it.each(Object.entries(stores))(
	'given %s, then rows come in the order and range asked for',
	async (_, create) => {
		const run = create();
		const row = (referenceId: string, token: string, writtenAt: number) => ({
			referenceId,
			account: 'a',
			token,
			writtenAt
		});
		const [first, second, third, other] = [
			row('3', 'x', 1),
			row('2', 'x', 2),
			row('1', 'x', 3),
			row('0', 'y', 1)
		];

		const found = await run(async (rows) => {
			for (const one of [third, other, first, second]) await rows.put(one);
			await rows.put(second);
			return [
				await rows.list(),
				await rows.list({ index: 'byRoom', from: ['a', 'x', 2], to: ['a', 'x', Infinity] }),
				await rows.list({ index: 'byRoom', to: ['a', 'x', 1] }),
				await rows.list({
					index: 'byRoom',
					keys: [
						['a', 'x', 1],
						['a', 'x', 3]
					]
				}),
				await rows.get('2'),
				await rows.get('none')
			];
		});
		await run((rows) => rows.delete('2'));
		const failed = run(async (rows) => {
			await rows.clear();
			throw new Error('undo');
		});

		await expect(failed).rejects.toThrow('undo');
		expect(found).toEqual([
			[other, third, second, first],
			[second, third],
			[first],
			[first, third],
			second,
			undefined
		]);
		expect(await run((rows) => rows.list())).toEqual([other, third, first]);
	}
);
