import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { spawnSync } from 'node:child_process';
import { at, helpFor, prepare, run } from './lib/project.mjs';
import { writeReport } from './lib/bench/report.mjs';

const names = readdirSync(at('bench'))
	.filter((name) => name.endsWith('.ts') && name !== 'vite.config.ts')
	.map((name) => name.replace('.ts', ''));
/** Of each benchmark bench/<name>.ts: how it is run, what its options are, and how its result reads. */
const parts = Object.fromEntries(
	await Promise.all(names.map(async (name) => [name, await import(`./lib/bench/${name}.mjs`)]))
);
/** What takes an hour is run by its name only. */
const usual = names.filter((name) => parts[name].isOnItsOwn !== true);

helpFor(`
npm run bench [-- PART ...] [OPTIONS]

Measures, side by side with a floor in the same run, writes bench/results/<date>-<commit>-<part>.json, prints the tables
and puts them into docs/performance.md. Parts: ${names.join(', ')}; without a name: ${usual.join(', ')}. Use a quiet
machine: the load is written beside the figures.
${names
	.map((name) => parts[name].help)
	.filter(Boolean)
	.join('\n')}`);

const words = process.argv.slice(2);
const firstOption = words.findIndex((word) => word.startsWith('--'));
const chosen = firstOption < 0 ? words : words.slice(0, firstOption);
const options = firstOption < 0 ? [] : words.slice(firstOption);
const unknown = chosen.filter((word) => !names.includes(word));
if (unknown.length > 0) {
	console.error(`no such part: ${unknown.join(', ')}. There are: ${names.join(', ')}`);
	process.exit(2);
}

// before anything is built: what a part does not know would end it only then
const [only, ...others] = chosen;
const known = only === undefined || others.length > 0 ? [] : (parts[only].help.match(/--[a-z-]+/g) ?? []);
const wrong = options.filter((word) => word.startsWith('--') && !known.includes(word.split('=')[0]));
if (wrong.length > 0) {
	console.error(
		`${wrong.join(', ')}: an option stands behind the name of the one part that it belongs to (--help)`
	);
	process.exit(2);
}

/** Two folders below the root, as the sources of the tests are: some of them find files by their own place. */
const folder = at('.cache', 'roost-bench');

await prepare();
const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
	cwd: at(),
	encoding: 'utf8'
}).stdout.trim();
for (const part of chosen.length > 0 ? chosen : usual) {
	const built = await run('vite', ['build', '--config', 'bench/vite.config.ts'], {
		env: { ROOST_BENCH: part },
		quiet: true
	});
	if (built !== 0) process.exit(built);
	const bundle = `${folder}/bench.mjs`;
	const raw = `${folder}/result.json`;
	rmSync(raw, { force: true });
	const status = await parts[part].run(bundle, raw, options);
	if (existsSync(raw)) {
		const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
		const date = new Date().toISOString().slice(0, 10);
		const result = { part, date, commit, machine, ...JSON.parse(readFileSync(raw, 'utf8')) };
		mkdirSync(at('bench', 'results'), { recursive: true });
		const file = at('bench', 'results', `${date}-${commit || 'unknown'}-${part}.json`);
		writeFileSync(file, `${JSON.stringify(result, null, '\t')}\n`);
		writeReport(part, result, parts[part].report);
		console.log(`written: ${file}`);
	}
	if (status !== 0) process.exitCode = status;
}
