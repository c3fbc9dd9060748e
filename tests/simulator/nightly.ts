import { plans, search, type Plan, type Search } from './search.ts';

/**
 * The long search: many schedules of every profile and network, from one seed. Run by `npm run test:search`, steered by
 * the environment: ROOST_SEARCH_SCHEDULES, ROOST_SEARCH_SEED, and ROOST_SEARCH_REPLAY with the line of a failure.
 */
const { env } = process;
/** Schedules in one go: between two of them it is told how far the search has got. */
const portion = 500;

const numberOf = (name: string, otherwise: number): number => {
	const text = env[name] ?? '';
	const value = text === '' ? otherwise : Number(text);
	if (Number.isSafeInteger(value) && value >= 0) return value;
	throw new Error(`${name} is no number: ${text}`);
};

/** @returns what was found wrong, or null */
async function tried(what: Search): Promise<string | null> {
	try {
		await search(what);
		return null;
	} catch (cause) {
		return cause instanceof Error ? cause.message : String(cause);
	}
}

async function searchAll(schedules: number, seed: number): Promise<number> {
	const parts = plans.reduce((sum, { share }) => sum + share, 0);
	const counts = new Map<Plan, number>(plans.map((plan) => [plan, 0]));
	const failures: string[] = [];
	const began = Date.now();
	for (const plan of plans) {
		const wanted = Math.ceil((schedules * plan.share) / parts);
		const name = `${plan.profile} ${plan.model}`;
		for (let done = 0; done < wanted;) {
			const numRuns = Math.min(portion, wanted - done);
			const failure = await tried({ ...plan, seed: seed + done / portion, numRuns });
			if (failure !== null) {
				failures.push(failure);
				console.log(`FAILED  ${name}: ${failure}`);
				break; // the rest of this plan would find the same again
			}
			done += numRuns;
			counts.set(plan, done);
		}
		const seconds = (Date.now() - began) / 1_000;
		const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
		console.log(`${name}: ${counts.get(plan)} schedules; ${Math.round(all / seconds)} per second so far`);
	}
	const seconds = (Date.now() - began) / 1_000;
	const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
	console.log(
		`${all} schedules in ${Math.round(seconds)} s, ${Math.round(all / seconds)} per second, seed ${seed}, ${failures.length} failures`
	);
	return failures.length;
}

const replay = env['ROOST_SEARCH_REPLAY'] ?? '';
if (replay === '') {
	const seed = numberOf('ROOST_SEARCH_SEED', Math.floor(Date.now() / 1_000));
	const schedules = numberOf('ROOST_SEARCH_SCHEDULES', 100_000);
	console.log(`searching ${schedules} schedules, seed ${seed}`);
	process.exitCode = (await searchAll(schedules, seed)) === 0 ? 0 : 1;
} else {
	const known = JSON.parse(replay) as Omit<Search, 'numRuns'> & { numRuns?: number };
	const failure = await tried({ ...known, numRuns: known.numRuns ?? portion });
	console.log(failure ?? 'it holds now');
	process.exitCode = failure === null ? 0 : 1;
}
