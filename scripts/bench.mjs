import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { spawnSync } from 'node:child_process';
import { at, helpFor, prepare, run } from './lib/project.mjs';
import { runJoin } from './lib/bench/join.mjs';
import { runServer } from './lib/bench/server.mjs';
import { writeReport } from './lib/bench/report.mjs';

const parts = readdirSync(at('bench'))
	.filter((name) => name.endsWith('.ts') && name !== 'vite.config.ts')
	.map((name) => name.replace('.ts', ''));

helpFor(`
npm run bench [-- PART ...] [OPTIONS]

Measures, side by side with a floor in the same run, writes bench/results/<date>-<commit>-<part>.json, prints the tables
and puts them into docs/performance.md. Parts, all by default: ${parts.join(', ')}. Use a quiet machine: the load is
written beside the figures.

For join, which takes about ten minutes; the part over a media server needs Debian and root:
  --samples 15             joins of each page
  --held-up-samples 7      joins of each page with every answer of the servers held up by 50 ms
  --ways mesh,sfu          or one of them

For server, which takes about five minutes; what it is compared with needs Debian and root:
  --rounds 7               of each server, turn by turn, after one that does not count
  --seconds 5              of each measurement
  --per-second 2000        messages of the steady rate
  --load-seconds 21        of the other server's own load client; it reports every ten seconds`);

const words = process.argv.slice(2);
const firstOption = words.findIndex((word) => word.startsWith('--'));
const chosen = firstOption < 0 ? words : words.slice(0, firstOption);
const options = firstOption < 0 ? [] : words.slice(firstOption);
const unknown = chosen.filter((word) => !parts.includes(word));
if (unknown.length > 0) {
	console.error(`no such part: ${unknown.join(', ')}. There are: ${parts.join(', ')}`);
	process.exit(2);
}

/** Two folders below the root, as the sources of the tests are: some of them find files by their own place. */
const folder = at('.cache', 'roost-bench');

await prepare();
const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], {
	cwd: at(),
	encoding: 'utf8'
}).stdout.trim();
for (const part of chosen.length > 0 ? chosen : parts) {
	const built = await run('vite', ['build', '--config', 'bench/vite.config.ts'], {
		env: { ROOST_BENCH: part },
		quiet: true
	});
	if (built !== 0) process.exit(built);
	const bundle = `${folder}/bench.mjs`;
	const raw = `${folder}/result.json`;
	rmSync(raw, { force: true });
	const special = { join: runJoin, server: runServer }[part];
	const status = special
		? await special(bundle, raw, options)
		: await run('node', ['--expose-gc', bundle, raw]);
	if (existsSync(raw)) {
		const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
		const date = new Date().toISOString().slice(0, 10);
		const result = { part, date, commit, machine, ...JSON.parse(readFileSync(raw, 'utf8')) };
		mkdirSync(at('bench', 'results'), { recursive: true });
		const file = at('bench', 'results', `${date}-${commit || 'unknown'}-${part}.json`);
		writeFileSync(file, `${JSON.stringify(result, null, '\t')}\n`);
		writeReport(part, result);
		console.log(`written: ${file}`);
	}
	if (status !== 0) process.exitCode = status;
}
