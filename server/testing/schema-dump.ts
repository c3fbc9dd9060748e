import type Database from 'libsql';
import * as v from 'valibot';

const Tables = v.array(v.object({ name: v.string(), sql: v.string() }));
const Columns = v.array(
	v.object({ name: v.string(), type: v.picklist(['INTEGER', 'TEXT']), pk: v.number() })
);
const References = v.array(v.object({ from: v.string(), to: v.string(), table: v.string() }));
const Rows = v.array(v.record(v.string(), v.nullable(v.union([v.string(), v.number()]))));
type Value = v.InferOutput<typeof Rows>[number][string];

const objects = (database: Database.Database, type: 'table' | 'index') =>
	v.parse(
		Tables,
		database
			.prepare(
				`SELECT name, sql FROM sqlite_master WHERE type = ? AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid`
			)
			.all(type)
	);

/** Every table with all its rows. */
export function readTables(database: Database.Database) {
	return new Map(
		objects(database, 'table').map(({ name }) => [
			name,
			v.parse(Rows, database.prepare(`SELECT * FROM ${name}`).all())
		])
	);
}

/** Tables, indexes and their columns as they are, however they came to be so. */
export function readSchema(database: Database.Database) {
	const indexes = objects(database, 'index').map(({ sql }) => sql.replace(/\s+/g, ' '));
	const tables = objects(database, 'table').map(({ name }) => ({
		name,
		columns: database.prepare(`SELECT * FROM pragma_table_info(?)`).all(name)
	}));
	return { tables, indexes: indexes.sort() };
}

/** What cannot be just anything, since the server reads it. By `table.column`. */
const values: Readonly<Record<string, Value>> = {
	'rooms.token': 'fixture',
	'rooms.lobby_state': 0,
	'rooms.read_only': 0,
	'rooms.message_expiration': 0,
	'sessions.id': 'a-session-of-the-fixture',
	'messages.system': '',
	'messages.parent_id': null,
	'messages.parameters': '{"mention-guest1":{"type":"guest","id":"guest/ben","name":"Ben"}}',
	'messages.edited': '{"actorType":"guests","actorId":"ann","displayName":"Ann","at":7}',
	'messages.reactions': '{"👍":2}'
};

/** Puts one row into each table, in which every column has something. */
export function fill(database: Database.Database): void {
	for (const { name } of objects(database, 'table')) {
		const columns = v.parse(Columns, database.prepare(`SELECT * FROM pragma_table_info(?)`).all(name));
		const references = v.parse(
			References,
			database.prepare(`SELECT "from", "to", "table" FROM pragma_foreign_key_list(?)`).all(name)
		);
		const row = columns.map((column): Value => {
			const reference = references.find(({ from }) => from === column.name);
			const key = reference ? `${reference.table}.${reference.to}` : `${name}.${column.name}`;
			const value = values[key];
			if (value !== undefined) return value;
			if (column.type === 'TEXT') return `the ${column.name} of ${name}, with 'quotes' and ü`;
			return 1;
		});
		database.prepare(`INSERT INTO ${name} VALUES (${row.map(() => '?').join(', ')})`).run(...row);
	}
}

const literal = (value: Value) =>
	typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);

/** @returns SQL that makes the same database, its version included */
export function dump(database: Database.Database, version: number): string {
	const schema = [...objects(database, 'table'), ...objects(database, 'index')].map(({ sql }) => `${sql};`);
	const content = [...readTables(database)].flatMap(([name, rows]) =>
		rows.map((row) => `INSERT INTO ${name} VALUES (${Object.values(row).map(literal).join(', ')});`)
	);
	return [...schema, ...content, `PRAGMA user_version = ${version};`, ''].join('\n');
}
