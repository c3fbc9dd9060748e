import Database from 'libsql';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { inTransaction } from './transaction.ts';

let database: Database.Database;
beforeEach(() => {
	database = new Database(':memory:');
	database.exec('CREATE TABLE words (word TEXT)');
});
afterEach(() => database.close());

const words = () => database.prepare('SELECT word FROM words').all();

it('given work that is done, when it ends, then all of it is kept and its result given back', () => {
	const result = inTransaction(database, () => {
		database.exec("INSERT INTO words VALUES ('one'), ('two')");
		return 'done';
	});

	expect(result).toBe('done');
	expect(words()).toEqual([{ word: 'one' }, { word: 'two' }]);
	expect(database.inTransaction).toBe(false);
});

it('given work that fails, when it ends, then nothing of it is kept', () => {
	const failing = () =>
		inTransaction(database, () => {
			database.exec("INSERT INTO words VALUES ('one')");
			throw new Error('something else');
		});

	expect(failing).toThrow('something else');
	expect(words()).toEqual([]);
	expect(database.inTransaction).toBe(false);
});

it('given a disk that is full, when the database takes the work back by itself, then the disk is what is said', () => {
	database.pragma('max_page_count = 2');
	const failing = () =>
		inTransaction(database, () => {
			database.exec("INSERT OR ROLLBACK INTO words VALUES ('one')");
			database.prepare('INSERT OR ROLLBACK INTO words VALUES (?)').run('x'.repeat(100_000));
		});

	expect(failing).toThrow('database or disk is full');
	expect(words()).toEqual([]);
	expect(database.inTransaction).toBe(false);
});
