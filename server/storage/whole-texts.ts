import type Database from 'libsql';

const whole = (value: unknown) => (typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value);

/**
 * From now on no text ends in this database before its end: SQLite stops reading one at U+0000, so the mark for what is no
 * letter stands there instead.
 */
export function keepWholeTexts(database: Database.Database): void {
	const prepare = database.prepare.bind(database);
	const prepareWhole = (source: string) => {
		const statement = prepare(source);
		const run = statement.run.bind(statement);
		const get = statement.get.bind(statement);
		const all = statement.all.bind(statement);
		statement.run = (...values: unknown[]) => run(...values.map(whole));
		statement.get = (...values: unknown[]): unknown => get(...values.map(whole));
		statement.all = (...values: unknown[]) => all(...values.map(whole));
		return statement;
	};
	Object.assign(database, { prepare: prepareWhole });
}
