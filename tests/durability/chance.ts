/** The same numbers for the same seed (mulberry32). */
export function createChance(seed: number) {
	let state = seed >>> 0;
	/** @returns 0 up to, but not, 1 */
	const next = (): number => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
	return {
		/** @returns a whole number, both ends possible */
		between: (least: number, most: number) => least + Math.floor(next() * (most - least + 1)),
		oneOf<Value>(values: readonly [Value, ...Value[]]): Value {
			return values[Math.floor(next() * values.length)] ?? values[0];
		}
	};
}
export type Chance = ReturnType<typeof createChance>;
