import { openDB, type IDBPDatabase, type IDBPObjectStore } from 'idb';
import * as v from 'valibot';
import { RoostError } from '../../domain/errors.ts';
import { createMemoryStore, type MemoryStore, type Rows, type StoreShape } from './rows.ts';

/** How the stores look today. A change here needs a new step in `migrations`. */
const shapes = {
	ongoingCalls: {
		key: ['account', 'token'],
		indexes: { byServer: ['account', 'server'], byOwn: ['account', 'own'], byConfirmed: 'confirmedAt' }
	},
	recentRooms: { key: ['account', 'token'], indexes: { byJoined: 'lastJoinedAt' } },
	preferences: { key: 'id', indexes: {} },
	outbox: { key: 'referenceId', indexes: { byRoom: ['account', 'token', 'writtenAt'] } }
} satisfies Record<string, StoreShape>;

type StoreName = keyof typeof shapes;

type Migration = (database: IDBPDatabase) => void;

/** One step for each version, never changed once released: rows of every older version pass through the later ones. */
export const migrations: readonly Migration[] = [
	(database) => {
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
];

/** The database `roost` of this browser. Where there is none, rows live as long as the page and one warning is given. */
export interface Database {
	/**
	 * Runs `work` in one transaction. `work` may wait for nothing but its rows.
	 * @throws `storage.unavailable` when the browser refuses, for want of space for example; what `work` throws as it is
	 */
	run<T>(store: StoreName, mode: 'readonly' | 'readwrite', work: (rows: Rows) => Promise<T>): Promise<T>;
	/** @returns undefined, and counts, for a row that this version cannot read: it is as good as absent */
	read<Schema extends v.GenericSchema>(schema: Schema, row: unknown): v.InferOutput<Schema> | undefined;
	/** Empties every store. @throws `storage.unavailable`, when some are emptied and others are not */
	clear(): Promise<void>;
	/** How many rows could not be read so far. */
	unreadable(): number;
	/** Lets go of the connection; the next `run` opens it again. */
	close(): void;
}

/**
 * Opens nothing yet.
 * @param steps for tests: what a later version will add
 * @param answerMs a browser whose database has not answered by then has none: no page can wait for it
 */
export function createDatabase(
	warn: (message: string, cause: unknown) => void,
	steps: readonly Migration[] = migrations,
	answerMs = 3_000
): Database {
	let connection: Promise<IDBPDatabase | null> | null = null;
	let memory: Map<StoreName, MemoryStore> | null = null;
	let unreadable = 0;

	const disconnect = () => {
		const closing = connection;
		connection = null;
		void closing?.then((database) => database?.close());
	};

	const inMemory = (name: StoreName): MemoryStore => {
		memory ??= new Map();
		const store = memory.get(name) ?? createMemoryStore(shapes[name]);
		memory.set(name, store);
		return store;
	};

	const connect = async (): Promise<IDBPDatabase | null> => {
		try {
			return await openLatest(steps, answerMs, disconnect);
		} catch (cause) {
			memory ??= new Map();
			warn('nothing can be stored in this browser; Roost remembers until the page is closed', cause);
			return null;
		}
	};

	const run: Database['run'] = async (name, mode, work) => {
		if (memory) return inMemory(name).run(work);
		connection ??= connect();
		const database = await connection;
		return database ? transact(database, name, mode, work) : inMemory(name).run(work);
	};

	return {
		run,
		clear: async () => {
			for (const name of Object.keys(shapes) as StoreName[]) {
				await run(name, 'readwrite', (rows) => rows.clear());
			}
		},
		read: (schema, row) => {
			const { success, output } = v.safeParse(schema, row);
			if (success) return output;
			unreadable++;
			warn('a stored row could not be read', undefined);
			return undefined;
		},
		unreadable: () => unreadable,
		close: disconnect
	};
}

/** @param onLost the connection must not be used any more: another tab brings a new version, or the browser ended it */
function openLatest(
	steps: readonly Migration[],
	answerMs: number,
	onLost: () => void
): Promise<IDBPDatabase> {
	return new Promise((resolve, reject) => {
		let isGivenUp = false;
		const giveUp = (why: string) => {
			isGivenUp = true;
			reject(new Error(why));
		};
		const late = setTimeout(giveUp, answerMs, 'it does not answer');
		const opening = openDB('roost', steps.length, {
			upgrade: (database, oldVersion) => {
				for (const migrate of steps.slice(oldVersion)) migrate(database);
			},
			blocked: () => giveUp('another tab holds an older version and does not let go'),
			blocking: onLost,
			terminated: onLost
		});
		opening
			.then((database) => {
				if (isGivenUp) database.close();
				else resolve(database);
			}, reject)
			.finally(() => clearTimeout(late));
	});
}

async function transact<T>(
	database: IDBPDatabase,
	name: StoreName,
	mode: 'readonly' | 'readwrite',
	work: (rows: Rows) => Promise<T>
): Promise<T> {
	try {
		const transaction = database.transaction(name, mode);
		const done = transaction.done;
		done.catch(() => undefined); // reported below; `work` may have failed first
		try {
			const result = await work(rowsOf(transaction.store));
			await done;
			return result;
		} catch (cause) {
			abort(transaction);
			throw cause;
		}
	} catch (cause) {
		if (!(cause instanceof DOMException)) throw cause;
		throw new RoostError('storage.unavailable', `${name}: ${cause.name}`, { cause });
	}
}

/** Undoes what was written before the failure; a request that failed has done so itself. */
function abort(transaction: { abort(): void }): void {
	try {
		transaction.abort();
	} catch {
		// it is over already
	}
}

function rowsOf(store: IDBPObjectStore<unknown, [StoreName], StoreName, 'readonly' | 'readwrite'>): Rows {
	const writable = () => {
		if (!store.put || !store.delete || !store.clear)
			throw new Error('a transaction for reading was written to');
		return { put: store.put.bind(store), delete: store.delete.bind(store), clear: store.clear.bind(store) };
	};
	const toKey = (key: Parameters<Rows['get']>[0]): IDBValidKey => (typeof key === 'object' ? [...key] : key);
	const toRange = (from?: Parameters<Rows['get']>[0], to?: Parameters<Rows['get']>[0]) => {
		if (from !== undefined && to !== undefined) return IDBKeyRange.bound(toKey(from), toKey(to));
		if (from !== undefined) return IDBKeyRange.lowerBound(toKey(from));
		return to === undefined ? null : IDBKeyRange.upperBound(toKey(to));
	};
	return {
		get: (key) => store.get(toKey(key)) as Promise<unknown>,
		list: async ({ index, from, to, keys } = {}) => {
			const source = index === undefined ? store : store.index(index);
			const ranges = keys?.map(toKey) ?? [toRange(from, to)];
			const found = await Promise.all(ranges.map((range) => source.getAll(range) as Promise<unknown[]>));
			return found.flat();
		},
		put: async (row) => {
			await writable().put(row);
		},
		delete: (key) => writable().delete(toKey(key)),
		clear: () => writable().clear()
	};
}
