import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { plans, search, shares, type Plan, type Search } from './search.ts';

/**
 * The long search: many schedules of every profile and network, from one seed. Run by `npm run test:search`, steered by
 * the environment: ROOST_SEARCH_SCHEDULES, ROOST_SEARCH_SEED, ROOST_SEARCH_PROCESSES, and ROOST_SEARCH_REPLAY with the
 * line of a failure. It is cut into portions, each with a seed of its own, that several processes take one by one: what
 * is searched depends on the seed alone, not on who does it or when.
 */
const { env } = process;
/** Schedules in one go. A room is as much work as a dozen calls of two. */
const portions: Readonly<Record<Plan['world'], number>> = { two: 500, room: 50 };

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

interface Portion {
	plan: Plan;
	seed: number;
	numRuns: number;
}
/** What the processes say to each other: one portion there, what came of it back. */
type Task = { portion: Portion };
type Outcome = { failure: string | null };

function cutUp(schedules: number, seed: number): Portion[] {
	return plans.flatMap((plan) => {
		const wanted = Math.ceil((schedules * plan.share) / shares);
		const size = portions[plan.world];
		return Array.from({ length: Math.ceil(wanted / size) }, (_, index) => ({
			plan,
			seed: seed + index,
			numRuns: Math.min(size, wanted - index * size)
		}));
	});
}

async function searchAll(schedules: number, seed: number, processes: number): Promise<number> {
	const queue = cutUp(schedules, seed);
	const left = new Map(plans.map((plan) => [plan, queue.filter((portion) => portion.plan === plan).length]));
	const counts = new Map<Plan, number>(plans.map((plan) => [plan, 0]));
	const failed = new Set<Plan>();
	const began = Date.now();
	const soFar = () => {
		const seconds = (Date.now() - began) / 1_000;
		const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
		return { all, seconds: Math.round(seconds), rate: Math.round(all / seconds) };
	};
	const note = ({ plan, numRuns }: Portion, failure: string | null) => {
		const name = `${plan.world} ${plan.profile} ${plan.model}`;
		if (failure === null) counts.set(plan, (counts.get(plan) ?? 0) + numRuns);
		// the rest of this plan would find the same again
		else if (!failed.has(plan)) {
			failed.add(plan);
			console.log(`FAILED  ${name}: ${failure}`);
		}
		left.set(plan, (left.get(plan) ?? 0) - 1);
		if (left.get(plan) === 0)
			console.log(`${name}: ${counts.get(plan)} schedules; ${soFar().rate} per second so far`);
	};
	const next = (): Portion | undefined => {
		for (;;) {
			const portion = queue.shift();
			if (portion === undefined || !failed.has(portion.plan)) return portion;
			left.set(portion.plan, (left.get(portion.plan) ?? 0) - 1);
		}
	};
	const work = () =>
		new Promise<void>((done, fail) => {
			const worker = fork(process.argv[1] ?? '', { env: { ...env, ROOST_SEARCH_WORKER: '1' } });
			let portion: Portion | undefined;
			const hand = () => {
				portion = next();
				if (portion === undefined) worker.disconnect();
				else worker.send({ portion } satisfies Task);
			};
			worker.on('message', ({ failure }: Outcome) => {
				if (portion !== undefined) note(portion, failure);
				hand();
			});
			worker.on('exit', (code) => {
				if (code === 0) done();
				else fail(new Error(`a process of the search ended with ${code}, at ${JSON.stringify(portion)}`));
			});
			hand();
		});
	await Promise.all(Array.from({ length: processes }, work));
	const { all, seconds, rate } = soFar();
	console.log(
		`${all} schedules in ${seconds} s, ${rate} per second by ${processes} processes, seed ${seed}, ${failed.size} failures`
	);
	return failed.size;
}

const replay = env['ROOST_SEARCH_REPLAY'] ?? '';
if (env['ROOST_SEARCH_WORKER'] === '1') {
	process.on('message', ({ portion: { plan, seed, numRuns } }: Task) => {
		void tried({ ...plan, seed, numRuns }).then((failure) => process.send?.({ failure } satisfies Outcome));
	});
} else if (replay === '') {
	const seed = numberOf('ROOST_SEARCH_SEED', Math.floor(Date.now() / 1_000));
	const schedules = numberOf('ROOST_SEARCH_SCHEDULES', 100_000);
	const processes = Math.max(1, numberOf('ROOST_SEARCH_PROCESSES', availableParallelism()));
	console.log(`searching ${schedules} schedules, seed ${seed}`);
	process.exitCode = (await searchAll(schedules, seed, processes)) === 0 ? 0 : 1;
} else {
	const known = JSON.parse(replay) as Omit<Search, 'numRuns'> & { numRuns?: number };
	const numRuns = known.numRuns ?? portions[known.world];
	const failure = await tried({ ...known, numRuns } as Search);
	console.log(failure ?? 'it holds now');
	process.exitCode = failure === null ? 0 : 1;
}
