import fc from 'fast-check';
import { say } from './frames.ts';
import { bounds, hurry, type Burst } from './limits.ts';
import { Broken, openParty } from './party.ts';
import { carryOut } from './requests.ts';
import type { FuzzServer } from './server.ts';
import { beginning, steps, type Step } from './steps.ts';

/** A kind of party: how much of it is at the socket, and how many steps it has at most. */
export const kinds = {
	frames: { frames: 86, length: 300 },
	requests: { frames: 12, length: 240 }
} as const;
export type Kind = keyof typeof kinds;

/** So many steps apart what is stored is looked at. */
const auditEvery = 8;

export interface Counts {
	requests: number;
	frames: number;
	steps: number;
	parties: number;
}
export const noCounts = (): Counts => ({ requests: 0, frames: 0, steps: 0, parties: 0 });

/** Plays one party to its end. @throws Broken for whatever the server must not do */
async function play(server: FuzzServer, list: readonly Step[], counts: Counts): Promise<void> {
	const party = await openParty(server);
	let done = 0;
	try {
		for (const step of [...beginning, ...list]) {
			server.pass(1);
			if (step.do === 'ask') await carryOut(party, step);
			else await say(party, step);
			done += 1;
			if (done % auditEvery === 0) party.audit();
		}
		await party.settle();
		party.audit();
		party.demandHeard();
	} catch (error) {
		const told = [...beginning, ...list].slice(0, done + 1).slice(-shown);
		throw new Broken(
			[
				error instanceof Error ? error.message : String(error),
				`the last steps until then, of ${done + 1 - beginning.length}:`,
				told.map((step) => JSON.stringify(step).slice(0, 200)).join('\n')
			].join('\n\n'),
			{ cause: error }
		);
	} finally {
		counts.parties += 1;
		counts.steps += done;
		counts.requests += party.counts.requests;
		counts.frames += party.counts.frames;
		server.accidents.length = 0;
		await party.close();
	}
}

/** Steps of a party that are printed: shortened it has only a few. */
const shown = 12;

/** How long it is tried to find a shorter party that fails as well. */
const shorteningMs = 60_000;

/** A portion of the search: the same seed leads to the same parties. */
export interface Portion {
	kind: Kind;
	seed: number;
	numRuns: number;
	/** of an earlier failure: goes straight to the counterexample */
	path?: string;
}

/** @returns what was found, with the line that finds it again, or null */
export async function fuzz(
	server: FuzzServer,
	portion: Portion,
	counts: Counts,
	shortenMs = shorteningMs
): Promise<string | null> {
	const { kind, seed, numRuns, path } = portion;
	const { frames, length } = kinds[kind];
	let shortenedUntil: number | undefined;
	const property = fc.asyncProperty(steps(frames, length), async (list) => {
		if (shortenedUntil !== undefined && Date.now() > shortenedUntil) return;
		try {
			await play(server, list, counts);
		} catch (error) {
			shortenedUntil ??= Date.now() + shortenMs;
			throw error;
		}
	});
	const result = await fc.check(property, { seed, numRuns, ...(path !== undefined && { path }) });
	if (!result.failed) return null;
	const known = { kind, seed: result.seed, path: result.counterexamplePath };
	const { errorInstance } = result;
	return [
		errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
		`npm run test:fuzz -- --replay '${JSON.stringify(known)}'`
	].join('\n\n');
}

const bursts: fc.Arbitrary<Burst[]> = fc.array(
	fc.record({
		what: fc.constantFrom(...(Object.keys(bounds) as (keyof typeof bounds)[])),
		times: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 200, max: 1_200 })),
		pauseMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100_000 }))
	}),
	{ minLength: 1, maxLength: 12 }
);

/** As `fuzz`, for somebody who does too much at the bounds of a server that has them. */
export async function fuzzLimits(
	server: FuzzServer,
	{ seed, numRuns, path }: Omit<Portion, 'kind'>
): Promise<string | null> {
	// a wrong password takes a tenth of a second of work
	const times = ({ what, times }: Burst) => (what === 'wrong password' ? Math.min(times, 40) : times);
	let shortenedUntil: number | undefined;
	const property = fc.asyncProperty(bursts, async (list) => {
		if (shortenedUntil !== undefined && Date.now() > shortenedUntil) return;
		try {
			await hurry(
				server,
				list.map((burst) => ({ ...burst, times: times(burst) }))
			);
		} catch (error) {
			shortenedUntil ??= Date.now() + shorteningMs;
			throw error;
		}
	});
	const result = await fc.check(property, { seed, numRuns, ...(path !== undefined && { path }) });
	if (!result.failed) return null;
	const known = { kind: 'limits', seed: result.seed, path: result.counterexamplePath };
	const { errorInstance } = result;
	return [
		errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
		JSON.stringify(result.counterexample?.[0]),
		`npm run test:fuzz -- --replay '${JSON.stringify(known)}'`
	].join('\n\n');
}
