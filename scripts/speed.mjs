import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { at, helpFor, prepare, run } from './lib/project.mjs';
import { run as measureLoad } from './lib/bench/load.mjs';

const tries = 3;
const options = ['--samples', '3', '--situations', '4x,slow4g'];

helpFor(`
npm run test:speed

Whether Join still works about as soon as on the empty page beside it (docs/performance.md): on a processor 4 times slower
and on slow 4G, ${options[1]} visits of each page. Fails where ${tries} tries in a row were more than 15 % beyond a bound. Takes
about two minutes, and writes no report.`);

await prepare();
const built = await run('vite', ['build', '--config', 'bench/vite.config.ts'], {
	env: { ROOST_BENCH: 'load' },
	quiet: true
});
if (built !== 0) process.exit(built);

const folder = at('.cache', 'roost-bench');
const found = `${folder}/speed.json`;
mkdirSync(folder, { recursive: true });
let status = 1;
for (let nth = 1; nth <= tries && status !== 0; nth += 1) {
	rmSync(found, { force: true });
	status = await measureLoad(`${folder}/bench.mjs`, found, options);
	if (!existsSync(found)) break; // it said why
	const { judged } = JSON.parse(readFileSync(found, 'utf8'));
	for (const { about, found: value, most } of judged)
		console.log(`try ${nth} of ${tries}: ${about}: ${value} of ${most}`);
}
process.exitCode = status;
