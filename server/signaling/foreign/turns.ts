/**
 * Has at most so many do something at the same time; the others wait in a row.
 * @param waitingMost how many may wait
 */
export function createTurns(most: number, waitingMost: number) {
	let taken = 0;
	const waiting: (() => void)[] = [];

	return {
		/** @returns settles when it is one's turn, which has to be given back; undefined if too many wait */
		take(): Promise<void> | undefined {
			if (taken < most) {
				taken += 1;
				return Promise.resolve();
			}
			if (waiting.length >= waitingMost) return undefined;
			return new Promise((resolve) => waiting.push(resolve));
		},
		giveBack(): void {
			const next = waiting.shift();
			if (next) next();
			else taken -= 1;
		}
	};
}
