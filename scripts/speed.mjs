import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { at, helpFor, prepare, run } from './lib/project.mjs';

const tries = 3;
/** By how much a ratio may be worse than it should: machines are not quiet. */
const tolerance = 1.15;
/** Of each part of the bench, as little as shows its ratios. */
const parts = {
	load: ['--samples', '3', '--situations', '4x,slow4g,warm'],
	join: ['--samples', '7', '--held-up-samples', '3'],
	tiles: ['--samples', '1', '--seconds', '3', '--cells', 'video-1,video-16,audio-50,crowd-50'],
	server: ['--rounds', '2', '--seconds', '2', '--load-seconds', '0']
};
const names = Object.keys(parts);

helpFor(`
npm run test:speed [-- PART ...]

Whether Roost is as fast beside what is measured with it as it should be (docs/performance.md): the ratios of a short
npm run bench, parts ${names.join(', ')}. Fails where one was worse by more than 15 % in ${tries} tries of its part. Takes
about eight minutes, and writes no report.`);

const words = process.argv.slice(2);
const unknown = words.filter((word) => !names.includes(word));
if (unknown.length > 0) {
	console.error(`no such part: ${unknown.join(', ')}. There are: ${names.join(', ')}`);
	process.exit(2);
}

const folder = at('.cache', 'roost-bench');
const found = `${folder}/speed.json`;

/** @returns the ratios that were found, null if none could be; the bench has then said why */
async function measure(name) {
	const { run: runPart } = await import(`./lib/bench/${name}.mjs`);
	rmSync(found, { force: true });
	// what else it judges is not asked for here, so its status does not count
	await runPart(`${folder}/bench.mjs`, found, parts[name]);
	return existsSync(found) ? JSON.parse(readFileSync(found, 'utf8')).held : null;
}

/** What could not be measured is null in JSON, and not held. */
const isHeld = ({ found: value, most }) => typeof value === 'number' && value <= most * tolerance;

/** @returns whether there was a try in which every ratio was as it should be */
async function holds(name) {
	for (let nth = 1; nth <= tries; nth += 1) {
		const held = await measure(name);
		for (const { about, found: value, most } of held ?? [])
			console.log(`${name}, try ${nth} of ${tries}: ${about}: ${value} of ${most}`);
		if (held?.length === 0) console.log(`${name}: nothing can be judged here`);
		if (held?.every(isHeld)) return true;
	}
	console.error(`${name}: slower than it should be, or not to be measured, ${tries} times`);
	return false;
}

await prepare();
mkdirSync(folder, { recursive: true });
for (const name of words.length > 0 ? words : names) {
	const built = await run('vite', ['build', '--config', 'bench/vite.config.ts'], {
		env: { ROOST_BENCH: name },
		quiet: true
	});
	if (built !== 0) process.exit(built);
	if (!(await holds(name))) process.exitCode = 1;
}
