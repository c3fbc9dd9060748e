/** What scripts/bench.mjs hands on. @throws when the benchmark was started without it */
export function environment(name: string): string {
	const value = process.env[name];
	if (value === undefined) throw new Error(`${name} is not set: run \`npm run bench\``);
	return value;
}
