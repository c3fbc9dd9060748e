import { at, helpFor, prepare, run, takesOnly } from './lib/project.mjs';

helpFor(`
npm run test:search

Searches schedules for one that breaks an invariant of the call engine: two parties over every kind of network, and
rooms of several, connected with each other or with a media server. What is found is shortened and printed, for two as
a sequence diagram, with the line that finds it again.

  ROOST_SEARCH_SCHEDULES=100000   how many
  ROOST_SEARCH_SEED=1             where to begin; by default a new place each time
  ROOST_SEARCH_PROCESSES=2        by how many processes, by default one for each core; what is searched stays the same
  ROOST_SEARCH_REPLAY='{…}'       the line of a failure, and nothing else`);
takesOnly();

await prepare();
const built = await run('vite', ['build', '--config', 'tests/simulator/vite.config.ts'], { quiet: true });
process.exitCode =
	built === 0 ? await run('node', [at('node_modules/.cache/roost-search/search.mjs')]) : built;
