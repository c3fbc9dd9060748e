/** One promise of an edge that the fake and the real thing both keep. Runs without any test framework, in a page too. */
export interface ContractCase {
	name: string;
	/** Rejects with words when the promise is broken. */
	run: () => Promise<void>;
}

const inWords = (value: unknown) => JSON.stringify(value) as string | undefined;

export function expectSame(actual: unknown, expected: unknown, what: string): void {
	const [is, should] = [inWords(actual) ?? 'undefined', inWords(expected) ?? 'undefined'];
	if (is !== should) throw new Error(`${what}: expected ${should}, got ${is}`);
}

/** @returns the name of the error that `work` rejects or throws with, or `nothing` */
export async function failureOf(work: () => unknown): Promise<string> {
	try {
		await work();
		return 'nothing';
	} catch (cause) {
		return cause instanceof Error ? cause.name : typeof cause;
	}
}

/** Waits for a fact. @throws when it has not come true after ten seconds */
export async function until(fact: () => boolean, what: string): Promise<void> {
	const deadline = performance.now() + 10_000;
	while (!fact()) {
		if (performance.now() > deadline) throw new Error(`never came true: ${what}`);
		await new Promise((settle) => setTimeout(settle, 5));
	}
}

/** Resolves with the next event of this type. */
export const nextEvent = (target: EventTarget, type: string): Promise<Event> =>
	new Promise((settle) => target.addEventListener(type, settle, { once: true }));
