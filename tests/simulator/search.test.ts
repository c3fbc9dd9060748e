import { beforeAll, expect, it, vi } from 'vitest';
import { plans, search, shares } from './search.ts';

/** Schedules in all: far less than a minute, even on a core that others use too. `npm run test:search` tries many more. */
const schedules = 500;

// the library warns of what is sent to a machine that a fault of the schedule has stopped
beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined));

it.each(plans)(
	'I1-I17 given $world, profile $profile and network $model, when schedules are searched, then every invariant holds',
	async (plan) => {
		const numRuns = Math.ceil((schedules * plan.share) / shares);

		await expect(search({ ...plan, numRuns, seed: 1 })).resolves.toBeUndefined();
	},
	300_000
);
