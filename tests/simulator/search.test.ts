import { expect, it } from 'vitest';
import { plans, search } from './search.ts';

/** Schedules in all: a minute on a core that others use too. `npm run test:search` tries many more. */
const schedules = 1_000;
const parts = plans.reduce((sum, { share }) => sum + share, 0);

it.each(plans)(
	'I1-I17 given profile $profile and network $model, when schedules are searched, then every invariant holds',
	async ({ profile, model, share }) => {
		const numRuns = Math.ceil((schedules * share) / parts);

		await expect(search({ profile, model, numRuns, seed: 1 })).resolves.toBeUndefined();
	},
	300_000
);
