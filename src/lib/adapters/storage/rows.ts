/** What IndexedDB takes as a key, as far as Roost uses it. */
type Key = string | number | readonly (string | number)[];

/** Rows in the order of an index, or of their keys; both bounds included. */
interface Range {
	index?: string;
	from?: Key;
	to?: Key;
	/** Instead of the bounds: these keys alone, rising. What lies between them is not read. */
	keys?: readonly Key[];
}

/** One store within one transaction. What comes out of it is unknown until a schema has read it. */
export interface Rows {
	get(key: Key): Promise<unknown>;
	list(range?: Range): Promise<unknown[]>;
	put(row: object): Promise<void>;
	delete(key: Key): Promise<void>;
	clear(): Promise<void>;
}

/** Where the key of a row and those of its indexes are found: a field, or several in this order. */
type KeyPath = string | readonly string[];

export interface StoreShape {
	key: KeyPath;
	indexes: Record<string, KeyPath>;
}

/** Rows that live as long as the page, for browsers that keep nothing. Changes of a failed `work` are undone. */
export interface MemoryStore {
	run<T>(work: (rows: Rows) => Promise<T>): Promise<T>;
}

export function createMemoryStore({ key: keyPath, indexes }: StoreShape): MemoryStore {
	let rows = new Map<string, object>();
	let last: Promise<unknown> = Promise.resolve();

	const access: Rows = {
		get: async (key) => structuredClone(rows.get(JSON.stringify(key))),
		list: async ({ index, from, to, keys } = {}) => {
			const path = index === undefined ? keyPath : (indexes[index] ?? keyPath);
			return [...rows.values()]
				.map((row) => ({ row, key: keyOf(row, path) }))
				.filter(
					({ key }) =>
						keys?.some((one) => compare(key, one) === 0) ??
						((from === undefined || compare(key, from) >= 0) && (to === undefined || compare(key, to) <= 0))
				)
				.sort((a, b) => compare(a.key, b.key))
				.map(({ row }) => structuredClone(row));
		},
		put: async (row) => void rows.set(JSON.stringify(keyOf(row, keyPath)), structuredClone(row)),
		delete: async (key) => void rows.delete(JSON.stringify(key)),
		clear: async () => rows.clear()
	};

	return {
		run: (work) => {
			const result = last.then(async () => {
				const before = new Map(rows);
				try {
					return await work(access);
				} catch (cause) {
					rows = before;
					throw cause;
				}
			});
			last = result.catch(() => undefined);
			return result;
		}
	};
}

function keyOf(row: object, path: KeyPath): Key {
	const field = (name: string): string | number => {
		const value: unknown = Object.entries(row).find(([key]) => key === name)?.[1];
		return typeof value === 'number' ? value : String(value);
	};
	return typeof path === 'string' ? field(path) : path.map(field);
}

/** The order that IndexedDB gives to keys of one shape. */
function compare(a: Key, b: Key): number {
	const [left, right] = [[a].flat(), [b].flat()];
	for (const [index, one] of left.entries()) {
		const other = right[index];
		if (other === undefined) return 1;
		if (one !== other) return one < other ? -1 : 1;
	}
	return left.length - right.length;
}
