import * as v from 'valibot';

/** Talk writes an empty PHP array, `[]`, where an object is documented: it reads as `{}`. */
export const objectOf = <const Schema extends v.GenericSchema>(schema: Schema) =>
	v.pipe(
		v.unknown(),
		v.transform((raw): unknown => (Array.isArray(raw) && raw.length === 0 ? {} : raw)),
		schema
	);

/** A whole number that may have travelled as text: in a query, in a form, or from an old server. */
export const WireInteger = v.pipe(
	v.union([
		v.number(),
		v.pipe(
			v.string(),
			v.regex(/^-?\d{1,15}$/),
			v.transform((text) => Number(text))
		)
	]),
	v.safeInteger()
);

/** A flag that may have travelled as text or as 0 and 1: in a query, in a form, or from PHP. */
export const WireBoolean = v.union([
	v.boolean(),
	v.pipe(
		v.picklist(['true', 'false', '1', '0', 1, 0]),
		v.transform((word) => word === 'true' || word === '1' || word === 1)
	)
]);

/** Counts code points, as Talk's limits do, not UTF-16 units. */
export const charactersAtMost = (limit: number) =>
	v.check<string, string>(
		// the number of UTF-16 units is never below that of code points: short texts need no counting
		(text) => text.length <= limit || (text.length <= 2 * limit && Array.from(text).length <= limit),
		`longer than ${limit.toString()} characters`
	);
