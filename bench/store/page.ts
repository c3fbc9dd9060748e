import { createActor, waitFor } from 'xstate';
import { createDatabase, type Database } from '../../src/lib/adapters/storage/database.ts';
import { createOngoingCallStore } from '../../src/lib/adapters/storage/ongoing-calls.ts';
import { nextRow } from '../../src/lib/domain/store/next-row.ts';
import type { OngoingCall } from '../../src/lib/domain/store/ongoing-call.ts';
import { ongoingCallsMachine } from '../../src/lib/domain/store/ongoing-calls-machine.ts';
import type { RoomToken } from '../../src/lib/protocol/ids.ts';

/* What runs in the page that is measured: the store of the app as it is, and beside it IndexedDB as the browser gives it. */

export interface Sizes {
	past: number;
	ongoing: number;
}
/** Milliseconds. */
export interface Turn {
	/** Which calls are going on, with the database open. */
	known: number;
	knownBare: number;
	/** A call that is being joined is written down. */
	noted: number;
	notedBare: number;
}
export interface Start {
	/** From nothing: the database is opened, the machine of the home page begins, and its calls are there. */
	started: number;
	startedBare: number;
}
export interface StorePage {
	fill: (sizes: Sizes) => Promise<void>;
	turn: (nth: number, sizes: Sizes) => Promise<Turn>;
	start: (isOursFirst: boolean, sizes: Sizes) => Promise<Start>;
	/** All that is past is forgotten. */
	sweep: (sizes: Sizes) => Promise<number>;
}
declare global {
	/** Only in the page that is measured. */
	var storePage: StorePage | undefined;
}

const account = location.origin;
const bare = { name: 'bare', store: 'calls', index: 'isOngoing' };
const monthMs = 30 * 24 * 60 * 60_000;

const warn = (message: string, cause: unknown) => {
	throw new Error(message, { cause });
};
const timed = async (work: () => Promise<unknown>): Promise<number> => {
	const begun = performance.now();
	await work();
	return performance.now() - begun;
};
/** Both, one after the other; the first in turn finds another machine than the second. */
async function inTurn(isOursFirst: boolean, ours: () => Promise<unknown>, theirs: () => Promise<unknown>) {
	if (isOursFirst) return { ours: await timed(ours), theirs: await timed(theirs) };
	const first = await timed(theirs);
	return { ours: await timed(ours), theirs: first };
}
function mustBe(found: number, wanted: number) {
	if (found !== wanted) throw new Error(`${found} calls were found instead of ${wanted}`);
}

const tokenOf = (nth: number) => `room${nth}` as RoomToken;
const joining = {
	fact: 'joining',
	roomName: 'Weekly planning of the whole department',
	flags: { inCall: true, audio: true, video: true },
	media: { microphone: 'on', camera: 'on', microphoneDevice: null, cameraDevice: null },
	tabId: 'tab-of-the-bench'
} as const;

/** A call as the app writes it; those that are over as they were when they ended. */
function rowOf(nth: number, server: OngoingCall['server'], at: number): OngoingCall {
	const key = { account, token: tokenOf(nth) };
	const row = nextRow(undefined, joining, key, at);
	if (row === null) throw new Error('there is no row');
	return { ...row, startedAt: Math.floor(at / 1_000), server, own: 'left', tabLease: null };
}
/** What is going on lies among what is past: every so-many-th. */
function allRows({ past, ongoing }: Sizes): OngoingCall[] {
	const every = Math.floor(past / ongoing);
	const now = Date.now();
	return Array.from({ length: past + ongoing }, (_, nth) => {
		const isOngoing = nth % (every + 1) === every && nth < ongoing * (every + 1);
		if (!isOngoing) return rowOf(nth, 'ended', now - monthMs + nth);
		return rowOf(nth, nth % 2 === 0 ? 'active' : 'unknown', now);
	});
}

const settled = <Result>(request: IDBRequest<Result>) =>
	new Promise<Result>((settle, reject) => {
		request.onsuccess = () => settle(request.result);
		request.onerror = () => reject(request.error ?? new Error('refused'));
	});
const over = (transaction: IDBTransaction) =>
	new Promise<void>((settle, reject) => {
		transaction.oncomplete = () => settle();
		transaction.onabort = () => reject(transaction.error ?? new Error('undone'));
	});
const openBare = () => {
	const opening = indexedDB.open(bare.name, 1);
	opening.onupgradeneeded = () => {
		const store = opening.result.createObjectStore(bare.store, { keyPath: ['account', 'token'] });
		store.createIndex(bare.index, ['account', 'isOngoing']);
	};
	return settled(opening);
};
const readBare = async (database: IDBDatabase, { ongoing }: Sizes) => {
	const index = database.transaction(bare.store).objectStore(bare.store).index(bare.index);
	mustBe((await settled(index.getAll([account, 1]))).length, ongoing);
};
const noteBare = async (database: IDBDatabase, token: RoomToken) => {
	const transaction = database.transaction(bare.store, 'readwrite');
	const done = over(transaction);
	const store = transaction.objectStore(bare.store);
	await settled(store.get([account, token]));
	store.put({ ...rowOf(0, 'ended', 0), token });
	await done;
};
const writeOurs = (database: Database, rows: readonly OngoingCall[]) =>
	database.run('ongoingCalls', 'readwrite', async (store) => {
		await Promise.all(rows.map((row) => store.put(row)));
	});
async function writeBare(database: IDBDatabase, rows: readonly OngoingCall[]) {
	const transaction = database.transaction(bare.store, 'readwrite');
	const store = transaction.objectStore(bare.store);
	for (const row of rows) {
		store.put({ ...row, ...(row.server !== 'ended' && { isOngoing: 1 }) });
	}
	await over(transaction);
}

let opened: Promise<{ ours: Database; theirs: IDBDatabase }> | undefined;
const open = () => (opened ??= openBare().then((theirs) => ({ ours: createDatabase(warn), theirs })));

/** What the home page does, until its calls are there. No server answers: nothing but the store is asked for them. */
async function startOurs({ ongoing }: Sizes) {
	const actor = createActor(ongoingCallsMachine, {
		input: {
			account,
			tabId: joining.tabId,
			watched: [],
			ports: {
				store: createOngoingCallStore(createDatabase(warn)),
				listCalls: () => new Promise(() => undefined),
				leaveFor: () => Promise.resolve(),
				openTabs: () => ({
					ask: () => undefined,
					answer: () => undefined,
					takeOver: () => undefined,
					release: () => undefined,
					close: () => undefined
				}),
				now: () => Date.now(),
				warn
			}
		}
	});
	actor.start();
	const { context } = await waitFor(actor, ({ value }) => value.check !== 'reading');
	mustBe(context.rows.length, ongoing);
	actor.stop();
}

globalThis.storePage = {
	fill: async (sizes) => {
		const { ours, theirs } = await open();
		const rows = allRows(sizes);
		await writeOurs(ours, rows);
		await writeBare(theirs, rows);
	},
	turn: async (nth, sizes) => {
		const { ours, theirs } = await open();
		const store = createOngoingCallStore(ours);
		const isOursFirst = nth % 2 === 0;
		const known = await inTurn(
			isOursFirst,
			async () => mustBe((await store.listOngoing(account)).length, sizes.ongoing),
			() => readBare(theirs, sizes)
		);
		// another room each time, and put back: the next turn finds as many calls as this one
		const token = tokenOf(nth);
		const before = await store.get([account, token]);
		if (before === undefined) throw new Error('the room has no row');
		const noted = await inTurn(
			isOursFirst,
			() => store.update([account, token], (row) => nextRow(row, joining, { account, token }, Date.now())),
			() => noteBare(theirs, token)
		);
		await writeOurs(ours, [before]);
		await writeBare(theirs, [before]);
		return { known: known.ours, knownBare: known.theirs, noted: noted.ours, notedBare: noted.theirs };
	},
	start: async (isOursFirst, sizes) => {
		const { ours, theirs } = await inTurn(
			isOursFirst,
			() => startOurs(sizes),
			async () => readBare(await openBare(), sizes)
		);
		return { started: ours, startedBare: theirs };
	},
	sweep: async ({ ongoing }) => {
		const { ours } = await open();
		const store = createOngoingCallStore(ours);
		const took = await timed(() => store.sweep(Date.now() - monthMs / 2));
		mustBe((await ours.run('ongoingCalls', 'readonly', (rows) => rows.list())).length, ongoing);
		return took;
	}
};
