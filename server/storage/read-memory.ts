import type Database from 'libsql';

/** What is kept of one question at most: whoever asks for what is not there must not fill the memory. */
const mostKept = 10_000;

/**
 * Answers the same question out of memory until something is written: each message that is relayed asks who says it, and
 * writing is rare beside that. Nothing else writes to the database while the server runs, so that any statement that is
 * run here, and nothing but that, makes what was read old. To be called before statements are prepared.
 */
export function createReadMemory(database: Database.Database) {
	let writes = 0;
	const prepare = database.prepare.bind(database);
	Object.assign(database, {
		prepare: (source: string) => {
			const statement = prepare(source);
			const run = statement.run.bind(statement);
			statement.run = (...values: unknown[]) => {
				writes += 1;
				return run(...values);
			};
			return statement;
		}
	});

	return {
		/** What was read inside a transaction is not true if that was undone. */
		forget(): void {
			writes += 1;
		},
		/** @param read a question to the database that depends on nothing else; its answers are shared, so they are frozen */
		remember<Key, Value>(read: (key: Key) => Value): (key: Key) => Value {
			const kept = new Map<Key, Value>();
			let readAt = writes;
			return (key) => {
				if (readAt !== writes || kept.size >= mostKept) {
					kept.clear();
					readAt = writes;
				}
				const known = kept.get(key);
				if (known !== undefined) return known;
				const value = freeze(read(key));
				kept.set(key, value);
				return value;
			};
		}
	};
}

function freeze<Value>(value: Value): Value {
	if (typeof value !== 'object' || value === null) return value;
	for (const part of Object.values(value)) freeze(part);
	return Object.freeze(value);
}
