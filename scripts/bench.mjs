import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { spawnSync } from 'node:child_process';
import { at, helpFor, prepare, run } from './lib/project.mjs';

const parts = readdirSync(at('bench'))
	.filter((name) => name.endsWith('.ts') && name !== 'vite.config.ts')
	.map((name) => name.replace('.ts', ''));

helpFor(`
npm run bench [-- PART ...]

Measures, side by side with a floor in the same run, and writes bench/results/<date>-<commit>-<part>.json. Parts, all
by default: ${parts.join(', ')}. Use a quiet machine: the load is written beside the figures.`);

const words = process.argv.slice(2);
const unknown = words.filter((word) => !parts.includes(word));
if (unknown.length > 0) {
	console.error(`no such part: ${unknown.join(', ')}. There are: ${parts.join(', ')}`);
	process.exit(2);
}

await prepare();
const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
	cwd: at(),
	encoding: 'utf8'
}).stdout.trim();
for (const part of words.length > 0 ? words : parts) {
	const built = await run('vite', ['build', '--config', 'bench/vite.config.ts'], {
		env: { ROOST_BENCH: part },
		quiet: true
	});
	if (built !== 0) process.exit(built);
	const raw = at('node_modules', '.cache', 'roost-bench', 'result.json');
	const status = await run('node', ['--expose-gc', at('node_modules/.cache/roost-bench/bench.mjs'), raw]);
	if (existsSync(raw)) {
		const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
		const date = new Date().toISOString().slice(0, 10);
		const result = { part, date, commit, machine, ...JSON.parse(readFileSync(raw, 'utf8')) };
		mkdirSync(at('bench', 'results'), { recursive: true });
		const file = at('bench', 'results', `${date}-${commit || 'unknown'}-${part}.json`);
		writeFileSync(file, `${JSON.stringify(result, null, '\t')}\n`);
		console.log(`written: ${file}`);
	}
	if (status !== 0) process.exitCode = status;
}
