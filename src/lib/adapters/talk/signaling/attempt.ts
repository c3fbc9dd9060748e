/** @returns `undefined`, counted, for what `parse` does not know or refuses */
export function attempt<T>(
	kind: string,
	parse: (raw: unknown) => T | undefined,
	raw: unknown,
	count: (reason: string) => void
): T | undefined {
	try {
		const value = parse(raw);
		if (value === undefined) count(`${kind}.unknown`);
		return value;
	} catch {
		count(`${kind}.malformed`);
		return undefined;
	}
}
