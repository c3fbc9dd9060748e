/**
 * What has not changed stays the same object, so that nobody who was given it has to look at it again.
 * @param after plain data: objects, arrays, and values that are compared as they are; not changed
 * @returns `after`, with each part that equals that of `before` in the same place being that one; `before` itself if all do
 */
export function keepEqual<T>(before: unknown, after: T): T {
	if (!isPlain(before) || !isPlain(after) || Array.isArray(before) !== Array.isArray(after)) return after;
	let isSame = Object.keys(before).length === Object.keys(after).length;
	const entries = Object.entries(after).map(([key, part]: [string, unknown]) => {
		const known = Object.hasOwn(before, key) ? before[key] : missing;
		const kept = keepEqual(known, part);
		isSame &&= Object.is(kept, known);
		return [key, kept] as const;
	});
	if (isSame) return before as T;
	return (Array.isArray(after) ? entries.map(([, part]) => part) : Object.fromEntries(entries)) as T;
}

/** Equals nothing, `undefined` included. */
const missing = Symbol('missing');

function isPlain(value: unknown): value is Record<string, unknown> {
	if (typeof value !== 'object' || value === null) return false;
	const prototype: unknown = Object.getPrototypeOf(value);
	return prototype === Object.prototype || prototype === Array.prototype;
}
