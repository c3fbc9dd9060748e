/** Every name that `config.ts` reads and that begins with ROOST_; `config-names.test.ts` sees to it. */
const settings = [
	'ROOST_ADMIN_TOKEN',
	'ROOST_BACKENDS',
	'ROOST_DATA_DIR',
	'ROOST_EMBEDDERS',
	'ROOST_PUBLIC_URL',
	'ROOST_ROOMS',
	'ROOST_ROOM_RETENTION_DAYS',
	'ROOST_SIGNALING',
	'ROOST_SIGNALING_SECRET',
	'ROOST_SIGNALING_URL',
	'ROOST_STUN_URLS',
	'ROOST_TLS_CERT',
	'ROOST_TLS_KEY',
	'ROOST_TRUSTED_PROXIES',
	'ROOST_TURN_SECRET',
	'ROOST_TURN_URLS',
	'ROOST_UPSTREAM',
	'ROOST_UPSTREAM_TLS'
] as const;

/** How many letters are changed, left out or put in at most, for a name to be another one misspelt. */
const near = 3;

/**
 * Names that are set and are nearly a setting: they do nothing, and whoever set them believes that they do.
 * Others are left alone: `npm run bench` and the like have names of their own.
 */
export const misspelt = (
	environment: Readonly<Record<string, string | undefined>>
): { name: string; meant: string }[] =>
	Object.keys(environment)
		.filter((name) => /^ROOST/i.test(name) && !settings.some((known) => known === name))
		.flatMap((name) => {
			const [nearest] = settings
				.map((meant) => ({ name, meant, changes: changesBetween(name.toUpperCase(), meant) }))
				.toSorted((one, other) => one.changes - other.changes);
			return nearest && nearest.changes <= near ? [{ name, meant: nearest.meant }] : [];
		});

/** Levenshtein's distance: letters changed, left out or put in. */
function changesBetween(one: string, other: string): number {
	let row = Array.from({ length: other.length + 1 }, (_, index) => index);
	for (const [line, letter] of Array.from(one).entries()) {
		const next = [line + 1];
		for (const [index, otherLetter] of Array.from(other).entries()) {
			const changed = (row[index] ?? 0) + (letter === otherLetter ? 0 : 1);
			next.push(Math.min(changed, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
		}
		row = next;
	}
	return row.at(-1) ?? 0;
}
